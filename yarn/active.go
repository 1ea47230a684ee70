package yarn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/kerberos"
)

// probeTimeout bounds the question to one server whether it is the active one.
const probeTimeout = 5 * time.Second

// recoveryTime is how long a ResourceManager that has just become active may
// not know all applications yet.
const recoveryTime = time.Minute

// findActive returns the address to talk to. A single one is not asked: if it
// is not active, its answer says so. The error is a *transientError unless the
// servers refuse us.
func (c *Client) findActive(b *budget, op string) (string, error) {
	if len(c.addrs) == 1 {
		return c.addrs[0], nil
	}
	c.mu.Lock()
	active := c.active
	c.mu.Unlock()
	if active != "" {
		return active, nil
	}
	return c.probeAll(b, op)
}

// probe is what one server said about itself.
type probe struct {
	addr string
	err  error // nil: it is active
}

// probeAll asks all servers at once and takes the first that says it is active:
// one that hangs must not cost the others' time.
func (c *Client) probeAll(b *budget, op string) (string, error) {
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	probes := make(chan probe, len(c.addrs))
	for _, addr := range c.addrs {
		go func() { probes <- probe{addr, c.probe(ctx, addr, op)} }()
	}
	var reasons []string
	var refusal error
	for range c.addrs {
		p := <-probes
		if p.err == nil {
			c.setActive(p.addr)
			return p.addr, nil
		}
		if refuses(p.err) {
			refusal = p.err
		}
		reasons = append(reasons, p.err.Error())
	}
	switch {
	case b.caller.Err() != nil:
		return "", c.ended(b, op)
	case refusal != nil:
		return "", refusal
	}
	return "", &transientError{err: errors.New(strings.Join(reasons, "; "))}
}

// refuses tells that asking again is no use: the server says no, or the KDC does, or
// it is not the server.
func refuses(err error) bool {
	return errors.As(err, new(*RemoteError)) || errors.As(err, new(*httpclient.TLSError)) || errors.Is(err, kerberos.ErrLogin) || errors.Is(err, kerberos.ErrConfiguration)
}

// probe asks one server; its error is a *RemoteError where it refuses us.
// A standby answers this path itself instead of redirecting.
func (c *Client) probe(ctx context.Context, addr, op string) error {
	r := request{op: op, method: http.MethodGet, path: clusterPath + "/info"}
	a, err := c.exchange(ctx, addr, r, min(c.timeout, probeTimeout))
	if err != nil {
		return err
	}
	if err := a.standby(op); err != nil {
		return fmt.Errorf("%v", err) // a failing gateway is no refusal
	}
	if a.status >= 400 {
		return a.remoteError(op)
	}
	var doc infoJSON
	if err := a.decode(op, &doc); err != nil {
		return err
	}
	if state := string(doc.Info.value.HAState); state != "ACTIVE" {
		return fmt.Errorf("%s is %s", addr, strings.ToLower(state))
	}
	return nil
}

func (c *Client) setActive(addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != "" && c.last != addr {
		c.switched = time.Now()
		c.logger.Info("another ResourceManager is active", "address", addr, "before", c.last)
	}
	c.active, c.last = addr, addr
}

// forget makes the next try look for the active server again.
func (c *Client) forget(addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active == addr {
		c.active = ""
	}
}

// recovering tells whether the active server is so new that what it does not
// know may still turn up.
func (c *Client) recovering() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.switched.IsZero() && time.Since(c.switched) < recoveryTime
}
