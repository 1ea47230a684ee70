// Package leader finds the JobManager that leads a standalone cluster with high
// availability, where Flink's own clients look for it: in ZooKeeper.
package leader

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

// Sentinels for errors.Is.
var (
	// ErrNone: ZooKeeper answers, and no JobManager leads.
	ErrNone = errors.New("no JobManager leads")
	// ErrNoQuorum: the configuration names no ZooKeeper.
	ErrNoQuorum = errors.New("no ZooKeeper is configured")
)

// Finder looks for the leader, over one session with ZooKeeper that it keeps. It
// is safe for concurrent use.
type Finder struct {
	servers, nodes []string

	mu sync.Mutex
	zk *zookeeper.Client
}

// NewFinder connects to nothing yet. The error is ErrNoQuorum.
func NewFinder(c *flink.Configuration) (*Finder, error) {
	f := &Finder{servers: flink.ZooKeeperServers(c), nodes: flink.LeaderNodes(c)}
	if len(f.servers) == 0 {
		return nil, fmt.Errorf("%w: %s is not set", ErrNoQuorum, flink.ZooKeeperQuorum.Key)
	}
	return f, nil
}

// Find returns the web address of the leader, http://host:port. One that has died
// is named until ZooKeeper ends its session (high-availability.zookeeper.client
// .session-timeout, a minute by default). Errors are ErrNone and those of
// internal/zookeeper.
//
// Java: ZooKeeperClientHAServices.getClusterRestEndpointLeaderRetriever.
func (f *Finder) Find(ctx context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.zk == nil {
		var err error
		if f.zk, err = zookeeper.Dial(ctx, f.servers); err != nil {
			return "", err
		}
	}
	for _, node := range f.nodes {
		data, err := f.zk.Get(ctx, node)
		if err != nil {
			return "", err
		}
		address, err := flink.ParseLeader(data)
		if err != nil {
			return "", fmt.Errorf("node %s: %w", node, err)
		}
		if address != "" {
			return strings.TrimRight(address, "/"), nil
		}
	}
	return "", fmt.Errorf("%w: ZooKeeper at %s has neither node %s", ErrNone, strings.Join(f.servers, ","), strings.Join(f.nodes, " nor "))
}

// Close ends the session.
func (f *Finder) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.zk != nil {
		f.zk.Close()
		f.zk = nil
	}
}
