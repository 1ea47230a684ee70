package standalone_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// jobManagers are those of a status: where each listens, and whether it leads.
func jobManagers(s *standalone.Status) map[string]string {
	found := map[string]string{}
	for _, h := range s.Hosts {
		for _, p := range h.Processes {
			switch {
			case p.Role != standalone.JobManager:
			case p.Leads == nil:
				found[p.WebURL] = "?"
			case *p.Leads:
				found[p.WebURL] = "leads"
			default:
				found[p.WebURL] = "stands by"
			}
		}
	}
	return found
}

// TestHighAvailability adds a second JobManager to a running cluster with a quorum of three of its own, and kills the first
// under a job; then the first joins again, and the second, which leads by now, is removed.
func TestHighAvailability(t *testing.T) {
	const first, second, third = "127.0.0.2", "127.0.0.3", "127.0.0.4"
	w := newWorld(t, sshdtest.Options{Hosts: []string{first, second, third}})
	p := w.newPeers(t, []string{first, second, third})
	if _, err := p.quorum(t).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	masters := []flink.HostLine{{Host: first, WebUIPort: freePort(t)}, {Host: second, WebUIPort: freePort(t)}}
	workers := lines([]string{first})
	if _, err := w.clusterWith(t, masters[:1], workers).AddJobManagers(t.Context(), masters[1:]); !errors.Is(err, standalone.ErrInvalid) || !strings.Contains(err.Error(), "without high availability") {
		t.Errorf("a second one without high availability: %v", err)
	}
	started, err := w.clusterWith(t, masters[:1], workers, w.highAvailability(t, p.addresses())...).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.NewClient(rest.Options{BaseURL: started.RestURL})
	if err != nil {
		t.Fatal(err)
	}
	job := w.submit(t, client)
	w.running(t, client, job, 1)

	// The properties are those of the one that runs.
	added, err := w.clusterWith(t, masters[:1], workers).AddJobManagers(t.Context(), masters[1:])
	if err != nil || len(added.Processes) != 1 || !added.Processes[0].Started || added.Processes[0].Host != second {
		t.Fatalf("add a JobManager: %v, %+v", err, added)
	}
	urls := []string{"http://" + masters[0].String(), "http://" + masters[1].String()}
	status, err := w.clusterWith(t, masters, workers).Status(t.Context())
	if err != nil || status.Leader != urls[0] || status.RestURL != urls[0] || jobManagers(status)[urls[0]] != "leads" || jobManagers(status)[urls[1]] != "stands by" {
		t.Fatalf("status: %v, %+v", err, status)
	}
	if err := exec.Command("kill", "-9", strconv.Itoa(status.Hosts[0].Processes[0].PID)).Run(); err != nil {
		t.Fatal(err)
	}
	standby, err := rest.NewClient(rest.Options{BaseURL: urls[1], RetryFor: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	// The standby leads once ZooKeeper has given up the other, and the job goes on from its checkpoint.
	w.restored(t, standby, job)
	status, err = w.clusterWith(t, masters, workers).Status(t.Context())
	if !errors.Is(err, standalone.ErrIncomplete) || !strings.Contains(err.Error(), "JobManager on "+first+": 0 of 1 run") || status.RestURL != urls[1] || status.Leader != urls[1] || status.TaskManagers != 1 {
		t.Errorf("status: %v, %+v", err, status)
	}
	if _, err := w.clusterWith(t, masters, workers).RemoveJobManagers(t.Context(), masters[1:], false); !errors.Is(err, standalone.ErrInvalid) || !strings.Contains(err.Error(), "no other JobManager runs") {
		t.Errorf("remove the last that runs: %v", err)
	}

	if _, err := w.clusterWith(t, masters, workers, w.highAvailability(t, p.addresses())...).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "joined again", time.Minute, func() bool {
		status, err = w.clusterWith(t, masters, workers).Status(t.Context())
		return err == nil && jobManagers(status)[urls[0]] == "stands by"
	})
	if removed, err := w.clusterWith(t, masters, workers).RemoveJobManagers(t.Context(), lines([]string{second}), false); err != nil || len(removed) != 1 || removed[0].Host != second {
		t.Fatalf("remove the leader: %v, %+v", err, removed)
	}
	// Whoever is told of the removal finds the other one leading.
	status, err = w.clusterWith(t, masters[:1], workers).Status(t.Context())
	if status.Leader != urls[0] || jobManagers(status)[urls[0]] != "leads" {
		t.Errorf("after the removal: %v, %+v", err, status)
	}
	w.restored(t, client, job)
	if stopped, err := w.clusterWith(t, masters[:1], workers).Stop(t.Context(), false); err != nil || len(stopped) != 2 {
		t.Errorf("stop: %v, %+v", err, stopped)
	}
	if stopped, err := p.quorum(t).Stop(t.Context(), true); err != nil || len(stopped) != 3 {
		t.Errorf("stop the quorum: %v, %+v", err, stopped)
	}
}

// highAvailability are the properties of a cluster with ZooKeeper.
func (w *world) highAvailability(t *testing.T, quorum string) []standalone.Property {
	t.Helper()
	return []standalone.Property{
		{Key: "high-availability.type", Value: "zookeeper"},
		{Key: "high-availability.zookeeper.quorum", Value: quorum},
		{Key: "high-availability.zookeeper.client.session-timeout", Value: "6s"},
		{Key: "high-availability.cluster-id", Value: "/" + filepath.Base(filepath.Dir(filepath.Dir(w.home)))},
		{Key: "high-availability.storageDir", Value: "file://" + filepath.Join(w.home, "ha")},
		{Key: "execution.checkpointing.interval", Value: "300ms"},
		{Key: "execution.checkpointing.dir", Value: "file://" + filepath.Join(w.home, "checkpoints")},
		{Key: "jobmanager.bind-host", Value: "0.0.0.0"},
	}
}

// restored waits until another JobManager has the job running again from a checkpoint, and it takes checkpoints.
func (w *world) restored(t *testing.T, client *rest.Client, job rest.JobID) {
	t.Helper()
	last := ""
	defer func() {
		if t.Failed() {
			t.Log(last)
		}
	}()
	eventually(t, "taken over", 2*time.Minute, func() bool {
		state, err := client.JobStatus(t.Context(), job)
		if err != nil {
			last = err.Error()
			return false
		}
		checkpoints, err := client.Checkpoints(t.Context(), job)
		last = string(state)
		return err == nil && state == "RUNNING" && checkpoints.Restored > 0 && checkpoints.LatestRestored != nil
	})
	w.running(t, client, job, 1)
}
