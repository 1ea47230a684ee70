package hdfstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
)

// open returns the WebHDFS file system at address.
func open(t testing.TB, address, user string, timeout time.Duration) hdfs.FileSystem {
	t.Helper()
	fsys, err := hdfs.New(context.Background(), hdfs.Options{
		Configuration: hadoop.NewConfiguration(nil), URI: "webhdfs://" + address, User: user, Timeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestServerConforms(t *testing.T) {
	s := hdfstest.NewServer(t)
	hdfstest.Conformance(t, hdfstest.Target{
		User: "alice", Other: "bob", Scratch: "/tmp",
		Open: func(t testing.TB, user string) hdfs.FileSystem { return open(t, s.Address, user, 0) },
	})
}

func TestServerConformsThroughProxy(t *testing.T) {
	s := hdfstest.NewServer(t)
	p := hdfstest.NewProxy(t, s.URL)
	hdfstest.Conformance(t, hdfstest.Target{
		User: "alice", Other: "bob", Scratch: "/tmp",
		Open: func(t testing.TB, user string) hdfs.FileSystem { return open(t, p.Address, user, 0) },
	})
}
