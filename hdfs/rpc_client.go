package hdfs

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	colinmarc "github.com/colinmarc/hdfs/v2"
)

// rpcClient is one client of the library with the connections it made. It
// serves one operation at a time.
type rpcClient struct {
	*colinmarc.Client
	timeout time.Duration
	ctx     context.Context // ends with cut
	cancel  context.CancelFunc
	guarded atomic.Int64 // rename requests that were changed not to overwrite

	mu        sync.Mutex
	data      map[net.Conn]struct{} // to DataNodes, closed with the operation
	nameNodes map[net.Conn]struct{}
	addr      string // the NameNode dialled last
	failure   error  // of dialling, or of the form of a request
	left      bool   // by a NameNode that had answered before
	hanging   string // the NameNode that keeps a connection and does not answer
	class     string // the exception heard last, and its message
	message   string
	idleSince time.Time
}

// newRPCClient connects to the first address that lets itself be connected to.
// It ends with ctx.
func newRPCClient(ctx context.Context, t *rpcTransport, addresses []string) (*rpcClient, error) {
	c := &rpcClient{timeout: t.timeout, data: map[net.Conn]struct{}{}, nameNodes: map[net.Conn]struct{}{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, c.cut)
	defer stop()
	options := t.protection
	options.Addresses, options.User, options.UseDatanodeHostname = addresses, t.user, t.useHostname
	options.NamenodeDialFunc, options.DatanodeDialFunc = c.dialNameNode, c.dialDataNode
	if t.login != nil {
		options.KerberosClient, options.KerberosServicePrincipleName = t.login.Client(), t.principal
	}
	client, err := colinmarc.NewClient(options)
	if err != nil {
		c.cut()
		return c, err
	}
	c.Client = client
	return c, nil
}

// The context given by the library is never the caller's.
func (c *rpcClient) dial(network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: min(c.timeout, dialTimeout), KeepAlive: dialTimeout}
	conn, err := d.DialContext(c.ctx, network, addr)
	// After cut the library may still want to tell a server that it gives up.
	if err != nil && c.ctx.Err() == nil {
		c.fail(err)
	}
	return conn, err
}

func (c *rpcClient) dialNameNode(_ context.Context, network, addr string) (net.Conn, error) {
	conn, err := c.dial(network, addr)
	if err != nil {
		return nil, err
	}
	wrapped := &nameNodeConn{timedConn: timedConn{conn, c.timeout}, addr: addr, client: c}
	c.mu.Lock()
	c.addr = addr
	c.mu.Unlock()
	return wrapped, c.keep(c.nameNodes, conn)
}

func (c *rpcClient) dialDataNode(_ context.Context, network, addr string) (net.Conn, error) {
	conn, err := c.dial(network, addr)
	if err != nil {
		return nil, err
	}
	return &timedConn{conn, c.timeout}, c.keep(c.data, conn)
}

// keep remembers a connection for cut, which may have come before it.
func (c *rpcClient) keep(conns map[net.Conn]struct{}, conn net.Conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ctx.Err(); err != nil {
		conn.Close()
		return err
	}
	conns[conn] = struct{}{}
	return nil
}

// cut closes all connections for good: whatever the library waits for fails.
func (c *rpcClient) cut() {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	closeAll(c.nameNodes)
	closeAll(c.data)
}

// finish closes what an operation has left open: the library forgets
// connections of reads that failed.
func (c *rpcClient) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	closeAll(c.data)
	c.idleSince = time.Now()
}

func closeAll(conns map[net.Conn]struct{}) {
	for conn := range conns {
		conn.Close()
		delete(conns, conn)
	}
}

// close ends the client and its renewing of leases.
func (c *rpcClient) close() {
	c.cut()
	if c.Client != nil {
		_ = c.Client.Close()
	}
}

func (c *rpcClient) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = err
}

func (c *rpcClient) heard(class, message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.class, c.message = class, message
}

// begin forgets what was heard before an operation.
func (c *rpcClient) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.class, c.message, c.failure, c.left = "", "", nil, false
}

// leave notes that a NameNode has closed its connection, unless that was us.
func (c *rpcClient) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = c.left || c.ctx.Err() == nil
}

func (c *rpcClient) wasLeft() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// hang notes that a NameNode does not answer. Its answers may still come, to
// requests that nobody waits for: the client is of no use any more.
func (c *rpcClient) hang(addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hanging = addr
}

func (c *rpcClient) hangsAt() (addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hanging
}

// words returns what was heard since begin, and where.
func (c *rpcClient) words() (addr, class, message string, failure error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.addr, c.class, c.message, c.failure
}
