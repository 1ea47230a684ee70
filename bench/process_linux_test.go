package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func shell(script string) command {
	return command{argv: []string{"/bin/sh", "-c", script}, env: os.Environ()}
}

func TestExecuteCountsChildren(t *testing.T) {
	// The work is done by a child of the command, as Flink's scripts have it done by a JVM.
	u, out, err := execute(t.Context(), shell(`/bin/sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo "$i"'; exit 0`))
	if err != nil {
		t.Fatal(err)
	}
	if out != "100000\n" {
		t.Errorf("output %q", out)
	}
	if u.Wall <= 0 || u.CPU < 10*time.Millisecond || u.RSS < 1<<20 {
		t.Errorf("usage %+v: the child's work is missing", u)
	}
}

func TestExecuteFails(t *testing.T) {
	_, _, err := execute(t.Context(), shell("echo this is why >&2; exit 3"))
	if err == nil || !strings.Contains(err.Error(), "this is why") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
}

func TestExecuteEndsTheWholeGroup(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "started")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("interrupted by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		// A child that keeps to itself what the script is told: only a signal to the group reaches it.
		_, _, err := execute(ctx, shell(`sleep 300 & echo $! >`+fifo+`; wait`))
		ended <- err
	}()
	file, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	line, err := bufio.NewReader(file).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	cancel(cause)
	if err := <-ended; !errors.Is(err, cause) {
		t.Errorf("error %v, want %v", err, cause)
	}
	// Whoever inherits the child may not have looked at it yet; a dead one runs no command line.
	if content, err := os.ReadFile(filepath.Join("/proc", line[:len(line)-1], "cmdline")); err == nil && len(content) > 0 {
		t.Errorf("child %d still runs: %q", child, content)
	}
}

func TestMentioned(t *testing.T) {
	if yes, err := mentioned(filepath.Base(os.Args[0])); err != nil || !yes {
		t.Errorf("this test's own command line: %v, %v", yes, err)
	}
	if yes, err := mentioned("application_1_" + strconv.FormatInt(time.Now().UnixNano(), 10)); err != nil || yes {
		t.Errorf("a command line of nobody: %v, %v", yes, err)
	}
}
