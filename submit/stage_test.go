package submit

import (
	"context"
	"path"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

// cachedWorld is a world whose starts go through the cache.
func cachedWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, worldOptions{options: func(o *Options) {
		o.NoCache = false
		o.HashIndex = path.Join(t.TempDir(), "hashes")
	}})
}

func TestASecondStartSendsItsConfigurationOnly(t *testing.T) {
	w := cachedWorld(t)
	first, err := w.Start(t.Context(), w.spec(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Start(t.Context(), w.spec(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	config := int64(len(w.read(t, "/user/alice/.flink/"+second.ApplicationID.String()+"/config.yaml")))
	if first.UploadedBytes <= config || second.UploadedBytes != config || second.StagedBytes != first.StagedBytes {
		t.Errorf("the first sent %d of %d bytes, the second %d of %d, its configuration has %d",
			first.UploadedBytes, first.StagedBytes, second.UploadedBytes, second.StagedBytes, config)
	}
	for _, app := range w.rm.Applications() {
		for key, r := range app.Context.Container.LocalResources {
			cached := strings.Contains(r.URL, "/.flink/cache/")
			switch {
			case key == "config.yaml" && (cached || r.Visibility != yarn.VisibilityApplication):
				t.Errorf("the configuration is %+v", r)
			case key != "config.yaml" && (!cached || r.Visibility != yarn.VisibilityPrivate):
				t.Errorf("%s is %+v", key, r)
			}
			if d := app.Context.Container.Environment[envShipFiles] + app.Context.Container.Environment[envDistJar]; !strings.Contains(d, r.URL) {
				t.Errorf("no descriptor names %s", r.URL)
			}
		}
	}
}

func TestKillLeavesTheCache(t *testing.T) {
	w := cachedWorld(t)
	d, err := w.Start(t.Context(), w.spec(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range w.Kill(t.Context(), []yarn.ApplicationID{d.ApplicationID}, KillOptions{}) {
		if r.Err != nil || r.StagingRemoved == nil || !*r.StagingRemoved {
			t.Errorf("%+v", r)
		}
	}
	w.checkCacheOnly(t)
}

func TestAnEndedCachedStartLeavesCompleteEntriesOnly(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault faults.Fault
	}{
		{"the manifest half written", faults.Fault{Match: "PUT /webhdfs/v1/user/alice/.flink/*/*?op=CREATE", Mode: faults.Hang}},
		{"an entry half sent", faults.Fault{Match: "PUT /webhdfs/v1/user/alice/.flink/cache/*/*", Mode: faults.Hang}},
		{"an entry published", faults.Fault{Match: "PUT /webhdfs/v1/user/alice/.flink/cache/*?op=RENAME", Mode: faults.HangAfter}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := cachedWorld(t)
			hit := w.dfs.Faults.Add(c.fault)
			err, cause := interrupt(t, endings[0], hit, func() {}, func(ctx context.Context) error {
				_, err := w.Start(ctx, w.spec(t, nil))
				return err
			})
			checkTakenBack(t, err, cause)
			hit.Release()
			w.checkCacheOnly(t)
		})
	}
}

// checkCacheOnly wants no application's folder, and nothing in the cache but
// entries with one file each.
func (w *world) checkCacheOnly(t *testing.T) {
	t.Helper()
	f := w.files(t)
	for _, folder := range w.folders(t) {
		if path.Base(folder) != cacheFolder {
			t.Errorf("folder left: %s", folder)
			continue
		}
		entries, err := f.List(context.Background(), folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			files, err := f.List(context.Background(), e.Path)
			if !isHash(path.Base(e.Path)) || err != nil || len(files) != 1 {
				t.Errorf("%s holds %d files, %v", e.Path, len(files), err)
			}
		}
	}
}
