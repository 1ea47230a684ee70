package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

// Sentinels for errors.Is.
var (
	// ErrUnreachable: no server of the quorum took the connection in time.
	ErrUnreachable = errors.New("ZooKeeper not reachable")
	// ErrNotAllowed: the server asks who it is talking to, by SASL, or a node's
	// access list does not let everybody do what was asked for.
	ErrNotAllowed = errors.New("ZooKeeper does not allow it without authentication")
	// ErrNotEmpty: somebody makes nodes below one that is being removed.
	ErrNotEmpty = errors.New("the node is filled again")
)

const (
	// connectTimeout bounds the search for a server that answers, requestTimeout
	// one exchange with it.
	connectTimeout = 5 * time.Second
	requestTimeout = 15 * time.Second
	// sessionTimeout is how long the server keeps the session of a client that is gone.
	sessionTimeout = 10 * time.Second
	defaultPort    = "2181"
)

// Client is a session with a quorum. It is safe for concurrent use. Each call
// ends soon after its context, with the context's cause.
type Client struct {
	conn    *zk.Conn
	servers string
}

// silent swallows what the library would print.
type silent struct{}

func (silent) Printf(string, ...any) {}

// Dial connects to one of servers, host:port each (2181 where the port is
// missing), and returns when the session is there. The error is ErrUnreachable
// or what ended ctx.
func Dial(ctx context.Context, servers []string) (*Client, error) {
	var addresses []string
	for _, s := range servers {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(s); err != nil {
			s = net.JoinHostPort(strings.Trim(s, "[]"), defaultPort)
		}
		addresses = append(addresses, s)
	}
	if len(addresses) == 0 {
		return nil, errors.New("connect to ZooKeeper: no server is named")
	}
	c := &Client{servers: strings.Join(addresses, ",")}
	conn, events, err := zk.Connect(addresses, sessionTimeout, zk.WithLogger(silent{}), zk.WithLogInfo(false))
	if err != nil {
		return nil, fmt.Errorf("connect to ZooKeeper at %s: %w: %w", c.servers, ErrUnreachable, err)
	}
	c.conn = conn
	if err := c.await(ctx, events); err != nil {
		conn.Close()
		return nil, fmt.Errorf("connect to ZooKeeper at %s: %w", c.servers, err)
	}
	return c, nil
}

func (c *Client) await(ctx context.Context, events <-chan zk.Event) error {
	timeout := time.NewTimer(connectTimeout)
	defer timeout.Stop()
	for {
		select {
		case e := <-events:
			switch e.State {
			case zk.StateHasSession:
				return nil
			case zk.StateAuthFailed:
				return ErrNotAllowed
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timeout.C:
			return fmt.Errorf("%w: no answer within %s", ErrUnreachable, connectTimeout)
		}
	}
}

// Close ends the session.
func (c *Client) Close() { c.conn.Close() }

// do carries out one request, which the library knows no context for. A server
// that ends the session instead of answering lets it wait for ever.
func (c *Client) do(ctx context.Context, op, node string, request func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, requestTimeout, ErrUnreachable)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- request() }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	switch {
	case err == nil, errors.Is(err, zk.ErrNoNode):
		return err
	case refused(err):
		err = fmt.Errorf("%w: %w", ErrNotAllowed, err)
	case errors.Is(err, zk.ErrNotEmpty):
		err = fmt.Errorf("%w: %w", ErrNotEmpty, err)
	}
	return fmt.Errorf("%s %s in ZooKeeper at %s: %w", op, node, c.servers, err)
}

// saslRequired is the code of a server with enforce.auth.enabled, which the
// library has no name for.
//
// Java: KeeperException.Code.SESSIONCLOSEDREQUIRESASLAUTH.
const saslRequired = zk.ErrCode(-124)

func refused(err error) bool {
	return errors.Is(err, zk.ErrNoAuth) || errors.Is(err, zk.ErrAuthFailed) || err.Error() == fmt.Sprintf("unknown error: %v", saslRequired)
}

// Exists tells whether a node is there.
func (c *Client) Exists(ctx context.Context, node string) (bool, error) {
	var there bool
	err := c.do(ctx, "look for", node, func() (err error) {
		there, _, err = c.conn.Exists(node)
		return err
	})
	return there, err
}

// Get reads the data of a node; of one that is not there, nothing.
func (c *Client) Get(ctx context.Context, node string) ([]byte, error) {
	var data []byte
	err := c.do(ctx, "read", node, func() (err error) {
		data, _, err = c.conn.Get(node)
		return err
	})
	if errors.Is(err, zk.ErrNoNode) {
		return nil, nil
	}
	return data, err
}

// Held tells whether a node at or below the given one belongs to a session that
// lives, or that has not been found dead yet: in Flink's nodes a JobManager that
// leads, or wants to.
func (c *Client) Held(ctx context.Context, node string) (bool, error) {
	held := false
	err := c.walk(ctx, node, func(n string) error {
		var stat *zk.Stat
		err := c.do(ctx, "look at", n, func() (err error) {
			_, stat, err = c.conn.Exists(n)
			return err
		})
		held = held || stat != nil && stat.EphemeralOwner != 0
		return err
	})
	return held, err
}

// RemoveAll removes a node with all below it; one that is missing is no error,
// and ErrNotEmpty that somebody has made more meanwhile.
// It returns how many nodes were removed.
func (c *Client) RemoveAll(ctx context.Context, node string) (removed int, err error) {
	var order []string
	if err := c.walk(ctx, node, func(n string) error { order = append(order, n); return nil }); err != nil {
		return 0, err
	}
	for _, n := range slices.Backward(order) {
		err := c.do(ctx, "remove", n, func() error { return c.conn.Delete(n, -1) })
		switch {
		case err == nil:
			removed++
		case !errors.Is(err, zk.ErrNoNode):
			return removed, err
		}
	}
	return removed, nil
}

// MakeAll makes a node without data that everybody may change, and the nodes above it that are missing.
func (c *Client) MakeAll(ctx context.Context, node string) error {
	for end := 1; end < len(node); {
		next := strings.IndexByte(node[end:], '/')
		end += next
		if next < 0 {
			end = len(node)
		}
		part := node[:end]
		err := c.do(ctx, "make", part, func() error {
			_, err := c.conn.Create(part, nil, 0, zk.WorldACL(zk.PermAll))
			return err
		})
		if err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return err
		}
		end++
	}
	return nil
}

// RemoveEmptyParents removes the nodes above the given one, from below, as far
// as they are empty.
//
// Java: ZooKeeperLeaderElectionHaServices.tryDeleteEmptyParentZNodes.
func (c *Client) RemoveEmptyParents(ctx context.Context, node string) error {
	for parent := path.Dir(node); parent != "/" && parent != "."; parent = path.Dir(parent) {
		err := c.do(ctx, "remove", parent, func() error { return c.conn.Delete(parent, -1) })
		if errors.Is(err, ErrNotEmpty) {
			return nil
		}
		if err != nil && !errors.Is(err, zk.ErrNoNode) {
			return err
		}
	}
	return nil
}

// walk visits a node and all below it, parents first. One that goes meanwhile is
// passed over.
func (c *Client) walk(ctx context.Context, node string, visit func(string) error) error {
	var children []string
	err := c.do(ctx, "list", node, func() (err error) {
		children, _, err = c.conn.Children(node)
		return err
	})
	if errors.Is(err, zk.ErrNoNode) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := visit(node); err != nil && !errors.Is(err, zk.ErrNoNode) {
		return err
	}
	for _, child := range children {
		if err := c.walk(ctx, path.Join(node, child), visit); err != nil {
			return err
		}
	}
	return nil
}
