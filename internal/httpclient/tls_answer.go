package httpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
)

var errTLSAnswer = errors.New("the answer is a TLS record")

// The first bytes of TLS records: of a client's first, and of an alert; the
// second byte of all of them.
const (
	recordHandshake = 0x16
	recordAlert     = 0x15
	recordVersion   = 0x03
)

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// watchAnswers has connections fail with errTLSAnswer that speak plain HTTP and
// are answered by an alert of TLS: net/http would only call it malformed.
func watchAnswers(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &watchedConn{Conn: conn}, nil
	}
}

// watchedConn looks at the first bytes that go each way.
type watchedConn struct {
	net.Conn
	spoken atomic.Bool // something was sent
	plain  atomic.Bool // and it was not TLS
	heard  bool        // only the reader's
}

func (c *watchedConn) look(p []byte) {
	if len(p) > 0 && !c.spoken.Swap(true) {
		c.plain.Store(p[0] != recordHandshake)
	}
}

func (c *watchedConn) Write(p []byte) (int, error) {
	c.look(p)
	return c.Conn.Write(p)
}

// ReadFrom lets the system copy a file, where it can.
func (c *watchedConn) ReadFrom(r io.Reader) (int64, error) {
	if !c.spoken.Load() {
		return io.Copy(onlyWriter{c}, r)
	}
	return io.Copy(c.Conn, r)
}

// onlyWriter hides ReadFrom from io.Copy.
type onlyWriter struct{ io.Writer }

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.heard && n > 1 {
		c.heard = true
		if c.plain.Load() && p[0] == recordAlert && p[1] == recordVersion {
			return 0, errTLSAnswer
		}
	}
	return n, err
}
