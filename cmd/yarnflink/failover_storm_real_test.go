//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/yarn"
)

const stormyFailovers = 6

// storm calls the ResourceManager on and on while it fails over: each call succeeds.
func (l *failoverLane) storm(t *testing.T) {
	rm, id := l.home.rm, l.reference.ApplicationID
	l.during(t, minicluster.ResourceManager, map[string]func(context.Context) error{
		"application": func(ctx context.Context) error { _, err := rm.Application(ctx, id); return err },
		"applications": func(ctx context.Context) error {
			list, err := rm.Applications(ctx, yarn.Filter{States: yarn.LiveStates()})
			if err == nil && len(list) == 0 {
				err = fmt.Errorf("none of %s", id)
			}
			return err
		},
		"new application": func(ctx context.Context) error { _, _, err := rm.NewApplication(ctx); return err },
		"metrics":         func(ctx context.Context) error { _, err := rm.Metrics(ctx); return err },
		"queues":          func(ctx context.Context) error { _, err := rm.Queues(ctx); return err },
		"nodes":           func(ctx context.Context) error { _, err := rm.Nodes(ctx); return err },
		"configuration": func(ctx context.Context) error {
			_, _, err := rm.Conf(ctx, "yarn.resourcemanager.am.max-attempts")
			return err
		},
	})
}

// stormOverHDFS writes and reads while the NameNode fails over: what fails may be tried again, and whoever does succeeds.
func (l *failoverLane) stormOverHDFS(t *testing.T) {
	calls := map[string]func(context.Context) error{}
	for _, transport := range []hdfs.Transport{hdfs.RPC, hdfs.WebHDFS} {
		files, err := hdfs.New(t.Context(), hdfs.Options{Configuration: l.home.Hadoop, User: l.cluster.User(), Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		base := fmt.Sprintf("%s/storm-%s", l.home.base, transport)
		if err := files.MkdirAll(t.Context(), base, 0o755); err != nil {
			t.Fatal(err)
		}
		n := 0
		calls["write over "+string(transport)] = func(ctx context.Context) error {
			n++
			return writeOne(ctx, files, fmt.Sprintf("%s/%d", base, n))
		}
		calls["list over "+string(transport)] = func(ctx context.Context) error { _, err := files.List(ctx, base); return err }
	}
	l.during(t, minicluster.NameNode, calls)
}

// writeOne makes a folder, a file in it, renames, reads and removes it, each as often as it may be tried again.
func writeOne(ctx context.Context, files hdfs.FileSystem, folder string) error {
	content := strings.Repeat("x", 100<<10)
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"mkdir", func() error { return files.MkdirAll(ctx, folder, 0o755) }},
		{"create", func() error {
			_, err := files.Create(ctx, folder+"/file", strings.NewReader(content), hdfs.CreateOptions{Size: int64(len(content))})
			return err
		}},
		{"read", func() error {
			r, err := files.Open(ctx, folder+"/file")
			if err != nil {
				return err
			}
			defer r.Close()
			var b bytes.Buffer
			if _, err = b.ReadFrom(r); err == nil && b.String() != content {
				err = fmt.Errorf("read %d other bytes", b.Len())
			}
			return err
		}},
		{"remove", func() error { return files.RemoveAll(ctx, folder) }},
	} {
		err := step.do()
		for hdfs.Retriable(err) {
			err = step.do()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// during makes calls, each kind in a row, while the masters of a role change several times, and wants no error.
func (l *failoverLane) during(t *testing.T, role string, calls map[string]func(context.Context) error) {
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var mu sync.Mutex
	made := map[string]int{}
	for name, call := range calls {
		group.Go(func() {
			for ctx.Err() == nil {
				if err := call(t.Context()); err != nil && !hdfs.Retriable(err) {
					t.Errorf("%s: %v", name, err)
				}
				mu.Lock()
				made[name]++
				mu.Unlock()
			}
		})
	}
	for range stormyFailovers {
		if _, err := l.cluster.Failover(t.Context(), role); err != nil {
			t.Error(err)
		}
	}
	cancel()
	group.Wait()
	if err := l.cluster.AwaitWhole(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Log("calls", made)
}
