package hdfs_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
)

// mortal is a NameNode that speaks RPC, knows no file, and is gone when it has got so many calls; the last one it does not answer.
func mortal(t *testing.T, calls int) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for left := calls; left > 0; {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			left = serveCalls(conn, left)
			if left == 0 {
				l.Close()
			}
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// serveCalls answers calls with nothing, "no such file", and returns how many are left.
func serveCalls(conn net.Conn, left int) int {
	r := bufio.NewReader(conn)
	if _, err := r.Discard(7); err != nil { // "hrpc", version, class, authentication
		return left
	}
	for handshake := true; ; handshake = false {
		var length uint32
		if err := binary.Read(r, binary.BigEndian, &length); err != nil {
			return left
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(r, body); err != nil {
			return left
		}
		if handshake {
			continue
		}
		if left--; left == 0 {
			return 0
		}
		header, _ := protowire.ConsumeBytes(body)
		var answer []byte
		answer = protowire.AppendBytes(answer, append(protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), callID(header)), 0x10, 0))
		answer = protowire.AppendBytes(answer, nil)
		_, _ = conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(answer))), answer...))
	}
}

// callID is RpcRequestHeaderProto.callId.
func callID(header []byte) uint64 {
	for len(header) > 0 {
		number, kind, n := protowire.ConsumeTag(header)
		m := protowire.ConsumeFieldValue(number, kind, header[n:])
		if number == 3 {
			v, _ := protowire.ConsumeVarint(header[n:])
			return uint64(protowire.DecodeZigZag(v))
		}
		header = header[n+m:]
	}
	return 0
}

// A NameNode that ends in the middle of a call is no closed port: RPC stays, for the next NameNode.
func TestANameNodeThatEndsIsNoClosedPort(t *testing.T) {
	for _, op := range []string{"stat", "create"} {
		t.Run(op, func(t *testing.T) {
			web := hdfstest.NewServer(t)
			web.SetStandby(true)
			var told []string
			fsys, err := hdfs.New(t.Context(), hdfs.Options{
				Configuration: pairOfBoth(mortal(t, 2), closedPort(t), web.Address), User: "alice", Timeout: 5 * time.Second,
				Fallback: func(why error, address string) { told = append(told, why.Error()) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer fsys.Close()
			if _, err := fsys.Stat(t.Context(), "/tmp/file"); !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("error %v of a NameNode that lives, want fs.ErrNotExist", err)
			}
			web.SetStandby(false)
			if op == "stat" {
				_, err = fsys.Stat(t.Context(), "/tmp/file")
			} else {
				_, err = fsys.Create(t.Context(), "/tmp/file", strings.NewReader("x"), hdfs.CreateOptions{})
			}
			if !errors.Is(err, hdfs.ErrUnreachable) || !hdfs.Retriable(err) || !strings.Contains(err.Error(), "closed the connection") {
				t.Errorf("error %v, want one that can be tried again", err)
			}
			if len(told) > 0 {
				t.Errorf("it has left RPC: %q", told)
			}
		})
	}
}

// A NameNode that hangs lets itself be connected to: what is tried again goes to the other one first.
func TestANameNodeThatHangsIsAskedLast(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, nobody reads
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	fsys, err := hdfs.New(t.Context(), hdfs.Options{
		Configuration: pair("rpc-address", silent.Addr().String(), mortal(t, 3)), User: "alice", Transport: hdfs.RPC, Timeout: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer fsys.Close()
	if _, err := fsys.Stat(t.Context(), "/tmp/file"); !errors.Is(err, hdfs.ErrUnreachable) || !hdfs.Retriable(err) {
		t.Fatalf("error %v of a NameNode that hangs, want one that can be tried again", err)
	}
	for range 2 {
		if _, err := fsys.Stat(t.Context(), "/tmp/file"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v of the other one, want fs.ErrNotExist", err)
		}
	}
}

// pairOfBoth is pair with RPC to two NameNodes and WebHDFS of one.
func pairOfBoth(first, second, web string) *hadoop.Configuration {
	return pair("rpc-address", first, second).With(map[string]string{"dfs.namenode.http-address.ns.nn1": web, "dfs.namenode.http-address.ns.nn2": web})
}
