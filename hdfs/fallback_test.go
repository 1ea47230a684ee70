package hdfs_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
)

func withFallback(t *testing.T, web string, transport hdfs.Transport) (fsys hdfs.FileSystem, told *[]string) {
	t.Helper()
	told = &[]string{}
	fsys, err := hdfs.New(t.Context(), hdfs.Options{
		Configuration: hadoop.NewConfiguration(map[string]string{"fs.defaultFS": "hdfs://" + closedPort(t), "dfs.namenode.http-address": web}),
		User:          "alice", Transport: transport, Timeout: 5 * time.Second,
		Fallback: func(why error, address string) { *told = append(*told, address+": "+why.Error()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fsys.Close() })
	return fsys, told
}

// Where RPC's port is closed all goes over WebHDFS, which is told once, and addresses stay what they are.
func TestFallback(t *testing.T) {
	s := hdfstest.NewServer(t)
	fsys, told := withFallback(t, s.Address, "")
	if err := fsys.MkdirAll(t.Context(), "/user/alice/a/b", 0o755); err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("x"), 100_000)
	status, err := fsys.Create(t.Context(), "/user/alice/a/b/c", bytes.NewReader(content), hdfs.CreateOptions{})
	if err != nil || status.Length != int64(len(content)) {
		t.Fatal(status, err)
	}
	if err := fsys.Rename(t.Context(), "/user/alice/a/b", "/user/alice/d"); err != nil {
		t.Fatal(err)
	}
	if len(*told) != 1 || !strings.Contains((*told)[0], s.Address) || !strings.HasPrefix(fsys.URI(), "hdfs://") {
		t.Errorf("told %q, address %s", *told, fsys.URI())
	}
}

// What is wanted explicitly stays, and what is away is away over both.
func TestNoFallback(t *testing.T) {
	fsys, told := withFallback(t, hdfstest.NewServer(t).Address, hdfs.RPC)
	if _, err := fsys.Stat(t.Context(), "/"); !errors.Is(err, hdfs.ErrUnreachable) || len(*told) > 0 {
		t.Errorf("told %q, error %v", *told, err)
	}
	closed := closedPort(t)
	fsys, told = withFallback(t, closed, "")
	_, err := fsys.Stat(t.Context(), "/")
	if !errors.Is(err, hdfs.ErrUnreachable) || len(*told) > 0 || !strings.Contains(err.Error(), closed) || !strings.Contains(err.Error(), fsys.URI()[len("hdfs://"):]) {
		t.Errorf("told %q, error %v", *told, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	if _, err := fsys.Stat(ctx, "/"); !errors.Is(err, enough) {
		t.Errorf("error %v", err)
	}
}
