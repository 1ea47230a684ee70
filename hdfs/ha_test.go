package hdfs_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// pair is the configuration of a nameservice "ns" of two NameNodes.
func pair(property, first, second string) *hadoop.Configuration {
	props := map[string]string{
		"fs.defaultFS": "hdfs://ns", "dfs.nameservices": "ns", "dfs.ha.namenodes.ns": "nn1,nn2",
		"dfs.client.failover.proxy.provider.ns": "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider",
		"dfs.namenode.rpc-address.ns.nn1":       "127.0.0.1:1", "dfs.namenode.rpc-address.ns.nn2": "127.0.0.1:1",
	}
	props["dfs.namenode."+property+".ns.nn1"], props["dfs.namenode."+property+".ns.nn2"] = first, second
	return hadoop.NewConfiguration(props)
}

func openPair(t *testing.T, conf *hadoop.Configuration, transport hdfs.Transport) hdfs.FileSystem {
	t.Helper()
	fsys, err := hdfs.New(t.Context(), hdfs.Options{Configuration: conf, User: "alice", Transport: transport, Timeout: shortTimeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fsys.Close() })
	return fsys
}

// closedPort returns an address that refuses connections.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestWebHDFSFailsOver(t *testing.T) {
	first, second := hdfstest.NewServer(t), hdfstest.NewServer(t)
	fsys := openPair(t, pair("http-address", first.Address, second.Address), hdfs.WebHDFS)
	if got := fsys.URI(); got != "hdfs://ns" {
		t.Errorf("URI %q, want hdfs://ns", got)
	}
	put := func(name string) error {
		_, err := fsys.Create(t.Context(), "/tmp/"+name, strings.NewReader("x"), hdfs.CreateOptions{})
		return err
	}
	first.SetStandby(true)
	if err := put("a"); err != nil || len(second.Files()) != 1 {
		t.Errorf("error %v, files of the active one %v", err, second.Files())
	}
	asked := len(first.Faults.Requests())
	if err := put("b"); err != nil || len(first.Faults.Requests()) != asked {
		t.Errorf("error %v, or the standby was asked again", err)
	}
	first.SetStandby(false)
	second.SetStandby(true)
	if err := put("c"); err != nil || len(first.Files()) != 1 {
		t.Errorf("error %v, files of the active one %v", err, first.Files())
	}
	first.SetStandby(true)
	err := put("d")
	if !errors.Is(err, hdfs.ErrUnreachable) || !hdfs.Retriable(err) || !strings.Contains(err.Error(), "standby") {
		t.Errorf("error %v of two standbys, want a retriable one that says standby", err)
	}
}

// The active NameNode dies with the answer to the last step of a file, and the other one takes its time.
func TestWebHDFSFailoverLosesAnAnswer(t *testing.T) {
	for name, match := range map[string]string{
		"rename":            "PUT /webhdfs/v1/tmp/.tmp-*?op=RENAME",
		"status in the end": "GET /webhdfs/v1/tmp/file?op=GETFILESTATUS",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hdfstest.NewServer(t)
			fsys := openPair(t, pair("http-address", closedPort(t), s.Address), hdfs.WebHDFS)
			skip := 0
			if name != "rename" {
				skip = 1 // the look whether it is there already
			}
			hit := s.Faults.Add(faults.Fault{Match: match, Skip: skip, Mode: faults.HangAfter})
			go func() {
				<-hit.C
				s.SetStandby(true)
				hit.Drop()
				time.Sleep(700 * time.Millisecond)
				s.SetStandby(false)
			}()
			st, err := fsys.Create(t.Context(), "/tmp/file", strings.NewReader("x"), hdfs.CreateOptions{})
			if err != nil || st.Length != 1 {
				t.Errorf("status %+v, %v", st, err)
			}
			if files := s.Files(); len(files) != 1 || files[0] != "/tmp/file" {
				t.Errorf("files %v", files)
			}
		})
	}
}

func TestWebHDFSPassesOverADeadNameNode(t *testing.T) {
	s := hdfstest.NewServer(t)
	fsys := openPair(t, pair("http-address", closedPort(t), s.Address), hdfs.WebHDFS)
	if _, err := fsys.Stat(t.Context(), "/tmp"); err != nil {
		t.Error(err)
	}
}

func TestNobodyThere(t *testing.T) {
	port := closedPort(t)
	for _, tt := range []struct {
		transport hdfs.Transport
		property  string
	}{{hdfs.RPC, "rpc-address"}, {hdfs.WebHDFS, "http-address"}} {
		t.Run(string(tt.transport), func(t *testing.T) {
			fsys := openPair(t, pair(tt.property, port, port), tt.transport)
			_, err := fsys.Stat(t.Context(), "/tmp")
			if !errors.Is(err, hdfs.ErrUnreachable) || !hdfs.Retriable(err) || !strings.Contains(err.Error(), port) {
				t.Errorf("error %v, want ErrUnreachable with %s in it", err, port)
			}
		})
	}
}

// TestSilentNameNode connects to a server that takes everything and says nothing.
func TestSilentNameNode(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct {
		transport hdfs.Transport
		property  string
	}{{hdfs.RPC, "rpc-address"}, {hdfs.WebHDFS, "http-address"}} {
		t.Run(string(tt.transport), func(t *testing.T) {
			conf := pair(tt.property, l.Addr().String(), l.Addr().String())
			fsys, err := hdfs.New(t.Context(), hdfs.Options{Configuration: conf, User: "alice", Transport: tt.transport, Timeout: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer fsys.Close()
			if _, err := fsys.Stat(t.Context(), "/tmp"); !errors.Is(err, hdfs.ErrUnreachable) {
				t.Errorf("error %v, want ErrUnreachable", err)
			}
			patient := openPair(t, conf, tt.transport)
			why := errors.New("interrupted")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
			start := time.Now()
			err = patient.MkdirAll(ctx, "/tmp/a", 0o755)
			if !errors.Is(err, why) || hdfs.Retriable(err) || time.Since(start) > shortTimeout {
				t.Errorf("error %v after %v, want %v soon", err, time.Since(start), why)
			}
		})
	}
}

func TestRealRPCPassesOverADeadNameNode(t *testing.T) {
	c := clustertest.ForTest(t)
	fsys := openPair(t, pair("rpc-address", closedPort(t), c.NameNodeRPC()), hdfs.RPC)
	for range 2 {
		if _, err := fsys.Stat(t.Context(), "/tmp"); err != nil {
			t.Error(err)
		}
	}
}
