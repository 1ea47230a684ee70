package rest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

const savepointStatus = "GET /jobs/*/savepoints/*"

// runningJob returns a server with a job that does not end.
func runningJob(t *testing.T, o resttest.Options) (*resttest.Server, rest.JobID) {
	t.Helper()
	o.SavepointDirectory = "hdfs:///savepoints"
	s := resttest.New(t, o)
	return s, s.AddJob(resttest.Job{EntryClass: "a.Main", State: rest.Running})
}

func triggered(t *testing.T, c *rest.Client, job rest.JobID, r rest.SavepointRequest) *rest.Operation {
	t.Helper()
	o, err := c.TriggerSavepoint(t.Context(), job, r, version(t, "1.20.5"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAwaitOutlivesTrouble(t *testing.T) {
	s, job := runningJob(t, resttest.Options{})
	trouble := []faults.Fault{
		{Mode: faults.Answer, Code: http.StatusServiceUnavailable, Body: leaderElection},
		{Mode: faults.Cut},
		{Mode: faults.LoseAnswer},
		{Mode: faults.Answer, Code: http.StatusBadGateway, Body: "<html>"},
		{Mode: faults.Answer, Code: http.StatusInternalServerError, Body: `{"errors":["Internal server error.","<Exception on server side:\norg.apache.flink.runtime.rpc.exceptions.FencingTokenException: Fencing token not set\n"]}`},
	}
	for _, f := range trouble {
		f.Match = savepointStatus
		s.Faults.Add(f)
	}
	var outlived []error
	status, err := triggered(t, s.Client(t), job, rest.SavepointRequest{}).Await(t.Context(), rest.AwaitOptions{
		Trouble: func(err error) { outlived = append(outlived, err) },
	})
	if err != nil || !status.Done || !strings.HasPrefix(status.Location, "hdfs:///savepoints/savepoint-") {
		t.Errorf("%+v, %v", status, err)
	}
	// net/http itself repeats a request on a connection that was cut before.
	if len(outlived) < 3 || len(outlived) > len(trouble) {
		t.Errorf("trouble: %v, want 3 to %d times", outlived, len(trouble))
	}
}

func TestAwaitEndsWithOtherAnswers(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault faults.Fault
	}{
		{"refused", faults.Fault{Mode: faults.Answer, Code: http.StatusForbidden, Body: "no"}},
		{"broken", faults.Fault{Mode: faults.Answer, Code: http.StatusInternalServerError, Body: `{"errors":["java.lang.NullPointerException"]}`}},
		{"no JobManager", faults.Fault{Mode: faults.Answer, Code: http.StatusOK, Body: "<html>"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, job := runningJob(t, resttest.Options{})
			tt.fault.Match = savepointStatus
			s.Faults.Add(tt.fault)
			_, err := triggered(t, s.Client(t), job, rest.SavepointRequest{}).Await(t.Context(), rest.AwaitOptions{})
			if err == nil || errors.Is(err, rest.ErrOperationLost) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	s, job := runningJob(t, resttest.Options{HoldOperations: true})
	o := triggered(t, s.Client(t), job, rest.SavepointRequest{})
	s.Faults.Add(faults.Fault{Match: savepointStatus, Mode: faults.Answer, Code: http.StatusServiceUnavailable, Body: leaderElection})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	_, err := o.Await(ctx, rest.AwaitOptions{Trouble: func(error) { cancel(why) }})
	if !errors.Is(err, why) || !strings.Contains(err.Error(), "savepoint of job "+job.String()) {
		t.Errorf("error %v, want the context's cause and the operation", err)
	}
	if status, err := o.Poll(t.Context()); err != nil || status.Done {
		t.Errorf("%+v, %v; want an operation that goes on", status, err)
	}
}

func TestAwaitWaits(t *testing.T) {
	s, job := runningJob(t, resttest.Options{HoldOperations: true})
	o := triggered(t, s.Client(t), job, rest.SavepointRequest{})
	hit := s.Faults.Add(faults.Fault{Match: savepointStatus, Mode: faults.HangAfter, Skip: 2})
	go func() {
		_ = hit.Wait(t.Context())
		s.CompleteOperations()
		hit.Release()
	}()
	status, err := o.Await(t.Context(), rest.AwaitOptions{})
	if err != nil || !status.Done || len(s.Savepoints()) != 1 {
		t.Errorf("%+v, %v, savepoints %v", status, err, s.Savepoints())
	}
}

func TestAwaitFollowsTheJobManager(t *testing.T) {
	gone := errors.New("the application has ended")
	trigger := rest.NewTriggerID()
	for _, tt := range []struct {
		name  string
		find  func(next *rest.Client, n int) (*rest.Client, error)
		knows bool // the next JobManager knows the operation
		want  error
	}{
		{"to another address", func(next *rest.Client, _ int) (*rest.Client, error) { return next, nil }, true, nil},
		{"which is not known at once", func(next *rest.Client, n int) (*rest.Client, error) {
			if n < 3 {
				return nil, nil
			}
			return next, nil
		}, true, nil},
		{"which has forgotten", func(next *rest.Client, _ int) (*rest.Client, error) { return next, nil }, false, rest.ErrOperationLost},
		{"to its end", func(*rest.Client, int) (*rest.Client, error) { return nil, gone }, false, gone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, job := runningJob(t, resttest.Options{HoldOperations: true})
			second := resttest.New(t, resttest.Options{})
			second.AddJob(resttest.Job{ID: job, State: rest.Running})
			request := rest.SavepointRequest{TargetDirectory: "file:///sp", Trigger: trigger}
			o := triggered(t, first.Client(t), job, request)
			if tt.knows {
				triggered(t, second.Client(t), job, request)
			}
			first.Faults.Add(faults.Fault{Match: savepointStatus, Mode: faults.Cut, Times: -1})
			asked := 0
			status, err := o.Await(t.Context(), rest.AwaitOptions{Find: func(context.Context) (*rest.Client, error) {
				asked++
				return tt.find(second.Client(t), asked)
			}})
			if !errors.Is(err, tt.want) || status.Done != (tt.want == nil) {
				t.Errorf("%+v, %v; want %v", status, err, tt.want)
			}
		})
	}
}

func TestForgottenOperation(t *testing.T) {
	s, job := runningJob(t, resttest.Options{})
	o := triggered(t, s.Client(t), job, rest.SavepointRequest{})
	s.ForgetOperations()
	_, err := o.Await(t.Context(), rest.AwaitOptions{})
	var lost *rest.OperationLostError
	if !errors.As(err, &lost) || lost.Trigger != o.Trigger || lost.Hint() == "" || !strings.Contains(err.Error(), o.Trigger.String()) ||
		!strings.Contains(err.Error(), s.Address()) {
		t.Errorf("error %v", err)
	}
}

func TestFailedOperation(t *testing.T) {
	const trace = "java.util.concurrent.CompletionException: x\n\tat a.B.c(B.java:1)\nCaused by: " +
		"org.apache.flink.runtime.checkpoint.CheckpointException: Checkpoint Coordinator is suspending.\n\t... 5 more\n"
	s, job := runningJob(t, resttest.Options{Programs: map[string]resttest.Program{"a.Main": {CheckpointFailure: trace}}})
	status, err := triggered(t, s.Client(t), job, rest.SavepointRequest{}).Await(t.Context(), rest.AwaitOptions{})
	var failure *rest.OperationError
	if !errors.As(err, &failure) || status.Failure != trace || failure.Hint() == "" || errors.Is(err, rest.ErrJobNotFound) {
		t.Errorf("%+v, %v", status, err)
	}
	want := "savepoint of job " + job.String() + " failed: org.apache.flink.runtime.checkpoint.CheckpointException: Checkpoint Coordinator is suspending."
	if diff := cmp.Diff(want, failure.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestTriggerAfterALostAnswer(t *testing.T) {
	for _, tt := range []struct {
		release  string
		repeated bool
	}{{"1.12.5", false}, {"1.15.4", true}, {"2.2.1", true}} {
		t.Run(tt.release, func(t *testing.T) {
			s, job := runningJob(t, resttest.Options{Version: tt.release})
			s.Faults.Add(faults.Fault{Match: "POST /jobs/*/savepoints", Mode: faults.LoseAnswer})
			c := newClient(t, rest.Options{BaseURL: s.URL, RetryFor: 5 * time.Second})
			_, err := c.TriggerSavepoint(t.Context(), job, rest.SavepointRequest{}, version(t, tt.release))
			if tt.repeated != (err == nil) || err != nil && !errors.Is(err, rest.ErrUnreachable) {
				t.Errorf("error %v; repeated: want %t", err, tt.repeated)
			}
			if n := len(s.Savepoints()); n != 1 {
				t.Errorf("%d savepoints, want 1", n)
			}
		})
	}
}

func TestDisposalIsNotRepeated(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	s.Faults.Add(faults.Fault{Match: "POST /savepoint-disposal", Mode: faults.LoseAnswer})
	_, err := newClient(t, rest.Options{BaseURL: s.URL}).DisposeSavepoint(t.Context(), "/sp")
	if !errors.Is(err, rest.ErrUnreachable) || len(s.Faults.Requests()) != 1 {
		t.Errorf("%v after %v", err, s.Faults.Requests())
	}
	if _, err := s.Client(t).DisposeSavepoint(t.Context(), ""); err == nil {
		t.Error("no path: no error")
	}
}
