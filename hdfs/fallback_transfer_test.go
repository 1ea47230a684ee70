package hdfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
)

// narrow is a transport whose NameNode answers and whose DataNodes don't.
type narrow struct {
	transport
	writes int
}

func (n *narrow) write(_ context.Context, p string, src *source, _ fileLayout) error {
	n.writes++
	if _, err := src.take(); err != nil {
		return err
	}
	return &operationError{op: "create", path: p, addr: "datanode:9866", kind: ErrTransfer, cause: errors.New("connection refused")}
}

// A second transfer that breaks is taken for a port that is closed; the one after it goes over WebHDFS.
func TestFallbackOfTransfers(t *testing.T) {
	var web memory
	broken := &narrow{transport: &web}
	var told []error
	f := newFileSystem(Options{Configuration: hadoop.NewConfiguration(nil), User: "alice", Timeout: time.Second}, target{uri: "hdfs://nn:9000"},
		&fallbackTransport{rpc: broken, web: &web, told: func(why error, _ string) { told = append(told, why) }})
	for i, wantTold := range []int{0, 1, 1} {
		_, err := f.Create(t.Context(), "/a", bytes.NewReader([]byte("content")), CreateOptions{})
		if (err == nil) != (i == 2) || len(told) != wantTold {
			t.Fatalf("transfer %d: error %v, told %v", i, err, told)
		}
		if i < 2 && !Retriable(err) {
			t.Errorf("%v can't be tried again", err)
		}
	}
	if broken.writes != 2 || web.content != "content" {
		t.Errorf("%d writes over RPC, %q over WebHDFS", broken.writes, web.content)
	}
}

// memory is a transport to a file system with one file.
type memory struct {
	transport
	files   map[string]bool
	content string
}

func (m *memory) stat(_ context.Context, op, p string) (FileStatus, error) {
	switch {
	case p == "/":
		return FileStatus{Path: p, IsDir: true}, nil
	case m.files[p]:
		return FileStatus{Path: p, Length: int64(len(m.content))}, nil
	}
	return FileStatus{}, &operationError{op: op, path: p, kind: fs.ErrNotExist}
}

func (m *memory) write(_ context.Context, p string, src *source, _ fileLayout) error {
	m.files = map[string]bool{p: true}
	for {
		data, err := src.take()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		m.content += string(data)
	}
}

func (m *memory) rename(_ context.Context, from, to string) error {
	delete(m.files, from)
	m.files[to] = true
	return nil
}

func (m *memory) remove(_ context.Context, p string) error {
	delete(m.files, p)
	return nil
}
