package submit

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// stoppable is a world whose sessions end when their JobManager is asked to;
// their folders stay.
func stoppable(t *testing.T, status yarn.FinalStatus) (*world, *Deployment) {
	t.Helper()
	return stoppableWith(t, status, nil)
}

// stoppableWith is one whose JobManagers say that they run with these settings.
func stoppableWith(t *testing.T, status yarn.FinalStatus, settings map[string]string) (*world, *Deployment) {
	t.Helper()
	asked := make(chan struct{})
	w := newWorld(t, worldOptions{flink: resttest.Options{Config: settings, OnShutdown: func() { close(asked) }}})
	d := w.start(t, nil)
	w.onReport = func(a yarntest.Application) {
		select {
		case <-asked:
			w.rm.Finish(a.ID, yarn.Finished, status, "")
		default:
		}
	}
	return w, d
}

func TestStopRemovesWhatIsLeft(t *testing.T) {
	t.Parallel()
	w, d := stoppable(t, yarn.StatusSucceeded)
	r, err := w.Stop(t.Context(), d.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	want := StopResult{ApplicationID: d.ApplicationID.String(), Name: d.Name, State: yarn.Finished, FinalStatus: yarn.StatusSucceeded, StagingRemoved: true}
	if diff := cmp.Diff(want, *r); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	w.nothingIsLeft(t)
	if again, err := w.Stop(t.Context(), d.ApplicationID); err != nil || !cmp.Equal(*again, want) {
		t.Errorf("the second time: %+v, %v", again, err)
	}
}

// A lost answer shows as the end of the application.
func TestStopWithLostAnswers(t *testing.T) {
	t.Parallel()
	w, d := stoppable(t, yarn.StatusSucceeded)
	w.jm.Faults.Add(faults.Fault{Match: "DELETE /cluster", Mode: faults.Cut})
	w.jm.Faults.Add(faults.Fault{Match: "DELETE /cluster", Mode: faults.LoseAnswer})
	if _, err := w.Stop(t.Context(), d.ApplicationID); err != nil {
		t.Error(err)
	}
}

func TestStopThatIsRefused(t *testing.T) {
	t.Parallel()
	w, d := stoppable(t, yarn.StatusSucceeded)
	w.jm.Faults.Add(faults.Fault{Match: "DELETE /cluster", Mode: faults.Answer, Code: http.StatusForbidden, Body: "{}"})
	_, err := w.Stop(t.Context(), d.ApplicationID)
	var remote *rest.RemoteError
	if !errors.As(err, &remote) || !strings.HasPrefix(err.Error(), "stop "+d.ApplicationID.String()) {
		t.Errorf("got %v", err)
	}
	if state := w.rm.Applications()[0].State; state != yarn.Running {
		t.Errorf("the session is %s", state)
	}
}

func TestStopWhoseFolderStays(t *testing.T) {
	t.Parallel()
	w, d := stoppable(t, yarn.StatusSucceeded)
	w.dfs.Faults.Add(faults.Fault{Match: "DELETE /webhdfs/v1/*/*/*/*", Mode: faults.Answer, Code: http.StatusForbidden,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"RemoteException":{"exception":"AccessControlException","message":"no"}}`})
	r, err := w.Stop(t.Context(), d.ApplicationID)
	if err == nil || !strings.Contains(err.Error(), "its folder ") || r == nil || r.State != yarn.Finished || r.StagingRemoved {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestFindApplication(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, map[string]string{"yarn.application.name": "etl"})
	ended := w.start(t, map[string]string{"yarn.application.name": "ended"})
	w.rm.Finish(ended.ApplicationID, yarn.Failed, yarn.StatusFailed, "")
	tests := []struct {
		name   string
		target Target
		want   yarn.ApplicationID
		err    error
	}{
		{"by name", Target{Name: "etl"}, d.ApplicationID, nil},
		{"by id", Target{ApplicationID: d.ApplicationID.String()}, d.ApplicationID, nil},
		{"ended, by id", Target{ApplicationID: ended.ApplicationID.String()}, ended.ApplicationID, nil},
		{"ended, by name", Target{Name: "ended"}, yarn.ApplicationID{}, ErrSessionNotFound},
		{"unknown", Target{ApplicationID: "application_1_0001"}, yarn.ApplicationID{}, ErrSessionNotFound},
		{"no id", Target{ApplicationID: "etl"}, yarn.ApplicationID{}, ErrInvalid},
		{"nothing", Target{}, yarn.ApplicationID{}, ErrSessionNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := w.FindApplication(t.Context(), tt.target)
			if !errors.Is(err, tt.err) || got.ID != tt.want {
				t.Errorf("got %s, %v; want %s, %v", got.ID, err, tt.want, tt.err)
			}
		})
	}
}
