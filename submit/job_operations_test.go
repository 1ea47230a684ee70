package submit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

// operating is a session with a job that runs.
func operating(t *testing.T, o resttest.Options) (*world, *Session, rest.JobID) {
	t.Helper()
	w := newWorld(t, worldOptions{flink: o})
	d := w.start(t, nil)
	return w, d.Session(), w.jm.AddJob(resttest.Job{State: rest.Running})
}

func wantJSON(t *testing.T, v any, want string) {
	t.Helper()
	if got, err := json.Marshal(v); err != nil || string(got) != want {
		t.Errorf("got  %s (%v)\nwant %s", got, err, want)
	}
}

func TestCancel(t *testing.T) {
	w, s, job := operating(t, resttest.Options{})
	r, err := w.Cancel(t.Context(), s, job)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, r, fmt.Sprintf(`{"applicationId":%q,"jobId":%q,"state":"CANCELED","alreadyEnded":false,"savepoint":"","restUrl":%q}`, s.ApplicationID, job, s.RestURL))
	if r, err = w.Cancel(t.Context(), s, job); err != nil || !r.AlreadyEnded {
		t.Errorf("again: %+v, %v", r, err)
	}
	if _, err := w.Cancel(t.Context(), s, rest.NewJobID()); !errors.Is(err, rest.ErrJobNotFound) {
		t.Errorf("unknown: %v", err)
	}
}

// The answer is lost: the job was not cancelled by somebody else.
func TestCancelWhoseAnswerIsLost(t *testing.T) {
	w, s, job := operating(t, resttest.Options{})
	w.jm.Faults.Add(faults.Fault{Match: "PATCH /jobs/*", Times: 1, Mode: faults.LoseAnswer})
	r, err := w.Cancel(t.Context(), s, job)
	if err != nil || r.AlreadyEnded || r.State != rest.Canceled {
		t.Errorf("%+v, %v", r, err)
	}
}

// move starts the JobManager again, elsewhere.
func (w *world) move(t *testing.T, job rest.JobID) *resttest.Server {
	t.Helper()
	other := resttest.New(t, resttest.Options{SavepointDirectory: "hdfs:///sp"})
	other.AddJob(resttest.Job{ID: job, State: rest.Running})
	if err := w.jm.Client(t).ShutdownCluster(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.rm.SetAMAddress(other.Address())
	return other
}

func TestOperationsAtAJobManagerThatMoved(t *testing.T) {
	w, s, job := operating(t, resttest.Options{})
	other := w.move(t, job)
	o, err := w.StartOperation(t.Context(), s, OperationSpec{Kind: rest.SavepointOperation, Job: job})
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.AwaitOperation(t.Context(), o)
	if err != nil || r.RestURL != other.URL || !strings.HasPrefix(r.Path, "hdfs:///sp/") {
		t.Errorf("%+v, %v", r, err)
	}
	c, err := w.Cancel(t.Context(), s, job)
	if err != nil || c.RestURL != other.URL || c.State != rest.Canceled {
		t.Errorf("%+v, %v", c, err)
	}
}

// A JobManager that was started again has forgotten what the one before did.
func TestOperationWhoseJobManagerMoves(t *testing.T) {
	w, s, job := operating(t, resttest.Options{SavepointDirectory: "hdfs:///sp", HoldOperations: true})
	o, err := w.StartOperation(t.Context(), s, OperationSpec{Kind: rest.StopOperation, Job: job})
	if err != nil {
		t.Fatal(err)
	}
	other := w.move(t, job)
	_, err = w.AwaitOperation(t.Context(), o)
	if !errors.Is(err, rest.ErrOperationLost) || !strings.Contains(err.Error(), other.Address()) || !strings.Contains(err.Error(), job.String()+" is RUNNING") {
		t.Errorf("got %v", err)
	}
}

func TestOperationOverBrokenConnections(t *testing.T) {
	w, s, job := operating(t, resttest.Options{SavepointDirectory: "hdfs:///sp"})
	w.jm.Faults.Add(faults.Fault{Match: "POST /jobs/*/savepoints", Times: 1, Mode: faults.LoseAnswer})
	w.jm.Faults.Add(faults.Fault{Match: "GET /jobs/*/savepoints/*", Times: 2, Mode: faults.Cut})
	o, err := w.StartOperation(t.Context(), s, OperationSpec{Kind: rest.SavepointOperation, Job: job, Format: "native"})
	if err != nil {
		t.Fatal(err)
	}
	begun := o.Result()
	wantJSON(t, begun, fmt.Sprintf(`{"applicationId":%q,"jobId":%q,"operation":"savepoint","triggerId":%q,"done":false,"path":"","checkpointId":0,"restUrl":%q}`,
		s.ApplicationID, job, begun.TriggerID, s.RestURL))
	r, err := w.AwaitOperation(t.Context(), o)
	if err != nil || !r.Done || r.Path == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if n := len(w.jm.Operations()); n != 1 {
		t.Errorf("%d savepoints were taken", n)
	}
}

// Before 1.15 a request can't be told from a second one.
func TestOperationIsNotAskedForTwice(t *testing.T) {
	w, s, job := operating(t, resttest.Options{Version: "1.12.5", SavepointDirectory: "hdfs:///sp"})
	w.jm.Faults.Add(faults.Fault{Match: "POST /jobs/*/savepoints", Times: 1, Mode: faults.LoseAnswer})
	_, err := w.StartOperation(t.Context(), s, OperationSpec{Kind: rest.SavepointOperation, Job: job})
	if !errors.Is(err, rest.ErrUnreachable) || len(w.jm.Operations()) != 1 {
		t.Errorf("got %v and %d operations", err, len(w.jm.Operations()))
	}
}

func TestOperationWhoseSessionEnds(t *testing.T) {
	w, s, job := operating(t, resttest.Options{SavepointDirectory: "hdfs:///sp", HoldOperations: true})
	o, err := w.StartOperation(t.Context(), s, OperationSpec{Kind: rest.SavepointOperation, Job: job})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.jm.Client(t).ShutdownCluster(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.rm.Finish(*s.ApplicationID, yarn.Failed, yarn.StatusFailed, "the node caught fire")
	_, err = w.AwaitOperation(t.Context(), o)
	if !errors.Is(err, ErrSessionNotFound) || !strings.Contains(err.Error(), "the node caught fire") {
		t.Errorf("got %v", err)
	}
}

func TestOperationIsLeftAlone(t *testing.T) {
	w, s, job := operating(t, resttest.Options{HoldOperations: true})
	ctx, cancel := context.WithCancelCause(t.Context())
	o, err := w.StartOperation(ctx, s, OperationSpec{Kind: rest.CheckpointOperation, Job: job})
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	cancel(enough)
	_, err = w.AwaitOperation(ctx, o)
	if want := "/jobs/" + job.String() + "/checkpoints/"; !errors.Is(err, enough) || !strings.Contains(hintOf(err), want) {
		t.Errorf("got %v, hint %q", err, hintOf(err))
	}
}

func TestStartOperationRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		options resttest.Options
		spec    OperationSpec
		state   rest.JobState
		is      error
		hint    bool
	}{
		{name: "ended job", spec: OperationSpec{Kind: rest.StopOperation}, state: rest.Finished, is: rest.ErrJobNotFound, hint: true},
		{name: "no folder", spec: OperationSpec{Kind: rest.SavepointOperation}, is: rest.ErrNoSavepointDirectory, hint: true},
		{name: "native savepoint of an old release", options: resttest.Options{Version: "1.12.5"}, spec: OperationSpec{Kind: rest.SavepointOperation, Path: "hdfs:///sp", Format: "native"}, is: rest.ErrUnsupported, hint: true},
		{name: "checkpoint of an old release", options: resttest.Options{Version: "1.16.0"}, spec: OperationSpec{Kind: rest.CheckpointOperation}, is: rest.ErrUnsupported, hint: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s, job := operating(t, c.options)
			if c.state != "" {
				if err := w.jm.SetState(job, c.state); err != nil {
					t.Fatal(err)
				}
			}
			c.spec.Job = job
			_, err := w.StartOperation(t.Context(), s, c.spec)
			if !errors.Is(err, c.is) || (hintOf(err) != "") != c.hint {
				t.Errorf("got %v, hint %q", err, hintOf(err))
			}
			if n := len(w.jm.Operations()); n != 0 {
				t.Errorf("%d operations were started", n)
			}
		})
	}
}
