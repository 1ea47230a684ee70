package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func ownUID() int { return os.Getuid() }

func TestExitCode(t *testing.T) {
	interrupted, terminated := &interruption{os.Interrupt}, &interruption{syscall.SIGTERM}
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"done", nil, 0},
		{"anything else", errors.New("x"), 1},
		{"usage", usagef("x"), 2},
		{"validation", &submit.ValidationError{Problems: []submit.Problem{{What: "x"}}}, 3},
		{"ambiguous", fmt.Errorf("x: %w", submit.ErrAmbiguous), 3},
		{"no Hadoop configuration", &hadoop.ConfDirError{}, 3},
		{"missing file of the configuration", refuse(fs.ErrNotExist), 3},
		{"queue refuses", &yarn.RemoteError{Status: 400, Message: "AccessControlException: no"}, 4},
		{"unauthorized", &yarn.RemoteError{Status: 401}, 4},
		{"permission on HDFS", fmt.Errorf("x: %w", fs.ErrPermission), 4},
		{"quota of HDFS", fmt.Errorf("x: %w", hdfs.ErrQuota), 4},
		{"a file in the way", fmt.Errorf("x: %w", hdfs.ErrNotDirectory), 3},
		{"safe mode", fmt.Errorf("x: %w", hdfs.ErrSafeMode), 5},
		{"a transfer that breaks", fmt.Errorf("x: %w", hdfs.ErrTransfer), 5},
		{"submission disabled", rest.ErrSubmitDisabled, 4},
		{"ResourceManager down", &yarn.UnreachableError{Err: errors.New("refused")}, 5},
		{"NameNode down", hdfs.ErrUnreachable, 5},
		{"JobManager down", &rest.ConnectionError{Err: errors.New("refused")}, 5},
		{"deployment", &submit.DeploymentError{Err: submit.ErrDeploymentFailed}, 6},
		{"deployment whose upload was not allowed", &submit.DeploymentError{Err: fs.ErrPermission}, 4},
		{"deployment of which something is left", &submit.DeploymentError{Err: interrupted, Left: []string{"x"}}, 130},
		{"job failed", fmt.Errorf("%w: x", submit.ErrJobFailed), 7},
		{"program failed before its job", fmt.Errorf("run: %w", rest.ErrProgramFailed), 7},
		{"job cancelled", submit.ErrJobCancelled, 8},
		{"application killed", submit.ErrApplicationKilled, 8},
		{"no session", submit.ErrSessionNotFound, 9},
		{"no application", &yarn.RemoteError{Status: 404, Exception: "NotFoundException"}, 9},
		{"no job", rest.ErrJobNotFound, 9},
		{"no file", fmt.Errorf("x: %w", fs.ErrNotExist), 9},
		{"timeout", &submit.DeploymentError{Err: &expiry{flag: "--timeout", after: time.Second}}, 124},
		{"interrupted", &submit.DeploymentError{Err: interrupted}, 130},
		{"interrupted while the cluster was away", errors.Join(interrupted, yarn.ErrUnreachable), 130},
		{"terminated", terminated, 143},
		{"worst of several", killErrors([]submit.KillResult{{}, {Err: submit.ErrSessionNotFound}, {Err: yarn.ErrForbidden}}), 4},
		{"none of several", killErrors([]submit.KillResult{{}, {}}), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitCode(tt.err); got != tt.want {
				t.Errorf("exit code %d, want %d for %v", got, tt.want, tt.err)
			}
		})
	}
}

func TestExitTableIsInHelp(t *testing.T) {
	help := helpText(cmdRoot)
	for _, row := range exitTable {
		if !strings.Contains(help, fmt.Sprintf("  %-3d  %s\n", row.code, row.meaning)) {
			t.Errorf("help lacks %d %s", row.code, row.meaning)
		}
	}
}

func TestWithCause(t *testing.T) {
	cause := &interruption{os.Interrupt}
	ctx, cancel := context.WithCancelCause(context.Background())
	plain := errors.New("x")
	if err := withCause(ctx, plain); err != plain { //nolint:errorlint // the very same
		t.Errorf("before the end: %v", err)
	}
	cancel(cause)
	if err := withCause(ctx, fmt.Errorf("x: %w", context.Canceled)); exitCode(err) != exitInterrupted {
		t.Errorf("a cancelled call: %v", err)
	}
	if err := withCause(ctx, plain); exitCode(err) != exitOther {
		t.Errorf("a failure of its own: %v", err)
	}
	if withCause(ctx, nil) != nil {
		t.Error("success became a failure")
	}
}

func TestWatch(t *testing.T) {
	signals := make(chan os.Signal)
	ctx, again, stop := watch(context.Background(), signals, nil)
	defer stop()
	signals <- syscall.SIGTERM
	<-ctx.Done()
	if exitCode(context.Cause(ctx)) != exitTerminated {
		t.Errorf("cause %v", context.Cause(ctx))
	}
	select {
	case <-again:
		t.Error("one signal counted as two")
	default:
	}
	signals <- os.Interrupt
	<-again
}

func TestBounded(t *testing.T) {
	ctx, cancel := bounded(context.Background(), "--timeout", time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if err := context.Cause(ctx); exitCode(err) != exitTimeout || err.Error() != "--timeout 1ns is over" {
		t.Errorf("cause %v", err)
	}
}

func TestLeftBehind(t *testing.T) {
	if got := leftBehind(cmdSession, "submitting application_1_0001"); !strings.HasSuffix(got, "yarnflink kill application_1_0001") {
		t.Error(got)
	}
	if got := leftBehind(cmdCluster, "node-1: started"); !strings.HasSuffix(got, "yarnflink cluster stop") {
		t.Errorf("got %q", got)
	}
	if got := leftBehind(cmdQuorum, "node-1: started"); !strings.HasSuffix(got, "yarnflink quorum stop") {
		t.Errorf("got %s", got)
	}
	if got := leftBehind(cmdSession, "looking at the cluster"); !strings.Contains(got, "looking at the cluster") || !strings.HasSuffix(got, "yarnflink kill ID") {
		t.Error(got)
	}
}

func TestHintOf(t *testing.T) {
	inner := refusedf("do this", "x")
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"direct", inner, "do this"},
		{"wrapped", fmt.Errorf("y: %w", inner), "do this"},
		{"behind an empty one", &failure{err: inner}, "do this"},
		{"second of two", errors.Join(errors.New("z"), inner), "do this"},
		{"none", errors.New("z"), ""},
		{"nil", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := hintOf(tt.err); got != tt.want {
				t.Errorf("hint %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProgressLines(t *testing.T) {
	var b bytes.Buffer
	clock := time.Unix(0, 0)
	p := &progress{to: &talk{w: &b}, now: func() time.Time { return clock }}
	p.show(submit.Progress{Message: "looking"})
	p.show(submit.Progress{Message: "looking"})
	p.show(submit.Progress{Message: "staging", Done: 0, Total: 4096})
	p.show(submit.Progress{Message: "staging", Done: 1024, Total: 4096})
	clock = clock.Add(lineInterval)
	p.show(submit.Progress{Message: "staging", Done: 2048, Total: 4096})
	want := "looking\nstaging: 0 B of 4.0 KiB (0%)\nstaging: 2.0 KiB of 4.0 KiB (50%)\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", &b, want)
	}
}

func TestProgressOnTerminal(t *testing.T) {
	var b bytes.Buffer
	to := &talk{w: &b}
	p := &progress{to: to, columns: func() int { return 80 }, now: time.Now}
	p.show(submit.Progress{Message: "looking"})
	fmt.Fprintln(to, "warning: x")
	want := "\r\x1b[Klooking\r\x1b[Kwarning: x\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", &b, want)
	}
}

func TestProgressOfFiles(t *testing.T) {
	files := []submit.FileProgress{{Name: "lib/flink-dist.jar", Done: 1, Total: 2}, {Name: "flink-conf.yaml", Done: 3, Total: 3}, {Name: "empty.jar"}}
	for columns, want := range map[int]string{
		80: "uploading – flink-dist.jar 50%, flink-conf.yaml 100%, empty.jar",
		62: "uploading – flink-dist.jar 50%, flink-conf.yaml 100%",
		28: "uploading",
		8:  "upload…",
		0:  "…",
	} {
		if got := liveLine("uploading", files, columns); got != want {
			t.Errorf("%d columns: %q, want %q", columns, got, want)
		}
	}
}

func TestProgressAtOnce(t *testing.T) {
	var b bytes.Buffer
	p := &progress{to: &talk{w: &b}, now: time.Now}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() { p.show(submit.Progress{Message: fmt.Sprint("step ", i)}) })
	}
	group.Wait()
	if lines := strings.Count(b.String(), "\n"); lines != 4 {
		t.Errorf("%d lines:\n%s", lines, &b)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 20: "1.0 MiB", 3 << 29: "1.5 GiB", 1 << 50: "1.0 PiB", 1 << 60: "1024.0 PiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{"": "''", "etl": "etl", "full name": "'full name'", "it's": `'it'\''s'`, "$x": "'$x'"} {
		if got := shellWord(word); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}
