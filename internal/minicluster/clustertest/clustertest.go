// Package clustertest hands the real cluster of a test run to the tests that want it.
package clustertest

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/internal/minicluster"
)

const (
	// ClusterVariable names the folder of the running cluster that all tests of a run share.
	ClusterVariable = "YARNFLINK_TEST_CLUSTER"
	// HAClusterVariable names the folder of a running highly available cluster, for HA to use instead of one of its own.
	HAClusterVariable = "YARNFLINK_TEST_HA_CLUSTER"
	// RequireVariable set to 1 makes tests fail that would be skipped for want of a real server.
	RequireVariable = "YARNFLINK_TEST_REQUIRE"
	// LongVariable set to 1 runs the tests that start clusters of their own.
	LongVariable = "YARNFLINK_TEST_LONG"
)

// statusTimeout bounds the look at the shared cluster: one that hangs must fail the test and say so.
const statusTimeout = 30 * time.Second

// ForTest returns the shared real cluster. Without one the test is skipped, or fails where real servers are required; a
// cluster that is named but does not serve always fails the test. Other tests use the cluster at the same time, so a test works
// in HDFS folders and with applications of its own and stops no daemon; see Own.
func ForTest(tb testing.TB) *minicluster.Cluster {
	tb.Helper()
	dir := os.Getenv(ClusterVariable)
	if dir == "" {
		Unavailable(tb, "needs a real cluster: run `go run ./cmd/minicluster up --dir DIR` and set "+ClusterVariable+"=DIR")
	}
	return open(tb, ClusterVariable, dir)
}

// open attaches to a cluster that a variable names.
func open(tb testing.TB, variable, dir string) *minicluster.Cluster {
	tb.Helper()
	cluster, err := minicluster.Open(dir)
	if err != nil {
		tb.Fatalf("%s=%s: %v", variable, dir, err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), statusTimeout)
	defer cancel()
	daemons, err := cluster.Status(ctx)
	if err != nil {
		tb.Fatalf("%s=%s: %v", variable, dir, err)
	}
	for _, d := range daemons {
		if !d.Serving {
			tb.Fatalf("%s=%s: %s does not serve: %s", variable, dir, d.Name, d.Problem)
		}
	}
	return cluster
}

// Own starts a cluster for this test alone, for faults that others must not see, and removes it at the test's end. It runs
// only with LongVariable set, for it takes some ten seconds. o.Dir is chosen if empty.
func Own(tb testing.TB, o minicluster.Options) *minicluster.Cluster {
	tb.Helper()
	Long(tb)
	return start(tb, o)
}

// Secure starts a secure cluster for this test alone, as Own does, wherever there is a shared cluster: it takes some seconds.
func Secure(tb testing.TB, o minicluster.Options) *minicluster.Cluster {
	tb.Helper()
	besideShared(tb)
	o.Secure = true
	return start(tb, o)
}

// HA returns a highly available cluster: the one that HAClusterVariable names, else one that is started for the test, as Own does,
// but in each run with real servers. Without the shared cluster the test is skipped, or fails where real servers are required.
// No other test may use it at the same time.
func HA(tb testing.TB) *minicluster.Cluster {
	tb.Helper()
	if dir := os.Getenv(HAClusterVariable); dir != "" {
		return open(tb, HAClusterVariable, dir)
	}
	besideShared(tb)
	return start(tb, minicluster.Options{HA: true})
}

// besideShared is for clusters that are started where there is a shared one.
func besideShared(tb testing.TB) {
	tb.Helper()
	if os.Getenv(ClusterVariable) == "" {
		Unavailable(tb, "starts a real cluster, beside the one that "+ClusterVariable+" names")
	}
}

func start(tb testing.TB, o minicluster.Options) *minicluster.Cluster {
	tb.Helper()
	if o.Dir == "" {
		o.Dir = tb.TempDir()
	}
	if o.CacheDir == "" {
		o.CacheDir = os.Getenv("YARNFLINK_MINICLUSTER_CACHE")
	}
	if o.Log == nil {
		o.Log = tb.Output()
	}
	cluster, err := minicluster.Start(tb.Context(), o)
	if errors.Is(err, kdc.ErrNotInstalled) {
		Unavailable(tb, err.Error())
	}
	if err != nil {
		tb.Fatal(err)
	}
	// The test's own context has ended by then.
	tb.Cleanup(func() {
		if err := cluster.Remove(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return cluster
}

// Long skips the test unless LongVariable is set: it takes minutes.
func Long(tb testing.TB) {
	tb.Helper()
	if os.Getenv(LongVariable) != "1" {
		tb.Skipf("takes long: set %s=1", LongVariable)
	}
}

// Unavailable skips the test for want of a real server, or fails it where RequireVariable forbids that. It does not return.
func Unavailable(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv(RequireVariable) == "1" {
		tb.Fatal(why)
	}
	tb.Skip(why)
}

// ZooKeeper returns the host:port of the cluster's ZooKeeper. Without one the test is skipped, or fails where real servers are
// required.
func ZooKeeper(tb testing.TB, c *minicluster.Cluster) string {
	tb.Helper()
	address := c.ZooKeeper()
	if address == "" {
		Unavailable(tb, "needs a ZooKeeper: start the cluster with --zookeeper")
	}
	return address
}
