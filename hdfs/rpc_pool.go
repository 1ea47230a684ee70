package hdfs

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	dialTimeout = 10 * time.Second
	// callClients and transferClients bound the operations under way: the library
	// does one call at a time in a client, and a long upload must not hold up calls.
	callClients     = 3
	transferClients = 4
	// idleTime is how long an unused client stays: each asks the NameNode once a
	// second to renew its leases.
	idleTime = 10 * time.Second
	// trustedTime is how long an unused connection counts as alive unasked.
	trustedTime = time.Second
)

// rpcPool hands out clients and takes them back.
type rpcPool struct {
	transport *rpcTransport

	mu        sync.Mutex
	addresses []string // the one that answered last comes first
	idle      []*rpcClient
	busy      map[*rpcClient]struct{}
	closed    bool
	closers   sync.WaitGroup
}

// get returns an unused client that was alive a moment ago, or a new one.
func (p *rpcPool) get(ctx context.Context) (*rpcClient, error) {
	for {
		c, addresses, err := p.pop()
		if err != nil {
			return nil, err
		}
		if c == nil {
			return p.connect(ctx, addresses)
		}
		if p.alive(ctx, c) {
			return c, nil
		}
		p.drop(c)
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
	}
}

func (p *rpcPool) pop() (*rpcClient, []string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	if len(p.idle) == 0 {
		return nil, slices.Clone(p.addresses), nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	p.busy[c] = struct{}{}
	return c, nil, nil
}

func (p *rpcPool) connect(ctx context.Context, addresses []string) (*rpcClient, error) {
	c, err := newRPCClient(ctx, p.transport, addresses)
	if err != nil {
		return c, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		go c.close()
		return nil, ErrClosed
	}
	p.busy[c] = struct{}{}
	return c, nil
}

// alive asks something harmless over a connection that lay unused.
func (p *rpcPool) alive(ctx context.Context, c *rpcClient) bool {
	if c.hangsAt() != "" { // while its leases were renewed
		return false
	}
	if time.Since(c.idleSince) < trustedTime {
		return true
	}
	stop := context.AfterFunc(ctx, c.cut)
	_, err := c.Stat("/")
	return stop() && !broken(err)
}

// put takes back a client whose operation ended in order.
func (p *rpcPool) put(c *rpcClient) {
	c.finish()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, c)
	if hanging := c.hangsAt(); hanging != "" || p.closed || len(p.idle) >= callClients+transferClients {
		p.avoid(hanging)
		p.discard(c)
		return
	}
	addr, _, _, _ := c.words()
	p.prefer(addr)
	p.idle = append(p.idle, c)
	time.AfterFunc(idleTime, p.sweep)
}

// prefer puts the NameNode that answered first: a new client then need not ask
// the standby, or wait for one that is gone. p.mu is held.
func (p *rpcPool) prefer(addr string) {
	if i := slices.Index(p.addresses, addr); i > 0 {
		p.addresses = slices.Insert(slices.Delete(slices.Clone(p.addresses), i, i+1), 0, addr)
	}
}

// avoid puts a NameNode that hangs last: it would let itself be connected to, and
// take its time again, while another one may be active by then. p.mu is held.
func (p *rpcPool) avoid(addr string) {
	i := slices.Index(p.addresses, addr)
	if i < 0 {
		return
	}
	p.addresses = append(slices.Delete(slices.Clone(p.addresses), i, i+1), addr)
	p.idle = slices.DeleteFunc(p.idle, func(c *rpcClient) bool {
		at, _, _, _ := c.words()
		if at == addr {
			p.discard(c)
		}
		return at == addr
	})
}

// drop closes a client whose operation was cut or whose connection broke.
func (p *rpcPool) drop(c *rpcClient) {
	c.cut()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, c)
	p.avoid(c.hangsAt())
	p.discard(c)
}

// discard closes a client in the background: that waits for its last call.
func (p *rpcPool) discard(c *rpcClient) {
	p.closers.Add(1)
	go func() {
		defer p.closers.Done()
		c.close()
	}()
}

// sweep closes clients that have been unused for long.
func (p *rpcPool) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = slices.DeleteFunc(p.idle, func(c *rpcClient) bool {
		old := time.Since(c.idleSince) >= idleTime
		if old {
			p.discard(c)
		}
		return old
	})
}

func (p *rpcPool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *rpcPool) close() {
	p.mu.Lock()
	p.closed = true
	for _, c := range p.idle {
		p.discard(c)
	}
	p.idle = nil
	for c := range p.busy {
		c.cut()
	}
	p.mu.Unlock()
	p.closers.Wait()
}
