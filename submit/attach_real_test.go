package submit

import (
	"context"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

// A session on the real cluster is followed through a job of its own to its end,
// which another client brings about; its JobManager removes the folder.
func TestRealWatchAndStop(t *testing.T) {
	r := newRealStart(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d, err := r.Start(ctx, r.spec)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewClient(Options{Hadoop: r.Hadoop, User: r.cluster.User(), StagingDirectory: r.base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	report, err := other.FindApplication(ctx, Target{Name: d.Name})
	if err != nil || report.ID != d.ApplicationID {
		t.Fatalf("by its name: %s, %v", report.ID, err)
	}
	if s := other.Status(ctx, report); !s.Serving || s.FlinkVersion != d.FlinkVersion {
		t.Errorf("status %+v", s)
	}
	var job *Job
	var ran, stopping bool
	stopped := make(chan error, 1)
	err = r.Watch(ctx, d.Session(), func(s SessionStatus) {
		switch {
		case s.Serving && job == nil:
			job = submitReal(ctx, t, r, d)
		case s.JobsRunning == 1:
			ran = true
		}
		if ran && !stopping {
			stopping = true
			go func() {
				result, err := other.Stop(ctx, d.ApplicationID)
				if err == nil && (result.State != yarn.Finished || result.FinalStatus != yarn.StatusSucceeded || !result.StagingRemoved) {
					t.Errorf("stopped as %+v", result)
				}
				stopped <- err
			}()
		}
	})
	if err != nil {
		t.Errorf("the watch ended with %v", err)
	}
	if !stopping {
		t.Fatal("no job was seen running")
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	r.checkNothing(t)
	if _, err := r.WaitJob(ctx, job, func(rest.JobState) {}); err == nil {
		t.Error("the job of a session that was stopped has ended well")
	}
}

func submitReal(ctx context.Context, t *testing.T, r *realStart, d *Deployment) *Job {
	t.Helper()
	job, err := r.RunJob(ctx, d.Session(), JobSpec{
		Jar: r.cluster.ExamplesJar(""), EntryClass: "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing", Parallelism: 1})
	if err != nil {
		t.Error(err)
		return &Job{Session: d.Session()}
	}
	return job
}
