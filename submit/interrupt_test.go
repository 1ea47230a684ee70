package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// server is one of those that a start or a job's run talks to.
type server int

const (
	atResourceManager server = iota
	atFileSystem
	atJobManager
)

// point is a moment of a start or a job's run, told by the HTTP exchange in
// which it lies. The same points are tried on the fakes and on a real cluster.
type point struct {
	name string
	at   server
	// match is the exchange, see faults.Fault. {staging} stands for the path of
	// .flink, {provided} for that of the libraries, {namenode} for its RPC
	// address, which only requests to a DataNode carry. skip lets so many pass.
	match string
	skip  int
	// processed: the server has done what it was asked, but its answer is not there.
	processed bool
	// half: so many bytes of the content have been sent.
	half int64
	// state is the least that the application has come to at a real
	// ResourceManager; "" does not wait for any.
	state yarn.State
	// kept: it was handed over before, and stays.
	kept bool
}

// Of each start these are staged: the ship files, the log configuration and
// the configuration.
const (
	shipFiles   = 3
	stagedFiles = shipFiles + 2
	shipSize    = 64 << 10
)

const (
	submissions  = "POST /ws/v1/cluster/apps"
	reports      = "GET /ws/v1/cluster/apps/application_*"
	contents     = "PUT {staging}/application_*/*?namenoderpcaddress={namenode}"
	publications = "PUT {staging}/application_*/*?op=RENAME"
)

// startPoints are in the order in which a start gets to them.
var startPoints = []point{
	{name: "cluster's facts half gathered", at: atResourceManager, match: "GET /ws/v1/cluster/scheduler"},
	{name: "file system's facts half gathered", at: atFileSystem, match: "GET {provided}?op=LISTSTATUS"},
	{name: "id taken", at: atResourceManager, match: "POST /ws/v1/cluster/apps/new-application", processed: true},
	{name: "folder made", at: atFileSystem, match: "PUT {staging}/application_*?op=MKDIRS", processed: true},
	{name: "first file half sent", at: atFileSystem, match: contents, half: shipSize / 2},
	{name: "last file half sent", at: atFileSystem, match: contents, skip: stagedFiles - 1, half: shipSize / 2},
	{name: "last file sent", at: atFileSystem, match: contents, skip: stagedFiles - 1, processed: true},
	{name: "all files there, before the POST", at: atFileSystem, match: publications, skip: stagedFiles - 1, processed: true},
	{name: "the POST does not arrive", at: atResourceManager, match: submissions},
	{name: "between POST and answer", at: atResourceManager, match: submissions, processed: true},
	{name: "NEW to ACCEPTED", at: atResourceManager, match: reports},
	{name: "AM localizing", at: atResourceManager, match: reports, skip: 2, state: yarn.Accepted},
	{name: "RUNNING but REST not yet ready", at: atJobManager, match: "GET /overview", state: yarn.Running},
}

// fault is the point's exchange going wrong by mode.
func (p point) fault(mode faults.Mode, fill *strings.Replacer) faults.Fault {
	f := faults.Fault{Match: fill.Replace(p.match), Skip: p.skip, Mode: mode, AfterBytes: p.half}
	switch mode {
	case faults.Hang, faults.HangAfter:
		f.Mode = faults.Hang
		if p.processed {
			f.Mode = faults.HangAfter
		}
	case faults.LoseAnswer:
		f.AfterBytes = 0
	case faults.Answer:
		f.Code, f.Body, f.AfterBytes = http.StatusServiceUnavailable, "the gateway has nobody behind it", 0
	case faults.Slow:
		f.Delay, f.AfterBytes = 30*time.Millisecond, 0
	}
	return f
}

var errGivenUp = errors.New("somebody gave it up")

// ending is a way in which a context ends.
type ending struct {
	name string
	// start returns a context, what ends it, and what its error then is.
	start func() (ctx context.Context, end func(), cause error)
}

var endings = []ending{
	{"cancelled", func() (context.Context, func(), error) {
		ctx, cancel := context.WithCancelCause(context.Background())
		return ctx, func() { cancel(errGivenUp) }, errGivenUp
	}},
	{"deadline", func() (context.Context, func(), error) {
		e := &expiring{Context: context.Background(), done: make(chan struct{})}
		return e, func() { close(e.done) }, context.DeadlineExceeded
	}},
}

// expiring is a context whose deadline comes when done is closed.
type expiring struct {
	context.Context
	done chan struct{}
}

func (e *expiring) Deadline() (time.Time, bool) { return time.Now().Add(time.Hour), true }
func (e *expiring) Done() <-chan struct{}       { return e.done }

func (e *expiring) Err() error {
	select {
	case <-e.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// longestWait bounds how long anything here may take; only failing tests get there.
const longestWait = time.Minute

// interrupt runs work, waits for the hit and then for ready, ends work's context
// and returns work's error and that of the context.
func interrupt(t *testing.T, how ending, hit *faults.Hit, ready func(), work func(context.Context) error) (err, cause error) {
	t.Helper()
	ctx, end, cause := how.start()
	done := make(chan error, 1)
	go func() { done <- work(ctx) }()
	select {
	case <-hit.C:
	case err := <-done:
		t.Fatalf("it ended before it got to the point: %v", err)
	case <-time.After(longestWait):
		t.Fatal("it did not get to the point")
	}
	ready()
	end()
	select {
	case err = <-done:
		return err, cause
	case <-time.After(longestWait):
		t.Fatal("it goes on although its context has ended")
	}
	return nil, nil
}

// checkTakenBack looks at the error of a start that was ended.
func checkTakenBack(t *testing.T, err, cause error) {
	t.Helper()
	if !errors.Is(err, cause) {
		t.Errorf("error %v, want %v in it", err, cause)
	}
	if errors.Is(err, ErrLeftBehind) {
		t.Errorf("something is left behind: %v", err)
	}
	var failure *DeploymentError
	if errors.As(err, &failure) && !failure.TakenBack {
		t.Errorf("not taken back: %v", err)
	}
}

func (w *world) injector(at server) *faults.Injector {
	return []*faults.Injector{w.rm.Faults, w.dfs.Faults, w.jm.Faults}[at]
}

// stagingPath is where the fakes have alice's .flink.
const stagingPath = "/user/alice/.flink"

// newStart is a world, and the spec of a start in it that gets to all points.
func newStart(t *testing.T) (*world, SessionSpec, *strings.Replacer) {
	w := newWorld(t, worldOptions{})
	w.onReport = func(a yarntest.Application) { w.rm.Step(a.ID) }
	const provided = "/tmp/provided/lib"
	w.put(t, provided+"/flink-dist-1.20.5.jar", "dist")
	spec := w.spec(t, map[string]string{
		"yarn.provided.lib.dirs": "webhdfs://" + w.dfs.Address + provided,
		"yarn.ship-files":        strings.Join(shipped(t), ";"),
	})
	fill := strings.NewReplacer("{staging}", "/webhdfs/v1"+stagingPath, "{provided}", "/webhdfs/v1"+provided, "{namenode}", "namenode.invalid:8020")
	return w, spec, fill
}

// shipped writes files to ship.
func shipped(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i := range shipFiles {
		name := filepath.Join(dir, "ship-"+string(rune('a'+i))+".dat")
		if err := os.WriteFile(name, make([]byte, shipSize), 0o644); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// folders are the applications' folders in the fake file system.
func (w *world) folders(t *testing.T) []string {
	t.Helper()
	return folders(t, w.files(t), stagingPath)
}

func folders(t *testing.T, f hdfs.FileSystem, staging string) []string {
	t.Helper()
	list, err := f.List(context.Background(), staging)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, s := range list {
		names = append(names, s.Path)
	}
	return names
}

// together runs all cases at once: they spend their time in pauses.
func together(t *testing.T, cases map[string]func(*testing.T)) {
	t.Helper()
	var all sync.WaitGroup
	for name, run := range cases {
		all.Go(func() { t.Run(name, run) })
	}
	all.Wait()
}

func TestAnEndedStartLeavesNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*testing.T){}
	for _, p := range startPoints {
		for _, how := range endings {
			cases[p.name+"/"+how.name] = func(t *testing.T) { endStart(t, p, how) }
		}
	}
	together(t, cases)
}

func endStart(t *testing.T, p point, how ending) {
	w, spec, fill := newStart(t)
	hit := w.injector(p.at).Add(p.fault(faults.Hang, fill))
	err, cause := interrupt(t, how, hit, func() {}, func(ctx context.Context) error {
		_, err := w.Start(ctx, spec)
		return err
	})
	checkTakenBack(t, err, cause)
	// What was held comes through late; it must find nothing to go on with.
	hit.Release()
	for _, a := range w.rm.Applications() {
		if !a.State.IsFinal() {
			t.Errorf("application %s is %s", a.ID, a.State)
		}
	}
	if left := w.folders(t); len(left) > 0 {
		t.Errorf("folders left: %v", left)
	}
}

func TestAHandedOverSessionStays(t *testing.T) {
	t.Parallel()
	for _, how := range endings {
		t.Run(how.name, func(t *testing.T) {
			w, spec, _ := newStart(t)
			ctx, end, _ := how.start()
			d, err := w.Start(ctx, spec)
			if err != nil {
				t.Fatal(err)
			}
			end()
			checkOneSession(t, w, d)
		})
	}
}

// checkOneSession wants one application, running, with all of its files.
func checkOneSession(t *testing.T, w *world, d *Deployment) {
	t.Helper()
	apps := w.rm.Applications()
	if len(apps) != 1 || apps[0].ID != d.ApplicationID || apps[0].State != yarn.Running {
		t.Errorf("applications %+v, want the one of the deployment, %s, RUNNING", apps, d.ApplicationID)
	}
	want := []string{stagingPath + "/" + d.ApplicationID.String()}
	if left := w.folders(t); !slices.Equal(left, want) {
		t.Errorf("folders %v, want %v", left, want)
	}
	files, err := w.files(t).Walk(t.Context(), want[0])
	if err != nil || len(files) != stagedFiles {
		t.Errorf("%d files in %s, want %d (%v): %v", len(files), want[0], stagedFiles, err, files)
	}
}

// mishaps are what a retry makes good.
var mishaps = map[string]faults.Mode{
	"answer lost": faults.LoseAnswer, "connection cut": faults.Cut, "503": faults.Answer, "slow": faults.Slow,
}

// mishapCases are the points' exchanges with each mishap, each once.
func mishapCases(points []point, run func(*testing.T, point, faults.Mode)) map[string]func(*testing.T) {
	cases, seen := map[string]func(*testing.T){}, map[string]bool{}
	for _, p := range points {
		for name, mode := range mishaps {
			f := p.fault(mode, strings.NewReplacer())
			key := fmt.Sprint(f.Match, f.Skip, f.Mode, f.AfterBytes)
			if !seen[key] {
				seen[key] = true
				cases[p.name+"/"+name] = func(t *testing.T) { run(t, p, mode) }
			}
		}
	}
	return cases
}

func TestAStartSurvivesLostAndSlowAnswers(t *testing.T) {
	t.Parallel()
	together(t, mishapCases(startPoints, func(t *testing.T, p point, mode faults.Mode) {
		w, spec, fill := newStart(t)
		w.injector(p.at).Add(p.fault(mode, fill))
		ctx, cancel := context.WithTimeout(t.Context(), longestWait)
		defer cancel()
		d, err := w.Start(ctx, spec)
		if err != nil {
			t.Fatal(err)
		}
		checkOneSession(t, w, d)
	}))
}
