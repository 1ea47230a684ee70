//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// What steers a job and what shows what runs, in one session that can rescale.
func TestRealJobsAndWhatRuns(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	s := m.startSession(t, "-steered", "1", "-D", "jobmanager.scheduler=adaptive",
		"-D", "jobmanager.adaptive-scheduler.scaling-interval.min=0s", "-D", "execution.checkpointing.savepoint-dir="+m.savepoints())
	m.checkTwins(t, s)
	var detached *rest.Operation
	t.Run("both", func(t *testing.T) {
		t.Run("what runs", func(t *testing.T) { t.Parallel(); m.checkWhatRuns(t, s) })
		t.Run("a job", func(t *testing.T) { t.Parallel(); detached = m.checkSteering(t, s) })
	})
	if t.Failed() {
		t.FailNow()
	}
	// Nobody has asked for the outcome of the detached savepoint, and so the JobManager waits.
	stop := m.start(t, "session", "stop", s.Name)
	stop.shows(t, "rest.async.store-duration")
	if _, err := detached.Poll(t.Context()); err != nil {
		t.Error(err)
	}
	stop.ends(t, 0)
	m.checkNothing(t)
}

// savepoints is the folder that the session has for them.
func (m *mainJob) savepoints() string { return m.dfs.URI() + m.base + "/savepoints" }

// saved tells whether a savepoint is complete.
func (m *mainJob) saved(t *testing.T, savepoint, folder string) bool {
	t.Helper()
	u, err := url.Parse(savepoint)
	if err != nil || !strings.HasPrefix(savepoint, folder+"/savepoint-") {
		t.Fatalf("savepoint %q, want it in %s (%v)", savepoint, folder, err)
	}
	_, err = m.dfs.Stat(t.Context(), u.Path+"/_metadata")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// operate runs a command on a job whose result is an operation's.
func (m *mainJob) operate(t *testing.T, s *runningSession, line ...string) submit.OperationResult {
	t.Helper()
	var r submit.OperationResult
	m.result(t, &r, append([]string{line[0], "--session", s.Name}, line[1:]...)...)
	return r
}

// checkSteering returns the operation that it has not looked after.
func (m *mainJob) checkSteering(t *testing.T, s *runningSession) *rest.Operation {
	var plan submit.ProgramPlan
	m.result(t, &plan, append([]string{"info", "--session", s.Name, "-p", "2"}, m.wordCount(m.cluster.ExamplesJar(""), m.base+"/never")...)...)
	var flow struct{ Nodes []json.RawMessage }
	if err := json.Unmarshal(plan.Plan, &flow); err != nil || len(flow.Nodes) < 2 {
		t.Errorf("plan %s (%v)", plan.Plan, err)
	}

	job := m.endless(t, s, "-p", "1")
	checkpoint := m.operate(t, s, "checkpoint", "-full", job.String())
	if checkpoints, err := s.jm.Checkpoints(t.Context(), job); err != nil || checkpoint.CheckpointID == 0 || checkpoints.Completed == 0 {
		t.Errorf("checkpoint %+v of %+v (%v)", checkpoint, checkpoints, err)
	}
	m.checkRescale(t, s, job)

	native := m.operate(t, s, "savepoint", "-type", "native", job.String())
	elsewhere := m.dfs.URI() + m.base + "/elsewhere"
	canonical := m.operate(t, s, "savepoint", "-type", "canonical", job.String(), elsewhere)
	if !m.saved(t, native.Path, m.savepoints()) || !m.saved(t, canonical.Path, elsewhere) {
		t.Errorf("savepoints %s and %s are not complete", native.Path, canonical.Path)
	}
	m.start(t, "savepoint", "--session", s.Name, "--dispose", canonical.Path).ends(t, 0)
	if m.saved(t, canonical.Path, elsewhere) {
		t.Errorf("%s is left", canonical.Path)
	}
	m.start(t, "savepoint", "--session", s.Name, "--dispose", canonical.Path).ends(t, 1, canonical.Path)
	detached := m.operate(t, s, "savepoint", "-detached", job.String())
	if detached.Done || detached.TriggerID == (rest.TriggerID{}) {
		t.Errorf("a detached savepoint: %+v", detached)
	}
	within(t, "the detached savepoint", func() (bool, error) {
		list, err := m.dfs.List(t.Context(), m.base+"/savepoints")
		return len(list) == 2, err
	})
	drained := m.operate(t, s, "stop", "-d", job.String())
	m.checkEnds(t, s, job, rest.Finished)
	if !m.saved(t, drained.Path, m.savepoints()) {
		t.Errorf("%s is not complete", drained.Path)
	}
	m.checkClaims(t, s, native.Path, elsewhere)
	return s.jm.Operation(rest.SavepointOperation, job, detached.TriggerID)
}

// checkRescale wants two of each task, where there was one.
func (m *mainJob) checkRescale(t *testing.T, s *runningSession, job rest.JobID) {
	var rescaled submit.RescaleResult
	m.result(t, &rescaled, "rescale", "--session", s.Name, "-p", "2", job.String())
	if len(rescaled.Vertices) == 0 {
		t.Error("no vertex was rescaled")
	}
	within(t, "parallelism 2", func() (bool, error) {
		details, err := s.jm.Job(t.Context(), job)
		return slices.ContainsFunc(details.Vertices, func(v rest.Vertex) bool { return v.Parallelism == 2 && v.State == "RUNNING" }), err
	})
	m.awaitTasks(t, s, job)
}

func (m *mainJob) checkEnds(t *testing.T, s *runningSession, job rest.JobID, want rest.JobState) {
	t.Helper()
	within(t, string(want), func() (bool, error) {
		state, err := s.jm.JobStatus(t.Context(), job)
		return state == want, err
	})
}

// checkClaims starts from one savepoint again and again, which without a claim it outlives.
func (m *mainJob) checkClaims(t *testing.T, s *runningSession, savepoint, elsewhere string) {
	for _, c := range []struct {
		mode   string
		cancel []string // behind -s
		folder string
		kept   bool
	}{
		{"legacy", nil, m.savepoints(), true},
		{"no_claim", []string{elsewhere}, elsewhere, true},
		{"claim", nil, m.savepoints(), false}, // it is the job's own, and goes with it
	} {
		job := m.endless(t, s, "-p", "1", "-s", savepoint, "-cm", c.mode)
		within(t, "restored from "+savepoint, func() (bool, error) {
			all, err := s.jm.Checkpoints(t.Context(), job)
			return all.LatestRestored != nil && all.LatestRestored.Path == savepoint, err
		})
		var cancelled submit.CancelResult
		line := append(append([]string{"cancel", "--session", s.Name, "-s"}, c.cancel...), job.String())
		m.result(t, &cancelled, line...)
		m.checkEnds(t, s, job, rest.Canceled)
		if !m.saved(t, cancelled.Savepoint, c.folder) {
			t.Errorf("%s: %s is not complete", c.mode, cancelled.Savepoint)
		}
		within(t, fmt.Sprintf("%s: %s is there: %t", c.mode, savepoint, c.kept), func() (bool, error) {
			return m.saved(t, savepoint, m.savepoints()) == c.kept, nil
		})
	}
}

func (m *mainJob) checkWhatRuns(t *testing.T, s *runningSession) {
	id := s.ApplicationID.String()
	fresh := &mainJob{place: m.with("FLINK_CONF_DIR=" + m.flinkConfDir(t, "yarn.properties-file.location: "+t.TempDir())), input: m.input}

	watching := fresh.start(t, "list", "--watch", "-o", "json")
	var apps []struct{ ApplicationID, Name, State, Queue, User string }
	fresh.result(t, &apps, "ps")
	if !slices.ContainsFunc(apps, func(a struct{ ApplicationID, Name, State, Queue, User string }) bool {
		return a.ApplicationID == id && a.Name == s.Name && a.State == "RUNNING" && a.Queue != "" && a.User == m.caller.User
	}) {
		t.Errorf("ps lacks %s: %v", id, apps)
	}
	for _, name := range []string{id, s.Name} {
		var status map[string]any
		fresh.result(t, &status, "status", name)
		if status["applicationId"] != id || status["flinkVersion"] != m.cluster.FlinkVersions()[0] || status["serving"] != true {
			t.Errorf("status of %s: %v", name, status)
		}
	}
	m.checkCluster(t, fresh)

	// The other half of the test starts a job, which all sessions' list shows.
	watching.prints(t, `"applicationId":"`+id+`"`, "RUNNING")
	watching.signal(t, syscall.SIGINT)
	watching.ends(t, 130)
}

// checkCluster wants the nodes and queues of the minicluster.
func (m *mainJob) checkCluster(t *testing.T, fresh *mainJob) {
	type node struct {
		State            string
		MemoryMB, VCores int64
	}
	type queue struct{ Name, State string }
	var query struct {
		Nodes  []node
		Queues []queue
	}
	var nodes []node
	var queues []queue
	fresh.result(t, &nodes, "nodes")
	fresh.result(t, &queues, "queues")
	fresh.result(t, &query, "session", "-q")
	if len(nodes) != 1 || nodes[0].State != "RUNNING" || nodes[0].MemoryMB == 0 || nodes[0].VCores == 0 || !slices.Equal(nodes, query.Nodes) {
		t.Errorf("nodes %v, and %v by session -q", nodes, query.Nodes)
	}
	if !slices.Contains(queues, queue{"closed", "STOPPED"}) || !slices.Contains(queues, queue{"default", "RUNNING"}) || !slices.Equal(queues, query.Queues) {
		t.Errorf("queues %v, and %v by session -q", queues, query.Queues)
	}
}

// checkTwins gives the session's name to an application that does nothing.
func (m *mainJob) checkTwins(t *testing.T, s *runningSession) {
	twin, _, err := m.rm.NewApplication(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = m.rm.Submit(t.Context(), yarn.ApplicationSubmissionContext{
		ID: twin, Name: s.Name, Type: submit.SessionType, Queue: "default", MaxAttempts: 1,
		Container: yarn.ContainerLaunchContext{Commands: []string{"sleep 600"}}, Resource: yarn.Resource{MemoryMB: 128, VCores: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]string{{"status", s.Name}, {"list", "--session", s.Name}, {"session", "stop", s.Name}} {
		m.start(t, line...).ends(t, 3, "2 are called", s.ApplicationID.String(), twin.String())
	}
	m.start(t, "kill", twin.String()).ends(t, 0)
	if report, err := m.rm.Application(context.Background(), twin); err != nil || report.State != yarn.Killed {
		t.Errorf("%s is %s (%v)", twin, report.State, err)
	}
}

// A JobManager that YARN has started again knows neither the operation that is waited for nor, without high
// availability, the job.
func TestRealOperationOutlivesItsJobManager(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.session(t, "-D", "yarn.application-attempts=2").ends(t, 0)
	id := p.only(t).ID
	run := p.start(t, "run", "-yid", id.String(), "-d", "-c", endlessClass, p.cluster.ExamplesJar(""))
	run.ends(t, 0)
	job := submittedJob(t, run.stdout.String()).String()
	asked := p.JobManagers.Add(faults.Fault{Match: "GET /jobs/*/savepoints/*", Mode: faults.Hang})
	stop := p.start(t, "stop", "-yid", id.String(), "-p", p.dfs.URI()+p.base+"/savepoints", job)
	stop.reach(t, asked.C)
	killContainers(t, id)
	asked.Release()
	stop.ends(t, 1, "does not know operation", "nor job "+job, "look at the job and at the target folder")
	// The other commands find the new one, too.
	p.start(t, "list", "-yid", id.String()).ends(t, 0)
	p.start(t, "cancel", "-yid", id.String(), job).ends(t, 9)
	p.start(t, "kill", id.String()).ends(t, 0)
	p.checkNothing(t)
}
