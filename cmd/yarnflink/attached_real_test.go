//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// What is typed on a terminal.
const ctrlC, ctrlD = "\x03", "\x04"

// terminal is the program before which somebody sits. All that it shows stands in stderr.
type terminal struct {
	*process
	keys *os.File
}

// sit starts the program on a terminal of its own, which it loses at the test's end.
func (p *place) sit(t *testing.T, args ...string) *terminal {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{process: &process{cmd: exec.Command(program, args...), done: make(chan struct{})}}
	s.cmd.Env, s.cmd.Dir = p.env, t.TempDir()
	if s.keys, err = pty.Start(s.cmd); err != nil {
		t.Fatal(err)
	}
	shown := make(chan struct{})
	go func() {
		_, _ = io.Copy(&s.stderr, s.keys) // ends with the terminal's other side
		close(shown)
	}()
	go func() {
		_ = s.cmd.Wait()
		<-shown
		close(s.done)
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.keys.Close()
		<-s.done
	})
	return s
}

func (s *terminal) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := s.keys.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// shows waits until all words have come on stderr, prints until they have on stdout.
func (r *process) shows(t *testing.T, words ...string)  { t.Helper(); r.has(t, &r.stderr, words...) }
func (r *process) prints(t *testing.T, words ...string) { t.Helper(); r.has(t, &r.stdout, words...) }

func (r *process) has(t *testing.T, s *screen, words ...string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		over := false
		select {
		case <-r.done:
			over = true
		default:
		}
		text := s.String()
		missing := ""
		for _, w := range words {
			if !strings.Contains(text, w) {
				missing = w
			}
		}
		switch {
		case missing == "":
			return
		case over || time.Now().After(end):
			t.Fatalf("%q does not come:\n%s", missing, text)
		}
	}
}

// attached is the command line of a session that the command stays with.
func (p *place) attached() []string {
	return append([]string{"session", "--hdfs-transport", "webhdfs"}, p.settings...)
}

// only is the one application of the place.
func (p *place) only(t *testing.T) yarn.ApplicationReport {
	t.Helper()
	all := p.applications(t)
	if len(all) != 1 {
		t.Fatalf("applications %v", all)
	}
	return all[0]
}

// isEnded wants the one application to have ended so, and nothing left.
func (p *place) isEnded(t *testing.T, state yarn.State, status yarn.FinalStatus) {
	t.Helper()
	if a := p.only(t); a.State != state || a.FinalStatus != status {
		t.Errorf("%s is %s and %s, want %s and %s", a.ID, a.State, a.FinalStatus, state, status)
	}
	p.checkNothing(t)
}

func TestRealAttached(t *testing.T) {
	clustertest.ForTest(t)
	for name, sitting := range map[string]func(*testing.T, *place){
		"on a terminal":            sitThrough,
		"Ctrl-D stops":             stopByCtrlD,
		"a second Ctrl-C kills":    killByCtrlC,
		"without input":            stayWithoutInput,
		"the JobManager is killed": outliveJobManager,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sitting(t, newPlace(t))
		})
	}
}

// sitThrough watches a job come and go, lets others attach and detach, and stops the session by Ctrl-C.
func sitThrough(t *testing.T, p *place) {
	s := p.sit(t, p.attached()...)
	s.shows(t, "Ctrl-C, SIGTERM or Ctrl-D stops it in order, a second Ctrl-C kills it", "is RUNNING: 0 TaskManagers, 0 of 0 slots free, 0 jobs running")
	s.types(t, "help\n")
	s.shows(t, "stop, quit ", "detach ")
	s.types(t, "hepl\n")
	s.shows(t, `unknown command "hepl"`)

	id := p.only(t).ID.String()
	run := p.start(t, "run", "-yid", id, "-d", "-c", endlessClass, p.cluster.ExamplesJar(""))
	run.ends(t, 0)
	s.shows(t, "is RUNNING: 1 TaskManager, 1 of 2 slots free, 1 job running\r\n")

	for _, other := range []struct {
		name  string
		line  []string
		leave func(*testing.T, *terminal)
		code  int
		words []string
	}{
		{"Ctrl-C by name", []string{"session", "attach", p.name}, func(t *testing.T, s *terminal) { s.types(t, ctrlC) }, 130, []string{"interrupted: session " + id, "goes on", "session attach " + id}},
		{"Ctrl-D by id", []string{"session", "-id", id}, func(t *testing.T, s *terminal) { s.types(t, ctrlD) }, 0, []string{"goes on", "session stop " + id}},
		{"detach", []string{"session", "attach", id}, func(t *testing.T, s *terminal) { s.types(t, "detach\n") }, 0, []string{"goes on"}},
		{"SIGTERM", []string{"session", "attach", id}, func(t *testing.T, s *terminal) { s.signal(t, syscall.SIGTERM) }, 143, []string{"terminated: session " + id, "goes on"}},
		{"SIGHUP", []string{"session", "attach", id, "--stop-on-exit"}, func(t *testing.T, s *terminal) { s.signal(t, syscall.SIGHUP) }, 0, []string{"goes on"}},
	} {
		t.Run(other.name, func(t *testing.T) {
			o := p.sit(t, other.line...)
			o.shows(t, "is RUNNING: 1 TaskManager, 1 of 2 slots free, 1 job running\r\n")
			other.leave(t, o)
			o.ends(t, other.code, other.words...)
		})
	}

	p.start(t, "cancel", "-yid", id, submittedJob(t, run.stdout.String()).String()).ends(t, 0)
	s.shows(t, "0 jobs running, 1 cancelled\r\n")
	s.types(t, ctrlC)
	s.ends(t, 130, "stopping session "+id, "interrupted: session "+id+" ("+p.name+") is stopped")
	p.isEnded(t, yarn.Finished, yarn.StatusSucceeded)
}

func stopByCtrlD(t *testing.T, p *place) {
	s := p.sit(t, p.attached()...)
	s.shows(t, "is RUNNING: ")
	s.types(t, ctrlD)
	s.ends(t, 0, "is FINISHED (SUCCEEDED); its staging folder is removed")
	p.isEnded(t, yarn.Finished, yarn.StatusSucceeded)
}

// killByCtrlC has the JobManager not answer when it is asked to end.
func killByCtrlC(t *testing.T, p *place) {
	s := p.sit(t, p.attached()...)
	s.shows(t, "is RUNNING: ")
	asked := p.JobManagers.Add(faults.Fault{Match: "DELETE /cluster", Mode: faults.Hang})
	s.types(t, ctrlC)
	s.reach(t, asked.C)
	s.shows(t, "Ctrl-C kills it")
	s.types(t, ctrlC)
	s.ends(t, 130, "killing application_", "is killed")
	p.isEnded(t, yarn.Killed, yarn.StatusKilled)
}

// stayWithoutInput is how cron and systemd start a session. It goes on without the command, and ends by another.
func stayWithoutInput(t *testing.T, p *place) {
	s := p.start(t, p.attached()...)
	s.shows(t, "Ctrl-C or SIGTERM stops it in order", "is RUNNING: ")
	s.signal(t, syscall.SIGHUP)
	s.ends(t, 0)
	if out := s.stdout.String(); !strings.Contains(out, "goes on") {
		t.Errorf("stdout %q", out)
	}

	id := p.only(t).ID.String()
	watching := p.start(t, "session", "attach", id, "-o", "json")
	watching.shows(t, "detaches, and leaves it running")
	ending := p.startWith(t, strings.NewReader(""), "session", "attach", p.name, "--stop-on-exit")
	ending.shows(t, "Ctrl-C or SIGTERM stops it in order", "is RUNNING: ")
	ending.signal(t, syscall.SIGTERM)
	ending.ends(t, 143, "terminated: session "+id, "is stopped")
	watching.ends(t, 0)
	if out := watching.stdout.String(); !strings.Contains(out, `"outcome":"ended"`) {
		t.Errorf("stdout %q", out)
	}
	p.isEnded(t, yarn.Finished, yarn.StatusSucceeded)
}

// outliveJobManager has the session die under the command, which tells why.
func outliveJobManager(t *testing.T, p *place) {
	s := p.start(t, append(p.attached(), "-D", "yarn.application-attempts=1")...)
	s.shows(t, "is RUNNING: ")
	killContainers(t, p.only(t).ID)
	s.ends(t, 1, "FAILED", "exited")
	if out := s.stdout.String(); !strings.Contains(out, "is FAILED (FAILED)") {
		t.Errorf("stdout %q", out)
	}
	p.isEnded(t, yarn.Failed, yarn.StatusFailed)
}
