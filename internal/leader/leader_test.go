package leader_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/leader"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

func finder(t *testing.T, settings map[string]string) *leader.Finder {
	t.Helper()
	c := flink.NewConfiguration()
	for key, value := range settings {
		c.Set(key, value, "test")
	}
	f, err := leader.NewFinder(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestNobodyToAsk(t *testing.T) {
	if _, err := leader.NewFinder(flink.NewConfiguration()); !errors.Is(err, leader.ErrNoQuorum) {
		t.Errorf("got %v", err)
	}
	cause := errors.New("somebody gave it up")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, cause)
	defer cancel()
	if _, err := finder(t, map[string]string{"high-availability.zookeeper.quorum": "127.0.0.1:1"}).Find(ctx); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

// One finder follows what ZooKeeper says, in the node of either generation of Flink.
func TestRealFind(t *testing.T) {
	address := clustertest.ZooKeeper(t, clustertest.ForTest(t))
	root := fmt.Sprintf("/leader-%d-%d", os.Getpid(), time.Now().UnixNano())
	f := finder(t, map[string]string{"high-availability.zookeeper.quorum": address, "high-availability.zookeeper.path.root": root})
	if _, err := f.Find(t.Context()); !errors.Is(err, leader.ErrNone) {
		t.Errorf("without a node: %v", err)
	}
	nodes, err := zookeeper.Dial(t.Context(), []string{address})
	if err != nil {
		t.Fatal(err)
	}
	defer nodes.Close()
	defer func() { _, _ = nodes.RemoveAll(context.WithoutCancel(t.Context()), root) }()
	conn, _, err := zk.Connect([]string{address}, 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, c := range []struct{ node, data, want string }{
		{"/default/leader/rest_server_lock", "\xac\xed\x00\x05\x77\x0f\x00\x0dhttp://a:8081", "http://a:8081"},
		{"/default/leader/rest_server/connection_info", "", "http://a:8081"}, // one that has let go of it
		{"/default/leader/rest_server/connection_info", "\xac\xed\x00\x05\x77\x0f\x00\x0dhttp://b:8081", "http://b:8081"},
		{"/default/leader/rest_server/connection_info", "http://b:8081", ""}, // not by Flink
	} {
		if err := nodes.MakeAll(t.Context(), root+c.node); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Set(root+c.node, []byte(c.data), -1); err != nil {
			t.Fatal(err)
		}
		got, err := f.Find(t.Context())
		if got != c.want || (err != nil) != (c.want == "") || errors.Is(err, leader.ErrNone) {
			t.Errorf("%s %q: got %q, %v", c.node, c.data, got, err)
		}
	}
}
