package submit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

func TestTheSecondStartSendsNothing(t *testing.T) {
	w, _ := newCacheWorld(t)
	list := local(t, map[string]string{"a.jar": "a", "b 'ü.jar": "bb", "empty.jar": "", "same.jar": "a"})
	first := w.mustStage(t, w.cache(cacheOptions{}), list...)
	if first.Published != 3 || first.Sent != 3 || first.Own != 0 || len(first.Warnings) != 0 {
		t.Errorf("first start: %+v", first)
	}
	second := w.mustStage(t, w.cache(cacheOptions{}), list...)
	if second.Hits != len(list) || second.Sent != 0 || second.Published != 0 {
		t.Errorf("second start: %+v", second)
	}
	if diff := cmp.Diff(first.Staged, second.Staged); diff != "" {
		t.Errorf("the second start found something else (-first +second):\n%s", diff)
	}
	for i, s := range second.Staged {
		want, err := os.ReadFile(list[i].Source)
		if err != nil {
			t.Fatal(err)
		}
		if got := content(t, w.dfs, s); got != string(want) {
			t.Errorf("%s: got %q, want %q", s.Key, got, want)
		}
		if s.Key != list[i].Key || s.Resource.Visibility != yarn.VisibilityPrivate || !strings.HasPrefix(s.Resource.URL, w.base) {
			t.Errorf("%s was staged as %+v", list[i].Key, s)
		}
	}
	for name, want := range map[string]fs.FileMode{w.path(cacheFolder): 0o700, path.Dir(pathOf(first.Staged[0].Resource.URL)): 0o700, pathOf(first.Staged[0].Resource.URL): 0o644} {
		if status, err := w.dfs.Stat(t.Context(), name); err != nil || status.Permission != want {
			t.Errorf("%s: got %v, error %v, want %v", name, status.Permission, err, want)
		}
	}
}

func TestWhatTheCacheCanNotGiveGoesIntoTheOwnFolder(t *testing.T) {
	const text = "the content"
	hash := sumOf([]byte(text))
	put := func(t *testing.T, w *cacheWorld, name, content string) {
		t.Helper()
		if err := w.dfs.MkdirAll(t.Context(), path.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := w.dfs.Create(t.Context(), name, strings.NewReader(content), hdfs.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		entry   bool
		prepare func(t *testing.T, w *cacheWorld)
		archive bool
		warned  bool
	}{
		{name: "condemned", entry: true, prepare: func(t *testing.T, w *cacheWorld) {
			put(t, w, w.path(cacheFolder, ".condemned-1"), `{"version":1,"hashes":["`+hash+`"]}`)
		}},
		{name: "condemned and missing", prepare: func(t *testing.T, w *cacheWorld) {
			put(t, w, w.path(cacheFolder, ".condemned-1"), `{"version":1,"hashes":["`+hash+`"]}`)
		}},
		{name: "a condemnation that can't be read", entry: true, prepare: func(t *testing.T, w *cacheWorld) {
			put(t, w, w.path(cacheFolder, ".condemned"), "what?")
		}},
		{name: "two files", warned: true, prepare: func(t *testing.T, w *cacheWorld) {
			put(t, w, w.path(cacheFolder, hash, "a.jar"), text)
			put(t, w, w.path(cacheFolder, hash, "b.jar"), text)
		}},
		{name: "an empty folder", warned: true, prepare: func(t *testing.T, w *cacheWorld) {
			if err := w.dfs.MkdirAll(t.Context(), w.path(cacheFolder, hash), 0o700); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "another size", prepare: func(t *testing.T, w *cacheWorld) {
			put(t, w, w.path(cacheFolder, hash, "a.jar"), "half")
		}},
		{name: "an archive of another kind", archive: true, prepare: func(t *testing.T, w *cacheWorld) {
			put(t, w, w.path(cacheFolder, hash, "a.zip"), text)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, _ := newCacheWorld(t)
			file := localFile(t, filepath.Join(t.TempDir(), "a.jar"), text)
			if tt.archive {
				file.Type = yarn.ArchiveResource
			}
			if tt.entry {
				w.mustStage(t, w.cache(cacheOptions{}), file)
			}
			if err := w.dfs.MkdirAll(t.Context(), w.path(cacheFolder), 0o700); err != nil {
				t.Fatal(err)
			}
			tt.prepare(t, w)
			before := w.names(t)
			result := w.mustStage(t, w.cache(cacheOptions{}), file)
			if result.Own != 1 || !strings.Contains(result.Staged[0].Resource.URL, "/.flink/application_") || (len(result.Warnings) > 0) != tt.warned {
				t.Errorf("got %+v", result)
			}
			if got := content(t, w.dfs, result.Staged[0]); got != text {
				t.Errorf("got %q", got)
			}
			if diff := cmp.Diff(before, w.names(t)); diff != "" {
				t.Errorf("the cache was touched (-before +after):\n%s", diff)
			}
		})
	}
}

// wrongIndex gives a file a hash that is not its own.
func wrongIndex(t *testing.T, file PlannedResource, hash string) *hashIndex {
	t.Helper()
	x := openHashIndex(filepath.Join(t.TempDir(), "hashes"))
	info, err := os.Stat(file.Source)
	if err != nil {
		t.Fatal(err)
	}
	x.files[file.Source] = indexedFile{fileIdentity: identify(file.Source, info), Hash: hash}
	return x
}

func TestAWrongIndexIsFoundOut(t *testing.T) {
	w, _ := newCacheWorld(t)
	dir := t.TempDir()
	other := localFile(t, filepath.Join(dir, "other.jar"), "another content")
	w.mustStage(t, w.cache(cacheOptions{}), other)
	tests := []struct{ name, hash string }{
		{"of nothing", strings.Repeat("0", hashLength)},
		{"of an entry of another size", sumOf([]byte("another content"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "content " + tt.name
			file := localFile(t, filepath.Join(dir, "a.jar"), text)
			index := wrongIndex(t, file, tt.hash)
			result := w.mustStage(t, w.cache(cacheOptions{Index: index}), file)
			if got := content(t, w.dfs, result.Staged[0]); got != text {
				t.Errorf("got %q", got)
			}
			if got := path.Base(path.Dir(pathOf(result.Staged[0].Resource.URL))); got != sumOf([]byte(text)) {
				t.Errorf("the entry is %s", got)
			}
			if h, ok := index.lookUp(index.files[file.Source].fileIdentity); ok && h == tt.hash {
				t.Error("the index still says so")
			}
		})
	}
	for _, name := range w.names(t) {
		if !isHash(name) || name == strings.Repeat("0", hashLength) {
			t.Errorf("%s is in the cache", name)
		}
	}
}

// changing changes a local file before its content is sent.
type changing struct {
	hdfs.FileSystem
	change func()
}

func (c *changing) MkdirAll(ctx context.Context, p string, perm fs.FileMode) error {
	if strings.HasPrefix(path.Base(p), temporaryPrefix) {
		c.change()
	}
	return c.FileSystem.MkdirAll(ctx, p, perm)
}

func TestAFileThatChangesIsAnError(t *testing.T) {
	for name, after := range map[string]string{"same size": "AFTER!", "longer": "and longer", "shorter": "x"} {
		t.Run(name, func(t *testing.T) {
			w, _ := newCacheWorld(t)
			file := localFile(t, filepath.Join(t.TempDir(), "a.jar"), "before")
			w.dfs = &changing{w.dfs, func() { localFile(t, file.Source, after) }}
			_, err := w.stage(t, w.cache(cacheOptions{}), file)
			if !errors.Is(err, errChanged) {
				t.Errorf("got error %v", err)
			}
			if names := w.names(t); len(names) != 0 {
				t.Errorf("left: %v", names)
			}
		})
	}
}

func TestEightStartsMakeOneEntry(t *testing.T) {
	w, _ := newCacheWorld(t)
	small := localFile(t, filepath.Join(t.TempDir(), "small.jar"), "small")
	big := localFile(t, filepath.Join(t.TempDir(), "big.jar"), strings.Repeat("b", claimSize))
	results := race(t, w, 8, small, big)
	var sent int64
	for _, r := range results {
		sent += r.Sent
		if diff := cmp.Diff(results[0].Staged, r.Staged); diff != "" {
			t.Errorf("two starts use different files (-first +other):\n%s", diff)
		}
	}
	if names := w.names(t); len(names) != 2 {
		t.Errorf("the cache holds %v", names)
	}
	if sent >= 2*big.Size {
		t.Errorf("%d bytes were sent for %d", sent, big.Size)
	}
}

// race stages the same from several starts at once.
func race(t testing.TB, w *cacheWorld, n int, list ...PlannedResource) []cacheResult {
	t.Helper()
	results := make([]cacheResult, n)
	var group sync.WaitGroup
	for i := range n {
		folder, m := w.application(t, w.dfs)
		group.Go(func() {
			var err error
			if results[i], err = w.cache(cacheOptions{}).Stage(t.Context(), folder, m, list); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return results
}

func TestASenderThatDiedIsNotWaitedForTwice(t *testing.T) {
	w, _ := newCacheWorld(t)
	big := localFile(t, filepath.Join(t.TempDir(), "big.jar"), strings.Repeat("b", claimSize))
	claim := w.path(cacheFolder, sendingPrefix+sumOf([]byte(strings.Repeat("b", claimSize))))
	if err := w.dfs.MkdirAll(t.Context(), path.Dir(claim), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := w.dfs.Create(t.Context(), claim, strings.NewReader(""), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	result := w.mustStage(t, w.cache(cacheOptions{Patience: func(int64) time.Duration { return 200 * time.Millisecond }}), big)
	if result.Published != 1 || result.Sent != big.Size {
		t.Errorf("got %+v", result)
	}
}

func TestLostAnswers(t *testing.T) {
	for name, fault := range map[string]faults.Fault{
		"rename of the folder":  {Match: "PUT /webhdfs/v1/user/alice/.flink/cache/.tmp-*?op=RENAME", Mode: faults.LoseAnswer},
		"rename does not come":  {Match: "PUT /webhdfs/v1/user/alice/.flink/cache/.tmp-*?op=RENAME", Mode: faults.Cut},
		"rename of the file":    {Match: "PUT /webhdfs/v1/user/alice/.flink/cache/.tmp-*/.tmp-*?op=RENAME", Mode: faults.LoseAnswer},
		"content is cut":        {Match: "PUT /webhdfs/v1/user/alice/.flink/cache/.tmp-*/.tmp-*?namenoderpcaddress=namenode.invalid:8020", Mode: faults.Cut},
		"manifest does not get": {Match: "PUT /webhdfs/v1/user/alice/.flink/application_*/.tmp-*?op=RENAME", Mode: faults.LoseAnswer},
		"the list of the cache": {Match: "GET /webhdfs/v1/user/alice/.flink/cache?op=LISTSTATUS", Mode: faults.Cut},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := newCacheWorld(t)
			w.dfs = &repeating{FileSystem: w.dfs, retryFor: time.Second, logger: w.cache(cacheOptions{}).Logger, progress: func(Progress) {}}
			s.Faults.Add(fault)
			result := w.mustStage(t, w.cache(cacheOptions{}), local(t, map[string]string{"a.jar": "text"})...)
			if got := content(t, w.dfs, result.Staged[0]); got != "text" || result.Published != 1 {
				t.Errorf("got %q, %+v", got, result)
			}
			if names := w.names(t); len(names) != 1 {
				t.Errorf("the cache holds %v", names)
			}
		})
	}
}

func TestAnEndedStartLeavesNoUpload(t *testing.T) {
	w, s := newCacheWorld(t)
	hit := s.Faults.Add(faults.Fault{Match: "PUT /webhdfs/v1/user/alice/.flink/cache/.tmp-*/.tmp-*?op=RENAME", Mode: faults.Hang})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	go func() {
		_ = hit.Wait(ctx)
		cancel(stop)
	}()
	folder, m := w.application(t, w.dfs)
	_, err := w.cache(cacheOptions{}).Stage(ctx, folder, m, local(t, map[string]string{"a.jar": "text"}))
	if !errors.Is(err, stop) {
		t.Errorf("got error %v", err)
	}
	if names := w.names(t); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
}

func TestACacheOfSomebodyElse(t *testing.T) {
	w, s := newCacheWorld(t)
	list := local(t, map[string]string{"a.jar": "text"})
	if err := w.dfs.MkdirAll(t.Context(), w.path(), 0o777); err != nil {
		t.Fatal(err)
	}
	w.mustStage(t, w.cache(cacheOptions{}), list...)
	for _, user := range []string{"bob", "hdfs"} {
		dfs := openFake(t, s, user)
		result := w.mustStage(t, w.cache(cacheOptions{FS: dfs}), list...)
		if result.Own != 1 || len(result.Warnings) != 1 {
			t.Errorf("%s: got %+v", user, result)
		}
	}
}

func TestASharedCache(t *testing.T) {
	w, s := newCacheWorld(t)
	if err := w.dfs.MkdirAll(t.Context(), w.path(), 0o777); err != nil {
		t.Fatal(err)
	}
	list := local(t, map[string]string{"a.jar": "text"})
	first := w.mustStage(t, w.cache(cacheOptions{Shared: true}), list...)
	bob := openFake(t, s, "bob")
	second := w.mustStage(t, w.cache(cacheOptions{FS: bob, Shared: true}), list...)
	third := w.mustStage(t, w.cache(cacheOptions{FS: bob}), list...)
	if second.Hits != 1 || len(second.Warnings) > 0 {
		t.Errorf("got %+v", second)
	}
	// Whoever does not ask for it trusts nobody.
	if third.Own != 1 || len(third.Warnings) != 1 || !strings.Contains(third.Warnings[0], "alice's") {
		t.Errorf("got %+v", third)
	}
	if first.Staged[0].Resource.Visibility != yarn.VisibilityPublic || second.Staged[0].Resource != first.Staged[0].Resource {
		t.Errorf("got %+v and %+v", first.Staged, second.Staged)
	}
	references, err := w.dfs.List(t.Context(), w.path(cacheFolder, referenceFolder))
	if err != nil || len(references) != 3 {
		t.Errorf("references %v, error %v", references, err)
	}
	if err := openFake(t, s, "hdfs").SetPermission(t.Context(), "/user/alice", 0o700); err != nil {
		t.Fatal(err)
	}
	fourth := w.mustStage(t, w.cache(cacheOptions{Shared: true}), list...)
	if fourth.Staged[0].Resource.Visibility != yarn.VisibilityPrivate || len(fourth.Warnings) != 1 {
		t.Errorf("below a folder that is closed: %+v", fourth)
	}
}

func TestProgressAddsUp(t *testing.T) {
	w, _ := newCacheWorld(t)
	var mu sync.Mutex
	names := map[string]int64{}
	var last Progress
	m := &meter{tell: func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.Done > last.Done {
			last = p
		}
		for _, f := range p.Files {
			names[f.Name] = max(names[f.Name], f.Done)
			if f.Done > f.Total {
				t.Errorf("%d bytes of %d of %s", f.Done, f.Total, f.Name)
			}
		}
	}}
	list := local(t, map[string]string{"a.jar": "text", "b.jar": "more text"})
	w.mustStage(t, w.cache(cacheOptions{Meter: m}), list...)
	if last.Done != 13 || last.Total != 13 || m.done() != 13 || len(m.files) != 0 {
		t.Errorf("told last %+v, counted %d, %d files left", last, m.done(), len(m.files))
	}
	if names[list[0].Key] != list[0].Size || names[list[1].Key] != list[1].Size {
		t.Errorf("told of %v", names)
	}
}

func TestEntryName(t *testing.T) {
	for in, want := range map[string]string{
		"/opt/flink/lib/flink-dist-1.20.5.jar":       "flink-dist-1.20.5.jar",
		"/x/a b.jar":                                 "a_20b.jar",
		"/x/.hidden.zip":                             "_.hidden.zip",
		"/x/" + strings.Repeat("ü", 100) + ".tar.gz": strings.Repeat("_c3_bc", 100)[600-193:] + ".tar.gz",
	} {
		if got := entryName(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
