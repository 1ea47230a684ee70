package submit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

const failure = "org.apache.flink.runtime.JobException: Recovery is suppressed\n\tat a.B\nCaused by: java.lang.ArithmeticException: / by zero\n\tat c.D\n"

func TestWaitJob(t *testing.T) {
	for _, c := range []struct {
		name    string
		program resttest.Program
		cancel  bool
		states  []rest.JobState
		is      error
		words   string
	}{
		{name: "finished", program: resttest.Program{Accumulators: []rest.Accumulator{{Name: "rows", Type: "LongCounter", Value: "3"}}},
			states: []rest.JobState{rest.Created, rest.Running, rest.Finished}},
		{name: "failed", program: resttest.Program{Failure: failure}, states: []rest.JobState{rest.Created, rest.Running, rest.Failed}, is: ErrJobFailed, words: "java.lang.ArithmeticException: / by zero"},
		{name: "cancelled", program: resttest.Program{Endless: true}, cancel: true, states: []rest.JobState{rest.Created, rest.Running, rest.Cancelling, rest.Canceled}, is: ErrJobCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{flink: resttest.Options{Step: true, Programs: map[string]resttest.Program{mainClass: c.program}}})
			d := w.start(t, nil)
			j, err := w.RunJob(t.Context(), d.Session(), JobSpec{Jar: jar(t, ""), EntryClass: mainClass})
			if err != nil {
				t.Fatal(err)
			}
			var states []rest.JobState
			result, err := w.WaitJob(t.Context(), j, func(s rest.JobState) {
				states = append(states, s)
				if c.cancel && s == rest.Running {
					if err := w.CancelJob(t.Context(), j); err != nil {
						t.Error(err)
					}
					return
				}
				w.jm.Advance(j.ID)
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(states, c.states) {
				t.Errorf("states %v, want %v", states, c.states)
			}
			if err := result.Err(); !errors.Is(err, c.is) || err != nil && !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v", err)
			}
			checkResult(t, result, d, j, c.program.Accumulators)
		})
	}
}

func checkResult(t *testing.T, r *JobResult, d *Deployment, j *Job, accumulators []rest.Accumulator) {
	t.Helper()
	if r.DurationMs < 0 {
		t.Errorf("it took %d ms", r.DurationMs)
	}
	values := "{}"
	if len(accumulators) > 0 {
		values = fmt.Sprintf(`{%q:%q}`, accumulators[0].Name, accumulators[0].Value)
	}
	want := fmt.Sprintf(`{"applicationId":%q,"jobId":%q,"state":%q,"durationMs":%d,"accumulators":%s,"restUrl":%q}`, d.ApplicationID, j.ID, r.State, r.DurationMs, values, d.RestURL)
	if got, err := json.Marshal(r); err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// waiting is a session with a job that runs until it is told otherwise.
func waiting(t *testing.T) (*world, *Job) {
	t.Helper()
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	return w, &Job{ID: w.jm.AddJob(resttest.Job{State: rest.Running}), Session: d.Session()}
}

func TestWaitJobWhoseSessionEnds(t *testing.T) {
	for _, c := range []struct {
		state  yarn.State
		status yarn.FinalStatus
		is     error
	}{
		{yarn.Killed, yarn.StatusKilled, ErrApplicationKilled},
		{yarn.Failed, yarn.StatusFailed, ErrJobFailed},
		{yarn.Finished, yarn.StatusSucceeded, ErrJobCancelled},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			w, j := waiting(t)
			_, err := w.WaitJob(t.Context(), j, func(rest.JobState) {
				if err := w.jm.Client(t).ShutdownCluster(t.Context()); err != nil {
					t.Error(err)
				}
				w.rm.Finish(*j.Session.ApplicationID, c.state, c.status, "the node caught fire")
			})
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), "the node caught fire") || !strings.Contains(err.Error(), j.Session.ApplicationID.String()) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// YARN starts the JobManager again, elsewhere: there the job goes on.
func TestWaitJobWhoseJobManagerMoves(t *testing.T) {
	w, j := waiting(t)
	other := resttest.New(t, resttest.Options{})
	other.AddJob(resttest.Job{ID: j.ID, State: rest.Running})
	var states []rest.JobState
	moved := false
	result, err := w.WaitJob(t.Context(), j, func(s rest.JobState) {
		states = append(states, s)
		if moved {
			return
		}
		moved = true
		if err := w.jm.Client(t).ShutdownCluster(t.Context()); err != nil {
			t.Error(err)
		}
		if err := other.SetState(j.ID, rest.Finished); err != nil {
			t.Error(err)
		}
		w.rm.SetAMAddress(other.Address())
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.State != rest.Finished || result.RestURL != other.URL || len(states) != 2 {
		t.Errorf("%+v after %v", result, states)
	}
}

func TestWaitJobOverABrokenConnection(t *testing.T) {
	w, j := waiting(t)
	j.Session = w.session() // known by its address only
	w.jm.Faults.Add(faults.Fault{Match: "GET /jobs/*/status", Skip: 1, Times: 2, Mode: faults.Answer, Code: 503, Body: `{"errors":["Service temporarily unavailable due to an ongoing leader election. Please refresh."]}`})
	result, err := w.WaitJob(t.Context(), j, func(rest.JobState) {
		if err := w.jm.SetState(j.ID, rest.Finished); err != nil {
			t.Error(err)
		}
	})
	if err != nil || result.State != rest.Finished || result.ApplicationID != "" {
		t.Errorf("%+v %v", result, err)
	}
}

func TestWaitJobUnknown(t *testing.T) {
	w, j := waiting(t)
	j.ID = rest.NewJobID()
	if _, err := w.WaitJob(t.Context(), j, nil); !errors.Is(err, rest.ErrJobNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestWaitJobLeavesTheJobAlone(t *testing.T) {
	w, j := waiting(t)
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := w.WaitJob(ctx, j, func(rest.JobState) { cancel(enough) })
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if got, _ := w.jm.Job(j.ID); got.State != rest.Running {
		t.Errorf("it is %s", got.State)
	}
}
