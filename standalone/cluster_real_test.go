package standalone_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// TestCluster goes through the life of a cluster on three hosts, with Flink's own scripts in between.
func TestCluster(t *testing.T) {
	// Flink's own scripts can't have a blank in their path.
	w := newWorldIn(t, "flink", sshdtest.Options{Hosts: []string{"127.0.0.2"}})
	masters, three := []string{"127.0.0.2"}, []string{"127.0.0.2", "127.0.0.2", "127.0.0.2"}
	ctx := t.Context()

	if _, err := w.cluster(t, masters, three).Status(ctx); !errors.Is(err, standalone.ErrNotRunning) {
		t.Errorf("status of nothing: %v", err)
	}
	started, err := w.cluster(t, masters, three).Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if started.TaskManagers != 3 || started.Slots != 6 || len(started.Processes) != 4 || started.FlinkVersion != "1.20.5" {
		t.Errorf("got %+v", started)
	}
	again, err := w.cluster(t, masters, three).Start(ctx)
	if err != nil {
		t.Fatalf("start of what runs: %v", err)
	}
	for _, p := range again.Processes {
		if p.Started {
			t.Errorf("started again: %+v", p)
		}
	}

	// Flink's script ends the last one of the pid file, which ours has written, and starts one that ours finds.
	if out := w.script(t, "127.0.0.2", "taskmanager.sh", "stop"); !strings.Contains(out, fmt.Sprintf("(pid: %d)", lastTaskManager(started))) {
		t.Errorf("taskmanager.sh stop: %s", out)
	}
	status, err := w.cluster(t, masters, three).Status(ctx)
	if !errors.Is(err, standalone.ErrIncomplete) || len(status.Hosts[0].Processes) != 3 {
		t.Errorf("status with one stopped: %v, %+v", err, status)
	}
	w.script(t, "127.0.0.2", "taskmanager.sh", "start")
	eventually(t, "registered", time.Minute, func() bool {
		status, err = w.cluster(t, masters, three).Status(ctx)
		return err == nil && !slices.ContainsFunc(status.Hosts[0].Processes, func(p standalone.ProcessStatus) bool {
			return p.Role == standalone.TaskManager && p.Registered == nil // its log doesn't tell its name yet
		})
	})
	for _, p := range status.Hosts[0].Processes {
		if p.Lost || p.FlinkVersion != "1.20.5" || p.Seconds < 0 || p.Role == standalone.TaskManager && (p.Registered == nil || !*p.Registered) {
			t.Errorf("got %+v", p)
		}
	}

	compareCommandLines(t, status)

	// A pid file that was lost: the processes are found, and adopted by the next start.
	pids := filepath.Join(w.home, "pid", "flink-"+userName()+"-taskexecutor.pid")
	if err := os.Remove(pids); err != nil {
		t.Fatal(err)
	}
	status, err = w.cluster(t, masters, three).Status(ctx)
	if err != nil || !status.Hosts[0].Processes[1].Lost {
		t.Errorf("lost: %v, %+v", err, status)
	}
	if _, err := w.cluster(t, masters, three).Start(ctx); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(pids); err != nil || strings.Count(string(content), "\n") != 3 {
		t.Errorf("adopted: %q, %v", content, err)
	}

	// One that Flink's script has started is stopped like all others.
	stopped, err := w.cluster(t, masters, three).Stop(ctx, false)
	if err != nil || len(stopped) != 4 {
		t.Errorf("stop: %v, %+v", err, stopped)
	}
	if left := w.processes(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if files, _ := filepath.Glob(filepath.Join(w.home, "pid", "*")); len(files) > 0 {
		t.Errorf("pid files left: %v", files)
	}
	if stopped, err = w.cluster(t, masters, three).Stop(ctx, false); err != nil || len(stopped) != 0 {
		t.Errorf("stop of nothing: %v, %v", stopped, err)
	}
}

func lastTaskManager(s *standalone.Started) int {
	last := 0
	for _, p := range s.Processes {
		if p.Role == standalone.TaskManager {
			last = max(last, p.PID)
		}
	}
	return last
}

// TestStartInterrupted ends a start at different moments: nothing is left.
func TestStartInterrupted(t *testing.T) {
	w := newWorld(t, sshdtest.Options{Hosts: []string{"127.0.0.2"}})
	cause := errors.New("interrupted by the test")
	for _, after := range []string{"asked", "started", "answers"} {
		t.Run(after, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			c := w.clusterReporting(t, []string{"127.0.0.2"}, []string{"127.0.0.2", "127.0.0.2"}, func(e standalone.Event) {
				if e.State == after {
					cancel(cause)
				}
			})
			_, err := c.Start(ctx)
			if !errors.Is(err, cause) {
				t.Fatalf("got %v", err)
			}
			if left := w.processes(t); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestJobManagerPortTaken has a JobManager that can't start: its cause is told, and no TaskManager is left.
func TestJobManagerPortTaken(t *testing.T) {
	w := newWorld(t, sshdtest.Options{})
	l := listen(t, fmt.Sprintf("127.0.0.1:%d", w.restPort))
	defer l.Close()
	_, err := w.cluster(t, []string{"localhost"}, []string{"localhost"}, standalone.Property{Key: "rest.bind-address", Value: "127.0.0.1"}).Start(t.Context())
	var incomplete *standalone.IncompleteError
	if !errors.As(err, &incomplete) || len(incomplete.Failures) != 1 {
		t.Fatalf("got %v", err)
	}
	f := incomplete.Failures[0]
	if f.Role != standalone.JobManager || !strings.Contains(f.Error(), "BindException") || !strings.Contains(f.Log, "BindException") || f.LogFile == "" {
		t.Errorf("got %+v", f)
	}
	if left := w.processes(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestStopForce ends a process that does not react.
func TestStopForce(t *testing.T) {
	w := newWorld(t, sshdtest.Options{})
	c := w.cluster(t, []string{"localhost"}, []string{"localhost"})
	started, err := c.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pid := fmt.Sprint(lastTaskManager(started))
	if err := exec.Command("kill", "-STOP", pid).Run(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	stopped, err := w.cluster(t, []string{"localhost"}, []string{"localhost"}).Stop(t.Context(), true)
	if err != nil || len(stopped) != 2 || time.Since(begin) > 8*time.Second {
		t.Errorf("got %v, %v after %s", stopped, err, time.Since(begin))
	}
}

// compareCommandLines wants a TaskManager that Flink's script has started and one of ours to have the same command line, but for
// the name and number of each, the empty entries of the script's class path, and the order of what the memory model has derived.
func compareCommandLines(t *testing.T, status *standalone.Status) {
	t.Helper()
	var scripts, ours []string
	for _, p := range status.Hosts[0].Processes {
		if p.Role != standalone.TaskManager {
			continue
		}
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Split(string(content), "\x00")
		var kept []string
		named := false
		for i, word := range words {
			switch {
			case strings.HasPrefix(word, "taskmanager.resource-id="):
				named, kept = true, kept[:len(kept)-1]
			case strings.HasPrefix(word, "-Dlog.file="):
			case i == 0:
				kept = append(kept, filepath.Base(word))
			case i > 0 && words[i-1] == "-classpath":
				kept = append(kept, strings.TrimRight(word, ":"))
			default:
				kept = append(kept, word)
			}
		}
		slices.Sort(kept)
		if named {
			ours = kept
		} else {
			scripts = kept
		}
	}
	if diff := cmp.Diff(scripts, ours); scripts == nil || diff != "" {
		t.Errorf("(-script's +ours)\n%s", diff)
	}
}
