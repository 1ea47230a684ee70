package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

// screen is an output that can be waited for.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newScreen() *screen { return &screen{changed: make(chan struct{})} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until the text has want.
func (s *screen) await(t *testing.T, want string) {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		found, changed := strings.Contains(s.text.String(), want), s.changed
		s.mu.Unlock()
		if found {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%q never comes:\n%s", want, s)
		}
	}
}

// sitting is a command that somebody sits before.
type sitting struct {
	*fakeCluster
	stdin          *io.PipeWriter
	signals        chan os.Signal
	stdout, stderr *screen
	exit           chan int
}

// sit runs a command line on a cluster of fakes; on a terminal, or in a pipe.
func sit(t *testing.T, f *fakeCluster, terminal bool, line string) *sitting {
	t.Helper()
	dir := t.TempDir()
	if err := f.setup(&testscript.Env{WorkDir: dir, Values: map[any]any{}}); err != nil {
		t.Fatal(err)
	}
	stdin, typing := io.Pipe()
	s := &sitting{fakeCluster: f, stdin: typing, signals: make(chan os.Signal), stdout: newScreen(), stderr: newScreen(), exit: make(chan int, 1)}
	args := append([]string{"yarnflink"}, strings.Fields(line)...)
	go func() {
		s.exit <- Run(context.Background(), Env{
			Args:  append(args, "--flink-home", filepath.Join(dir, "flink"), "--hadoop-conf", filepath.Join(dir, "hadoop")),
			Stdin: stdin, Stdout: s.stdout, Stderr: s.stderr, User: "alice", UID: os.Getuid(), Dir: dir, Signals: s.signals,
			Terminal: func(stream any) bool { return terminal && stream == any(stdin) },
		})
	}()
	t.Cleanup(func() { typing.Close() })
	return s
}

// sitBefore starts a session that a command of its own then attaches to, or the
// command itself starts one.
func sitBefore(t *testing.T, terminal bool, line string) *sitting {
	t.Helper()
	f := newFakeCluster(t)
	if strings.Contains(line, "attach") {
		if code := <-sit(t, f, false, "session -nm etl -d").exit; code != exitDone {
			t.Fatalf("start: exit code %d", code)
		}
	}
	s := sit(t, f, terminal, line)
	s.stderr.await(t, "application_1700000000000_0001 is RUNNING: 1 TaskManager, 2 of 2 slots free, 0 jobs running\n")
	return s
}

func (s *sitting) wantExit(t *testing.T, code int, stdout string) {
	t.Helper()
	select {
	case got := <-s.exit:
		if got != code {
			t.Errorf("exit code %d, want %d:\n%s", got, code, s.stderr)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the command does not end:\n%s", s.stderr)
	}
	if !strings.Contains(s.stdout.String(), stdout) {
		t.Errorf("stdout lacks %q:\n%s", stdout, s.stdout)
	}
}

func (s *sitting) wantState(t *testing.T, want yarn.State, folder bool) {
	t.Helper()
	if got := s.yarn.Applications()[0].State; got != want {
		t.Errorf("the application is %s, want %s", got, want)
	}
	files := slices.DeleteFunc(s.hdfs.Files(), isCached)
	if got := len(files) > 0; got != folder {
		t.Errorf("files in its staging folder: %v, want %v", files, folder)
	}
}

const (
	isStopped  = "application_1700000000000_0001 is FINISHED (SUCCEEDED); its staging folder is removed.\n"
	isDetached = "session application_1700000000000_0001 (etl) goes on; attach again with: "
)

func TestAttachedSessionEnds(t *testing.T) {
	tests := []struct {
		name, line string
		terminal   bool
		do         func(*sitting)
		code       int
		stdout     string
		state      yarn.State
	}{
		{"stop", "session -nm etl", false, typing("stop\n"), exitDone, isStopped, yarn.Finished},
		{"quit", "session -nm etl", true, typing(" QUIT \n"), exitDone, isStopped, yarn.Finished},
		{"detach", "session -nm etl", true, typing("detach\n"), exitDone, isDetached, yarn.Running},
		{"stop of another's", "session attach etl", true, typing("stop\n"), exitDone, isStopped, yarn.Finished},
		{"Ctrl-D", "session -nm etl", true, endOfInput, exitDone, isStopped, yarn.Finished},
		{"Ctrl-D of another's", "session attach etl", true, endOfInput, exitDone, isDetached, yarn.Running},
		{"Ctrl-C", "session -nm etl", true, sends(os.Interrupt), exitInterrupted, isStopped, yarn.Finished},
		{"SIGTERM", "session -nm etl", false, sends(syscall.SIGTERM), exitTerminated, isStopped, yarn.Finished},
		{"SIGHUP", "session -nm etl", true, sends(syscall.SIGHUP), exitDone, isDetached, yarn.Running},
		{"Ctrl-C after the end of a pipe", "session -nm etl", false, func(s *sitting) { endOfInput(s); sends(os.Interrupt)(s) }, exitInterrupted, isStopped, yarn.Finished},
		{"Ctrl-C of another's", "session attach etl", true, sends(os.Interrupt), exitInterrupted, isDetached, yarn.Running},
		{"Ctrl-C of another's, to stop", "session attach etl --stop-on-exit", true, sends(os.Interrupt), exitInterrupted, isStopped, yarn.Finished},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sitBefore(t, tt.terminal, tt.line)
			tt.do(s)
			s.wantExit(t, tt.code, tt.stdout)
			s.wantState(t, tt.state, tt.state == yarn.Running)
		})
	}
}

func typing(text string) func(*sitting) {
	return func(s *sitting) { _, _ = io.WriteString(s.stdin, text) }
}

func endOfInput(s *sitting) { _ = s.stdin.Close() }

func sends(which os.Signal) func(*sitting) { return func(s *sitting) { s.signals <- which } }

// What can't be read is not Ctrl-D: a command in the background must stay.
func TestAttachedInputThatBreaks(t *testing.T) {
	s := sitBefore(t, true, "session -nm etl")
	s.stdin.CloseWithError(errors.New("input/output error"))
	s.rest.AddJob(resttest.Job{Name: "late", State: rest.Running})
	s.stderr.await(t, "1 of 2 slots free, 1 job running\n")
	s.signals <- os.Interrupt
	s.wantExit(t, exitInterrupted, isStopped)
}

// A JobManager that YARN starts again is told by its new address.
func TestAttachedJobManagerMoves(t *testing.T) {
	s := sitBefore(t, true, "session attach etl")
	u, err := url.Parse(s.rest.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.yarn.SetAMAddress("localhost:" + u.Port())
	s.stderr.await(t, "application_1700000000000_0001: its JobManager is at http://localhost:"+u.Port()+" now\n")
	s.signals <- os.Interrupt
	s.wantExit(t, exitInterrupted, isDetached)
}

func TestAttachedHelp(t *testing.T) {
	s := sitBefore(t, true, "session attach etl")
	typing("help\n")(s)
	s.stderr.await(t, "stop, quit   stop the session in order")
	typing("\nstatus\n")(s)
	s.stderr.await(t, `note: unknown command "status"; the commands are:`)
	typing("detach\n")(s)
	s.wantExit(t, exitDone, isDetached)
}

// The second signal kills what does not stop.
func TestAttachedInterruptedTwice(t *testing.T) {
	s := sitBefore(t, true, "session -nm etl")
	hit := s.rest.Faults.Add(faults.Fault{Match: "DELETE /cluster", Mode: faults.Hang})
	defer hit.Release()
	s.signals <- os.Interrupt
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := hit.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	s.signals <- syscall.SIGHUP // nobody looks any more: it goes on stopping
	s.signals <- os.Interrupt
	s.wantExit(t, exitInterrupted, "application_1700000000000_0001 is KILLED (KILLED); its staging folder is removed.\n")
	s.wantState(t, yarn.Killed, false)
	if want := "interrupted: session application_1700000000000_0001 (etl) is killed"; !strings.Contains(s.stderr.String(), want) {
		t.Errorf("stderr lacks %q:\n%s", want, s.stderr)
	}
}

// The session's own end is the command's, with its reason.
func TestAttachedSessionDies(t *testing.T) {
	tests := []struct {
		name, line string
		state      yarn.State
		status     yarn.FinalStatus
		code       int
		folder     bool
	}{
		{"stopped by somebody", "session attach etl", yarn.Finished, yarn.StatusSucceeded, exitDone, true},
		{"failed", "session -nm etl", yarn.Failed, yarn.StatusFailed, exitOther, false},
		{"failed, another's", "session attach etl", yarn.Failed, yarn.StatusFailed, exitOther, true},
		{"ended as failed", "session attach etl", yarn.Finished, yarn.StatusFailed, exitOther, true},
		{"killed", "session attach etl", yarn.Killed, yarn.StatusKilled, exitCancelled, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sitBefore(t, false, tt.line)
			s.yarn.Finish(s.yarn.Applications()[0].ID, tt.state, tt.status, "attempts used up")
			s.wantExit(t, tt.code, "application_1700000000000_0001 is "+string(tt.state))
			s.wantState(t, tt.state, tt.folder)
			if tt.code != exitDone && !strings.Contains(s.stderr.String(), "attempts used up") {
				t.Errorf("stderr lacks the reason:\n%s", s.stderr)
			}
		})
	}
}

// A line of JSON for each change, the result last; a JobManager that YARN starts
// again is followed.
func TestAttachedAsJSON(t *testing.T) {
	f := newFakeCluster(t)
	s := sit(t, f, false, "session -nm etl -o json")
	s.stdout.await(t, `"serving":true`)
	f.rest.AddJob(resttest.Job{Name: "etl", State: rest.Running})
	s.stdout.await(t, `"jobsRunning":1`)
	second := resttest.New(t, resttest.Options{TaskManagers: 3})
	f.yarn.SetAMAddress(second.Address())
	s.stdout.await(t, `"taskManagers":3`)
	typing("detach\n")(s)
	s.wantExit(t, exitDone, "")
	lines := slices.Collect(strings.Lines(s.stdout.String()))
	if len(lines) != 4 {
		t.Errorf("%d lines, want three changes and the result:\n%s", len(lines), s.stdout)
	}
	var last map[string]any
	for _, line := range lines {
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	if last["outcome"] != "detached" || last["restUrl"] != second.URL || last["name"] != "etl" {
		t.Errorf("result %v", last)
	}
}

// A signal before the session serves takes everything back, attached or not.
func TestAttachedStartIsTakenBack(t *testing.T) {
	for _, which := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		t.Run(which.String(), func(t *testing.T) {
			f := newFakeCluster(t)
			hit := f.rest.Faults.Add(faults.Fault{Match: "GET /overview", Mode: faults.Hang})
			defer hit.Release()
			s := sit(t, f, true, "session -nm etl")
			<-hit.C
			s.signals <- which
			code := exitInterrupted
			if which == syscall.SIGHUP {
				code = exitTerminated
			}
			s.wantExit(t, code, "")
			s.wantState(t, yarn.Killed, false)
		})
	}
}
