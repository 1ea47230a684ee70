package sshclient

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options say how hosts are reached.
type Options struct {
	// Args are options of ssh's command line, as Flink's env.ssh.opts has them. -p, -i, -l and the usual -o are
	// understood.
	Args string
	// Origin names where Args come from, for messages.
	Origin string
	// User is the caller's name, the user on hosts that nothing else is said of.
	User string
	// Home is the caller's home folder, whose .ssh is looked into.
	Home string
	// AgentSocket is SSH_AUTH_SOCK, "" for no agent.
	AgentSocket string
	// SystemConfig is the machine's configuration file, "" for none.
	SystemConfig string
	// ConnectTimeout bounds the making of a connection where the configuration says nothing of it; 0 is 30 s.
	ConnectTimeout time.Duration
	// Logger gets a debug line for each connection; nil logs nothing.
	Logger *slog.Logger
}

// Client runs commands on hosts. It is safe for concurrent use, and keeps a
// connection to each host until it is closed.
type Client struct {
	options Options
	args    []option
	files   files

	knownHosts sync.Mutex // held while known_hosts is read or written
	mu         sync.Mutex
	closed     bool
	hosts      map[string]*link
}

// New reads the configuration; it opens no connection. What is not understood is ErrOption.
func New(o Options) (*Client, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	args, err := parseArgs(o.Args, o.Origin)
	if err != nil {
		return nil, err
	}
	configs, err := readConfigs(filepath.Join(o.Home, ".ssh", "config"), o.SystemConfig)
	if err != nil {
		return nil, err
	}
	return &Client{options: o, args: args, files: configs, hosts: map[string]*link{}}, nil
}

// Close closes all connections. Commands that run end with ErrUnreachable.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, l := range c.hosts {
		l.close()
	}
}

// settingsOf finds how a host is reached. What the caller's options say does not
// hold for hosts on the way to it.
func (c *Client) settingsOf(host string, onTheWay bool) (settings, error) {
	var options []option
	if onTheWay {
		var first []option
		if user, rest, found := cutLast(host, "@"); found {
			first, host = append(first, option{key: "user", value: user}), rest
		}
		if name, port, err := net.SplitHostPort(host); err == nil {
			first, host = append(first, option{key: "port", value: port}), name
		}
		options = first
	} else {
		options = append(options, c.args...)
	}
	more, err := c.files.options(host)
	if err != nil {
		return settings{}, err
	}
	return c.options.resolve(host, append(options, more...))
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// link returns the connection to a host, which one caller at a time makes.
func (c *Client) link(ctx context.Context, host string, onTheWay bool) (*link, error) {
	key := host
	if onTheWay {
		key = "via " + host
	}
	c.mu.Lock()
	l := c.hosts[key]
	if l == nil {
		l = &link{making: make(chan struct{}, 1)}
		c.hosts[key] = l
	}
	c.mu.Unlock()

	select {
	case l.making <- struct{}{}:
		defer func() { <-l.making }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if l.alive() {
		return l, nil
	}
	s, err := c.settingsOf(host, onTheWay)
	if err != nil {
		return nil, err
	}
	client, err := c.connect(ctx, s)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	l.use(client, s)
	if c.closed {
		l.close()
	}
	return l, nil
}
