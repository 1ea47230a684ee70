package resttest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

func (s *suite) upload(t *testing.T) {
	size, last := int64(len(s.Jar)), int64(0)
	id, err := s.Client.UploadJar(t.Context(), "examples one.jar", size, bytes.NewReader(s.Jar), func(sent int64) {
		if sent <= last {
			t.Errorf("progress went from %d to %d", last, sent)
		}
		last = sent
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != size {
		t.Errorf("progress ended at %d of %d bytes", last, size)
	}
	s.jar = id
	jars, err := s.Client.Jars(t.Context())
	if err != nil || len(jars) != 1 || jars[0].ID != id || jars[0].Name != "examples one.jar" || jars[0].Uploaded.IsZero() {
		t.Errorf("jars: %+v, %v; want %s", jars, err, id)
	}
}

func (s *suite) finishes(t *testing.T) {
	ctx := t.Context()
	request := s.Finite
	request.JobID = rest.NewJobID()
	request.Parallelism = 1
	id := s.run(t, request)
	if id != request.JobID {
		t.Fatalf("the job has id %s, asked for %s", id, request.JobID)
	}
	s.finished = id
	s.reach(t, id, rest.Finished)

	result, err := s.Client.JobResult(ctx, id)
	if err != nil || !result.Completed || result.State != rest.Finished || result.Failure != "" {
		t.Errorf("result: %+v, %v", result, err)
	}
	details, err := s.Client.Job(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if details.ID != id || details.State != rest.Finished || details.Name == "" || len(details.Vertices) == 0 ||
		details.Start.IsZero() || details.End.Before(details.Start) || details.Timestamps[rest.Finished].IsZero() {
		t.Errorf("details: %+v", details)
	}
	jobs, err := s.Client.Jobs(ctx)
	if err != nil || len(jobs) != 1 || jobs[0].ID != id || jobs[0].State != rest.Finished || jobs[0].Name != details.Name ||
		!jobs[0].Start.Equal(details.Start) || !jobs[0].End.Equal(details.End) {
		t.Errorf("jobs: %+v, %v", jobs, err)
	}
	if _, err := s.Client.Accumulators(ctx, id); err != nil {
		t.Error(err)
	}
	if trace, err := s.Client.Exceptions(ctx, id); err != nil || trace != "" {
		t.Errorf("exceptions: %q, %v; want none", trace, err)
	}
	wantErr(t, "cancel a finished job", s.Client.Cancel(ctx, id), rest.ErrJobEnded)
}

// sameID makes a request again, as after a lost answer, when its job has ended.
func (s *suite) sameID(t *testing.T) {
	if !s.Version.AtLeast(1, 15) {
		t.Skip("starts a second job")
	}
	request := s.Finite
	request.JobID = s.finished
	_, err := s.Client.RunJar(t.Context(), s.jar, request, s.Version)
	wantErr(t, "the same id", err, rest.ErrJobExists)
	if jobs, err := s.Client.Jobs(t.Context()); err != nil || len(jobs) != 1 {
		t.Errorf("jobs: %+v, %v; want still one", jobs, err)
	}
}

func (s *suite) fails(t *testing.T) {
	ctx := t.Context()
	id := s.run(t, s.Failing)
	if id == (rest.JobID{}) {
		t.Fatal("the JobManager chose no id")
	}
	s.reach(t, id, rest.Failed)
	result, err := s.Client.JobResult(ctx, id)
	if err != nil || !result.Completed || result.State != rest.Failed || result.FailureClass == "" || result.RootCause() == "" {
		t.Errorf("result: %+v, %v", result, err)
	}
	trace, err := s.Client.Exceptions(ctx, id)
	if err != nil || rest.RootCause(trace) != result.RootCause() {
		t.Errorf("exceptions: %q, %v; want the cause of the result, %q", rest.RootCause(trace), err, result.RootCause())
	}
	wantErr(t, "cancel a failed job", s.Client.Cancel(ctx, id), rest.ErrJobEnded)
}

func (s *suite) cancelled(t *testing.T) {
	ctx := t.Context()
	request := s.Endless
	request.JobID = rest.NewJobID()
	id := s.run(t, request)
	s.reach(t, id, rest.Running)
	_, err := s.Client.RunJar(ctx, s.jar, request, s.Version)
	wantErr(t, "the id of a running job", err, rest.ErrJobExists)
	if result, err := s.Client.JobResult(ctx, id); err != nil || result != (rest.JobResult{}) {
		t.Errorf("result of a running job: %+v, %v; want none yet", result, err)
	}
	overview, err := s.Client.Overview(ctx)
	if err != nil || overview.JobsRunning != 1 || overview.JobsFinished != 1 || overview.JobsFailed != 1 {
		t.Errorf("overview: %+v, %v", overview, err)
	}
	if err := s.Client.Cancel(ctx, id); err != nil {
		t.Fatal(err)
	}
	s.reach(t, id, rest.Canceled)
	result, err := s.Client.JobResult(ctx, id)
	if err != nil || !result.Completed || result.State != rest.Canceled {
		t.Errorf("result: %+v, %v", result, err)
	}
	if err := s.Client.Cancel(ctx, id); err != nil {
		t.Errorf("cancel a cancelled job: %v; want no error", err)
	}
}

func (s *suite) configured(t *testing.T) {
	request := s.Endless
	request.Configuration = map[string]string{"parallelism.default": "2"}
	if !s.Version.AtLeast(1, 18) {
		_, err := s.Client.RunJar(t.Context(), s.jar, request, s.Version)
		wantErr(t, "configuration of one job", err, rest.ErrUnsupported)
		return
	}
	id := s.run(t, request)
	s.reach(t, id, rest.Running)
	details, err := s.Client.Job(t.Context(), id)
	if err != nil || !slices.ContainsFunc(details.Vertices, func(v rest.Vertex) bool { return v.Parallelism == 2 }) {
		t.Errorf("details: %+v, %v; want a vertex of parallelism 2", details, err)
	}
	if err := s.Client.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	s.reach(t, id, rest.Canceled)
}

func (s *suite) deleted(t *testing.T) {
	if err := s.Client.DeleteJar(t.Context(), s.jar); err != nil {
		t.Fatal(err)
	}
	_, err := s.Client.RunJar(t.Context(), s.jar, s.Finite, s.Version)
	wantErr(t, "run a deleted jar", err, rest.ErrJarNotFound)
	wantErr(t, "delete it again", s.Client.DeleteJar(t.Context(), s.jar), rest.ErrJarNotFound)
	if jars, err := s.Client.Jars(t.Context()); err != nil || len(jars) != 0 {
		t.Errorf("jars: %v, %v; want none", jars, err)
	}
}

func (s *suite) shutdown(t *testing.T) {
	if err := s.Client.ShutdownCluster(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := s.Client.Overview(ctx)
		if errors.Is(err, rest.ErrUnreachable) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the cluster still answers (%v)", err)
		}
	}
}
