package hdfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/yarnflink/yarnflink/internal/httpclient"
)

// timedConn ends a Read or Write during which nothing moves for timeout. The
// library only reads what a server owes it, so that idle connections don't end.
type timedConn struct {
	net.Conn
	timeout time.Duration
}

func (c *timedConn) Read(p []byte) (int, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *timedConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// SetDeadline does nothing: the library would clear the deadlines set here.
func (c *timedConn) SetDeadline(time.Time) error { return nil }

// nameNodeConn is a connection to a NameNode that corrects two things the
// library does not let its callers choose. Its rename replaces what is at the
// destination: the request is changed on its way out so that the NameNode
// refuses. And it drops the server's words of the exceptions it maps to errors
// of package os: they are read off the answers on their way in.
type nameNodeConn struct {
	timedConn
	addr   string
	client *rpcClient
	tap    responseTap
	heard  atomic.Bool // anything
}

func (c *nameNodeConn) Write(p []byte) (int, error) {
	changed, err := forbidOverwrite(p)
	switch {
	case err != nil:
		c.client.fail(err)
		return 0, err
	case changed != nil:
		c.client.guarded.Add(1)
		p = changed
	}
	n, err := c.timedConn.Write(p)
	c.note(err)
	return n, err
}

func (c *nameNodeConn) Read(p []byte) (int, error) {
	n, err := c.timedConn.Read(p)
	c.tap.feed(p[:n], c.client.heard)
	if c.tap.left > maxFrame {
		// The library would make room for it before it comes.
		err = fmt.Errorf("an answer of %d bytes is announced: %w", c.tap.left, httpclient.ErrBodyTooLarge)
		c.client.fail(err)
		return 0, err
	}
	if n > 0 {
		c.heard.Store(true)
	}
	c.note(err)
	return n, err
}

// note takes note of a NameNode that hangs, which keeps its connection, and of one
// that leaves: it has ended, for one that does not get through has never answered.
func (c *nameNodeConn) note(err error) {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.client.hang(c.addr)
	case err != nil && c.heard.Load():
		c.client.leave()
	}
}

var errRenameForm = errors.New("the rename request has an unknown form, it might overwrite")

// Hadoop's RPC frame: a length of four bytes, then messages each with its
// length as a varint: RpcRequestHeaderProto, RequestHeaderProto and the request.
const (
	lengthBytes        = 4
	methodNameField    = 1 // RequestHeaderProto.methodName
	overwriteDestField = 3 // Rename2RequestProto.overwriteDest
	statusField        = 2 // RpcResponseHeaderProto.status, 0 = SUCCESS
	exceptionField     = 4 // RpcResponseHeaderProto.exceptionClassName
	errorMessageField  = 5 // RpcResponseHeaderProto.errorMsg
)

// forbidOverwrite returns a copy of a rename2 frame that does not ask for
// overwriting, nil for any other data.
func forbidOverwrite(p []byte) ([]byte, error) {
	if len(p) < lengthBytes || int(binary.BigEndian.Uint32(p)) != len(p)-lengthBytes {
		return nil, nil
	}
	body := p[lengthBytes:]
	_, n := protowire.ConsumeBytes(body)
	if n < 0 {
		return nil, nil
	}
	header, m := protowire.ConsumeBytes(body[n:])
	if m < 0 || string(field(header, methodNameField).bytes) != "rename2" {
		return nil, nil
	}
	request, k := protowire.ConsumeBytes(body[n+m:])
	if k < 0 || n+m+k != len(body) {
		return nil, errRenameForm
	}
	flag := field(request, overwriteDestField)
	// The value is the last byte of the field: 0 and 1 take one byte as a varint.
	if flag.end == 0 || flag.typ != protowire.VarintType || flag.varint > 1 {
		return nil, errRenameForm
	}
	changed := append([]byte(nil), p...)
	changed[len(p)-len(request)+flag.end-1] = 0
	return changed, nil
}

// protoField is a field of an encoded message; the zero value is a missing one.
type protoField struct {
	typ    protowire.Type
	bytes  []byte
	varint uint64
	end    int // where it ends in the message
}

// field returns the last field of that number, which is the one that counts.
func field(message []byte, number protowire.Number) protoField {
	var found protoField
	for at := 0; at < len(message); {
		num, typ, n := protowire.ConsumeTag(message[at:])
		if n < 0 {
			return protoField{}
		}
		m := protowire.ConsumeFieldValue(num, typ, message[at+n:])
		if m < 0 {
			return protoField{}
		}
		value := message[at+n : at+n+m]
		at += n + m
		if num != number {
			continue
		}
		found = protoField{typ: typ, end: at}
		switch typ {
		case protowire.VarintType:
			found.varint, _ = protowire.ConsumeVarint(value)
		case protowire.BytesType:
			found.bytes, _ = protowire.ConsumeBytes(value)
		}
	}
	return found
}

// maxFrame is how large an answer may be, as Hadoop's ipc.maximum.response.length.
const maxFrame = 128 * mib

// maxTapped is how much of an answer is looked at: the header comes first.
const maxTapped = 64 << 10

// responseTap cuts a stream of answers into frames and reports their
// exceptions. It keeps silent on whatever it doesn't understand.
type responseTap struct {
	length []byte // the frame's length as far as it has come
	frame  []byte // the frame's beginning
	left   int64  // bytes of the frame still to come
}

func (t *responseTap) feed(p []byte, heard func(class, message string)) {
	for len(p) > 0 {
		if len(t.length) < lengthBytes {
			n := min(lengthBytes-len(t.length), len(p))
			t.length = append(t.length, p[:n]...)
			p = p[n:]
			if len(t.length) < lengthBytes {
				return
			}
			t.left = int64(binary.BigEndian.Uint32(t.length))
		}
		n := int(min(t.left, int64(len(p))))
		t.frame = append(t.frame, p[:min(n, maxTapped-len(t.frame))]...)
		t.left -= int64(n)
		p = p[n:]
		if t.left == 0 {
			if class, message, ok := exceptionOf(t.frame); ok {
				heard(class, message)
			}
			t.length, t.frame = t.length[:0], t.frame[:0]
		}
	}
}

// exceptionOf reads the exception out of the beginning of a frame.
func exceptionOf(frame []byte) (class, message string, ok bool) {
	header, n := protowire.ConsumeBytes(frame)
	if n < 0 || field(header, statusField).varint == 0 {
		return "", "", false
	}
	class = string(field(header, exceptionField).bytes)
	return class, string(field(header, errorMessageField).bytes), class != ""
}
