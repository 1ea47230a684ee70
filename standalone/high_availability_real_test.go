package standalone_test

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// TestHighAvailability adds a second JobManager to a running cluster by a second start, and kills the first under a job.
func TestHighAvailability(t *testing.T) {
	const first, second = "127.0.0.2", "127.0.0.3"
	w := newWorld(t, sshdtest.Options{Hosts: []string{first, second}})
	properties := []standalone.Property{
		{Key: "high-availability.type", Value: "zookeeper"},
		{Key: "high-availability.zookeeper.quorum", Value: clustertest.ZooKeeper(t, w.mini)},
		{Key: "high-availability.cluster-id", Value: "/" + filepath.Base(filepath.Dir(filepath.Dir(w.home)))},
		{Key: "high-availability.storageDir", Value: "file://" + t.TempDir()},
		{Key: "execution.checkpointing.interval", Value: "300ms"},
		{Key: "execution.checkpointing.dir", Value: "file://" + t.TempDir()},
		{Key: "jobmanager.bind-host", Value: "0.0.0.0"},
	}
	masters := []flink.HostLine{{Host: first, WebUIPort: freePort(t)}}
	started, err := w.clusterWith(t, masters, lines([]string{first}), properties...).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.NewClient(rest.Options{BaseURL: started.RestURL})
	if err != nil {
		t.Fatal(err)
	}
	job := w.submit(t, client)
	w.running(t, client, job, 1)

	masters = append(masters, flink.HostLine{Host: second, WebUIPort: freePort(t)})
	both, err := w.clusterWith(t, masters, lines([]string{first}), properties...).Start(t.Context())
	if err != nil || len(both.Processes) != 3 || both.Processes[0].Started || !both.Processes[1].Started {
		t.Fatalf("add a JobManager: %v, %+v", err, both)
	}
	standby, err := rest.NewClient(rest.Options{BaseURL: "http://" + masters[1].String(), RetryFor: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a standby that answers for the leader", time.Minute, func() bool {
		_, err := standby.JobStatus(t.Context(), job)
		return err == nil
	})
	if err := exec.Command("kill", "-9", strconv.Itoa(both.Processes[0].PID)).Run(); err != nil {
		t.Fatal(err)
	}
	// The standby leads once ZooKeeper has given up the other, and the job goes on from its checkpoint.
	eventually(t, "taken over", 2*time.Minute, func() bool {
		checkpoints, err := standby.Checkpoints(t.Context(), job)
		state, stateErr := standby.JobStatus(t.Context(), job)
		return err == nil && stateErr == nil && state == "RUNNING" && checkpoints.LatestRestored != nil
	})
	w.running(t, standby, job, 1)
	status, err := w.clusterWith(t, masters, lines([]string{first}), properties...).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "JobManager on "+first+": 0 of 1 run") || status.RestURL != "http://"+masters[1].String() || status.TaskManagers != 1 {
		t.Errorf("status: %v, %+v", err, status)
	}
	if stopped, err := w.clusterWith(t, masters, lines([]string{first}), properties...).Stop(t.Context(), false); err != nil || len(stopped) != 2 {
		t.Errorf("stop: %v, %+v", err, stopped)
	}
}
