//go:build unix

package main

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

const stateMachineClass = "org.apache.flink.streaming.examples.statemachine.StateMachineExample"

// highAvailability is a main job's place with a storage folder and a root at the real ZooKeeper.
type highAvailability struct {
	*mainJob
	quorum, root, storage string
	zk                    *zookeeper.Client
}

func newHighAvailability(t *testing.T) *highAvailability {
	t.Helper()
	h := &highAvailability{mainJob: newMainJob(t)}
	h.quorum = clustertest.ZooKeeper(t, h.cluster)
	h.root, h.storage = "/"+h.name, h.dfs.URI()+h.base+"/ha"
	var err error
	if h.zk, err = zookeeper.Dial(t.Context(), []string{h.quorum}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.zk.Close)
	return h
}

// session starts a session whose JobManager may be started twice, and whose jobs make a checkpoint each second.
func (h *highAvailability) session(t *testing.T, suffix string, more ...string) *runningSession {
	t.Helper()
	return h.sessionWith(t, append([]string{"-jm", "1024", "-tm", "1280", "-s", "2", "-nm", h.name + suffix,
		"-D", "yarn.properties-file.location=" + t.TempDir(),
		"-D", "high-availability.type=zookeeper", "-D", "high-availability.zookeeper.quorum=" + h.quorum,
		"-D", "high-availability.zookeeper.path.root=" + h.root, "-D", "high-availability.storageDir=" + h.storage,
		"-D", "high-availability.zookeeper.client.session-timeout=4000",
		"-D", "execution.checkpointing.interval=1s", "-D", "state.checkpoints.dir=" + h.dfs.URI() + h.base + "/checkpoints",
		// All failures count: how many minutes the test takes must not matter.
		"-D", "yarn.application-attempt-failures-validity-interval=-1"}, more...)...)
}

// gone wants what kept looks for to go. Flink tells YARN that it has ended before it removes its data.
func (h *highAvailability) gone(t *testing.T, s *runningSession) {
	t.Helper()
	within(t, "the data of "+s.Name+" is gone", func() (bool, error) {
		node, err := h.zk.Exists(t.Context(), h.root+"/"+s.ApplicationID.String())
		_, missing := h.dfs.Stat(t.Context(), h.base+"/ha/"+s.ApplicationID.String())
		return !node && errors.Is(missing, fs.ErrNotExist), err
	})
}

// kept wants a session's node at ZooKeeper and its folders to be there, or not.
func (h *highAvailability) kept(t *testing.T, s *runningSession, want bool) {
	t.Helper()
	id := s.ApplicationID.String()
	node, err := h.zk.Exists(t.Context(), h.root+"/"+id)
	if err != nil || node != want {
		t.Errorf("the node of %s is there: %v (%v), want %v", s.Name, node, err, want)
	}
	_, err = h.dfs.Stat(t.Context(), h.base+"/ha/"+id)
	if there := err == nil; there != want || err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the storage folder of %s is there: %v (%v), want %v", s.Name, there, err, want)
	}
}

// A JobManager dies under a job: the second attempt goes on with it from its checkpoint, and all commands find the new address.
// It dies again: the attempts are used up, which everybody is told.
func TestRealJobManagerIsStartedAgain(t *testing.T) {
	t.Parallel()
	h := newHighAvailability(t)
	s := h.session(t, "-ha")
	attached := h.start(t, "session", "attach", s.ApplicationID.String())
	waiting := h.start(t, "run", "--session", s.Name, "-c", stateMachineClass, h.cluster.ExamplesJar(""))
	job := waiting.submitted(t)
	within(t, "a checkpoint", func() (bool, error) {
		c, err := s.jm.Checkpoints(t.Context(), job)
		return err == nil && c.Completed > 0, err
	})

	before, err := h.rm.Application(t.Context(), s.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	killContainers(t, s.ApplicationID)
	var after yarn.ApplicationReport
	within(t, "another JobManager", func() (bool, error) {
		after, err = h.rm.Application(t.Context(), s.ApplicationID)
		return err == nil && after.State == yarn.Running && after.AMRPCAddress != "" && after.AMRPCAddress != before.AMRPCAddress, err
	})
	jm, err := rest.NewClient(rest.Options{BaseURL: "http://" + after.AMRPCAddress})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "the job goes on from a checkpoint", func() (bool, error) {
		c, err := jm.Checkpoints(t.Context(), job)
		return err == nil && c.LatestRestored != nil && c.LatestRestored.ID > 0 && c.Completed > 0, err
	})
	if got := h.listed(t, s)[job.String()]; got != string(rest.Running) {
		t.Errorf("list says that the job is %q", got)
	}
	var second submit.JobResult
	h.result(t, &second, "run", "--session", s.Name, "-d", "-c", endlessClass, h.cluster.ExamplesJar(""))
	h.start(t, "cancel", "--session", s.Name, second.JobID.String()).ends(t, 0)
	within(t, "the attached client has seen the new address", func() (bool, error) {
		return strings.Contains(attached.stdout.String()+attached.stderr.String(), after.AMRPCAddress), nil
	})

	killContainers(t, s.ApplicationID)
	waiting.ends(t, 7, s.ApplicationID.String(), "is FAILED")
	attached.ends(t, 1, "is FAILED", "failed 2 times")
	h.start(t, "status", s.Name).ends(t, 9)
	h.kept(t, s, true)
	h.start(t, "kill", "--clean-ha", s.ApplicationID.String()).ends(t, 0)
	h.kept(t, s, false)
}

// What high availability keeps goes with a session that is stopped, and stays of one that is killed until somebody says so.
func TestRealHighAvailabilityData(t *testing.T) {
	t.Parallel()
	h := newHighAvailability(t)
	stopped, killed := h.session(t, "-stopped"), h.session(t, "-killed")
	for _, s := range []*runningSession{stopped, killed} {
		h.endless(t, s)
		h.kept(t, s, true)
	}
	h.start(t, "session", "stop", stopped.Name).ends(t, 0)
	h.gone(t, stopped)
	h.kept(t, killed, true)

	r := h.start(t, "kill", killed.ApplicationID.String())
	r.ends(t, 0, "high availability data", "yarnflink kill --clean-ha")
	h.kept(t, killed, true)
	// The line that it printed is enough where no folder tells any more.
	_, line, _ := strings.Cut(r.stderr.String(), "yarnflink kill --clean-ha")
	words := strings.Fields(strings.SplitN(line, "\n", 2)[0])
	if !slices.Contains(words, killed.ApplicationID.String()) {
		t.Fatalf("no line to type: %q", r.stderr.String())
	}
	h.start(t, append([]string{"kill", "--clean-ha"}, words...)...).ends(t, 0)
	h.kept(t, killed, false)
	if there, err := h.zk.Exists(t.Context(), h.root); err != nil || there {
		t.Errorf("the empty root is there: %v (%v)", there, err)
	}
	if left, err := h.dfs.List(t.Context(), h.base+"/ha"); err == nil && len(left) > 0 {
		for _, s := range left {
			if inside, err := h.dfs.Walk(t.Context(), s.Path); err != nil || len(inside) > 0 {
				t.Errorf("left in storage: %s (%v)", s.Path, err)
			}
		}
	}
}

// A ZooKeeper that nobody may write to is a refusal, and one that is away is told soon.
func TestRealCleanHighAvailabilityIsRefused(t *testing.T) {
	t.Parallel()
	h := newHighAvailability(t)
	id := yarn.ApplicationID{ClusterTimestamp: time.Now().UnixMilli(), ID: 1}
	app := h.endedApplication(t)
	settings := []string{"-Dhigh-availability.type=zookeeper", "-Dhigh-availability.storageDir=" + h.storage}
	h.start(t, slices.Concat([]string{"kill", "--clean-ha"}, settings, []string{"-Dhigh-availability.zookeeper.quorum=127.0.0.1:1", app.String()})...).
		ends(t, 5, "127.0.0.1:1", "ZooKeeper not reachable")
	h.start(t, slices.Concat([]string{"kill", "--clean-ha"}, settings, []string{"-Dhigh-availability.cluster-id=/", "-Dhigh-availability.zookeeper.quorum=" + h.quorum, id.String()})...).
		ends(t, 9, id.String())
}

// endedApplication is one that has ended, and has no folder.
func (h *highAvailability) endedApplication(t *testing.T) yarn.ApplicationID {
	t.Helper()
	id, _, err := h.rm.NewApplication(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = h.rm.Submit(t.Context(), yarn.ApplicationSubmissionContext{
		ID: id, Name: h.name + "-ended", Queue: "default", Type: "test", MaxAttempts: 1, Resource: yarn.Resource{MemoryMB: 128, VCores: 1},
		Container: yarn.ContainerLaunchContext{Commands: []string{"true"}},
	})
	if err == nil {
		_, err = h.rm.Kill(t.Context(), id, "it is to have ended")
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}
