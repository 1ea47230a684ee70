package hdfstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hdfs"
)

const mib = 1 << 20

var createTests = map[string]func(*testing.T, *fixture){
	"sizes": func(t *testing.T, f *fixture) {
		for _, size := range []int{0, 1, mib - 1, mib, mib + 1, 3 * mib} {
			for _, known := range []bool{true, false} {
				t.Run(fmt.Sprintf("%d bytes known %t", size, known), func(t *testing.T) { f.roundTrip(t, size, known) })
			}
		}
	},
	"permission, replication and block size are those asked for": func(t *testing.T, f *fixture) {
		for name, o := range map[string]hdfs.CreateOptions{
			"secret": {Permission: 0o600, Replication: 1},
			"open":   {Permission: 0o666, Replication: 2, BlockSize: 4 * mib},
		} {
			st, err := f.Create(f.ctx, f.in(name), bytes.NewReader(noise(100)), o)
			if err != nil {
				t.Fatal(err)
			}
			wantPermission(t, st, o.Permission)
			if st.Replication != o.Replication || (o.BlockSize != 0 && st.BlockSize != o.BlockSize) {
				t.Errorf("replication %d, block size %d; want those of %+v", st.Replication, st.BlockSize, o)
			}
		}
	},
	"defaults": func(t *testing.T, f *fixture) {
		st := f.put(t, f.in("file"), "hello")
		wantPermission(t, st, 0o644)
		if st.Owner != f.target.User || st.IsDir || st.Path != f.in("file") || st.BlockSize != mib {
			t.Errorf("status %+v", st)
		}
	},
	"progress": func(t *testing.T, f *fixture) {
		var steps []int64
		_, err := f.Create(f.ctx, f.in("file"), bytes.NewReader(noise(3*mib+7)), hdfs.CreateOptions{
			Progress: func(sent int64) { steps = append(steps, sent) },
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, sent := range steps {
			before := int64(0)
			if i > 0 {
				before = steps[i-1]
			}
			if sent <= before || sent > before+mib {
				t.Errorf("progress went from %d to %d", before, sent)
			}
		}
		if len(steps) < 4 || steps[len(steps)-1] != 3*mib+7 {
			t.Errorf("progress %v, want at least 4 steps that end at the size", steps)
		}
	},
	"odd names": func(t *testing.T, f *fixture) {
		for _, name := range oddNames {
			t.Run(name, func(t *testing.T) { f.oddName(t, name) })
		}
	},
}

var oddNames = []string{
	"two words", " blanks around ", `single'quote`, `double"quote`, "100%", "%41", "a%20b", "a+b", "a;b", "a&b=c", "a?b", "a#b",
	"a,b", "a=b", "a@b", "a$b", "a!b", "a*b", "[a]", "{a}", "(a)", "<a>", "a|b", "a^b", "`a`", "~a", ".hidden", "Größe", "文件", "naïve", "😀", `back\slash`,
}

// roundTrip checks that a file comes back as it was, and that all three ways to
// its status agree, to the millisecond.
func (f *fixture) roundTrip(t *testing.T, size int, known bool) {
	want, o := noise(size), hdfs.CreateOptions{}
	if known {
		o.Size = int64(size)
	}
	dir := f.in(fmt.Sprintf("%d-%t", size, known))
	f.mkdir(t, dir)
	p := dir + "/file"
	created, err := f.Create(f.ctx, p, bytes.NewReader(want), o)
	if err != nil {
		t.Fatal(err)
	}
	if created.Length != int64(size) || created.ModificationTime == 0 {
		t.Errorf("status %+v, want length %d and a time", created, size)
	}
	if diff := cmp.Diff(created, f.stat(t, p)); diff != "" {
		t.Errorf("status from Create and Stat differ (-create +stat):\n%s", diff)
	}
	list, err := f.List(f.ctx, dir)
	if diff := cmp.Diff([]hdfs.FileStatus{created}, list); err != nil || diff != "" {
		t.Errorf("status from Create and List differ, error %v (-create +list):\n%s", err, diff)
	}
	if got := f.content(t, p); !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, or other ones, want %d", len(got), size)
	}
}

// oddName takes a name through every operation, of a file and of a directory.
func (f *fixture) oddName(t *testing.T, name string) {
	dir := f.in("dir", name)
	f.mkdir(t, dir)
	created := f.put(t, dir+"/"+name, name)
	if st := f.stat(t, created.Path); st.Path != dir+"/"+name {
		t.Errorf("path %q, want %q", st.Path, dir+"/"+name)
	}
	f.wantNames(t, f.in("dir"), name)
	f.wantNames(t, dir, name)
	f.wantContent(t, created.Path, name)
	if err := f.SetPermission(f.ctx, created.Path, 0o600); err != nil {
		t.Error(err)
	}
	if err := f.Rename(f.ctx, dir, f.in("dir", "x"+name)); err != nil {
		t.Error(err)
	}
	if err := f.RemoveAll(f.ctx, f.in("dir", "x"+name, name)); err != nil {
		t.Error(err)
	}
	f.wantNames(t, f.in("dir", "x"+name))
	if err := f.RemoveAll(f.ctx, f.in("dir", "x"+name)); err != nil {
		t.Error(err)
	}
	f.wantNames(t, f.in("dir"))
}

var errSource = errors.New("disk on fire")

var createFailureTests = map[string]func(*testing.T, *fixture){
	"file exists": func(t *testing.T, f *fixture) {
		before := f.put(t, f.in("file"), "first")
		_, err := f.Create(f.ctx, f.in("file"), bytes.NewReader(noise(10)), hdfs.CreateOptions{})
		wantError(t, err, fs.ErrExist)
		f.wantContent(t, f.in("file"), "first")
		if diff := cmp.Diff(before, f.stat(t, f.in("file"))); diff != "" {
			t.Errorf("the file has changed:\n%s", diff)
		}
		f.wantNames(t, f.dir, "file")
	},
	"directory exists": func(t *testing.T, f *fixture) {
		f.mkdir(t, f.in("dir"))
		_, err := f.Create(f.ctx, f.in("dir"), bytes.NewReader(nil), hdfs.CreateOptions{})
		wantError(t, err, fs.ErrExist)
		f.wantNames(t, f.in("dir"))
	},
	"parent missing": func(t *testing.T, f *fixture) {
		_, err := f.Create(f.ctx, f.in("a", "b"), bytes.NewReader(nil), hdfs.CreateOptions{})
		wantError(t, err, fs.ErrNotExist)
		f.wantNames(t, f.dir)
	},
	"parent is a file": func(t *testing.T, f *fixture) {
		f.put(t, f.in("file"), "content")
		_, err := f.Create(f.ctx, f.in("file", "b"), bytes.NewReader(nil), hdfs.CreateOptions{})
		wantError(t, err, hdfs.ErrNotDirectory)
	},
	"path not absolute": func(t *testing.T, f *fixture) {
		_, err := f.Create(f.ctx, "file", bytes.NewReader(nil), hdfs.CreateOptions{})
		wantError(t, err, fs.ErrInvalid)
	},
	"content shorter than announced": func(t *testing.T, f *fixture) { f.wrongSize(t, 2*mib+5, 2*mib+6) },
	"content longer than announced":  func(t *testing.T, f *fixture) { f.wrongSize(t, 2*mib+6, 2*mib+5) },
	"small content too long":         func(t *testing.T, f *fixture) { f.wrongSize(t, 100, 10) },
	"reader fails": func(t *testing.T, f *fixture) {
		r := io.MultiReader(bytes.NewReader(noise(2*mib)), failing{errSource})
		_, err := f.Create(f.ctx, f.in("file"), r, hdfs.CreateOptions{})
		wantError(t, err, errSource)
		if hdfs.Retriable(err) {
			t.Error("an error of the reader is retriable")
		}
		f.wantNames(t, f.dir)
	},
	"reader ends before its time": func(t *testing.T, f *fixture) {
		r := io.MultiReader(bytes.NewReader(noise(mib+3)), failing{io.ErrUnexpectedEOF})
		_, err := f.Create(f.ctx, f.in("file"), r, hdfs.CreateOptions{})
		wantError(t, err, io.ErrUnexpectedEOF)
		f.wantNames(t, f.dir)
	},
	"cancelled before": func(t *testing.T, f *fixture) {
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(f.ctx)
		cancel(why)
		_, err := f.Create(ctx, f.in("file"), bytes.NewReader(nil), hdfs.CreateOptions{})
		wantError(t, err, why)
		f.wantNames(t, f.dir)
	},
	"cancelled in the middle": func(t *testing.T, f *fixture) {
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(f.ctx)
		r := newPausing(2*mib+100, func() { cancel(why) })
		defer r.release()
		f.endsPromptly(t, ctx, r, why)
	},
	"deadline while the reader blocks": func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithTimeout(f.ctx, 500*time.Millisecond)
		defer cancel()
		r := newPausing(2*mib+100, func() {})
		defer r.release()
		f.endsPromptly(t, ctx, r, context.DeadlineExceeded)
	},
}

func (f *fixture) wrongSize(t *testing.T, size, announced int) {
	_, err := f.Create(f.ctx, f.in("file"), bytes.NewReader(noise(size)), hdfs.CreateOptions{Size: int64(announced)})
	if err == nil {
		t.Errorf("%d bytes were taken for the announced %d", size, announced)
	}
	if hdfs.Retriable(err) {
		t.Errorf("error %v is retriable", err)
	}
	f.wantNames(t, f.dir)
}

// endsPromptly checks that Create returns while its reader blocks, and leaves nothing.
func (f *fixture) endsPromptly(t *testing.T, ctx context.Context, r *pausing, want error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := f.Create(ctx, f.in("file"), r, hdfs.CreateOptions{Size: 8 * mib})
		done <- err
	}()
	<-ctx.Done()
	select {
	case err := <-done:
		wantError(t, err, want)
		if hdfs.Retriable(err) {
			t.Errorf("error %v is retriable", err)
		}
	case <-time.After(prompt):
		t.Fatalf("Create still runs %v after its context ended", prompt)
	}
	f.wantNames(t, f.dir)
}

type failing struct{ err error }

func (r failing) Read([]byte) (int, error) { return 0, r.err }

// pausing gives before bytes, says so, and blocks until it is released.
type pausing struct {
	before  int
	reached func()
	given   int
	gate    chan struct{}
}

func newPausing(before int, reached func()) *pausing {
	return &pausing{before: before, reached: reached, gate: make(chan struct{})}
}

func (r *pausing) release() { close(r.gate) }

func (r *pausing) Read(p []byte) (int, error) {
	if r.given >= r.before {
		r.reached()
		<-r.gate
		return 0, io.EOF
	}
	n := min(len(p), r.before-r.given)
	r.given += n
	return n, nil
}
