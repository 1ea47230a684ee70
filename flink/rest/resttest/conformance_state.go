package resttest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// ConformanceRescale checks a cluster with jobmanager.scheduler = adaptive,
// one TaskManager and two slots, which it shuts down at its end.
func ConformanceRescale(t *testing.T, subject Subject) {
	s := &suite{Subject: subject}
	ctx := t.Context()
	jar, err := s.Client.UploadJar(ctx, "x.jar", int64(len(s.Jar)), bytes.NewReader(s.Jar), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.jar = jar
	request := s.Endless
	request.Parallelism = 1
	id := s.run(t, request)
	s.tasksRun(t, id, 1)
	_, err = s.Client.Rescale(ctx, id, rest.RescaleRequest{Parallelism: 1 << 20, Vertices: map[string]int{"no such": 1}}, s.Version)
	if err == nil || !strings.Contains(err.Error(), "no vertex no such") {
		t.Errorf("a vertex that is not there: %v", err)
	}
	asked, err := s.Client.Rescale(ctx, id, rest.RescaleRequest{Parallelism: 2}, s.Version)
	if err != nil {
		t.Fatal(err)
	}
	s.tasksRun(t, id, 2)
	now, err := s.Client.ResourceRequirements(ctx, id, s.Version)
	if err != nil || len(now) != len(asked) || len(now) == 0 {
		t.Errorf("requirements: %v, %v; want the bounds that were asked for, %v", now, err, asked)
	}
	over := map[string]int{}
	for vertex, b := range now {
		if b != asked[vertex] || b.Upper != 2 || b.Lower != 1 {
			t.Errorf("vertex %s: %v, asked for %v; want 1 to 2", vertex, b, asked[vertex])
		}
		over[vertex] = 1 << 20
	}
	_, err = s.Client.Rescale(ctx, id, rest.RescaleRequest{Vertices: over}, s.Version)
	if remote := (*rest.RemoteError)(nil); !errors.As(err, &remote) || remote.Status != 400 {
		t.Errorf("above the maximum parallelism: %v; want 400", err)
	}
	if err = s.Client.Cancel(ctx, id); err != nil {
		t.Fatal(err)
	}
	s.reach(t, id, rest.Canceled)
	// The job's master answers for a moment after its job has ended.
	for deadline := time.Now().Add(patience); err == nil && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		_, err = s.Client.ResourceRequirements(ctx, id, s.Version)
	}
	wantErr(t, "requirements of an ended job", err, rest.ErrJobNotFound)
	s.shutdown(t)
}

// tasksRun waits until all tasks of the job run, which is later than the job
// is RUNNING, and all vertices have the wanted parallelism.
func (s *suite) tasksRun(t *testing.T, id rest.JobID, parallelism int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ; ; time.Sleep(50 * time.Millisecond) {
		details, err := s.Client.Job(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		late := func(v rest.Vertex) bool { return v.State != "RUNNING" || v.Parallelism != parallelism }
		if details.State == rest.Running && len(details.Vertices) > 0 && !slices.ContainsFunc(details.Vertices, late) {
			return
		}
		if details.State.IsFinal() {
			trace, _ := s.Client.Exceptions(ctx, id)
			t.Fatalf("job is %s: %s", details.State, rest.RootCause(trace))
		}
	}
}

// checkpointsUntil waits for what the JobManager, which keeps an answer for
// some seconds, tells of a job.
func (s *suite) checkpointsUntil(t *testing.T, id rest.JobID, ok func(rest.Checkpoints) bool) rest.Checkpoints {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		all, err := s.Client.Checkpoints(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if ok(all) {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("checkpoints after %s: %+v", patience, all)
		}
	}
}

// awaited follows an operation that was just triggered.
func awaited(t *testing.T, o *rest.Operation, err error) rest.OperationStatus {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	status, err := o.Await(ctx, rest.AwaitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// failed follows an operation that must fail with target.
func failed(t *testing.T, what string, o *rest.Operation, err, target error) *rest.OperationError {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	status, err := o.Await(t.Context(), rest.AwaitOptions{})
	var failure *rest.OperationError
	if !errors.As(err, &failure) || target != nil && !errors.Is(err, target) || !status.Done || status.Failure == "" || rest.RootCause(status.Failure) == "" {
		t.Fatalf("%s: %v, %+v; want an operation that failed with %v", what, err, status, target)
	}
	return failure
}

func (s *suite) unknownOperations(t *testing.T) {
	ctx, id, c := t.Context(), rest.NewJobID(), s.Client
	kinds := []rest.OperationKind{rest.SavepointOperation, rest.StopOperation, rest.DisposalOperation}
	if s.Version.AtLeast(1, 17) {
		kinds = append(kinds, rest.CheckpointOperation)
	}
	for _, kind := range kinds {
		_, err := c.Operation(kind, id, rest.NewTriggerID()).Poll(ctx)
		wantErr(t, string(kind), err, rest.ErrOperationLost)
		if errors.Is(err, rest.ErrJobNotFound) {
			t.Errorf("%v: is ErrJobNotFound, too", err)
		}
	}
	o, err := c.TriggerSavepoint(ctx, id, rest.SavepointRequest{TargetDirectory: s.StateDir}, s.Version)
	failed(t, "savepoint", o, err, rest.ErrJobNotFound)
	o, err = c.StopWithSavepoint(ctx, id, rest.StopRequest{TargetDirectory: s.StateDir}, s.Version)
	failed(t, "stop", o, err, rest.ErrJobNotFound)
	if s.Version.AtLeast(1, 17) {
		o, err = c.TriggerCheckpoint(ctx, id, rest.CheckpointRequest{}, s.Version)
		failed(t, "checkpoint", o, err, rest.ErrJobNotFound)
	}
	o, err = c.DisposeSavepoint(ctx, s.StateDir+"/none")
	failed(t, "dispose", o, err, nil)
}

func (s *suite) plans(t *testing.T) {
	plan, err := s.Client.PlanJar(t.Context(), s.jar, rest.PlanRequest{
		EntryClass: s.Finite.EntryClass, ProgramArgs: s.Finite.ProgramArgs, Parallelism: 2,
	}, s.Version)
	if err != nil {
		t.Fatal(err)
	}
	widest := 0
	for _, n := range plan.Nodes {
		widest = max(widest, n.Parallelism)
		if n.ID == "" || n.Description == "" {
			t.Errorf("node %+v", n)
		}
	}
	if plan.Name != "WordCount" || widest != 2 || !bytes.HasPrefix(plan.JSON, []byte("{")) {
		t.Errorf("plan %+v, %d wide; want WordCount, 2 wide", plan, widest)
	}
	jobs, err := s.Client.Jobs(t.Context())
	if err != nil || slices.ContainsFunc(jobs, func(j rest.JobOverview) bool { return j.ID == plan.JobID }) {
		t.Errorf("jobs: %+v, %v; want no job of a plan", jobs, err)
	}
	_, err = s.Client.PlanJar(t.Context(), "nope.jar", rest.PlanRequest{}, s.Version)
	wantErr(t, "plan an unknown jar", err, rest.ErrJarNotFound)
	all, err := s.Client.Checkpoints(t.Context(), s.finished)
	if err != nil || all.Total != 0 || all.LatestCompleted != nil || all.LatestSavepoint != nil || len(all.History) != 0 {
		t.Errorf("checkpoints of a job that takes none: %+v, %v; want none", all, err)
	}
}

func (s *suite) savepoints(t *testing.T) {
	ctx, c := t.Context(), s.Client
	request := s.Endless
	request.Parallelism = 1
	s.stateful = s.run(t, request)
	id := s.stateful
	s.tasksRun(t, id, 1)

	_, err := c.TriggerSavepoint(ctx, id, rest.SavepointRequest{}, s.Version)
	wantErr(t, "no folder", err, rest.ErrNoSavepointDirectory)
	_, err = c.StopWithSavepoint(ctx, id, rest.StopRequest{}, s.Version)
	wantErr(t, "stop without a folder", err, rest.ErrNoSavepointDirectory)
	o, err := c.TriggerSavepoint(ctx, id, rest.SavepointRequest{TargetDirectory: "file:///proc/none"}, s.Version)
	failed(t, "a folder that can't be", o, err, nil)

	want := rest.SavepointRequest{TargetDirectory: s.StateDir, Format: "canonical"}
	if s.Version.AtLeast(1, 15) {
		want.Trigger, want.Format = rest.NewTriggerID(), "native"
	}
	o, err = c.TriggerSavepoint(ctx, id, want, s.Version)
	status := awaited(t, o, err)
	if s.Version.AtLeast(1, 15) {
		again, err := c.TriggerSavepoint(ctx, id, want, s.Version)
		if second := awaited(t, again, err); second != status || again.Trigger != want.Trigger {
			t.Errorf("the same request again: %+v, want %+v", second, status)
		}
	}
	if !strings.Contains(status.Location, "/savepoint-"+id.String()[:6]+"-") {
		t.Errorf("savepoint at %q", status.Location)
	}
	all := s.checkpointsUntil(t, id, func(all rest.Checkpoints) bool { return all.LatestSavepoint != nil })
	if all.LatestSavepoint.Path != status.Location || !all.LatestSavepoint.Savepoint ||
		all.LatestSavepoint.StateBytes < 1 || all.LatestSavepoint.Triggered.IsZero() || len(all.History) == 0 || all.LatestRestored != nil {
		t.Errorf("checkpoints %+v; want the savepoint %s", all, status.Location)
	}
	config, err := c.JobConfig(ctx, id)
	if err != nil || config.ID != id || config.Name == "" || config.Parallelism != 1 {
		t.Errorf("configuration %+v, %v", config, err)
	}
	s.taken = status.Location
}

func (s *suite) checkpointed(t *testing.T) {
	ctx, c := t.Context(), s.Client
	if !s.Version.AtLeast(1, 17) {
		_, err := c.TriggerCheckpoint(ctx, s.stateful, rest.CheckpointRequest{}, s.Version)
		wantErr(t, "checkpoint", err, rest.ErrUnsupported)
		return
	}
	for _, kind := range []string{"", "full", "Configured"} {
		o, err := c.TriggerCheckpoint(ctx, s.stateful, rest.CheckpointRequest{Type: kind}, s.Version)
		status := awaited(t, o, err)
		if status.CheckpointID < 1 || status.Location != "" {
			t.Errorf("checkpoint %q: %+v", kind, status)
		}
	}
	all := s.checkpointsUntil(t, s.stateful, func(all rest.Checkpoints) bool { return all.Completed >= 4 })
	if all.LatestCompleted == nil || !strings.Contains(all.LatestCompleted.Path, "/"+s.stateful.String()+"/chk-") || all.LatestCompleted.Savepoint {
		t.Errorf("checkpoints %+v; want a checkpoint and its path", all)
	}
	if s.Version.AtLeast(1, 19) {
		_, err := c.TriggerCheckpoint(ctx, s.stateful, rest.CheckpointRequest{Type: "incremental"}, s.Version)
		wantErr(t, "incremental", err, rest.ErrUnsupported)
	}
}

func (s *suite) notRescaled(t *testing.T) {
	_, err := s.Client.Rescale(t.Context(), s.stateful, rest.RescaleRequest{Parallelism: 2}, s.Version)
	wantErr(t, "rescale", err, rest.ErrUnsupported)
	if hint := (interface{ Hint() string })(nil); !errors.As(err, &hint) || !strings.Contains(hint.Hint(), "run -s") {
		t.Errorf("%v: no way out is told", err)
	}
}

func (s *suite) stopped(t *testing.T) {
	ctx, c := t.Context(), s.Client
	format := ""
	if s.Version.AtLeast(2, 0) {
		format = "native" // all that a job with asynchronous state can
	}
	o, err := c.StopWithSavepoint(ctx, s.stateful, rest.StopRequest{TargetDirectory: s.StateDir, Format: format}, s.Version)
	location := awaited(t, o, err).Location
	s.reach(t, s.stateful, rest.Finished)
	o, err = c.TriggerSavepoint(ctx, s.stateful, rest.SavepointRequest{TargetDirectory: s.StateDir}, s.Version)
	failed(t, "savepoint of an ended job", o, err, rest.ErrJobNotFound)

	request := s.Endless
	request.Parallelism, request.SavepointPath = 1, location
	if s.Version.AtLeast(1, 15) {
		request.ClaimMode = "no-claim"
	}
	id := s.run(t, request)
	s.tasksRun(t, id, 1)
	all := s.checkpointsUntil(t, id, func(all rest.Checkpoints) bool { return all.LatestRestored != nil })
	if all.LatestRestored.Path != location || !all.LatestRestored.Savepoint || all.Restored != 1 {
		t.Errorf("checkpoints %+v; want a job restored from %s", all, location)
	}
	o, err = c.TriggerSavepoint(ctx, id, rest.SavepointRequest{TargetDirectory: s.StateDir, Format: format, CancelJob: true}, s.Version)
	awaited(t, o, err)
	s.reach(t, id, rest.Canceled)
}

func (s *suite) disposed(t *testing.T) {
	o, err := s.Client.DisposeSavepoint(t.Context(), s.taken)
	if status := awaited(t, o, err); status != (rest.OperationStatus{Done: true}) {
		t.Errorf("status %+v, want only done", status)
	}
	o, err = s.Client.DisposeSavepoint(t.Context(), s.taken)
	if failure := failed(t, "the second time", o, err, nil); failure.Hint() == "" {
		t.Errorf("%v: no hint", failure)
	}
}
