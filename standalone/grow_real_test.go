package standalone_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// TestUnderLoad adds, replaces and removes TaskManagers while a job with checkpoints runs, which is never lost.
func TestUnderLoad(t *testing.T) {
	const first, second = "127.0.0.2", "127.0.0.3"
	w := newWorld(t, sshdtest.Options{Hosts: []string{first, second}})
	properties := []standalone.Property{
		{Key: "execution.checkpointing.interval", Value: "300ms"},
		{Key: "execution.checkpointing.dir", Value: "file://" + t.TempDir()},
		{Key: "restart-strategy.type", Value: "fixed-delay"},
		{Key: "restart-strategy.fixed-delay.attempts", Value: "100"},
		{Key: "restart-strategy.fixed-delay.delay", Value: "200ms"},
	}
	if _, err := w.cluster(t, []string{first}, []string{first}).AddTaskManagers(t.Context(), []string{second}); !errors.Is(err, standalone.ErrNotRunning) {
		t.Fatalf("add to nothing: %v", err)
	}
	started, err := w.cluster(t, []string{first}, []string{first}, properties...).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.NewClient(rest.Options{BaseURL: started.RestURL})
	if err != nil {
		t.Fatal(err)
	}
	job := w.submit(t, client)
	w.running(t, client, job, 1)

	// Without the properties: they are those of the running JobManager.
	added, err := w.cluster(t, []string{first}, []string{first}).AddTaskManagers(t.Context(), []string{second})
	if err != nil || added.TaskManagers != 2 || added.Slots != 4 {
		t.Fatalf("add: %v, %+v", err, added)
	}
	replaced, err := w.cluster(t, []string{first}, []string{first, second}).RestartTaskManagers(t.Context())
	if err != nil || len(replaced) != 2 || replaced[0].Old == replaced[0].New {
		t.Fatalf("restart: %v, %+v", err, replaced)
	}
	if list, err := client.TaskManagers(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("after the restart: %v, %+v", err, list)
	}
	w.running(t, client, job, 1)
	removed, err := w.cluster(t, []string{first}, []string{first, second}).RemoveTaskManagers(t.Context(), []string{first}, false)
	if err != nil || len(removed) != 1 || removed[0].Host != first {
		t.Errorf("remove: %v, %+v", err, removed)
	}
	w.running(t, client, job, 1)
	if checkpoints, err := client.Checkpoints(t.Context(), job); err != nil || checkpoints.LatestRestored == nil {
		t.Errorf("the job was not restored from a checkpoint: %v, %+v", err, checkpoints)
	}
	if removed, err = w.cluster(t, []string{first}, []string{first, second}).RemoveTaskManagers(t.Context(), []string{first}, false); !errors.Is(err, standalone.ErrNotRunning) || len(removed) != 0 {
		t.Errorf("remove what is not there: %v, %+v", err, removed)
	}
	if stopped, err := w.cluster(t, []string{first}, []string{first, second}).Stop(t.Context(), false); err != nil || len(stopped) != 2 {
		t.Errorf("stop: %v, %+v", err, stopped)
	}
}

// submit starts a job that runs for ever.
func (w *world) submit(t *testing.T, client *rest.Client) rest.JobID {
	t.Helper()
	path := w.mini.ExamplesJar("")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	jar, err := client.UploadJar(t.Context(), filepath.Base(path), info.Size(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	job, err := client.RunJar(t.Context(), jar, rest.RunJarRequest{EntryClass: "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing", Parallelism: 1}, flink.Version{})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// running waits until the job runs and has completed so many more checkpoints.
func (w *world) running(t *testing.T, client *rest.Client, job rest.JobID, more int64) {
	t.Helper()
	before, last := int64(-1), ""
	defer func() {
		if t.Failed() {
			t.Log(last)
		}
	}()
	eventually(t, "running with checkpoints", time.Minute, func() bool {
		state, err := client.JobStatus(t.Context(), job)
		if err != nil {
			last = err.Error()
			return false
		}
		if state.IsFinal() {
			t.Fatalf("the job is %s", state)
		}
		checkpoints, err := client.Checkpoints(t.Context(), job)
		last = fmt.Sprintf("%s, %+v, %v", state, checkpoints, err)
		if err != nil || state != "RUNNING" {
			return false
		}
		if before < 0 {
			before = checkpoints.Completed
		}
		return checkpoints.Completed >= before+more
	})
}
