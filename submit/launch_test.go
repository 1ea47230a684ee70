package submit

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestStartSession(t *testing.T) {
	w := newWorld(t, worldOptions{})
	ship := tree(t, "data/my file.txt")
	spec := w.spec(t, map[string]string{"yarn.application.name": "etl", "yarn.ship-files": ship + "/data", "yarn.file-replication": "2"})
	spec.TaskManagers = 3
	d, err := w.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	apps := w.rm.Applications()
	if len(apps) != 1 {
		t.Fatalf("%d applications", len(apps))
	}
	app := apps[0]
	if d.ApplicationID != app.ID || d.Name != "etl" || d.State != yarn.Running || d.RestURL != w.jm.URL || d.User != "alice" ||
		d.Queue != "root.default" || d.FlinkVersion != "1.20.5" || d.Attempts != 1 || d.Existing || d.Seconds <= 0 || len(d.Warnings) > 0 {
		t.Errorf("%+v", d)
	}
	if d.UploadedBytes != d.StagedBytes || d.StagedBytes == 0 {
		t.Errorf("sent %d of %d bytes", d.UploadedBytes, d.StagedBytes)
	}
	if s := d.Session(); *s.ApplicationID != app.ID || s.RestURL != w.jm.URL || s.String() != fmt.Sprintf("session %s (etl)", app.ID) {
		t.Errorf("%+v", s)
	}
	c := app.Context
	if c.Resource != (yarn.Resource{MemoryMB: 1600, VCores: 1}) || c.MaxAttempts != 1 || c.Name != "etl" || c.Type != "Apache Flink" || len(c.Container.Commands) != 1 {
		t.Errorf("%+v", c)
	}
	if got := c.Container.Environment[envAppID]; got != app.ID.String() {
		t.Errorf("%s is %q", envAppID, got)
	}
	w.checkStaged(t, app)
	folder := "/user/alice/.flink/" + app.ID.String()
	config := w.read(t, folder+"/config.yaml")
	for _, want := range []string{app.ID.String(), "slotmanager.number-of-slots.min"} {
		if !strings.Contains(config, want) {
			t.Errorf("no %s in\n%s", want, config)
		}
	}
	w.checkProgress(t, d.StagedBytes)
}

// checkStaged compares what was submitted with what lies in the file system.
func (w *world) checkStaged(t *testing.T, app yarntest.Application) {
	t.Helper()
	folder := "/user/alice/.flink/" + app.ID.String()
	if s, err := w.files(t).Stat(t.Context(), folder); err != nil || s.Permission != 0o700 || s.Owner != "alice" {
		t.Errorf("the folder: %+v %v", s, err)
	}
	var keys, files []string
	for key, r := range app.Context.Container.LocalResources {
		keys = append(keys, key)
		at := strings.TrimPrefix(r.URL, "webhdfs://"+w.dfs.Address)
		files = append(files, at)
		s, err := w.files(t).Stat(t.Context(), at)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		mode, visibility := fs.FileMode(0o644), yarn.VisibilityPrivate
		if key == "config.yaml" {
			mode, visibility = 0o600, yarn.VisibilityApplication
		}
		if s.Permission != mode || r.Visibility != visibility || s.Length != r.Size || s.ModificationTime != r.Timestamp || r.Type != yarn.FileResource || s.Replication != 2 {
			t.Errorf("%s: %+v, but %+v", key, r, s)
		}
	}
	slices.Sort(keys)
	if got, want := strings.Join(keys, " "), "config.yaml data/my file.txt flink-dist-1.20.5.jar lib/flink-cep.jar log4j.properties plugins/s3/s3.jar"; got != want {
		t.Errorf("localized %s\nwant %s", got, want)
	}
	slices.Sort(files)
	if got := w.dfs.Files(); !slices.Equal(got, files) {
		t.Errorf("there is %v\nbut localized are %v", got, files)
	}
	if got := w.read(t, folder+"/data/my_20file.txt"); got != "data/my file.txt" {
		t.Errorf("the ship file holds %q", got)
	}
}

func (w *world) checkProgress(t *testing.T, total int64) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	phases := map[Phase]bool{}
	var done int64
	for _, p := range w.progress {
		phases[p.Phase] = true
		if p.Total > 0 && (p.Total != total || p.Done > p.Total) {
			t.Errorf("%+v, want a total of %d", p, total)
		}
		done = max(done, p.Done)
	}
	if done != total || !phases[PhaseGather] || !phases[PhaseStage] || !phases[PhaseSubmit] || !phases[PhaseAwait] || phases[PhaseTakeBack] {
		t.Errorf("%d of %d bytes, phases %v", done, total, phases)
	}
}

func TestStartSessionFails(t *testing.T) {
	denied := faults.Fault{Mode: faults.Answer, Code: http.StatusForbidden, Body: `{"RemoteException":{"exception":"AccessControlException","javaClassName":"org.apache.hadoop.security.AccessControlException","message":"Permission denied: user=alice"}}`}
	end := func(state yarn.State, status yarn.FinalStatus) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) {
			w.onReport = func(a yarntest.Application) { w.rm.Finish(a.ID, state, status, "the AM said no\n") }
		}
	}
	for _, c := range []struct {
		name  string
		yarn  yarntest.Options
		set   map[string]string
		brk   func(*testing.T, *world)
		is    error
		step  string
		words []string
	}{
		{name: "FAILED", brk: end(yarn.Failed, yarn.StatusFailed), is: ErrDeploymentFailed, step: "await", words: []string{"FAILED (FAILED)", "YARN says: the AM said no", "nothing is left"}},
		{name: "FINISHED", brk: end(yarn.Finished, yarn.StatusSucceeded), is: ErrDeploymentFailed, step: "await", words: []string{"FINISHED"}},
		{name: "KILLED", brk: end(yarn.Killed, yarn.StatusKilled), is: ErrDeploymentFailed, step: "await", words: []string{"somebody killed"}},
		{name: "dies after it ran", is: ErrDeploymentFailed, step: "await", words: []string{"FAILED"}, brk: func(_ *testing.T, w *world) {
			w.rm.SetAMAddress("127.0.0.1:1") // where nobody listens
			w.onReport = func(a yarntest.Application) {
				if a.State == yarn.Running {
					w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, "out of memory")
					return
				}
				w.rm.SetState(a.ID, yarn.Running)
			}
		}},
		{name: "queue refuses the user", yarn: yarntest.Options{Queues: []yarntest.Queue{{Path: "root.default", Submitters: []string{"bob"}}}},
			is: yarn.ErrForbidden, step: "submit", words: []string{"does not have permission", "nothing is left"}},
		{name: "folder denied", is: fs.ErrPermission, step: "stage", words: []string{"Permission denied"}, brk: func(_ *testing.T, w *world) {
			f := denied
			f.Match = "PUT /webhdfs/v1/user/alice/.flink/*?op=MKDIRS"
			w.dfs.Faults.Add(f)
		}},
		{name: "upload denied", is: fs.ErrPermission, step: "stage", words: []string{"stage plugins/s3/s3.jar"}, brk: func(_ *testing.T, w *world) {
			f := denied
			f.Match = "PUT /webhdfs/v1/user/alice/.flink/*/plugins/s3/*?op=CREATE"
			w.dfs.Faults.Add(f)
		}},
		{name: "answer of the JobManager", is: errAny, step: "await", words: []string{"teapot"}, brk: func(_ *testing.T, w *world) {
			w.jm.Faults.Add(faults.Fault{Match: "GET /overview", Mode: faults.Answer, Code: http.StatusTeapot})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{yarn: c.yarn})
			if c.brk != nil {
				c.brk(t, w)
			}
			d, err := w.Start(t.Context(), w.spec(t, c.set))
			var failure *DeploymentError
			if !errors.As(err, &failure) {
				t.Fatalf("got %v, %v", d, err)
			}
			if c.is != errAny && !errors.Is(err, c.is) || errors.Is(err, ErrLeftBehind) || !failure.TakenBack || failure.Step != c.step {
				t.Errorf("got %+v: %v", failure, err)
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("no %q in %v", word, err)
				}
			}
			w.nothingIsLeft(t)
		})
	}
}

// errAny stands for an error that has no sentinel.
var errAny = errors.New("any")

func TestStartSessionWithoutAnApplicationID(t *testing.T) {
	w := newWorld(t, worldOptions{yarn: yarntest.Options{SubmissionDisabled: true}})
	_, err := w.Start(t.Context(), w.spec(t, nil))
	if !errors.Is(err, yarn.ErrSubmissionDisabled) || hintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	w.nothingIsLeft(t)
}

func TestStartSessionFailsWhileItIsAccepted(t *testing.T) {
	w := newWorld(t, worldOptions{})
	first := true
	w.onReport = func(a yarntest.Application) {
		if first {
			first = false
			w.rm.SetState(a.ID, yarn.Accepted)
		} else {
			w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, "exit code 239")
		}
	}
	_, err := w.Start(t.Context(), w.spec(t, nil))
	if !errors.Is(err, ErrDeploymentFailed) || !strings.Contains(err.Error(), "exit code 239") {
		t.Errorf("got %v", err)
	}
	w.nothingIsLeft(t)
}

func TestStartSessionTellsWhatIsLeft(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.onReport = func(a yarntest.Application) { w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, "no") }
	w.dfs.Faults.Add(faults.Fault{Match: "DELETE /webhdfs/v1/user/alice/.flink/*", Mode: faults.Answer, Code: http.StatusForbidden, Times: -1,
		Body: `{"RemoteException":{"exception":"AccessControlException","javaClassName":"org.apache.hadoop.security.AccessControlException","message":"quarantine"}}`})
	_, err := w.Start(t.Context(), w.spec(t, nil))
	var failure *DeploymentError
	if !errors.As(err, &failure) || failure.TakenBack || !errors.Is(err, ErrLeftBehind) || !errors.Is(err, ErrDeploymentFailed) {
		t.Fatalf("got %v", err)
	}
	if len(failure.Left) != 1 || !strings.Contains(err.Error(), "quarantine") || !strings.Contains(err.Error(), "yarnflink kill "+failure.ID.String()) {
		t.Errorf("got %v", err)
	}
}

func TestStartSessionRefused(t *testing.T) {
	w := newWorld(t, worldOptions{})
	_, err := w.Start(t.Context(), w.spec(t, map[string]string{"jobmanager.memory.process.size": "9g", "yarn.ship-files": "/nowhere/at/all", "yarn.tags": "ü"}))
	var invalid *ValidationError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 3 {
		t.Fatalf("got %v", err)
	}
	for _, r := range w.rm.Faults.Requests() {
		if !strings.HasPrefix(r, "GET ") {
			t.Errorf("the ResourceManager was asked %s", r)
		}
	}
	for _, r := range w.dfs.Faults.Requests() {
		if !strings.HasPrefix(r, "GET ") {
			t.Errorf("the NameNode was asked %s", r)
		}
	}
}

func TestLaunchNoticesAFileThatChanged(t *testing.T) {
	w := newWorld(t, worldOptions{})
	spec := w.spec(t, nil)
	facts, err := w.Gather(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(spec, facts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.home, "lib", "flink-cep.jar"), []byte("longer than it was before"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = w.Launch(t.Context(), plan)
	if err == nil || !strings.Contains(err.Error(), "flink-cep.jar: the file has changed") {
		t.Errorf("got %v", err)
	}
	w.nothingIsLeft(t)
}

func TestRequestID(t *testing.T) {
	w := newWorld(t, worldOptions{})
	spec := w.spec(t, nil)
	spec.RequestID = "nightly-7"
	first, err := w.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if first.Existing || !second.Existing || second.ApplicationID != first.ApplicationID || second.RestURL != w.jm.URL || second.UploadedBytes != 0 {
		t.Errorf("%+v\n%+v", first, second)
	}
	w.rm.Finish(first.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "")
	third, err := w.Start(t.Context(), spec)
	if err != nil || third.Existing || third.ApplicationID == first.ApplicationID {
		t.Errorf("%+v %v", third, err)
	}
	if n := len(w.rm.Applications()); n != 2 {
		t.Errorf("%d applications", n)
	}
}

func TestRequestIDWhoseSessionDies(t *testing.T) {
	w := newWorld(t, worldOptions{})
	spec := w.spec(t, nil)
	spec.RequestID = "r"
	d, err := w.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	w.onReport = func(a yarntest.Application) { w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, "no") }
	_, err = w.Start(t.Context(), spec)
	if !errors.Is(err, ErrDeploymentFailed) || !strings.Contains(err.Error(), d.ApplicationID.String()) || !strings.Contains(err.Error(), `request id "r"`) {
		t.Errorf("got %v", err)
	}
	if files := w.dfs.Files(); len(files) == 0 {
		t.Error("the files of an earlier start were removed")
	}
}

func TestVersionOfTheSession(t *testing.T) {
	w := newWorld(t, worldOptions{flink: resttest.Options{Version: "1.20.9"}})
	if d := w.start(t, nil); d.FlinkVersion != "1.20.9" {
		t.Errorf("version %s", d.FlinkVersion)
	}
}

// The ResourceManager that took the submission dies before it has saved it, and the next one has never heard of it.
func TestASubmissionThatWasNotSavedIsSentAgain(t *testing.T) {
	w := newWorld(t, worldOptions{})
	forgotten := 0
	w.onReport = func(a yarntest.Application) {
		if forgotten++; forgotten == 1 {
			w.rm.Forget(a.ID)
			return
		}
		w.rm.SetState(a.ID, yarn.Running)
	}
	d := w.start(t, nil)
	apps := w.rm.Applications()
	if len(apps) != 1 || apps[0].ID != d.ApplicationID || apps[0].State != yarn.Running {
		t.Errorf("applications %+v, want the one", apps)
	}
	if n := len(apps[0].Context.Container.LocalResources); n != 5 {
		t.Errorf("%d files are localized, want 5", n)
	}
}

// One that was saved and is unknown later is gone: it is not started a second time.
func TestASavedSubmissionIsNotSentAgain(t *testing.T) {
	w := newWorld(t, worldOptions{})
	looks := 0
	w.onReport = func(a yarntest.Application) {
		if looks++; looks == 1 {
			w.rm.SetState(a.ID, yarn.Accepted)
		} else {
			w.rm.Forget(a.ID)
		}
	}
	_, err := w.Start(t.Context(), w.spec(t, nil))
	if !errors.Is(err, yarn.ErrApplicationNotFound) {
		t.Errorf("error %v, want ErrApplicationNotFound", err)
	}
	w.nothingIsLeft(t)
}
