//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	wordCountClass = "org.apache.flink.streaming.examples.wordcount.WordCount"
	endlessClass   = "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing"
)

const text = `To be, or not to be, that is the question:
Whether 'tis nobler in the mind to suffer -- the 2 slings & 3 arrows_of fortune,
  OR to take Arms against a sea of troubles...

And by opposing end them: to die, to sleep; to sleep, perchance to dream.
`

// mainJob is a place without proxies between the program and the cluster. The
// names of all applications begin with the place's.
type mainJob struct {
	*place
	input string // text in HDFS
}

func newMainJob(t *testing.T) *mainJob {
	t.Helper()
	return newMainJobOn(t, clustertest.ForTest(t))
}

func newMainJobOn(t *testing.T, c *minicluster.Cluster) *mainJob {
	t.Helper()
	m := &mainJob{place: newPlaceOn(t, c)}
	m.env = append(m.env, "HADOOP_CONF_DIR="+m.cluster.HadoopConfDir())
	t.Cleanup(func() {
		for _, a := range m.named(t, "", yarn.LiveStates()...) {
			if _, err := m.rm.Kill(context.Background(), a.ID, "the test has ended"); err != nil {
				t.Error(err)
			}
		}
	})
	if err := m.dfs.MkdirAll(t.Context(), m.base, 0o755); err != nil {
		t.Fatal(err)
	}
	m.input = m.base + "/text"
	if _, err := m.dfs.Create(t.Context(), m.input, strings.NewReader(text), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return m
}

// named lists the applications whose names begin with the place's and that suffix.
func (m *mainJob) named(t *testing.T, suffix string, states ...yarn.State) []yarn.ApplicationReport {
	t.Helper()
	all, err := m.rm.Applications(context.Background(), yarn.Filter{States: states, Match: func(a yarn.ApplicationReport) bool {
		return strings.HasPrefix(a.Name, m.name+suffix)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// result runs the program, wants exit code 0, and reads what -o json prints.
func (p *place) result(t *testing.T, to any, args ...string) {
	t.Helper()
	r := p.start(t, append([]string{args[0], "-o", "json"}, args[1:]...)...)
	r.ends(t, 0)
	if err := json.Unmarshal([]byte(r.stdout.String()), to); err != nil {
		t.Fatalf("%v: %q", err, r.stdout.String())
	}
}

// runningSession is a session of the test, and its JobManager.
type runningSession struct {
	submit.Deployment
	jm *rest.Client
}

func (m *mainJob) startSession(t *testing.T, suffix, taskManagers string, more ...string) *runningSession {
	t.Helper()
	return m.sessionWith(t, append([]string{"-n", taskManagers, "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", m.name + suffix,
		"-D", "yarn.properties-file.location=" + t.TempDir()}, more...)...)
}

// sessionWith starts a session with these options.
func (p *place) sessionWith(t *testing.T, options ...string) *runningSession {
	t.Helper()
	s := &runningSession{}
	p.result(t, &s.Deployment, append([]string{"session", "-d"}, options...)...)
	var err error
	if s.jm, err = rest.NewClient(rest.Options{BaseURL: s.RestURL}); err != nil {
		t.Fatal(err)
	}
	return s
}

// within polls until done says so.
func within(t *testing.T, what string, done func() (bool, error)) {
	t.Helper()
	var ok bool
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ok, err = done(); ok && err == nil {
			return
		}
	}
	t.Fatalf("%s: not within %s (%v)", what, patience, err)
}

// From the start of sessions to their end: what the servers tell is what was asked for.
func TestRealMainJob(t *testing.T) {
	t.Parallel()
	newMainJob(t).checkAll(t)
}

func (m *mainJob) checkAll(t *testing.T) {
	a := m.startSession(t, "-a", "2")
	b := m.startSession(t, "-b", "1")
	if a.UploadedBytes < 1<<20 || b.UploadedBytes >= a.UploadedBytes {
		t.Errorf("uploaded: %d bytes for the first session, %d for the second", a.UploadedBytes, b.UploadedBytes)
	}
	t.Run("while they run", func(t *testing.T) {
		for name, step := range map[string]func(*testing.T){
			"memory and slots as asked":         func(t *testing.T) { m.checkSize(t, a) },
			"word count":                        func(t *testing.T) { m.checkWordCount(t, a) },
			"found by name":                     func(t *testing.T) { m.checkNames(t, a, b) },
			"savepoint, stop, start and cancel": func(t *testing.T) { m.checkSavepoints(t, b) },
			"a cluster for the job":             m.checkOwnCluster,
			"a cluster for a job that fails":    m.checkFailingCluster,
			"a cluster whose job is cancelled":  m.checkCancelledCluster,
			"a cluster with all kinds of files": m.checkFilesOfCluster,
			"a JobManager that dies":            m.checkLastWords,
			"refused":                           func(t *testing.T) { m.checkRefusals(t, a) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				step(t)
			})
		}
	})
	m.checkKill(t, a, b)
}

// checkSize wants both TaskManagers without a job that needs them.
func (m *mainJob) checkSize(t *testing.T, s *runningSession) {
	var all []rest.TaskManager
	within(t, "two TaskManagers", func() (ok bool, err error) {
		all, err = s.jm.TaskManagers(t.Context())
		// One that has registered tells its slots a moment later.
		return len(all) == 2 && !slices.ContainsFunc(all, func(tm rest.TaskManager) bool { return tm.Slots == 0 }), err
	})
	for _, tm := range all {
		if tm.Slots != 2 || tm.ProcessMemoryBytes != 1280<<20 {
			t.Errorf("TaskManager %s has %d slots and %d bytes, want 2 and %d", tm.ID, tm.Slots, tm.ProcessMemoryBytes, 1280<<20)
		}
	}
	overview, err := s.jm.Overview(t.Context())
	if err != nil || overview.SlotsTotal != 4 || overview.TaskManagers != 2 {
		t.Errorf("overview %+v (%v), want 2 TaskManagers and 4 slots", overview, err)
	}
	config, err := s.jm.JobManagerConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if size, err := flink.ParseMemorySize(config["jobmanager.memory.process.size"]); err != nil || size != 1<<30 {
		t.Errorf("the JobManager has %s (%v), want 1024 MB", size, err)
	}
	report, err := m.rm.Application(t.Context(), s.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	if report.RunningContainers != 3 || report.AllocatedMB != 1024+2*1280 {
		t.Errorf("YARN has given %d containers of %d MB, want 3 of %d", report.RunningContainers, report.AllocatedMB, 1024+2*1280)
	}
}

// counts counts the words of text as the example does.
func counts() map[string]int {
	words := map[string]int{}
	for _, word := range regexp.MustCompile(`\W+`).Split(strings.ToLower(text), -1) {
		if word != "" {
			words[word]++
		}
	}
	return words
}

// checkCounts compares the files of a folder in HDFS with counts.
func (m *mainJob) checkCounts(t *testing.T, folder string) {
	t.Helper()
	files, err := m.dfs.Walk(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, f := range files {
		if strings.HasPrefix(path.Base(f.Path), ".") {
			t.Errorf("%s is left", f.Path)
		}
		for line := range strings.Lines(m.read(t, f.Path)) {
			var n int
			word, number, _ := strings.Cut(strings.Trim(line, "()\n"), ",")
			if _, err := fmt.Sscan(number, &n); err != nil || got[word] != 0 {
				t.Errorf("%s: line %q (%v)", f.Path, line, err)
			}
			got[word] = n
		}
	}
	if diff := cmp.Diff(counts(), got); diff != "" {
		t.Errorf("counts in %s (-want +got):\n%s", folder, diff)
	}
}

func (p *place) read(t *testing.T, name string) string {
	t.Helper()
	r, err := p.dfs.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// wordCount is the command line behind the target.
func (m *mainJob) wordCount(jar, output string) []string {
	return []string{"-c", wordCountClass, jar, "--execution-mode", "BATCH", "--input", m.dfs.URI() + m.input, "--output", m.dfs.URI() + output}
}

func (m *mainJob) checkWordCount(t *testing.T, s *runningSession) {
	local := m.cluster.ExamplesJar("")
	jar, err := os.Open(local)
	if err != nil {
		t.Fatal(err)
	}
	defer jar.Close()
	remote := m.base + "/" + filepath.Base(local)
	if _, err := m.dfs.Create(t.Context(), remote, jar, hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for from, jar := range map[string]string{"disk": local, "HDFS": m.dfs.URI() + remote} {
		output := m.base + "/counts-" + from
		var got map[string]any
		m.result(t, &got, append([]string{"run", "--session", s.Name}, m.wordCount(jar, output)...)...)
		keys := []string{"accumulators", "applicationId", "durationMs", "jobId", "restUrl", "state"}
		if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("keys of the result (-want +got):\n%s", diff)
		}
		if got["state"] != "FINISHED" || got["applicationId"] != s.ApplicationID.String() {
			t.Errorf("result %v", got)
		}
		m.checkCounts(t, output)
	}
	nowhere := []string{"run", "--session", s.Name, "-c", wordCountClass, local, "--input", "hdfs:///nowhere"}
	m.start(t, nowhere...).ends(t, 7, "nowhere")
	// No job comes of a main method that fails.
	m.start(t, append(nowhere, "--execution-mode", "SOMEHOW")...).ends(t, 7, "SOMEHOW")
	if jars, err := s.jm.Jars(t.Context()); err != nil || len(jars) > 0 {
		t.Errorf("jars left: %v (%v)", jars, err)
	}
}

func (m *mainJob) checkNames(t *testing.T, sessions ...*runningSession) {
	for _, s := range sessions {
		var status map[string]any
		m.result(t, &status, "status", s.Name)
		if status["applicationId"] != s.ApplicationID.String() || status["state"] != "RUNNING" {
			t.Errorf("status of %s: %v", s.Name, status)
		}
	}
	third := m.name + "-third"
	m.start(t, "run", "--session", third, m.cluster.ExamplesJar("")).ends(t, 9, third, sessions[0].Name, sessions[1].Name)
	m.start(t, "list", "--session", third).ends(t, 9, third)
}

// endless starts a job that does not end, and waits for its tasks.
func (m *mainJob) endless(t *testing.T, s *runningSession, flags ...string) rest.JobID {
	t.Helper()
	var job submit.JobResult
	m.result(t, &job, append(append([]string{"run", "--session", s.Name, "-d", "-c", endlessClass}, flags...), m.cluster.ExamplesJar(""))...)
	m.awaitTasks(t, s, job.JobID)
	return job.JobID
}

func (m *mainJob) awaitTasks(t *testing.T, s *runningSession, id rest.JobID) {
	t.Helper()
	within(t, "all tasks run", func() (bool, error) {
		details, err := s.jm.Job(t.Context(), id)
		return details.State == rest.Running && !slices.ContainsFunc(details.Vertices, func(v rest.Vertex) bool { return v.State != "RUNNING" }), err
	})
}

func (m *mainJob) listed(t *testing.T, s *runningSession) map[string]string {
	t.Helper()
	var jobs []struct{ JobID, State string }
	m.result(t, &jobs, "list", "--session", s.Name)
	states := map[string]string{}
	for _, j := range jobs {
		states[j.JobID] = j.State
	}
	return states
}

func (m *mainJob) checkSavepoints(t *testing.T, s *runningSession) {
	folder := m.dfs.URI() + m.base + "/savepoints"
	job := m.endless(t, s)
	if diff := cmp.Diff(map[string]string{job.String(): "RUNNING"}, m.listed(t, s)); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	var taken, stopped submit.OperationResult
	m.result(t, &taken, "savepoint", "--session", s.Name, job.String(), folder)
	m.result(t, &stopped, "stop", "--session", s.Name, "-p", folder, job.String())
	for _, savepoint := range []string{taken.Path, stopped.Path} {
		if u, err := url.Parse(savepoint); err != nil || !strings.HasPrefix(savepoint, folder) {
			t.Errorf("savepoint %s, want it in %s", savepoint, folder)
		} else if _, err := m.dfs.Stat(t.Context(), u.Path+"/_metadata"); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(map[string]string{}, m.listed(t, s)); diff != "" {
		t.Errorf("list after stop (-want +got):\n%s", diff)
	}

	again := m.endless(t, s, "-s", stopped.Path, "-cm", "claim")
	within(t, "restored from "+stopped.Path, func() (bool, error) {
		c, err := s.jm.Checkpoints(t.Context(), again)
		return c.LatestRestored != nil && c.LatestRestored.Path == stopped.Path, err
	})
	m.start(t, "cancel", "--session", s.Name, again.String()).ends(t, 0)
	within(t, "cancelled", func() (bool, error) {
		state, err := s.jm.JobStatus(t.Context(), again)
		return state == rest.Canceled, err
	})
	m.start(t, "cancel", "--session", s.Name, rest.NewJobID().String()).ends(t, 9)
}

// ownCluster runs a job attached in a cluster of its own, and returns what became of the application. The JobManager
// ends a moment after its job, and removes the folder itself, after YARN calls the application ended.
func (m *mainJob) ownCluster(t *testing.T, suffix string, code int, words []string, line ...string) yarn.ApplicationReport {
	t.Helper()
	m.start(t, append([]string{"run", "-m", "yarn-cluster", "-yn", "1", "-yjm", "1024", "-ytm", "1280", "-ynm", m.name + suffix}, line...)...).ends(t, code, words...)
	var apps []yarn.ApplicationReport
	within(t, "one application that has ended", func() (bool, error) {
		apps = m.named(t, suffix)
		return len(apps) == 1 && apps[0].State.IsFinal(), nil
	})
	within(t, "no folder", func() (bool, error) {
		_, err := m.dfs.Stat(t.Context(), m.folder(apps[0].ID))
		return errors.Is(err, fs.ErrNotExist), nil
	})
	return apps[0]
}

func (m *mainJob) checkOwnCluster(t *testing.T) {
	output := m.base + "/counts-own"
	app := m.ownCluster(t, "-own", 0, nil, m.wordCount(m.cluster.ExamplesJar(""), output)...)
	if app.State != yarn.Finished || app.FinalStatus != "SUCCEEDED" {
		t.Errorf("the application is %s and %s", app.State, app.FinalStatus)
	}
	m.checkCounts(t, output)
}

func (m *mainJob) checkFailingCluster(t *testing.T) {
	app := m.ownCluster(t, "-failing", 7, []string{"nowhere"}, "-c", wordCountClass, m.cluster.ExamplesJar(""), "--input", "hdfs:///nowhere")
	if app.FinalStatus != "FAILED" {
		t.Errorf("the application is %s and %s", app.State, app.FinalStatus)
	}
}
