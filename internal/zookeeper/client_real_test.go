package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

// newRoot makes a node for the test at the real ZooKeeper, and a client that may do anything there.
func newRoot(t *testing.T) (root string, c *zookeeper.Client) {
	t.Helper()
	c, err := zookeeper.Dial(t.Context(), []string{clustertest.ZooKeeper(t, clustertest.ForTest(t))})
	if err != nil {
		t.Fatal(err)
	}
	root = fmt.Sprintf("/test-%d-%d", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() {
		_, _ = c.RemoveAll(context.Background(), root)
		c.Close()
	})
	return root, c
}

func create(t *testing.T, c *zookeeper.Client, node string, flags int32, acl []zk.ACL) {
	t.Helper()
	if _, err := c.Conn().Create(node, nil, flags, acl); err != nil {
		t.Fatalf("create %s: %v", node, err)
	}
}

func TestRealMakeAll(t *testing.T) {
	root, c := newRoot(t)
	for range 2 { // what is there already stays
		if err := c.MakeAll(t.Context(), root+"/a/b"); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range []string{root, root + "/a", root + "/a/b"} {
		if there, err := c.Exists(t.Context(), node); err != nil || !there {
			t.Errorf("%s is there: %v, %v", node, there, err)
		}
	}
}

func TestRealRemoveAll(t *testing.T) {
	root, c := newRoot(t)
	all := zk.WorldACL(zk.PermAll)
	for _, node := range []string{"", "/a", "/a/b", "/a/b/c", "/a/b/d", "/other"} {
		create(t, c, root+node, 0, all)
	}
	if held, err := c.Held(t.Context(), root); err != nil || held {
		t.Errorf("held: %v, %v", held, err)
	}
	create(t, c, root+"/a/b/leader", zk.FlagEphemeral, all)
	if held, err := c.Held(t.Context(), root+"/a"); err != nil || !held {
		t.Errorf("held by a session that lives: %v, %v", held, err)
	}
	if n, err := c.RemoveAll(t.Context(), root+"/a/b"); err != nil || n != 4 {
		t.Errorf("removed %d, %v", n, err)
	}
	if n, err := c.RemoveAll(t.Context(), root+"/a/b"); err != nil || n != 0 {
		t.Errorf("the second time: removed %d, %v", n, err)
	}
	// Above, only what is empty goes.
	if err := c.RemoveEmptyParents(t.Context(), root+"/a/b"); err != nil {
		t.Error(err)
	}
	for node, want := range map[string]bool{"/a": false, "/other": true} {
		if there, err := c.Exists(t.Context(), root+node); err != nil || there != want {
			t.Errorf("%s is there: %v, %v", node, there, err)
		}
	}
}

// A node of an owner who authenticates is refused, and stays.
func TestRealRefusedWithoutAuthentication(t *testing.T) {
	root, c := newRoot(t)
	owner, err := zookeeper.Dial(t.Context(), []string{c.Servers()})
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if err := owner.Conn().AddAuth("digest", []byte("alice:secret")); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := owner.RemoveAll(t.Context(), root); err != nil {
			t.Error(err)
		}
	}()
	create(t, owner, root, 0, zk.DigestACL(zk.PermAll, "alice", "secret"))
	create(t, owner, root+"/a", 0, zk.DigestACL(zk.PermAll, "alice", "secret"))
	if n, err := c.RemoveAll(t.Context(), root); !errors.Is(err, zookeeper.ErrNotAllowed) || n != 0 {
		t.Errorf("removed %d, %v", n, err)
	}
	if there, err := owner.Exists(t.Context(), root+"/a"); err != nil || !there {
		t.Errorf("there: %v, %v", there, err)
	}
}
