package submit

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

// garbage is a fake cluster and a staging folder with what starts have left.
type garbage struct {
	*world
	files *cacheWorld // hides world.files
}

func newGarbage(t *testing.T) *garbage {
	t.Helper()
	w := newWorld(t, worldOptions{})
	dfs := w.files(t)
	return &garbage{w, &cacheWorld{dfs: dfs, base: dfs.URI() + "/user/alice"}}
}

// submitted makes an application that the ResourceManager knows, in a state.
func (g *garbage) submitted(t *testing.T, state yarn.State) yarn.ApplicationID {
	t.Helper()
	rm, err := g.resourceManager()
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := rm.NewApplication(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := rm.Submit(t.Context(), yarn.ApplicationSubmissionContext{
		ID: id, Name: "n", Queue: "default", Type: "Apache Flink", MaxAttempts: 1, Resource: yarn.Resource{MemoryMB: 128, VCores: 1},
		Container: yarn.ContainerLaunchContext{Commands: []string{"true"}},
	}); err != nil {
		t.Fatal(err)
	}
	if state.IsFinal() {
		g.rm.Finish(id, state, yarn.StatusSucceeded, "")
	} else {
		g.rm.SetState(id, state)
	}
	return id
}

// staged stages a content for an application; change changes its manifest.
func (g *garbage) staged(t *testing.T, id yarn.ApplicationID, content string, change func(*manifest)) (folder, entry string) {
	t.Helper()
	m, err := g.manifest(id)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&m)
	}
	folder = g.files.path(id.String())
	if err := g.files.dfs.MkdirAll(t.Context(), folder, folderMode); err != nil {
		t.Fatal(err)
	}
	result, err := g.files.cache(cacheOptions{}).Stage(t.Context(), folder, m, local(t, map[string]string{"a.jar": content}))
	if err != nil {
		t.Fatal(err)
	}
	return folder, path.Dir(pathOf(result.Staged[0].Resource.URL))
}

func (g *garbage) collect(t *testing.T, o GCOptions) GCResult {
	t.Helper()
	result, err := g.CollectGarbage(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (g *garbage) exists(t *testing.T, name string) bool {
	t.Helper()
	_, err := g.files.dfs.Stat(t.Context(), name)
	return err == nil
}

func paths(r GCResult) []string {
	var list []string
	for _, item := range r.Removed {
		list = append(list, string(item.Kind)+" "+path.Base(item.Path))
	}
	return list
}

const month = 31 * 24 * time.Hour

func TestCollectGarbage(t *testing.T) {
	g := newGarbage(t)
	finished, running, unknown, foreign, bare := g.submitted(t, yarn.Finished), g.submitted(t, yarn.Running), yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}, g.submitted(t, yarn.Killed), g.submitted(t, yarn.Finished)
	_, oldEntry := g.staged(t, finished, "of the finished one", nil)
	_, usedEntry := g.staged(t, running, "of the running one", nil)
	_, unknownEntry := g.staged(t, unknown, "of the unknown one", nil)
	_, foreignEntry := g.staged(t, foreign, "of another ResourceManager", func(m *manifest) { m.ResourceManager.Addresses = []string{"http://other:8088"} })
	if err := g.files.dfs.MkdirAll(t.Context(), g.files.path(bare.String(), "lib"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".tmp-1/a.jar", ".sending-2", ".condemned-3", ".trash-3/a.jar"} {
		g.put(t, g.files.path(cacheFolder, name), "left")
	}
	later := time.Now().Add(month)

	young := g.collect(t, GCOptions{DryRun: true})
	if diff := cmp.Diff([]string{"application " + finished.String()}, paths(young)); diff != "" {
		t.Errorf("today (-want +got):\n%s", diff)
	}
	want := []string{
		"application " + finished.String(),
		"upload .condemned-3", "upload .sending-2", "upload .tmp-1",
		"entry " + path.Base(oldEntry),
	}
	dry := g.collect(t, GCOptions{DryRun: true, Now: later})
	less := func(r GCResult) map[string]bool {
		set := map[string]bool{}
		for _, p := range paths(r) {
			set[p] = true
		}
		return set
	}
	wanted := map[string]bool{}
	for _, w := range want {
		wanted[w] = true
	}
	if diff := cmp.Diff(wanted, less(dry)); diff != "" {
		t.Errorf("dry run (-want +got):\n%s", diff)
	}
	if !g.exists(t, oldEntry) {
		t.Fatal("the dry run removed an entry")
	}
	done := g.collect(t, GCOptions{Now: later})
	if diff := cmp.Diff(paths(dry), paths(done)); diff != "" || dry.Bytes != done.Bytes {
		t.Errorf("%d and %d bytes (-dry run +run):\n%s", dry.Bytes, done.Bytes, diff)
	}
	if diff := cmp.Diff(GCKept{Applications: 4, Entries: 3}, done.Kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	for name, want := range map[string]bool{oldEntry: false, usedEntry: true, unknownEntry: true, foreignEntry: true} {
		if g.exists(t, name) != want {
			t.Errorf("%s: want it there: %v", name, want)
		}
	}
	all := g.collect(t, GCOptions{Now: later, IncludeUnknown: true})
	wanted = map[string]bool{
		"application " + unknown.String(): true, "application " + foreign.String(): true, "application " + bare.String(): true,
		"entry " + path.Base(unknownEntry): true, "entry " + path.Base(foreignEntry): true,
	}
	if diff := cmp.Diff(wanted, less(all)); diff != "" {
		t.Errorf("with unknown ones (-want +got):\n%s", diff)
	}
	if names := g.files.names(t); len(names) != 1 || names[0] != path.Base(usedEntry) {
		t.Errorf("left: %v", names)
	}
	var decoded GCResult
	if text, err := json.Marshal(done); err != nil || json.Unmarshal(text, &decoded) != nil || !cmp.Equal(done, decoded) {
		t.Errorf("as JSON: %s, error %v", text, err)
	}
}

// A NameNode that fails over takes an answer with it: the entry is taken, or taken again, and counted once.
func TestCollectionGetsOverALostAnswer(t *testing.T) {
	for _, mode := range []faults.Mode{faults.LoseAnswer, faults.Cut} {
		g := newGarbage(t)
		_, entry := g.staged(t, g.submitted(t, yarn.Finished), "old", nil)
		g.dfs.Faults.Add(faults.Fault{Match: "PUT /webhdfs/v1" + entry + "?op=RENAME", Mode: mode})
		r := g.collect(t, GCOptions{Now: time.Now().Add(month)})
		if !slices.Contains(paths(r), "entry "+path.Base(entry)) || len(r.Warnings) > 0 || g.exists(t, entry) {
			t.Errorf("removed %v, warnings %q, the entry is there: %t", paths(r), r.Warnings, g.exists(t, entry))
		}
	}
}

func TestUnknownApplicationsHaveADay(t *testing.T) {
	g := newGarbage(t)
	folder, entry := g.staged(t, yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}, "text", nil)
	result := g.collect(t, GCOptions{IncludeUnknown: true, OlderThan: -1})
	if !g.exists(t, folder) || !g.exists(t, entry) || len(result.Removed) > 0 {
		t.Errorf("removed %v", paths(result))
	}
}

func TestALiveApplicationIsNeverUnknown(t *testing.T) {
	g := newGarbage(t)
	folder, entry := g.staged(t, g.submitted(t, yarn.Running), "text", func(m *manifest) { m.ResourceManager.Addresses = []string{"http://alias:8088"} })
	g.collect(t, GCOptions{IncludeUnknown: true, Now: time.Now().Add(month)})
	if !g.exists(t, folder) || !g.exists(t, entry) {
		t.Error("a running application has lost its files")
	}
}

func TestNothingIsRemovedWithoutAnAnswer(t *testing.T) {
	g := newGarbage(t)
	folder, entry := g.staged(t, g.submitted(t, yarn.Finished), "text", nil)
	g.rm.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/apps", Mode: faults.Answer, Code: http.StatusForbidden, Times: -1})
	before := len(g.dfs.Faults.Requests())
	if result, err := g.CollectGarbage(t.Context(), GCOptions{Now: time.Now().Add(month)}); err == nil || len(result.Removed) > 0 {
		t.Errorf("got %+v, error %v", result, err)
	}
	if n := len(g.dfs.Faults.Requests()); n != before {
		t.Errorf("the file system was asked: %v", g.dfs.Faults.Requests()[before:])
	}
	if !g.exists(t, folder) || !g.exists(t, entry) {
		t.Error("something was removed")
	}
}

func TestWhatCanNotBeReadKeepsTheEntries(t *testing.T) {
	tests := []struct{ name, file string }{
		{"a manifest", "application_1700000000000_0009/.manifest"},
		{"a reference", "cache/refs/application_1700000000000_0009"},
		{"another collection", "cache/.condemned"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGarbage(t)
			folder, entry := g.staged(t, g.submitted(t, yarn.Finished), "text", nil)
			g.put(t, g.files.path(strings.Split(tt.file, "/")...), "what?")
			result := g.collect(t, GCOptions{OlderThan: -1})
			if !g.exists(t, entry) || len(result.Warnings) != 1 || g.exists(t, folder) {
				t.Errorf("got %+v", result)
			}
			if names := strings.Join(g.files.names(t), " "); strings.Contains(names, trashPrefix) || strings.Contains(names, condemnedPrefix+"-") {
				t.Errorf("left: %s", names)
			}
		})
	}
}

// A condemnation that outlived its collection by a day is removed after its
// trash: its owner can't take anything any more.
func TestACollectionThatWakesUpTakesNothing(t *testing.T) {
	g := newGarbage(t)
	_, entry := g.staged(t, g.submitted(t, yarn.Running), "text", nil)
	asleep := g.files.collector(g.files.dfs)
	if err := asleep.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := asleep.find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := asleep.condemn(t.Context(), found.candidates); err != nil {
		t.Fatal(err)
	}
	g.collect(t, GCOptions{Now: time.Now().Add(25 * time.Hour)})
	if names := g.files.names(t); len(names) != 1 {
		t.Errorf("left: %v", names)
	}
	if err := asleep.collectEntries(t.Context(), found.candidates); err != nil {
		t.Fatal(err)
	}
	if !g.exists(t, entry) || len(asleep.result.Removed) > 0 {
		t.Errorf("it took %v", asleep.result.Removed)
	}
}

func TestTheCondemnationStaysWhereTheTrashDoes(t *testing.T) {
	g := newGarbage(t)
	g.staged(t, g.submitted(t, yarn.Finished), "text", nil)
	g.dfs.Faults.Add(faults.Fault{Match: "DELETE /webhdfs/v1/user/alice/.flink/cache/.trash-*", Mode: faults.Cut, Times: -1})
	if _, err := g.CollectGarbage(t.Context(), GCOptions{OlderThan: -1}); err == nil {
		t.Error("no error")
	}
	if names := strings.Join(g.files.names(t), " "); !strings.Contains(names, condemnedPrefix) {
		t.Errorf("the cache holds %s", names)
	}
}

// TestCollectGarbageOfManyFolders: 1,000 folders and 10,000 entries; a tenth of
// that without YARNFLINK_TEST_LONG.
func TestCollectGarbageOfManyFolders(t *testing.T) {
	applications, entries := 100, 1000
	if isLong() {
		applications, entries = 1000, 10_000
	}
	g := newGarbage(t)
	finished := g.submitted(t, yarn.Finished)
	names := make([]string, entries)
	if err := g.files.dfs.MkdirAll(t.Context(), g.files.path(cacheFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	each(t, entries, func(i int) error {
		names[i] = sumOf([]byte(fmt.Sprint(i)))
		if err := g.files.dfs.MkdirAll(t.Context(), g.files.path(cacheFolder, names[i]), 0o700); err != nil {
			return err
		}
		_, err := g.files.dfs.Create(t.Context(), g.files.path(cacheFolder, names[i], "a.jar"), strings.NewReader("x"), hdfs.CreateOptions{})
		return err
	})
	each(t, applications, func(i int) error {
		id := yarn.ApplicationID{ClusterTimestamp: 1, ID: i + 1}
		m, err := g.manifest(id)
		if err != nil {
			return err
		}
		m.Hashes = names[i : i+1]
		if err := g.files.dfs.MkdirAll(t.Context(), g.files.path(id.String()), 0o700); err != nil {
			return err
		}
		_, err = writeManifest(t.Context(), g.files.dfs, g.files.path(id.String(), manifestPrefix), m, 0o600)
		return err
	})
	g.staged(t, finished, "text", nil)
	start := time.Now()
	result := g.collect(t, GCOptions{OlderThan: -1})
	took := time.Since(start)
	t.Logf("%d folders and %d entries in %v", applications, entries, took)
	// The finished one's folder and entry, and what no manifest names.
	if want := entries - applications + 2; len(result.Removed) != want || result.Kept.Applications != applications || took > 30*time.Second {
		t.Errorf("removed %d of %d, kept %+v, in %v", len(result.Removed), want, result.Kept, took)
	}
	lists := 0
	for _, r := range g.rm.Faults.Requests() {
		if strings.HasPrefix(r, "GET /ws/v1/cluster/apps?") {
			lists++
		}
	}
	if lists != 1 {
		t.Errorf("%d lists of applications", lists)
	}
}

// In a cache of many users each collects his own: what others use is read from the references, and what is others' stays.
func TestCollectionInASharedCache(t *testing.T) {
	g := newGarbage(t)
	if err := g.files.dfs.MkdirAll(t.Context(), g.files.path(), 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	bobs := openFake(t, g.dfs, "bob")
	stage := func(dfs hdfs.FileSystem, id yarn.ApplicationID, content string) string {
		t.Helper()
		m, err := g.manifest(id)
		if err != nil {
			t.Fatal(err)
		}
		folder := g.files.path(id.String())
		if err := dfs.MkdirAll(t.Context(), folder, folderMode); err != nil {
			t.Fatal(err)
		}
		result, err := g.files.cache(cacheOptions{FS: dfs, Shared: true}).Stage(t.Context(), folder, m, local(t, map[string]string{"a.jar": content}))
		if err != nil {
			t.Fatal(err)
		}
		return path.Dir(pathOf(result.Staged[0].Resource.URL))
	}
	alices := stage(g.files.dfs, g.submitted(t, yarn.Finished), "of alice")
	unused := stage(bobs, g.submitted(t, yarn.Finished), "of bob")
	used := stage(bobs, g.submitted(t, yarn.Finished), "of bob, and alice uses it")
	if again := stage(g.files.dfs, g.submitted(t, yarn.Running), "of bob, and alice uses it"); again != used {
		t.Fatalf("%s is not %s", again, used)
	}
	options := g.options
	options.User, options.StagingDirectory = "bob", g.files.base
	bob, err := NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Close()
	result, err := bob.CollectGarbage(t.Context(), GCOptions{OlderThan: -1})
	if err != nil || len(result.Warnings) > 0 {
		t.Fatal(err, result.Warnings)
	}
	for entry, want := range map[string]bool{alices: true, unused: false, used: true} {
		if got := g.exists(t, entry); got != want {
			t.Errorf("%s is there: %t, want %t", entry, got, want)
		}
	}
	// Without her reference nobody can tell what alice uses.
	if err := g.files.dfs.RemoveAll(t.Context(), g.files.path(cacheFolder, referenceFolder)); err != nil {
		t.Fatal(err)
	}
	if result, err = bob.CollectGarbage(t.Context(), GCOptions{OlderThan: -1}); err != nil || len(result.Warnings) != 1 || !g.exists(t, used) {
		t.Errorf("%+v, %v", result, err)
	}
}
