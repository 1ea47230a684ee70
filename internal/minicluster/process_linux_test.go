package minicluster

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startScript runs a shell script that prints a line when it has set itself up, and reaps it at its end.
func startScript(t *testing.T, script, dir string, env ...string) identity {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Dir, cmd.Env = dir, env
	detach(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	p, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		syscall.Kill(-p.PID, syscall.SIGKILL)
		<-ended
	})
	return p
}

const sleeper = "echo; exec sleep 600"

func TestIdentity(t *testing.T) {
	p := startScript(t, sleeper, "")
	other := p
	other.StartTicks++
	earlier := p
	earlier.BootID = "another boot"
	if !p.alive() {
		t.Error("a running process is not alive")
	}
	for name, stranger := range map[string]identity{"reused number": other, "earlier boot": earlier, "none": {}} {
		if stranger.alive() {
			t.Errorf("%s: alive", name)
		}
		if err := stranger.signal(syscall.SIGKILL); err != nil {
			t.Errorf("%s: signal: %v", name, err)
		}
	}
	if !p.alive() {
		t.Error("a signal to a stranger killed the process")
	}
	if err := p.signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := poll(ctx, func() error { return errIf(p.alive()) }, never); err != nil {
		t.Errorf("a killed process is still alive: %v", err)
	}
}

func errIf(bad bool) error {
	if bad {
		return errors.New("not yet")
	}
	return nil
}

func TestZombieIsNotAlive(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Process.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	// Not reaped: only the look at its state can tell.
	if err := poll(ctx, func() error { return errIf(p.alive()) }, never); err != nil {
		t.Errorf("zombie counts as alive: %v", err)
	}
	cmd.Wait()
}

const firstThreadEnds = "MINICLUSTER_TEST_FIRST_THREAD_ENDS"

// In a child of TestProcessIsAliveWithItsLastThread this ends the first thread and leaves the others. Only during
// initialization it is certain which thread runs.
func init() {
	if os.Getenv(firstThreadEnds) == "" {
		return
	}
	runtime.LockOSThread()
	go func() { select {} }()
	os.Stdout.WriteString("\n")
	syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0)
}

func TestProcessIsAliveWithItsLastThread(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := startScript(t, `exec "$SELF"`, "", firstThreadEnds+"=1", "SELF="+self)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	firstEnded := func() error {
		stat, err := readStat(p.PID)
		return errors.Join(err, errIf(!stat.zombie))
	}
	if err := poll(ctx, firstEnded, never); err != nil {
		t.Fatal(err)
	}
	if !p.alive() {
		t.Error("a process whose first thread has ended is not alive, and may hold its ports")
	}
}

func TestMarked(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(localDir(dir), "usercache", "container_1")
	beside := localDir(dir) + "-other"
	for _, d := range []string{work, beside, confDir(dir)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		cwd  string
		env  []string
		want bool
	}{
		{"daemon", "/", []string{markerVariable + "=" + dir}, true},
		{"daemon of another cluster", "/", []string{markerVariable + "=" + dir + "2"}, false},
		{"container", "/", []string{"LOCAL_DIRS=" + filepath.Join(localDir(dir), "usercache", "x")}, true},
		{"container of another cluster", "/", []string{"LOCAL_DIRS=" + beside + "/usercache"}, false},
		{"child of a container that changed its environment", work, nil, true},
		{"process in a folder with a longer name", beside, nil, false},
		{"client of this cluster", confDir(dir), []string{"HADOOP_CONF_DIR=" + confDir(dir), "YARNFLINK_TEST_CLUSTER=" + dir}, false},
	}
	started := make([]identity, len(tests))
	for i, test := range tests {
		started[i] = startScript(t, sleeper, test.cwd, test.env...)
	}
	found, err := marked(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		if got := slices.Contains(found, started[i]); got != test.want {
			t.Errorf("%s: found %t, want %t", test.name, got, test.want)
		}
	}
}

func TestEndProcesses(t *testing.T) {
	dir := t.TempDir()
	marker := markerVariable + "=" + dir
	gentle := startScript(t, sleeper, "/", marker)
	stubborn := startScript(t, "trap '' TERM; echo; while :; do sleep 1; done", "/", marker)
	recorded := startScript(t, sleeper, "/") // known by the state file only
	stranger := startScript(t, sleeper, "/")
	s := state{Processes: map[string]identity{
		NameNode: recorded,
		DataNode: {PID: stranger.PID, StartTicks: stranger.StartTicks - 1, BootID: stranger.BootID},
	}}
	if err := endProcesses(t.Context(), dir, s, 200*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]identity{"gentle": gentle, "stubborn": stubborn, "recorded": recorded} {
		if p.alive() {
			t.Errorf("the %s process is left", name)
		}
	}
	if !stranger.alive() {
		t.Error("a process with a number out of the state file but another start time was ended")
	}
}

func TestEndProcessesReturnsWithContext(t *testing.T) {
	dir := t.TempDir()
	startScript(t, "trap '' TERM; echo; while :; do sleep 1; done", "/", markerVariable+"="+dir)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := endProcesses(ctx, dir, state{}, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("endProcesses: %v, want the deadline", err)
	}
}

func TestParseStat(t *testing.T) {
	rest := " 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 99"
	tests := []struct {
		name, content string
		want          procStat
		fails         bool
	}{
		{"plain", "12 (java) S" + rest, procStat{parent: 7, start: 4711}, false},
		{"name like a status", "12 (a) Z 3 (b) R" + rest, procStat{parent: 7, start: 4711}, false},
		{"zombie", "12 (java) Z" + rest, procStat{parent: 7, start: 4711, zombie: true}, false},
		{"cut off", "12 (java) S 7 1", procStat{}, true},
		{"no name", "12", procStat{}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseStat(test.content)
			if (err != nil) != test.fails {
				t.Fatalf("error %v, want one: %t", err, test.fails)
			}
			if err == nil && got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("12 (java) S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 99")
	f.Add(")")
	f.Add("")
	f.Fuzz(func(t *testing.T, content string) {
		if s, err := parseStat(content); err == nil && !strings.Contains(content, ")") {
			t.Errorf("parsed %q as %+v", content, s)
		}
	})
}
