package submit

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// realWorld is a client of the real cluster, and a staging folder there.
func realWorld(t *testing.T, transport hdfs.Transport) (*Client, *cacheWorld) {
	t.Helper()
	c := clustertest.ForTest(t)
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: c.HadoopConfDir()})
	if err != nil {
		t.Fatal(err)
	}
	base := fmt.Sprintf("/tmp/cache-%s-%d", transport, time.Now().UnixNano())
	client, err := NewClient(Options{Hadoop: conf, User: "alice", StagingDirectory: base, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	dfs, err := client.fileSystem(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = dfs.RemoveAll(context.Background(), base)
		_ = client.Close()
	})
	return client, &cacheWorld{dfs: dfs, base: dfs.URI() + base}
}

func onTransports(t *testing.T, test func(t *testing.T, c *Client, w *cacheWorld)) {
	for _, transport := range []hdfs.Transport{hdfs.RPC, hdfs.WebHDFS} {
		t.Run(string(transport), func(t *testing.T) {
			c, w := realWorld(t, transport)
			test(t, c, w)
		})
	}
}

func TestRealCacheRace(t *testing.T) {
	onTransports(t, func(t *testing.T, _ *Client, w *cacheWorld) {
		small := localFile(t, filepath.Join(t.TempDir(), "small.jar"), "small")
		big := localFile(t, filepath.Join(t.TempDir(), "big +1.jar"), strings.Repeat("b", claimSize+1))
		var sent int64
		results := race(t, w, 8, small, big)
		for _, r := range results {
			sent += r.Sent
			if diff := cmp.Diff(results[0].Staged, r.Staged); diff != "" {
				t.Errorf("two starts use different files (-first +other):\n%s", diff)
			}
		}
		if names := w.names(t); len(names) != 2 || sent >= 2*big.Size {
			t.Errorf("the cache holds %v, %d bytes were sent", names, sent)
		}
		later := w.mustStage(t, w.cache(cacheOptions{}), small, big)
		if diff := cmp.Diff(results[0].Staged, later.Staged); diff != "" || later.Sent != 0 {
			t.Errorf("a later start sent %d bytes (-first +later):\n%s", later.Sent, diff)
		}
		if got := content(t, w.dfs, later.Staged[1]); got != strings.Repeat("b", claimSize+1) {
			t.Errorf("%d other bytes", len(got))
		}
	})
}

// The copies are those that were asked for, and a file is one block where it can be: one DataNode gives it to a container whole.
func TestRealCopiesAndBlocks(t *testing.T) {
	onTransports(t, func(t *testing.T, _ *Client, w *cacheWorld) {
		file := localFile(t, filepath.Join(t.TempDir(), "a.jar"), strings.Repeat("b", 3<<20+1))
		w.mustStage(t, w.cache(cacheOptions{Replication: 3}), file)
		list, err := w.dfs.Walk(t.Context(), w.cache(cacheOptions{}).root)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, s := range list {
			if s.IsDir {
				continue
			}
			found++
			if s.Replication != 3 || s.BlockSize != 4<<20 {
				t.Errorf("%s has %d copies and blocks of %d bytes", s.Path, s.Replication, s.BlockSize)
			}
		}
		if found != 1 {
			t.Errorf("the cache holds %v", list)
		}
	})
}

func TestRealCondemned(t *testing.T) {
	onTransports(t, func(t *testing.T, _ *Client, w *cacheWorld) {
		file := localFile(t, filepath.Join(t.TempDir(), "a.jar"), "text")
		w.mustStage(t, w.cache(cacheOptions{}), file)
		g := w.collector(w.dfs)
		if err := g.open(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := g.find(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := g.condemn(t.Context(), found.candidates); err != nil {
			t.Fatal(err)
		}
		during := w.mustStage(t, w.cache(cacheOptions{}), file)
		if during.Own != 1 || content(t, w.dfs, during.Staged[0]) != "text" {
			t.Errorf("got %+v", during)
		}
		if err := g.release(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The trash is gone, so that a move that comes late finds no place.
		if err := g.take(t.Context(), found.candidates[0]); err != nil || len(g.result.Removed) > 0 {
			t.Errorf("took %v after its end, error %v", g.result.Removed, err)
		}
		after := w.mustStage(t, w.cache(cacheOptions{}), file)
		if after.Hits != 1 {
			t.Errorf("got %+v", after)
		}
	})
}

func TestRealCollectGarbage(t *testing.T) {
	onTransports(t, func(t *testing.T, c *Client, w *cacheWorld) {
		rm, err := c.resourceManager()
		if err != nil {
			t.Fatal(err)
		}
		id, _, err := rm.NewApplication(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := rm.Submit(t.Context(), yarn.ApplicationSubmissionContext{
			ID: id, Name: "garbage", Queue: "default", Type: "test", MaxAttempts: 1, Resource: yarn.Resource{MemoryMB: 128, VCores: 1},
			Container: yarn.ContainerLaunchContext{Commands: []string{"sleep 600"}},
		}); err != nil {
			t.Fatal(err)
		}
		m, err := c.manifest(id)
		if err != nil {
			t.Fatal(err)
		}
		folder := w.path(id.String())
		if err := w.dfs.MkdirAll(t.Context(), folder, folderMode); err != nil {
			t.Fatal(err)
		}
		result, err := w.cache(cacheOptions{}).Stage(t.Context(), folder, m, local(t, map[string]string{"a.jar": "text"}))
		if err != nil {
			t.Fatal(err)
		}
		entry := path.Dir(pathOf(result.Staged[0].Resource.URL))
		live, err := c.CollectGarbage(t.Context(), GCOptions{OlderThan: -1})
		if err != nil || len(live.Removed) > 0 || live.Kept != (GCKept{Applications: 1, Entries: 1}) {
			t.Errorf("beside a live application: %+v, error %v", live, err)
		}
		if _, err := rm.Kill(t.Context(), id, "the test is over"); err != nil {
			t.Fatal(err)
		}
		for _, dry := range []bool{true, false} {
			ended, err := c.CollectGarbage(t.Context(), GCOptions{OlderThan: -1, DryRun: dry})
			if err != nil || cmp.Diff([]string{"application " + id.String(), "entry " + path.Base(entry)}, paths(ended)) != "" {
				t.Errorf("after its end, dry run %v: %+v, error %v", dry, ended, err)
			}
		}
		if names := w.names(t); len(names) > 0 {
			t.Errorf("left: %v", names)
		}
	})
}
