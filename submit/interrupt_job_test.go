package submit

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

// jarSize is large enough for half of it not to be the form's head.
const jarSize = 64 << 10

// jobPoints are in the order in which the start of a job gets to them.
var jobPoints = []point{
	{name: "the JobManager's facts not yet there", at: atJobManager, match: "GET /config"},
	{name: "jar half uploaded", at: atJobManager, match: "POST /jars/upload", half: jarSize / 2},
	{name: "jar uploaded, before the answer", at: atJobManager, match: "POST /jars/upload", processed: true},
	{name: "the run POST does not arrive", at: atJobManager, match: "POST /jars/*/run"},
	{name: "between run POST and answer", at: atJobManager, match: "POST /jars/*/run", processed: true},
	{name: "just after the hand-over", at: atJobManager, match: "DELETE /jars/*", kept: true},
}

const endless = "com.example.Endless"

// newRun is a world with a session's JobManager, and a job for it that runs
// until it is cancelled.
func newRun(t *testing.T) (*world, *Session, JobSpec) {
	t.Helper()
	w := newWorld(t, worldOptions{flink: resttest.Options{Programs: map[string]resttest.Program{endless: {Endless: true}}}})
	return w, &Session{RestURL: w.jm.URL}, JobSpec{Jar: endlessJar(t), EntryClass: endless}
}

func TestAnEndedRunLeavesNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*testing.T){}
	for _, p := range jobPoints {
		for _, how := range endings {
			cases[p.name+"/"+how.name] = func(t *testing.T) { endRun(t, p, how) }
		}
	}
	together(t, cases)
}

func endRun(t *testing.T, p point, how ending) {
	w, session, spec := newRun(t)
	hit := w.jm.Faults.Add(p.fault(faults.Hang, noFill))
	var job *Job
	released := func() {}
	if p.kept { // the hand-over waits for the deleting of the jar, for a while
		released = hit.Release
	}
	err, cause := interrupt(t, how, hit, released, func(ctx context.Context) (err error) {
		job, err = w.RunJob(ctx, session, spec)
		return err
	})
	hit.Release()
	if p.kept {
		checkHandedOver(t, w, job, err)
		return
	}
	if !errors.Is(err, cause) || errors.Is(err, ErrLeftBehind) {
		t.Errorf("error %v, want %v, and nothing left behind", err, cause)
	}
	for _, j := range w.jm.Jobs() {
		if j.State != rest.Cancelling && j.State != rest.Canceled {
			t.Errorf("job %s is %s", j.ID, j.State)
		}
	}
	for _, jar := range w.jm.Jars() {
		t.Errorf("jar %s is left", jar.ID)
	}
}

// checkHandedOver wants the one job, running, that RunJob returned, and no jar;
// the end of a waiting leaves it alone, CancelJob ends it.
func checkHandedOver(t *testing.T, w *world, job *Job, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	jobs := w.jm.Jobs()
	if len(jobs) != 1 || jobs[0].ID != job.ID || jobs[0].State != rest.Running {
		t.Fatalf("jobs %+v, want %s, RUNNING", jobs, job.ID)
	}
	if jars := w.jm.Jars(); len(jars) != 0 {
		t.Errorf("%d jars are left", len(jars))
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err = w.WaitJob(ctx, job, func(rest.JobState) { cancel(errGivenUp) })
	if !errors.Is(err, errGivenUp) {
		t.Errorf("waiting ended with %v, want %v", err, errGivenUp)
	}
	if j, _ := w.jm.Job(job.ID); j.State != rest.Running {
		t.Errorf("the job is %s after the waiting was given up", j.State)
	}
	if err := w.CancelJob(t.Context(), job); err != nil {
		t.Error(err)
	}
	if j, _ := w.jm.Job(job.ID); j.State != rest.Cancelling && j.State != rest.Canceled {
		t.Errorf("the job is %s after it was cancelled", j.State)
	}
}

func TestARunSurvivesLostAndSlowAnswers(t *testing.T) {
	t.Parallel()
	together(t, mishapCases(jobPoints, func(t *testing.T, p point, mode faults.Mode) {
		w, session, spec := newRun(t)
		w.jm.Faults.Add(p.fault(mode, noFill))
		ctx, cancel := context.WithTimeout(t.Context(), longestWait)
		defer cancel()
		job, err := w.RunJob(ctx, session, spec)
		checkHandedOver(t, w, job, err)
	}))
}

// A jar of somebody else with the same file name is never taken for ours.
func TestAnEndedRunLeavesOtherJars(t *testing.T) {
	t.Parallel()
	w, session, spec := newRun(t)
	other := uploadJar(t, w, spec.Jar)
	hit := w.jm.Faults.Add(faults.Fault{Match: "POST /jars/upload", Mode: faults.HangAfter})
	_, _ = interrupt(t, endings[0], hit, func() {}, func(ctx context.Context) error {
		_, err := w.RunJob(ctx, session, spec)
		return err
	})
	jars := w.jm.Jars()
	if len(jars) != 1 || jars[0].ID != other {
		t.Errorf("jars %v, want %s alone", jars, other)
	}
}

func TestAJobManagerOutOfReachIsToldSoon(t *testing.T) {
	t.Parallel()
	w, session, spec := newRun(t)
	session.RestURL = "http://127.0.0.1:1"
	start := time.Now()
	_, err := w.RunJob(t.Context(), session, spec)
	if took := time.Since(start); !errors.Is(err, rest.ErrUnreachable) || took > 2*firstContact {
		t.Errorf("%v after %s", err, took)
	}
}

// endlessJar is a jar with the class endless in it, of at least jarSize bytes.
func endlessJar(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "endless.jar")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for entry, size := range map[string]int{"META-INF/MANIFEST.MF": 0, "com/example/Endless.class": jarSize} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: entry, Method: zip.Store})
		if err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

func uploadJar(t *testing.T, w *world, name string) rest.JarID {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.jm.Client(t).UploadJar(t.Context(), filepath.Base(name), int64(len(content)), bytes.NewReader(content), nil)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// noFill fills in nothing: a JobManager's paths are the same everywhere.
var noFill = strings.NewReplacer()
