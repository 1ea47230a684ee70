package httpclient

import (
	"bytes"
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
	// The reader's alone: something was heard, and nothing more is to be.
	heard, over bool
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
	if c.over {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p)
	if c.heard || n < 2 || !c.plain.Load() {
		return n, err
	}
	c.heard = true
	if p[0] == recordAlert && p[1] == recordVersion {
		return 0, errTLSAnswer
	}
	if end := redirectTwice(p[:n]); end > 0 {
		c.over = true
		return end, nil
	}
	return n, err
}

// redirectTwice returns where the first answer of a JobManager ends that wants TLS,
// 0 for other answers. It answers each part of a request, and what comes after the
// first one net/http would write to standard error.
//
// Java: RedirectingSslHandler.NonSslHandler.
func redirectTwice(p []byte) int {
	head, _, whole := bytes.Cut(p, []byte("\r\n\r\n"))
	if !whole || !bytes.HasPrefix(head, []byte("HTTP/1.1 301 ")) || !bytes.Contains(bytes.ToLower(head), []byte("\ncontent-length: 0")) {
		return 0
	}
	return len(head) + len("\r\n\r\n")
}
