package submit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// A staging folder of months on the real HDFS; the ResourceManager that knows all the applications is played. How long the
// collection takes is logged, and docs/benchmarks.md says it.
func TestLongCollectionOfThousands(t *testing.T) {
	clustertest.Long(t)
	cluster := clustertest.ForTest(t)
	rm := yarntest.New(t, yarntest.Options{})
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: cluster.HadoopConfDir(), Overrides: map[string]string{
		"yarn.resourcemanager.webapp.address": strings.TrimPrefix(rm.URL, "http://"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	base := fmt.Sprintf("/tmp/yarnflink-thousands-%d", time.Now().UnixNano())
	client, err := NewClient(Options{Hadoop: conf, User: cluster.User(), StagingDirectory: base})
	if err != nil {
		t.Fatal(err)
	}
	dfs, err := client.fileSystem(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(dfs.RemoveAll(context.Background(), base), client.Close()); err != nil {
			t.Error(err)
		}
	})

	const folders, entries, used = 1000, 10_000, 10
	w := &thousands{t: t, client: client, dfs: dfs, base: base}
	w.each(entries, w.entry)
	w.each(folders, func(ctx context.Context, i int) error { return w.folder(ctx, rm, i, i < used) })

	started := time.Now()
	result, err := client.CollectGarbage(t.Context(), GCOptions{OlderThan: -1})
	if err != nil || len(result.Warnings) > 0 {
		t.Fatal(err, result.Warnings)
	}
	t.Logf("%d folders and %d entries: %.1f s", folders, entries, time.Since(started).Seconds())
	if want := (folders - used) + (entries - used); len(result.Removed) != want || result.Kept.Applications != used || result.Kept.Entries != used {
		t.Errorf("removed %d, want %d; kept %+v", len(result.Removed), want, result.Kept)
	}
}

// thousands fills a staging folder.
type thousands struct {
	t      *testing.T
	client *Client
	dfs    hdfs.FileSystem
	base   string
}

func (w *thousands) each(n int, do func(context.Context, int) error) {
	w.t.Helper()
	group, ctx := errgroup.WithContext(w.t.Context())
	group.SetLimit(16)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	if err := group.Wait(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *thousands) hash(i int) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(i)))
	return hex.EncodeToString(sum[:])
}

func (w *thousands) entry(ctx context.Context, i int) error {
	folder := path.Join(w.base, ".flink", cacheFolder, w.hash(i))
	if err := w.dfs.MkdirAll(ctx, folder, folderMode); err != nil {
		return err
	}
	_, err := w.dfs.Create(ctx, folder+"/a.jar", strings.NewReader("x"), hdfs.CreateOptions{})
	return err
}

// folder is that of an application, which names the entry of its number.
func (w *thousands) folder(ctx context.Context, rm *yarntest.Server, i int, live bool) error {
	client, err := w.client.resourceManager()
	if err != nil {
		return err
	}
	id, _, err := client.NewApplication(ctx)
	if err != nil {
		return err
	}
	if err := client.Submit(ctx, yarn.ApplicationSubmissionContext{
		ID: id, Name: "n", Queue: "default", Type: "Apache Flink", MaxAttempts: 1, Resource: yarn.Resource{MemoryMB: 128, VCores: 1},
		Container: yarn.ContainerLaunchContext{Commands: []string{"true"}},
	}); err != nil {
		return err
	}
	if live {
		rm.SetState(id, yarn.Running)
	} else {
		rm.Finish(id, yarn.Finished, yarn.StatusSucceeded, "")
	}
	m, err := w.client.manifest(id)
	if err != nil {
		return err
	}
	m.Hashes = []string{w.hash(i)}
	folder := path.Join(w.base, ".flink", id.String())
	if err := w.dfs.MkdirAll(ctx, folder, folderMode); err != nil {
		return err
	}
	_, err = writeManifest(ctx, w.dfs, folder+"/"+manifestPrefix, m, privateMode)
	return err
}
