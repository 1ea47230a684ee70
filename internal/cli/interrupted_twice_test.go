package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/yarnflink/yarnflink/internal/faults"
)

// lockedBuffer may be read while a command that was left behind still writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A second signal while a start is taken back ends the command at once, and says
// what may be left.
func TestInterruptedTwice(t *testing.T) {
	dir := t.TempDir()
	cluster := newFakeCluster(t)
	if err := cluster.setup(&testscript.Env{WorkDir: dir, Values: map[any]any{}}); err != nil {
		t.Fatal(err)
	}
	upload := cluster.hdfs.Faults.Add(faults.Fault{Match: "PUT /webhdfs/v1/user/alice/.flink/*/*?op=CREATE", Mode: faults.Hang})
	takeBack := cluster.hdfs.Faults.Add(faults.Fault{Match: "DELETE /webhdfs/v1/user/alice/.flink/*", Mode: faults.Hang, Times: -1})
	defer upload.Release()
	defer takeBack.Release()
	signals := make(chan os.Signal, 1)
	var stdout, stderr lockedBuffer
	exit := make(chan int, 1)
	go func() {
		exit <- Run(context.Background(), Env{
			Args:   []string{"yarnflink", "session", "-d", "--flink-home", filepath.Join(dir, "flink"), "--hadoop-conf", filepath.Join(dir, "hadoop")},
			Stdout: &stdout, Stderr: &stderr, User: "alice", UID: os.Getuid(), Dir: dir, Signals: signals,
		})
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, hit := range []*faults.Hit{upload, takeBack} {
		if err := hit.Wait(ctx); err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
		signals <- os.Interrupt
	}
	if code := <-exit; code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	want := "interrupted again: exiting at once, without taking back what was begun (taking back application_1700000000000_0001); " +
		"the application and its staging folder may be left, remove them with: yarnflink kill application_1700000000000_0001"
	if !strings.Contains(stderr.String(), want) {
		t.Errorf("stderr lacks %q:\n%s", want, &stderr)
	}
	if stdout.String() != "" {
		t.Errorf("stdout: %s", &stdout)
	}
}
