//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	bigShipped   = 9 << 20 // above the size from which on a start says that it sends something
	smallShipped = 64 << 10
)

// stagingLane is a staging folder with a session that uses its cache, while other starts and collections are broken beside it.
type stagingLane struct {
	*place
	direct    []string // the environment that leads past the proxies
	reference *runningSession
	named     []string // what the reference's manifests name
	rows      int
}

func newStagingLane(t *testing.T, c *minicluster.Cluster, name string) *stagingLane {
	t.Helper()
	l := &stagingLane{place: newPlaceOn(t, c)}
	l.name += "-" + name
	l.direct = append(slices.Clone(l.env), "HADOOP_CONF_DIR="+l.cluster.HadoopConfDir())
	ship, _ := newShipped(t, bigShipped)
	session := *l.place
	session.env = l.direct
	// Each job gets TaskManagers of its own, so that containers are localized anew.
	l.reference = session.sessionWith(t, append(slices.Clone(l.settings), "-t", ship,
		"-D", "yarn.application.name="+l.name, "-D", "resourcemanager.taskmanager-timeout=1000")...)
	l.named = l.manifested(t, l.reference.ApplicationID)
	if len(l.named) < 3 { // two files, the log configuration
		t.Fatalf("the session uses %v of the cache", l.named)
	}
	return l
}

// newShipped is a folder of files that nobody has staged before, and the hash of its big one.
func newShipped(t *testing.T, bigSize int) (dir, hash string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "shipped")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"big.bin": bigSize, "small.bin": smallShipped} {
		content := make([]byte, size)
		if _, err := rand.Read(content); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(content); size == bigSize {
			hash = hex.EncodeToString(sum[:])
		}
	}
	return dir, hash
}

// outcome is what became of a row.
type outcome struct{ ended, left string }

// try breaks a start or a collection by f, looks at what is left, and at whether things go on.
func (l *stagingLane) try(t *testing.T, f stagingFault) outcome {
	row := l.row(t)
	row.Faulty = clustertest.NewFaulty(t, l.cluster)
	row.env = append(slices.Clone(l.env), "HADOOP_CONF_DIR="+row.ConfDir(t))
	ship, big := newShipped(t, bigShipped)
	row.settings = append(row.settings, "-t", ship)
	if f.step.gc {
		row.session(t).ends(t, 0) // by the address that gc will know its ResourceManager by
		l.end(t, row.name)
	}
	staging := row.base + "/.flink"
	fill := strings.NewReplacer("{staging}", "/webhdfs/v1"+staging, "{cache}", "/webhdfs/v1"+staging+"/cache", "{to}", staging+"/cache",
		"{big}", big, "{bigsize}", fmt.Sprint(bigShipped))
	hit := f.step.at(row).Add(f.fault(fill))
	var r *process
	if f.step.gc {
		r = row.start(t, "gc", "--hdfs-transport", "webhdfs", "--older-than", "1ms")
	} else {
		r = row.session(t)
	}
	if s := f.signal(); s != 0 {
		r.reach(t, hit.C)
		r.signal(t, s)
	}
	ended := r.endsAs(t, f.codes())
	return outcome{ended, l.goesOn(t, row)}
}

// row is the place for one row: applications have a name of their own.
func (l *stagingLane) row(t *testing.T) *place {
	t.Helper()
	row := *l.place
	l.rows++
	row.env, row.name = l.direct, fmt.Sprintf("%s-%d", l.name, l.rows)
	row.settings = append(slices.Clone(l.settings), "-D", "yarn.application.name="+row.name)
	t.Cleanup(func() { l.end(t, row.name) }) // also when the row has failed
	return &row
}

// goesOn looks at what a broken command has left, which it returns, and wants the next start with the row's settings to come up,
// and a collection to leave what the reference needs and nothing else.
func (l *stagingLane) goesOn(t *testing.T, row *place) (left string) {
	t.Helper()
	left = l.left(t)
	l.checkEntries(t)
	whole := *row
	whole.env = l.direct
	whole.session(t).ends(t, 0)
	l.end(t, row.name)
	l.collect(t)
	l.checkOnlyReference(t)
	return left
}

// endsAs waits for the end and says how it came, which must be by one of the codes.
func (r *process) endsAs(t *testing.T, codes []int) string {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(patience):
		t.Fatalf("it goes on:\n%s", r.stderr.String())
	}
	code, text := r.cmd.ProcessState.ExitCode(), r.stderr.String()
	if !slices.Contains(codes, code) {
		t.Errorf("exit code %d, want one of %v:\n%s", code, codes, text)
	}
	switch {
	case code == 0:
		return "went on"
	case code < 0:
		return "dead"
	case strings.Contains(text, takenBack):
		return fmt.Sprintf("exit %d, taken back", code)
	}
	return fmt.Sprintf("exit %d", code)
}

// end kills the live applications of a name.
func (l *stagingLane) end(t *testing.T, name string) {
	t.Helper()
	live, err := l.rm.Applications(context.Background(), yarn.Filter{Name: name, States: yarn.LiveStates()})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range live {
		if _, err := l.rm.Kill(context.Background(), a.ID, "the row is done"); err != nil {
			t.Error(err)
		}
	}
}

// manifested are the hashes that an application's manifests name.
func (l *stagingLane) manifested(t *testing.T, id yarn.ApplicationID) []string {
	t.Helper()
	files, err := l.dfs.List(t.Context(), l.base+"/.flink/"+id.String())
	if err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, f := range files {
		if !strings.HasPrefix(path.Base(f.Path), ".manifest") {
			continue
		}
		var m struct{ Hashes []string }
		if err := json.Unmarshal([]byte(l.read(t, f.Path)), &m); err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, m.Hashes...)
	}
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

func (l *stagingLane) names(t *testing.T, folder string) []string {
	t.Helper()
	list, err := l.dfs.List(t.Context(), folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, s := range list {
		names = append(names, path.Base(s.Path))
	}
	return names
}

// left says what a broken command has left that is no entry: its folder, and what begins with a dot in the cache.
func (l *stagingLane) left(t *testing.T) string {
	t.Helper()
	counts := map[string]bool{}
	for _, name := range l.names(t, l.base+"/.flink") {
		if name != "cache" && name != l.reference.ApplicationID.String() {
			counts["folder"] = true
		}
	}
	for _, name := range l.names(t, l.base+"/.flink/cache") {
		for prefix, word := range map[string]string{".tmp-": "unfinished upload", ".sending-": "claim", ".condemned-": "condemnation", ".trash-": "trash"} {
			if strings.HasPrefix(name, prefix) {
				counts[word] = true
			}
		}
	}
	var words []string
	for word := range counts {
		words = append(words, word)
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// checkEntries wants each entry of the cache to hold one file with the content that its name says.
func (l *stagingLane) checkEntries(t *testing.T) {
	t.Helper()
	cache := l.base + "/.flink/cache"
	for _, name := range l.names(t, cache) {
		if strings.HasPrefix(name, ".") {
			continue
		}
		files, err := l.dfs.Walk(t.Context(), cache+"/"+name)
		if err != nil || len(files) != 1 {
			t.Errorf("entry %s holds %d files (%v)", name, len(files), err)
			continue
		}
		sum := sha256.Sum256([]byte(l.read(t, files[0].Path)))
		if got := hex.EncodeToString(sum[:]); got != name {
			t.Errorf("entry %s has the content of %s", name, got)
		}
	}
}

// collect collects what a day later no application needs.
func (l *stagingLane) collect(t *testing.T) {
	t.Helper()
	client, err := submit.NewClient(submit.Options{Hadoop: l.Hadoop, User: l.cluster.User(), StagingDirectory: l.base})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	result, err := client.CollectGarbage(context.Background(), submit.GCOptions{OlderThan: -1, IncludeUnknown: true, Now: time.Now().Add(25 * time.Hour)})
	if err != nil || len(result.Warnings) > 0 {
		t.Errorf("gc: %v, warnings %q", err, result.Warnings)
	}
}

// checkOnlyReference wants what the reference session uses to be there, whole, and nothing else.
func (l *stagingLane) checkOnlyReference(t *testing.T) {
	t.Helper()
	id := l.reference.ApplicationID
	if diff := cmp.Diff([]string{id.String(), "cache"}, l.names(t, l.base+"/.flink")); diff != "" {
		t.Errorf("folders after gc (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(l.named, l.names(t, l.base+"/.flink/cache")); diff != "" {
		t.Errorf("the cache after gc (-want +got):\n%s", diff)
	}
	l.checkEntries(t)
	report, err := l.rm.Application(t.Context(), id)
	if err != nil || report.State != yarn.Running {
		t.Errorf("the session beside is %s (%v)", report.State, err)
	}
	if _, err := l.reference.jm.Overview(t.Context()); err != nil {
		t.Error(err)
	}
}

// checkReferenceWorks runs a job in the session beside, for which TaskManagers have to come.
func (l *stagingLane) checkReferenceWorks(t *testing.T) {
	t.Helper()
	session := *l.place
	session.env = l.direct
	session.start(t, "run", "-yid", l.reference.ApplicationID.String(), "-c", wordCountClass, l.cluster.ExamplesJar("")).ends(t, 0)
}

// faultTable collects the rows; it is safe for concurrent use.
type faultTable struct {
	mu   sync.Mutex
	rows map[string]outcome
}

func (f *faultTable) add(fault stagingFault, o outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		f.rows = map[string]outcome{}
	}
	f.rows[fault.String()] = o
}

// markdown is the page in docs, in the order of the steps.
func (f *faultTable) markdown(steps int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What breaks staging, and what comes of it

This page is written by `+"`make test-long`"+`: %d faults at %d steps of `+"`yarnflink session -d`"+` and `+"`yarnflink gc`"+`, on a real
cluster. Each row breaks the command at its step, beside a session that uses the same cache. Then was seen: the session runs, and
what it uses is there; every entry of the cache has the content that its name says; the next start of the same files came up;
and `+"`gc`"+`, a day later, left what the session uses and nothing else.

| step | what breaks it | the command | left until gc |
| --- | --- | --- | --- |
`, len(f.rows), steps)
	for _, fault := range stagingFaults(true) {
		o, ok := f.rows[fault.String()]
		if !ok {
			continue
		}
		left := o.left
		if left == "" {
			left = "nothing"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", fault.step.name, fault.how, o.ended, left)
	}
	return b.String()
}
