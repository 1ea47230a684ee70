package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// grace is how long an interrupted client may take to clean up behind itself.
const grace = 20 * time.Second

// execute runs a command to its end and returns what it used and what it wrote to standard output. Another exit code than 0
// is an error that holds the end of what it wrote.
//
// The command gets a process group of its own, so that a Ctrl-C in the terminal reaches only this program. When ctx ends the
// whole group is asked to end, and killed if it takes longer than grace.
func execute(ctx context.Context, c command) (usage, string, error) {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, c.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = grace
	started := time.Now()
	err := cmd.Run()
	u := usage{Wall: time.Since(started)}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		if cmd.Process != nil {
			// What is left of the group when its leader has ended: none of it may outlive the benchmark.
			err = errors.Join(err, killGroup(cmd.Process.Pid))
		}
		return u, "", fmt.Errorf("run %s: %w\n%s", strings.Join(c.argv, " "), err, tail(stdout.String()+stderr.String(), 4000))
	}
	// Both count the children that the process has waited for, and theirs: a script waits for its JVMs.
	u.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.RSS = int64(r.Maxrss) << 10
	}
	return u, stdout.String(), nil
}

func killGroup(leader int) error {
	if err := syscall.Kill(-leader, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill process group %d: %w", leader, err)
	}
	return nil
}
