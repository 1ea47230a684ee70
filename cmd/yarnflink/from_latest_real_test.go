//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// A job that was cancelled goes on from its last checkpoint, or from a savepoint that is newer, in a session and in a cluster of
// its own.
func TestRealFromLatest(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	checkpoints, savepoints := m.dfs.URI()+m.base+"/checkpoints", m.dfs.URI()+m.base+"/savepoints"
	settings := []string{
		"-D", "execution.checkpointing.interval=1s", "-D", "state.checkpoints.dir=" + checkpoints, "-D", "state.savepoints.dir=" + savepoints,
		"-D", "execution.checkpointing.externalized-checkpoint-retention=RETAIN_ON_CANCELLATION",
	}
	s := m.sessionWith(t, append([]string{"-jm", "1024", "-tm", "1280", "-s", "2", "-nm", m.name + "-latest", "-D", "yarn.properties-file.location=" + t.TempDir()}, settings...)...)
	first := m.checkpointed(t, s)
	m.start(t, "cancel", "--session", s.Name, first.String()).ends(t, 0)

	// By the folders that the session's JobManager knows.
	second := m.checkpointed(t, s, "--from-latest", first.String())
	if from := m.restored(t, s.jm, second); !strings.HasPrefix(from.Path, checkpoints+"/"+first.String()+"/chk-") {
		t.Errorf("restored from %+v", from)
	}

	// With two jobs below the folder, and by this machine's configuration.
	own := append([]string{"run", "-m", "yarn-cluster", "-d", "-yjm", "1024", "-ytm", "1280", "-ynm", m.name + "-latest-own", "-c", stateMachineClass}, settings...)
	m.start(t, append(own, "--from-latest", checkpoints, m.cluster.ExamplesJar(""))...).ends(t, 3, "nothing tells which", first.String(), second.String())
	if apps := m.named(t, "-latest-own"); len(apps) > 0 {
		t.Errorf("%s was started", apps[0].ID)
	}
	var saved submit.OperationResult
	m.result(t, &saved, "stop", "--session", s.Name, second.String())
	r := m.start(t, append(own, "--from-latest", second.String(), m.cluster.ExamplesJar(""))...)
	r.ends(t, 0, "starting from the savepoint "+saved.Path)
	apps := m.named(t, "-latest-own", yarn.LiveStates()...)
	if len(apps) != 1 {
		t.Fatalf("%d clusters run", len(apps))
	}
	jm, err := rest.NewClient(rest.Options{BaseURL: "http://" + apps[0].AMRPCAddress})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := jm.Jobs(t.Context())
	if err != nil || len(jobs) != 1 {
		t.Fatalf("jobs %v, %v", jobs, err)
	}
	if from := m.restored(t, jm, jobs[0].ID); from.Path != saved.Path {
		t.Errorf("restored from %+v, want %s", from, saved.Path)
	}
	m.start(t, "run", "--session", s.Name, "--from-latest", rest.NewJobID().String(), m.cluster.ExamplesJar("")).ends(t, 3, "no complete savepoint or checkpoint", savepoints)
}

// checkpointed starts a job that keeps state, and waits for a checkpoint.
func (m *mainJob) checkpointed(t *testing.T, s *runningSession, flags ...string) rest.JobID {
	t.Helper()
	var job submit.JobResult
	m.result(t, &job, append(append([]string{"run", "--session", s.Name, "-d", "-c", stateMachineClass}, flags...), m.cluster.ExamplesJar(""))...)
	within(t, "a checkpoint", func() (bool, error) {
		c, err := s.jm.Checkpoints(t.Context(), job.JobID)
		return err == nil && c.Completed > 0, err
	})
	return job.JobID
}

// restored waits for what a job was restored from.
func (m *mainJob) restored(t *testing.T, jm *rest.Client, job rest.JobID) rest.Restored {
	t.Helper()
	var from *rest.Restored
	within(t, "a restored job", func() (bool, error) {
		c, err := jm.Checkpoints(t.Context(), job)
		from = c.LatestRestored
		return from != nil, err
	})
	return *from
}
