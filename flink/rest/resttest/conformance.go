package resttest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// Subject is a cluster for Conformance: a session with a TaskManager of two
// free slots and uploads allowed, which the suite shuts down at its end.
type Subject struct {
	Client  *rest.Client
	Version flink.Version
	Jar     []byte // holds the programs
	// StateDir is the URL of a folder that the cluster can write savepoints to;
	// it has none of its own.
	StateDir string
	// Finite ends by itself, is called WordCount and takes no checkpoints.
	// Endless does not end and takes some. Failing fails once its job runs.
	Finite, Endless, Failing rest.RunJarRequest
}

// patience bounds each wait: a TaskManager's first job loads a lot of classes.
const patience = 60 * time.Second

// Conformance checks that a cluster behaves as the package's fake does. The
// parts build on one another and run in order.
func Conformance(t *testing.T, s Subject) {
	steps := &suite{Subject: s}
	for _, part := range []struct {
		name string
		test func(*suite, *testing.T)
	}{
		{"the cluster describes itself", (*suite).cluster},
		{"unknown jobs", (*suite).unknownJobs},
		{"unknown jars", (*suite).unknownJars},
		{"upload", (*suite).upload},
		{"a job finishes", (*suite).finishes},
		{"the id of an ended job", (*suite).sameID},
		{"a job fails", (*suite).fails},
		{"a job is cancelled", (*suite).cancelled},
		{"a job with its own configuration", (*suite).configured},
		{"unknown operations", (*suite).unknownOperations},
		{"plan", (*suite).plans},
		{"savepoint", (*suite).savepoints},
		{"checkpoint", (*suite).checkpointed},
		{"rescale", (*suite).notRescaled},
		{"stop and start again", (*suite).stopped},
		{"dispose", (*suite).disposed},
		{"a jar is deleted", (*suite).deleted},
		{"shutdown", (*suite).shutdown},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.test(steps, t) }) {
			return
		}
	}
}

// ConformanceSubmitDisabled checks a cluster with web.submit.enable = false.
func ConformanceSubmitDisabled(t *testing.T, c *rest.Client) {
	ctx := t.Context()
	config, err := c.Config(ctx)
	if err != nil || config.WebSubmitEnabled {
		t.Fatalf("config: %+v, %v; want submission disabled", config, err)
	}
	_, err = c.Jars(ctx)
	wantErr(t, "list jars", err, rest.ErrSubmitDisabled)
	// Large enough not to fit the socket's buffers.
	content := make([]byte, 8<<20)
	_, err = c.UploadJar(ctx, "x.jar", int64(len(content)), bytes.NewReader(content), nil)
	wantErr(t, "upload", err, rest.ErrSubmitDisabled)
	_, err = c.RunJar(ctx, "x.jar", rest.RunJarRequest{}, flink.Version{})
	wantErr(t, "run", err, rest.ErrSubmitDisabled)
	wantErr(t, "delete jar", c.DeleteJar(ctx, "x.jar"), rest.ErrSubmitDisabled)
	wantErr(t, "cancel works all the same", c.Cancel(ctx, rest.NewJobID()), rest.ErrJobNotFound)
}

type suite struct {
	Subject
	jar      rest.JarID
	finished rest.JobID
	stateful rest.JobID
	taken    string // path of a savepoint
}

func wantErr(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: %v; want %v", what, err, target)
	}
}

// reach waits until the job is in the wanted state; another final one fails the test.
func (s *suite) reach(t *testing.T, id rest.JobID, want rest.JobState) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		state, err := s.Client.JobStatus(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if state == want {
			return
		}
		if state.IsFinal() {
			trace, _ := s.Client.Exceptions(ctx, id)
			t.Fatalf("job is %s, want %s: %s", state, want, rest.RootCause(trace))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("job is %s after %s, want %s", state, patience, want)
		}
	}
}

func (s *suite) run(t *testing.T, r rest.RunJarRequest) rest.JobID {
	t.Helper()
	id, err := s.Client.RunJar(t.Context(), s.jar, r, s.Version)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *suite) cluster(t *testing.T) {
	ctx := t.Context()
	overview, err := s.Client.Overview(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if overview.TaskManagers != 1 || overview.SlotsTotal != 2 || overview.SlotsAvailable != 2 || overview.JobsRunning != 0 {
		t.Errorf("overview %+v: want one TaskManager with two free slots and no job", overview)
	}
	config, err := s.Client.Config(ctx)
	if err != nil {
		t.Fatal(err)
	}
	version, err := config.Version()
	if err != nil || version != s.Version || config.FlinkVersion != overview.FlinkVersion {
		t.Errorf("config tells version %q (%v), overview %q, want %s", config.FlinkVersion, err, overview.FlinkVersion, s.Version)
	}
	if !config.WebSubmitEnabled || !config.WebCancelEnabled || config.HistoryServer {
		t.Errorf("config %+v: want submit and cancel", config)
	}
	settings, err := s.Client.JobManagerConfig(ctx)
	if err != nil || settings["taskmanager.numberOfTaskSlots"] != "2" {
		t.Errorf("configuration of the JobManager: %v, %v", settings, err)
	}
	managers, err := s.Client.TaskManagers(ctx)
	if err != nil || len(managers) != 1 {
		t.Fatalf("TaskManagers: %v, %v; want one", managers, err)
	}
	m := managers[0]
	if m.ID == "" || m.Slots != 2 || m.FreeSlots != 2 || m.CPUCores < 1 || m.PhysicalMemoryBytes < 1<<28 ||
		m.HeapBytes < 1<<26 || m.ManagedMemoryBytes < 1<<20 || m.ProcessMemoryBytes < m.HeapBytes {
		t.Errorf("TaskManager %+v", m)
	}
}

func (s *suite) unknownJobs(t *testing.T) {
	ctx, id, c := t.Context(), rest.NewJobID(), s.Client
	for _, op := range []struct {
		name string
		do   func() error
	}{
		{"job", func() error { _, err := c.Job(ctx, id); return err }},
		{"status", func() error { _, err := c.JobStatus(ctx, id); return err }},
		{"result", func() error { _, err := c.JobResult(ctx, id); return err }},
		{"accumulators", func() error { _, err := c.Accumulators(ctx, id); return err }},
		{"exceptions", func() error { _, err := c.Exceptions(ctx, id); return err }},
		{"cancel", func() error { return c.Cancel(ctx, id) }},
		{"checkpoints", func() error { _, err := c.Checkpoints(ctx, id); return err }},
		{"configuration", func() error { _, err := c.JobConfig(ctx, id); return err }},
	} {
		wantErr(t, op.name, op.do(), rest.ErrJobNotFound)
	}
	jobs, err := c.Jobs(ctx)
	if err != nil || len(jobs) != 0 {
		t.Errorf("jobs: %v, %v; want none", jobs, err)
	}
}

func (s *suite) unknownJars(t *testing.T) {
	const id = "00000000-0000-0000-0000-000000000000_x.jar"
	_, err := s.Client.RunJar(t.Context(), id, s.Finite, s.Version)
	wantErr(t, "run", err, rest.ErrJarNotFound)
	wantErr(t, "delete", s.Client.DeleteJar(t.Context(), id), rest.ErrJarNotFound)
	jars, err := s.Client.Jars(t.Context())
	if err != nil || len(jars) != 0 {
		t.Errorf("jars: %v, %v; want none", jars, err)
	}
}
