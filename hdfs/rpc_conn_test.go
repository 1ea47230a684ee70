package hdfs

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

// frame puts messages, each with its length, into an RPC frame.
func frame(messages ...[]byte) []byte {
	var body []byte
	for _, m := range messages {
		body = protowire.AppendBytes(body, m)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func text(number protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), s)
}

func number(n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), v)
}

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestForbidOverwrite(t *testing.T) {
	header := join(number(1, 2), number(3, 7))
	method := func(name string) []byte { return join(text(1, name), text(2, "ClientProtocol"), number(3, 1)) }
	rename := func(flag []byte) []byte { return join(text(1, "/from"), text(2, "/to"), flag) }
	trash := number(4, 1)
	for _, tt := range []struct {
		name    string
		in      []byte
		want    []byte
		wantErr error
	}{
		{"overwriting", frame(header, method("rename2"), rename(number(3, 1))), frame(header, method("rename2"), rename(number(3, 0))), nil},
		{"not overwriting", frame(header, method("rename2"), rename(number(3, 0))), frame(header, method("rename2"), rename(number(3, 0))), nil},
		{"field after it", frame(header, method("rename2"), join(rename(number(3, 1)), trash)), frame(header, method("rename2"), join(rename(number(3, 0)), trash)), nil},
		{"flag given twice", frame(header, method("rename2"), rename(join(number(3, 0), number(3, 1)))), frame(header, method("rename2"), rename(join(number(3, 0), number(3, 0)))), nil},
		{"no flag", frame(header, method("rename2"), rename(nil)), nil, errRenameForm},
		{"flag of another type", frame(header, method("rename2"), rename(text(3, "x"))), nil, errRenameForm},
		{"no request", frame(header, method("rename2")), nil, errRenameForm},
		{"more than a request", frame(header, method("rename2"), rename(number(3, 1)), trash), nil, errRenameForm},
		{"another method", frame(header, method("mkdirs"), rename(number(3, 1))), nil, nil},
		{"preamble", []byte("hrpc\x09\x00\x00"), nil, nil},
		{"connection context", frame(header, join(text(2, "user"), text(3, "ClientProtocol"))), nil, nil},
		{"nothing", nil, nil, nil},
		{"half a frame", frame(header, method("rename2"), rename(number(3, 1)))[:20], nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := forbidOverwrite(tt.in)
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("error %v, want %v", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("frame (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResponseTap(t *testing.T) {
	type exception struct{ Class, Message string }
	failed := func(class, message string) []byte {
		return join(number(1, 5), number(2, 1), number(3, 9), text(4, class), text(5, message), number(6, 1))
	}
	stream := join(
		frame(join(number(1, 3), number(2, 0)), text(1, "an answer")),
		frame(failed("a.First", "one\n\tat somewhere")),
		frame(make([]byte, 3*maxTapped)),
		[]byte{0, 0, 0, 0},
		frame([]byte("no message at all")),
		frame(failed("a.Second", "")),
	)
	want := []exception{{"a.First", "one\n\tat somewhere"}, {"a.Second", ""}}
	for _, step := range []int{1, 3, 1000, len(stream)} {
		var got []exception
		var tap responseTap
		for at := 0; at < len(stream); at += step {
			tap.feed(stream[at:min(at+step, len(stream))], func(class, message string) {
				got = append(got, exception{class, message})
			})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exceptions in steps of %d (-want +got):\n%s", step, diff)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(frame(number(1, 2), text(1, "rename2"), number(3, 1)))
	f.Add(frame(join(number(2, 1), text(4, "a.B"), text(5, "words"))))
	f.Add([]byte{0, 0, 0, 1, 0xff})
	f.Fuzz(func(t *testing.T, p []byte) {
		changed, err := forbidOverwrite(p)
		if changed != nil && (err != nil || len(changed) != len(p)) {
			t.Errorf("a changed frame of %d bytes instead of %d, error %v", len(changed), len(p), err)
		}
		var tap responseTap
		tap.feed(p, func(string, string) {})
		if len(tap.frame) > maxTapped {
			t.Errorf("the tap keeps %d bytes", len(tap.frame))
		}
	})
}

// What the library tries after a cut is not what an operation has failed of.
func TestNoDialAfterACutIsAFailure(t *testing.T) {
	c := &rpcClient{timeout: time.Second, data: map[net.Conn]struct{}{}, nameNodes: map[net.Conn]struct{}{}}
	c.ctx, c.cancel = context.WithCancel(t.Context())
	c.cut()
	if _, err := c.dialNameNode(t.Context(), "tcp", "127.0.0.1:1"); err == nil {
		t.Fatal("it was dialled")
	}
	if _, _, _, failure := c.words(); failure != nil {
		t.Errorf("failure %v", failure)
	}
}
