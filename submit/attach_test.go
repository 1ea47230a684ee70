package submit

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
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// follow watches a session that has been started, gives each status to the
// steps, one after the other, and returns all of them and the end.
func follow(t *testing.T, w *world, d *Deployment, steps ...func()) ([]SessionStatus, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var seen []SessionStatus
	err := w.Watch(ctx, d.Session(), func(s SessionStatus) {
		seen = append(seen, s)
		if len(steps) > 0 {
			steps[0]()
			steps = steps[1:]
		}
	})
	return seen, err
}

// changes writes what follow has seen, each by what matters of it.
func changes(seen []SessionStatus) []string {
	var lines []string
	for _, s := range seen {
		line := string(s.State)
		if s.Serving {
			line += " serving " + s.FlinkVersion
		}
		if s.Problem != "" {
			line += " problem"
		}
		if s.JobsRunning > 0 {
			line += " job"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestWatchFollowsToTheEnd(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	end := func() { w.rm.Finish(d.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "by somebody") }
	seen, err := follow(t, w, d, func() { w.jm.AddJob(resttest.Job{Name: "etl", State: rest.Running}) }, end)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"RUNNING serving 1.20.5", "RUNNING serving 1.20.5 job", "FINISHED job"}
	if diff := cmp.Diff(want, changes(seen)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	first := seen[0]
	if first.ApplicationID != d.ApplicationID || first.RestURL != d.RestURL || first.TaskManagers != 1 || first.SlotsFree != 2 || first.SlotsTotal != 2 {
		t.Errorf("first %+v", first)
	}
	if seen[2].Diagnostics != "by somebody" {
		t.Errorf("diagnostics %q", seen[2].Diagnostics)
	}
}

// A JobManager that YARN starts again has another address.
func TestWatchFollowsTheJobManager(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	second := resttest.New(t, resttest.Options{TaskManagers: 2})
	w.jm.Faults.Add(faults.Fault{Match: "GET /overview", Mode: faults.Cut, Times: -1, Skip: 1})
	w.onReport = func(yarntest.Application) {}
	seen, err := follow(t, w, d,
		func() {}, // serving
		func() { w.rm.SetState(d.ApplicationID, yarn.Accepted) },
		func() { w.rm.SetAMAddress(second.Address()); w.rm.SetState(d.ApplicationID, yarn.Running) },
		func() { w.rm.Finish(d.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "") })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"RUNNING serving 1.20.5", "RUNNING problem", "ACCEPTED", "RUNNING serving 1.20.5", "FINISHED"}
	if diff := cmp.Diff(want, changes(seen)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if last := seen[3]; last.RestURL != second.URL || last.TaskManagers != 2 {
		t.Errorf("after the second start %+v", last)
	}
}

func TestWatchTellsHowItEnded(t *testing.T) {
	tests := []struct {
		name   string
		state  yarn.State
		status yarn.FinalStatus
		want   error
	}{
		{"in order", yarn.Finished, yarn.StatusSucceeded, nil},
		{"ended", yarn.Finished, yarn.StatusEnded, nil},
		{"finished as failed", yarn.Finished, yarn.StatusFailed, ErrSessionFailed},
		{"failed", yarn.Failed, yarn.StatusFailed, ErrSessionFailed},
		{"killed", yarn.Killed, yarn.StatusKilled, ErrApplicationKilled},
	}
	w := newWorld(t, worldOptions{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := w.start(t, nil)
			_, err := follow(t, w, d, func() { w.rm.Finish(d.ApplicationID, tt.state, tt.status, "the reason") })
			if !errors.Is(err, tt.want) || tt.want != nil && (!strings.Contains(err.Error(), "the reason") || hintOf(err) == "") {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// Out of reach is a status, once; not to be let in is the end.
func TestWatchWithoutTheResourceManager(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	report := "GET /ws/v1/cluster/apps/*"
	unknown := faults.Fault{Match: report, Mode: faults.Answer, Code: http.StatusForbidden, Body: "{}"}
	seen, err := follow(t, w, d, func() {
		w.rm.Faults.Add(faults.Fault{Match: report, Mode: faults.Cut, Times: 3})
		w.rm.Faults.Add(unknown)
	})
	if !errors.Is(err, yarn.ErrForbidden) || len(seen) != 1 {
		t.Errorf("got %v after %v", err, changes(seen))
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	err := w.Watch(ctx, d.Session(), func(SessionStatus) { cancel(enough) })
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if state := w.rm.Applications()[0].State; state != yarn.Running {
		t.Errorf("the session is %s", state)
	}
	if err := w.Watch(t.Context(), &Session{RestURL: w.jm.URL}, nil); !errors.Is(err, ErrSessionNotFound) {
		t.Errorf("without an application: %v", err)
	}
}

// A hanging JobManager must not hide what YARN says.
func TestStatusOfAJobManagerThatHangs(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	hit := w.jm.Faults.Add(faults.Fault{Match: "GET /overview", Mode: faults.Hang})
	defer hit.Release()
	report, err := w.FindApplication(t.Context(), Target{Name: d.Name})
	if err != nil {
		t.Fatal(err)
	}
	s := w.Status(t.Context(), report)
	if s.Serving || s.State != yarn.Running || !strings.Contains(s.Problem, "no answer in time") {
		t.Errorf("%+v", s)
	}
}
