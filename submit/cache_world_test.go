package submit

import (
	"context"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// cacheWorld is a staging folder and who stages into it.
type cacheWorld struct {
	dfs  hdfs.FileSystem
	base string // qualified
	next int
}

func openFake(t testing.TB, s *hdfstest.Server, user string) hdfs.FileSystem {
	t.Helper()
	dfs, err := hdfs.New(context.Background(), hdfs.Options{Configuration: hadoop.NewConfiguration(nil), URI: "webhdfs://" + s.Address, User: user})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dfs.Close() })
	return dfs
}

func newCacheWorld(t testing.TB) (*cacheWorld, *hdfstest.Server) {
	t.Helper()
	s := hdfstest.NewServer(t)
	dfs := openFake(t, s, "alice")
	return &cacheWorld{dfs: dfs, base: dfs.URI() + "/user/alice"}, s
}

func (w *cacheWorld) path(elem ...string) string {
	return path.Join(append([]string{pathOf(w.base), ".flink"}, elem...)...)
}

func (w *cacheWorld) cache(o cacheOptions) *stagingCache {
	if o.FS == nil {
		o.FS = w.dfs
	}
	o.Base = w.base
	o.Logger = slog.New(slog.DiscardHandler)
	return newStagingCache(o)
}

// application makes the folder of one more application.
func (w *cacheWorld) application(t testing.TB, dfs hdfs.FileSystem) (folder string, m manifest) {
	t.Helper()
	w.next++
	id := yarn.ApplicationID{ClusterTimestamp: 1700000000000, ID: w.next}
	folder = w.path(id.String())
	if err := dfs.MkdirAll(context.Background(), folder, folderMode); err != nil {
		t.Fatal(err)
	}
	return folder, manifest{
		Version: manifestVersion, ApplicationID: id, User: "alice", Created: time.Now().UTC(),
		ResourceManager: resourceManagerIdentity{ClusterTimestamp: id.ClusterTimestamp, Addresses: []string{"http://rm:8088"}},
	}
}

// stage stages as a new application.
func (w *cacheWorld) stage(t testing.TB, c *stagingCache, list ...PlannedResource) (cacheResult, error) {
	t.Helper()
	folder, m := w.application(t, c.FS)
	return c.Stage(t.Context(), folder, m, list)
}

func (w *cacheWorld) mustStage(t testing.TB, c *stagingCache, list ...PlannedResource) cacheResult {
	t.Helper()
	result, err := w.stage(t, c, list...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// local writes local files and returns them as resources.
func local(t testing.TB, files map[string]string) []PlannedResource {
	t.Helper()
	dir := t.TempDir()
	var list []PlannedResource
	for name, content := range files {
		list = append(list, localFile(t, filepath.Join(dir, name), content))
	}
	return list
}

func localFile(t testing.TB, name, content string) PlannedResource {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return PlannedResource{Key: "lib/" + filepath.Base(name), Source: name, Size: int64(len(content)), Class: Cached, Type: yarn.FileResource}
}

// content reads a staged file, after a look at whether it is the one that was staged.
func content(t testing.TB, dfs hdfs.FileSystem, s Staged) string {
	t.Helper()
	status, err := dfs.Stat(context.Background(), pathOf(s.Resource.URL))
	if err != nil {
		t.Errorf("%s is missing: %v", s.Key, err)
		return ""
	}
	if status.Length != s.Resource.Size || status.ModificationTime != s.Resource.Timestamp {
		t.Errorf("%s was staged as %+v and is %+v", s.Key, s.Resource, status)
	}
	b, err := readSmall(context.Background(), dfs, status.Path, 64<<20)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// names lists the cache.
func (w *cacheWorld) names(t testing.TB) []string {
	t.Helper()
	list, err := w.dfs.List(context.Background(), w.path(cacheFolder))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, child := range list {
		names = append(names, path.Base(child.Path))
	}
	return names
}

func isLong() bool { return os.Getenv(clustertest.LongVariable) == "1" }

// each does n things, a few at once.
func each(t testing.TB, n int, do func(i int) error) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(gcConnections)
	for i := range n {
		group.Go(func() error { return do(i) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}
