package rest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

func version(t *testing.T, s string) flink.Version {
	t.Helper()
	v, err := flink.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOperationRequests(t *testing.T) {
	id := rest.TriggerID{15: 7}
	for _, tt := range []struct {
		name, release string
		ask           func(*rest.Client, rest.JobID, flink.Version) (*rest.Operation, error)
		want          resttest.Operation // without job, trigger and status
		trigger       rest.TriggerID     // wanted, zero: any
		err           string             // part of the error
		unsupported   bool
	}{
		{name: "savepoint, all there is", release: "1.20.5", want: resttest.Operation{
			Kind: rest.SavepointOperation, Target: "file:///sp", Format: "NATIVE", Cancel: true,
		}, trigger: id, ask: savepoint(rest.SavepointRequest{TargetDirectory: "file:///sp", Format: "native", CancelJob: true, Trigger: id})},
		{name: "savepoint, the cluster's folder", release: "2.2.1", want: resttest.Operation{
			Kind: rest.SavepointOperation, Target: "hdfs:///savepoints",
		}, ask: savepoint(rest.SavepointRequest{})},
		{name: "savepoint, old release", release: "1.12.5", want: resttest.Operation{
			Kind: rest.SavepointOperation, Target: "hdfs:///savepoints",
		}, ask: savepoint(rest.SavepointRequest{Format: "Canonical"})},
		{name: "native, old release", release: "1.14.6", ask: savepoint(rest.SavepointRequest{Format: "native"}),
			err: "a native savepoint needs Flink 1.15 or newer, the cluster runs 1.14.6", unsupported: true},
		{name: "trigger id, old release", release: "1.14.6", ask: savepoint(rest.SavepointRequest{Trigger: id}), err: "1.15", unsupported: true},
		{name: "format misspelt", release: "1.20.5", ask: savepoint(rest.SavepointRequest{Format: "nativ"}), err: `"nativ" is none of canonical, native`},
		{name: "stop and drain", release: "1.20.5", want: resttest.Operation{
			Kind: rest.StopOperation, Target: "file:///sp", Format: "CANONICAL", Drain: true,
		}, trigger: id, ask: stop(rest.StopRequest{TargetDirectory: "file:///sp", Drain: true, Format: "canonical", Trigger: id})},
		{name: "stop, old release", release: "1.12.5", want: resttest.Operation{
			Kind: rest.StopOperation, Target: "hdfs:///savepoints",
		}, ask: stop(rest.StopRequest{})},
		{name: "stop, native, old release", release: "1.12.5", ask: stop(rest.StopRequest{Format: "NATIVE"}), err: "1.15", unsupported: true},
		{name: "checkpoint", release: "1.17.2", want: resttest.Operation{Kind: rest.CheckpointOperation}, ask: checkpoint(rest.CheckpointRequest{})},
		{name: "full checkpoint", release: "2.2.1", want: resttest.Operation{Kind: rest.CheckpointOperation, Format: "FULL"}, trigger: id,
			ask: checkpoint(rest.CheckpointRequest{Type: "full", Trigger: id})},
		{name: "incremental checkpoint", release: "1.18.1", want: resttest.Operation{Kind: rest.CheckpointOperation, Format: "INCREMENTAL"},
			ask: checkpoint(rest.CheckpointRequest{Type: "incremental"})},
		{name: "incremental checkpoint, too new", release: "1.19.0", ask: checkpoint(rest.CheckpointRequest{Type: "incremental"}),
			err: "exists from Flink 1.17 to 1.18, the cluster runs 1.19.0", unsupported: true},
		{name: "checkpoint, old release", release: "1.16.3", ask: checkpoint(rest.CheckpointRequest{}), err: "needs Flink 1.17 or newer", unsupported: true},
		{name: "checkpoint misspelt", release: "1.20.5", ask: checkpoint(rest.CheckpointRequest{Type: "ful"}), err: "none of configured, full, incremental"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, job := runningJob(t, resttest.Options{Version: tt.release, HoldOperations: true})
			o, err := tt.ask(s.Client(t), job, flink.Version{}) // asks the cluster
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || errors.Is(err, rest.ErrUnsupported) != tt.unsupported {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if len(s.Operations()) > 0 {
					t.Errorf("sent: %+v", s.Operations())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Job, tt.want.Trigger = job, o.Trigger
			if diff := cmp.Diff([]resttest.Operation{tt.want}, s.Operations()); diff != "" {
				t.Error(diff)
			}
			if o.Trigger == (rest.TriggerID{}) || tt.trigger != (rest.TriggerID{}) && o.Trigger != tt.trigger {
				t.Errorf("trigger id %s, want %s", o.Trigger, tt.trigger)
			}
		})
	}
}

type ask = func(*rest.Client, rest.JobID, flink.Version) (*rest.Operation, error)

func savepoint(r rest.SavepointRequest) ask {
	return func(c *rest.Client, job rest.JobID, v flink.Version) (*rest.Operation, error) {
		return c.TriggerSavepoint(context.Background(), job, r, v)
	}
}

func stop(r rest.StopRequest) ask {
	return func(c *rest.Client, job rest.JobID, v flink.Version) (*rest.Operation, error) {
		return c.StopWithSavepoint(context.Background(), job, r, v)
	}
}

func checkpoint(r rest.CheckpointRequest) ask {
	return func(c *rest.Client, job rest.JobID, v flink.Version) (*rest.Operation, error) {
		return c.TriggerCheckpoint(context.Background(), job, r, v)
	}
}

func TestRescaleByRelease(t *testing.T) {
	for _, tt := range []struct {
		name     string
		options  resttest.Options
		request  rest.RescaleRequest
		want     int // parallelism of the job; 0: an error
		err      error
		requests int // to the server
	}{
		{"adaptive", resttest.Options{Version: "1.18.1", Adaptive: true}, rest.RescaleRequest{Parallelism: 4}, 4, nil, 3},
		{"at most what a vertex allows", resttest.Options{Adaptive: true}, rest.RescaleRequest{Parallelism: 1000}, 128, nil, 3},
		{"one vertex", resttest.Options{Adaptive: true}, rest.RescaleRequest{Vertices: map[string]int{"cbc357ccb763df2852fee8c4fc7d55f2": 3}}, 3, nil, 3},
		{"default scheduler", resttest.Options{}, rest.RescaleRequest{Parallelism: 4}, 0, rest.ErrUnsupported, 1},
		{"old release", resttest.Options{Version: "1.17.2"}, rest.RescaleRequest{Parallelism: 4}, 0, rest.ErrUnsupported, 0},
		{"nothing asked for", resttest.Options{Adaptive: true}, rest.RescaleRequest{}, 0, nil, 0},
		{"negative", resttest.Options{Adaptive: true}, rest.RescaleRequest{Parallelism: -1}, 0, nil, 0},
		{"a vertex without tasks", resttest.Options{Adaptive: true}, rest.RescaleRequest{Vertices: map[string]int{"x": 0}}, 0, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.options.Version == "" {
				tt.options.Version = resttest.DefaultVersion
			}
			s, job := runningJob(t, tt.options)
			_, err := s.Client(t).Rescale(t.Context(), job, tt.request, version(t, tt.options.Version))
			if (err == nil) != (tt.want > 0) || tt.err != nil && !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if j, _ := s.Job(job); j.Parallelism != tt.want {
				t.Errorf("parallelism %d, want %d", j.Parallelism, tt.want)
			}
			if got := s.Faults.Requests(); len(got) != tt.requests {
				t.Errorf("requests %v, want %d", got, tt.requests)
			}
		})
	}
}

func TestRescaleAfterALostAnswer(t *testing.T) {
	s, job := runningJob(t, resttest.Options{Adaptive: true})
	s.Faults.Add(faults.Fault{Match: "PUT /jobs/*/resource-requirements", Mode: faults.LoseAnswer})
	c := newClient(t, rest.Options{BaseURL: s.URL, RetryFor: 5 * time.Second})
	bounds, err := c.Rescale(t.Context(), job, rest.RescaleRequest{Parallelism: 2}, flink.Version{})
	want := map[string]rest.Bounds{"cbc357ccb763df2852fee8c4fc7d55f2": {Lower: 1, Upper: 2}}
	if diff := cmp.Diff(want, bounds); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestPlanByRelease(t *testing.T) {
	s := resttest.New(t, resttest.Options{Version: "1.17.2", Programs: map[string]resttest.Program{"a.Bad": {MainError: "java.lang.IllegalStateException: no --input"}}})
	c := s.Client(t)
	jar, err := c.UploadJar(t.Context(), "a.jar", 2, strings.NewReader("PK"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PlanJar(t.Context(), jar, rest.PlanRequest{Configuration: map[string]string{"a": "b"}}, flink.Version{})
	if !errors.Is(err, rest.ErrUnsupported) {
		t.Errorf("configuration: %v, want ErrUnsupported", err)
	}
	_, err = c.PlanJar(t.Context(), jar, rest.PlanRequest{EntryClass: "a.Bad"}, flink.Version{})
	if err == nil || !strings.Contains(err.Error(), "no --input") {
		t.Errorf("main fails: %v", err)
	}
	s.Faults.Add(faults.Fault{Match: "POST /jars/*/plan", Mode: faults.Answer, Code: http.StatusOK, Body: `{"plan":null}`})
	s.Faults.Add(faults.Fault{Match: "POST /jars/*/plan", Mode: faults.Answer, Code: http.StatusOK, Body: `{}`})
	for _, body := range []string{"null", "none"} {
		if plan, err := c.PlanJar(t.Context(), jar, rest.PlanRequest{}, flink.Version{}); err == nil {
			t.Errorf("plan %s: %+v, want an error", body, plan)
		}
	}
}

func TestCheckpointsOfABatchJob(t *testing.T) {
	s, job := runningJob(t, resttest.Options{Programs: map[string]resttest.Program{"a.Main": {NoCheckpoints: true}}})
	_, err := s.Client(t).Checkpoints(t.Context(), job)
	if !errors.Is(err, rest.ErrNoCheckpoints) || errors.Is(err, rest.ErrJobNotFound) {
		t.Errorf("error %v, want ErrNoCheckpoints", err)
	}
}
