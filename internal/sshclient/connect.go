package sshclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// link is the connection to one host, made when it is first needed.
type link struct {
	making chan struct{} // holds a token while somebody makes it

	mu     sync.Mutex
	client *ssh.Client // nil before it was made
	ended  chan struct{}
	host   settings
}

func (l *link) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client == nil {
		return false
	}
	select {
	case <-l.ended:
		return false
	default:
		return true
	}
}

func (l *link) use(client *ssh.Client, s settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.client, l.host, l.ended = client, s, make(chan struct{})
	go func(ended chan struct{}) {
		_ = client.Wait() // why it ended is told to those who use it
		close(ended)
	}(l.ended)
	if s.aliveInterval > 0 {
		go keepAlive(client, s, l.ended)
	}
}

func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != nil {
		_ = l.client.Close() // nothing is left to be told
	}
}

// keepAlive asks the host now and then, and cuts the connection when it does not answer.
func keepAlive(client *ssh.Client, s settings, ended <-chan struct{}) {
	answers := make(chan struct{}, 1)
	ticker := time.NewTicker(s.aliveInterval)
	defer ticker.Stop()
	asking, missed := false, 0
	for {
		select {
		case <-ended:
			return
		case <-answers:
			asking, missed = false, 0
		case <-ticker.C:
			if missed++; missed > s.aliveCount {
				_ = client.Close() // wakes up whoever waits for it
				return
			}
			if asking {
				continue
			}
			asking = true
			go func() {
				if _, _, err := client.SendRequest("keepalive@openssh.com", true, nil); err == nil {
					answers <- struct{}{}
				}
			}()
		}
	}
}

// connect makes a connection, through others where the configuration says so.
func (c *Client) connect(ctx context.Context, s settings) (*ssh.Client, error) {
	c.options.Logger.Debug("ssh", "host", s.alias, "address", s.address(), "user", s.user)
	keys, err := newHostKeys(s, &c.knownHosts)
	if err != nil {
		return nil, err
	}
	outer := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, s.connectTimeout, fmt.Errorf("no answer in %s", s.connectTimeout))
	defer cancel()
	conn, err := c.dial(ctx, s)
	if err != nil {
		if outer.Err() != nil {
			return nil, context.Cause(outer)
		}
		return nil, unreachable(ctx, s, err)
	}
	ids := c.options.identities(s)
	defer ids.close()
	// A connection through another one has no deadlines: it is closed instead.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	inner, channels, requests, err := ssh.NewClientConn(conn, s.address(), &ssh.ClientConfig{
		User: s.user, HostKeyCallback: keys.check, HostKeyAlgorithms: keys.db.HostKeyAlgorithms(s.address()),
		Auth: []ssh.AuthMethod{ssh.PublicKeys(ids.signers...)},
	})
	if err != nil || !stop() {
		_ = conn.Close()
		switch {
		case outer.Err() != nil:
			return nil, context.Cause(outer)
		case ctx.Err() != nil || err == nil:
			return nil, unreachable(ctx, s, context.Cause(ctx))
		}
		return nil, handshakeError(s, keys, ids, err)
	}
	return ssh.NewClient(inner, channels, requests), nil
}

// dial opens the connection below SSH.
func (c *Client) dial(ctx context.Context, s settings) (net.Conn, error) {
	if len(s.jump) == 0 {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.address())
	}
	// The last one is next to the host; each is reached through those before it.
	last := len(s.jump) - 1
	way, err := c.way(ctx, s.jump[last], s.jump[:last])
	if err != nil {
		return nil, fmt.Errorf("by way of %s: %w", s.jump[last], err)
	}
	return way.DialContext(ctx, "tcp", s.address())
}

func (c *Client) way(ctx context.Context, host string, before []string) (*ssh.Client, error) {
	if len(before) == 0 {
		l, err := c.link(ctx, host, true)
		if err != nil {
			return nil, err
		}
		return l.client, nil
	}
	s, err := c.settingsOf(host, true)
	if err != nil {
		return nil, err
	}
	s.jump = before
	return c.connect(ctx, s)
}

// unreachable says why there is no connection, a deadline in its own words.
func unreachable(ctx context.Context, s settings, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	var inner *HostError
	if errors.As(err, &inner) { // of a host on the way
		return err
	}
	var dialing *net.OpError
	if errors.As(err, &dialing) {
		err = dialing.Err // the address stands in ours
	}
	return &HostError{Host: s.alias, Addr: s.address(), Kind: ErrUnreachable, Err: err,
		Advice: "check that the host is up and that its sshd is reached from here: ssh " + sshWords(s) + " true"}
}

// handshakeError tells a host that is not trusted, one that does not trust the
// caller, and a connection that broke apart by how far the handshake came.
func handshakeError(s settings, keys *hostKeys, ids identities, err error) error {
	var network net.Error
	switch {
	case keys.problem != nil:
		return keys.problem
	case !keys.trusted, errors.Is(err, io.EOF), errors.As(err, &network):
		return &HostError{Host: s.alias, Addr: s.address(), Kind: ErrUnreachable, Err: err,
			Advice: "check that an SSH server listens there: ssh " + sshWords(s) + " true"}
	}
	cause := fmt.Errorf("it takes none of the %d keys that %s has for it", len(ids.signers), s.user)
	if len(ids.remarks) > 0 {
		cause = errors.New(strings.Join(ids.remarks, "; "))
	}
	return &HostError{Host: s.alias, Addr: s.address(), Kind: ErrNotAllowed, Err: cause,
		Advice: "see that ssh " + sshWords(s) + " true works without asking for a password"}
}
