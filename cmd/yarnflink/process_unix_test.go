//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the folder of the program, "" before it was needed.
var built string

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "yarnflink-binary-")
	if err != nil {
		return "", err
	}
	built = dir
	program := filepath.Join(dir, "yarnflink")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return program, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// process is the program at work.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr screen
	done           chan struct{}
}

// screen is a stream as far as it has come.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// with is the place with more variables in the environment.
func (p *place) with(variables ...string) *place {
	other := *p
	other.env = append(slices.Clip(p.env), variables...)
	return &other
}

func (p *place) start(t *testing.T, args ...string) *process {
	t.Helper()
	return p.startWith(t, nil, args...)
}

// startWith starts the program with an input, nil for none at all.
func (p *place) startWith(t *testing.T, input io.Reader, args ...string) *process {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return p.execute(t, input, program, args...)
}

// execute starts any program.
func (p *place) execute(t *testing.T, input io.Reader, program string, args ...string) *process {
	t.Helper()
	r := &process{cmd: exec.Command(program, args...), done: make(chan struct{})}
	r.cmd.Env, r.cmd.Dir, r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = p.env, t.TempDir(), input, &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait()
		close(r.done)
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		<-r.done
	})
	return r
}

func (p *place) session(t *testing.T, args ...string) *process {
	return p.start(t, append(append([]string{"session", "-d", "--hdfs-transport", "webhdfs"}, p.settings...), args...)...)
}

// reach waits for a moment that the process must live to see.
func (r *process) reach(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-r.done:
		t.Fatalf("it ended before it got to the point, with %d:\n%s", r.cmd.ProcessState.ExitCode(), r.stderr.String())
	case <-time.After(patience):
		t.Fatalf("it did not get to the point:\n%s", r.stderr.String())
	}
}

// await waits for the process's end.
func (r *process) await(t *testing.T) {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(patience):
		t.Fatalf("it goes on:\n%s", r.stderr.String())
	}
}

// ends waits for the process's end and wants an exit code and words on stderr.
func (r *process) ends(t *testing.T, code int, words ...string) {
	t.Helper()
	r.await(t)
	text := r.stderr.String()
	if got := r.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d:\n%s", got, code, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("stderr lacks %q:\n%s", w, text)
		}
	}
}

func (r *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
