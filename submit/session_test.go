package submit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestFindSessionByName(t *testing.T) {
	w := newWorld(t, worldOptions{})
	_, err := w.FindSession(t.Context(), Target{Name: "etl"})
	if !errors.Is(err, ErrSessionNotFound) || !strings.Contains(hintOf(err), "none of yours is running") {
		t.Errorf("without any: %v (%s)", err, hintOf(err))
	}
	etl := w.start(t, map[string]string{"yarn.application.name": "etl"})
	w.start(t, map[string]string{"yarn.application.name": "other"})
	s, err := w.FindSession(t.Context(), Target{Name: "etl"})
	if err != nil || *s.ApplicationID != etl.ApplicationID || s.Name != "etl" || s.User != "alice" || s.RestURL != w.jm.URL {
		t.Errorf("one: %+v, %v", s, err)
	}
	_, err = w.FindSession(t.Context(), Target{Name: "et"})
	if !errors.Is(err, ErrSessionNotFound) || !strings.Contains(hintOf(err), fmt.Sprintf("etl (%s)", etl.ApplicationID)) {
		t.Errorf("another name: %v (%s)", err, hintOf(err))
	}
	second := w.start(t, map[string]string{"yarn.application.name": "etl"})
	_, err = w.FindSession(t.Context(), Target{Name: "etl"})
	if !errors.Is(err, ErrAmbiguous) || !strings.Contains(hintOf(err), etl.ApplicationID.String()) || !strings.Contains(hintOf(err), second.ApplicationID.String()) {
		t.Errorf("two: %v (%s)", err, hintOf(err))
	}
	w.rm.Finish(etl.ApplicationID, yarn.Killed, yarn.StatusKilled, "")
	if s, err := w.FindSession(t.Context(), Target{Name: "etl"}); err != nil || *s.ApplicationID != second.ApplicationID {
		t.Errorf("an ended one counts: %+v, %v", s, err)
	}
}

func TestFindSessionByID(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	target := func(id string) Target { return Target{ApplicationID: id, Origin: "-yid"} }
	if s, err := w.FindSession(t.Context(), target(d.ApplicationID.String())); err != nil || s.RestURL != w.jm.URL {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := w.FindSession(t.Context(), target("application_1_0009")); !errors.Is(err, ErrSessionNotFound) || !strings.Contains(err.Error(), "-yid") || hintOf(err) == "" {
		t.Errorf("unknown: %v", err)
	}
	if _, err := w.FindSession(t.Context(), target("job_1")); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "-yid") {
		t.Errorf("no id: %v", err)
	}
	w.rm.Finish(d.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "")
	if _, err := w.FindSession(t.Context(), target(d.ApplicationID.String())); !errors.Is(err, ErrSessionNotFound) || !strings.Contains(err.Error(), "is FINISHED") {
		t.Errorf("ended: %v", err)
	}
}

func TestFindSessionThatIsStarting(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	w.rm.SetState(d.ApplicationID, yarn.Accepted)
	looks := 0
	w.onReport = func(a yarntest.Application) {
		if looks++; looks == 2 {
			w.rm.SetState(a.ID, yarn.Running)
		}
	}
	if s, err := w.FindSession(t.Context(), Target{ApplicationID: d.ApplicationID.String()}); err != nil || s.RestURL != w.jm.URL || looks != 2 {
		t.Errorf("%+v, %v after %d looks", s, err, looks)
	}
	w.rm.SetState(d.ApplicationID, yarn.Accepted)
	w.onReport = func(a yarntest.Application) {
		if looks++; looks == 4 {
			w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, "no")
		}
	}
	if _, err := w.FindSession(t.Context(), Target{ApplicationID: d.ApplicationID.String()}); !errors.Is(err, ErrSessionNotFound) || !strings.Contains(err.Error(), "FAILED") {
		t.Errorf("one that fails meanwhile: %v", err)
	}
}

func TestFindSessionByAddressAsksNobody(t *testing.T) {
	c, err := NewClient(Options{User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.FindSession(t.Context(), Target{RestURL: "http://h:1", ApplicationID: "nonsense"})
	if err != nil || s.RestURL != "http://h:1" || s.ApplicationID != nil || s.String() != "the JobManager at http://h:1" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.FindSession(t.Context(), Target{}); !errors.Is(err, ErrSessionNotFound) || hintOf(err) == "" {
		t.Errorf("no target: %v", err)
	}
	if _, err := c.FindSession(t.Context(), Target{Name: "etl"}); !errors.Is(err, ErrNoHadoop) {
		t.Errorf("without a cluster: %v", err)
	}
}

func TestSessions(t *testing.T) {
	w := newWorld(t, worldOptions{})
	mine := w.start(t, nil)
	spec := w.spec(t, map[string]string{"yarn.application.type": "Batch"})
	spec.RequestID = "r"
	tagged, err := w.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	w.start(t, map[string]string{"yarn.application.type": "Batch"})
	ended := w.start(t, nil)
	w.rm.Finish(ended.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "")
	bob, err := NewClient(Options{Hadoop: w.options.Hadoop, User: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Close()
	if _, err := bob.Start(t.Context(), w.spec(t, nil)); err != nil {
		t.Fatal(err)
	}
	list, err := w.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[yarn.ApplicationID]bool{}
	for _, r := range list {
		found[r.ID] = true
	}
	if len(list) != 2 || !found[mine.ApplicationID] || !found[tagged.ApplicationID] {
		t.Errorf("%+v", list)
	}
}

func TestStopSession(t *testing.T) {
	t.Parallel()
	var w *world
	stopped := make(chan struct{})
	w = newWorld(t, worldOptions{flink: resttest.Options{OnShutdown: func() { close(stopped) }}})
	d := w.start(t, nil)
	w.onReport = func(a yarntest.Application) {
		select {
		case <-stopped:
			w.rm.Finish(a.ID, yarn.Finished, yarn.StatusSucceeded, "")
		default:
		}
	}
	if err := w.StopSession(t.Context(), d.ApplicationID); err != nil {
		t.Fatal(err)
	}
	if state := w.rm.Applications()[0].State; state != yarn.Finished {
		t.Errorf("it is %s", state)
	}
	if err := w.StopSession(t.Context(), d.ApplicationID); !errors.Is(err, ErrSessionNotFound) {
		t.Errorf("the second time: %v", err)
	}
}

func TestStopSessionThatDoesNotEnd(t *testing.T) {
	stopped := make(chan struct{})
	w := newWorld(t, worldOptions{flink: resttest.Options{OnShutdown: func() { close(stopped) }}})
	d := w.start(t, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	w.onReport = func(yarntest.Application) {
		select {
		case <-stopped:
			cancel(enough)
		default:
		}
	}
	if err := w.StopSession(ctx, d.ApplicationID); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}
