package hdfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
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

// belated is a transport whose server creates the file when the client has given up.
type belated struct {
	memory
	created chan struct{}
}

func (b *belated) write(ctx context.Context, p string, _ *source, _ fileLayout) error {
	<-ctx.Done()
	go func() {
		defer close(b.created)
		time.Sleep(firstLateLook)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.files = map[string]bool{p: true}
	}()
	return context.Cause(ctx)
}

// A file that is created only after its Create has failed is removed, too.
func TestDiscardOfWhatComesLate(t *testing.T) {
	late := &belated{created: make(chan struct{})}
	f := newFileSystem(Options{Configuration: hadoop.NewConfiguration(nil), User: "alice", Timeout: time.Second}, target{uri: "hdfs://nn:9000"}, late)
	ctx, cancel := context.WithCancelCause(t.Context())
	// As of several uploads, of which another one was refused.
	refusal := &RemoteError{Op: "create", Path: "/b", kind: ErrQuota}
	cancelled := time.AfterFunc(firstLateLook, func() { cancel(refusal) })
	defer cancelled.Stop()
	if _, err := f.Create(ctx, "/a", bytes.NewReader([]byte("content")), CreateOptions{}); !errors.Is(err, ErrQuota) {
		t.Fatalf("error %v", err)
	}
	<-late.created
	late.mu.Lock()
	defer late.mu.Unlock()
	if len(late.files) > 0 {
		t.Errorf("left are %v", late.files)
	}
}

// memory is a transport to a file system with one file.
type memory struct {
	transport
	mu      sync.Mutex
	files   map[string]bool
	content string
}

func (m *memory) stat(_ context.Context, op, p string) (FileStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
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
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, from)
	m.files[to] = true
	return nil
}

func (m *memory) remove(_ context.Context, p string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, p)
	return nil
}
