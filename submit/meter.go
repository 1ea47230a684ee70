package submit

import (
	"context"
	"io"
	"slices"
	"sync"

	"github.com/yarnflink/yarnflink/hdfs"
)

// meter counts the bytes of uploads, several at once, and tells of them. It is
// safe for concurrent use.
type meter struct {
	tell func(Progress) // nil tells nobody

	mu          sync.Mutex
	sent, total int64
	incomplete  bool            // total is not the whole yet, and not told
	files       []*FileProgress // on their way, in the order they began
}

// expect adds bytes to what has to be sent, or, below zero, takes them off.
func (m *meter) expect(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total += bytes
}

// hold says that more is going to be expected, of which nothing is known yet.
func (m *meter) hold() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.incomplete = true
}

// complete says that all is expected that there is, now or at an earlier call.
func (m *meter) complete() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.incomplete = false
}

// upload writes content of o.Size bytes to a file and lets verify, unless it is
// nil, look at what came of it. What fails counts as not sent; sent are the bytes
// that went out all the same.
func (m *meter) upload(ctx context.Context, dfs hdfs.FileSystem, to, name string, content io.Reader, o hdfs.CreateOptions, verify func(hdfs.FileStatus) error) (status hdfs.FileStatus, sent int64, err error) {
	f := m.begin(name, o.Size)
	o.Progress = func(sent int64) { m.count(f, sent) }
	status, err = dfs.Create(ctx, to, content, o)
	if err == nil {
		m.count(f, o.Size)
		if verify != nil {
			err = verify(status)
		}
	}
	return status, m.end(f, err), err
}

func (m *meter) begin(name string, size int64) *FileProgress {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &FileProgress{Name: name, Total: size}
	m.files = append(m.files, f)
	return f
}

func (m *meter) count(f *FileProgress, sent int64) {
	m.mu.Lock()
	m.sent += sent - f.Done
	f.Done = sent
	p := Progress{Phase: PhaseStage, Message: "uploading", Done: m.sent, Total: max(m.sent, m.total)}
	if m.incomplete {
		p.Total = 0
	}
	for _, f := range m.files {
		p.Files = append(p.Files, *f)
	}
	m.mu.Unlock()
	if m.tell != nil {
		m.tell(p)
	}
}

func (m *meter) end(f *FileProgress, err error) (sent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.sent -= f.Done
	}
	m.files = slices.DeleteFunc(m.files, func(other *FileProgress) bool { return other == f })
	return f.Done
}

// done returns how many bytes were sent.
func (m *meter) done() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent
}
