package hdfstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
)

var readTests = map[string]func(*testing.T, *fixture){
	"missing": func(t *testing.T, f *fixture) {
		_, err := f.Open(f.ctx, f.in("missing"))
		wantError(t, err, fs.ErrNotExist)
	},
	"directory": func(t *testing.T, f *fixture) {
		_, err := f.Open(f.ctx, f.dir)
		wantError(t, err, fs.ErrInvalid)
	},
	"closed early": func(t *testing.T, f *fixture) {
		want := noise(3 * mib)
		if _, err := f.Create(f.ctx, f.in("file"), bytes.NewReader(want), hdfs.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			r, err := f.Open(f.ctx, f.in("file"))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 1000)
			if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want[:1000]) {
				t.Errorf("the first bytes are others, error %v", err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if !bytes.Equal(f.content(t, f.in("file")), want) {
			t.Error("another content came back")
		}
	},
	"many at once": func(t *testing.T, f *fixture) {
		f.put(t, f.in("file"), "content")
		for range 10 {
			r, err := f.Open(f.ctx, f.in("file"))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
		}
		f.wantContent(t, f.in("file"), "content")
	},
	"context ends while reading": func(t *testing.T, f *fixture) {
		if _, err := f.Create(f.ctx, f.in("file"), bytes.NewReader(noise(8*mib)), hdfs.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(f.ctx)
		defer cancel(nil)
		r, err := f.Open(ctx, f.in("file"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		cancel(why)
		_, err = io.Copy(io.Discard, r)
		wantError(t, err, why)
		f.wantNames(t, f.dir, "file")
	},
}

// denied checks an error of a missing permission: it has to name who and where.
func denied(t *testing.T, what string, err error, user string) {
	t.Helper()
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%s: error %v, want a denied permission", what, err)
		return
	}
	if !strings.Contains(err.Error(), user) {
		t.Errorf("%s: error %q does not name the user %s", what, err, user)
	}
	var hinter interface{ Hint() string }
	if !errors.As(err, &hinter) || hinter.Hint() == "" {
		t.Errorf("%s: error %q has no hint", what, err)
	}
}

var accessTests = map[string]func(*testing.T, *fixture){
	"another user's directory": func(t *testing.T, f *fixture) {
		other := f.target.Open(t, f.target.Other)
		defer other.Close()
		f.put(t, f.in("file"), "content")
		user := f.target.Other
		_, err := other.Create(f.ctx, f.in("theirs"), bytes.NewReader(noise(2*mib)), hdfs.CreateOptions{})
		denied(t, "create", err, user)
		denied(t, "make directory", other.MkdirAll(f.ctx, f.in("a", "b"), 0o755), user)
		denied(t, "rename", other.Rename(f.ctx, f.in("file"), f.in("theirs")), user)
		denied(t, "remove", other.RemoveAll(f.ctx, f.in("file")), user)
		denied(t, "set permission", other.SetPermission(f.ctx, f.in("file"), 0o777), user)
		if r, err := other.Open(f.ctx, f.in("file")); err != nil {
			t.Errorf("a file that all may read: %v", err)
		} else {
			r.Close()
		}
		f.wantNames(t, f.dir, "file")
	},
	"a sticky directory": func(t *testing.T, f *fixture) {
		other := f.target.Open(t, f.target.Other)
		defer other.Close()
		if err := f.MkdirAll(f.ctx, f.in("all"), 0o777|fs.ModeSticky); err != nil {
			t.Fatal(err)
		}
		f.put(t, f.in("all", "file"), "content")
		denied(t, "rename", other.Rename(f.ctx, f.in("all", "file"), f.in("all", "theirs")), f.target.Other)
		denied(t, "remove", other.RemoveAll(f.ctx, f.in("all", "file")), f.target.Other)
		if err := other.MkdirAll(f.ctx, f.in("all", "theirs"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := other.RemoveAll(f.ctx, f.in("all", "theirs")); err != nil {
			t.Errorf("their own: %v", err)
		}
		f.wantNames(t, f.in("all"), "file")
	},
	"secrets": func(t *testing.T, f *fixture) {
		other := f.target.Open(t, f.target.Other)
		defer other.Close()
		user := f.target.Other
		if err := f.MkdirAll(f.ctx, f.in("closed"), 0o700); err != nil {
			t.Fatal(err)
		}
		f.put(t, f.in("closed", "file"), "content")
		if _, err := f.Create(f.ctx, f.in("secret"), strings.NewReader("x"), hdfs.CreateOptions{Permission: 0o600}); err != nil {
			t.Fatal(err)
		}
		_, err := other.Stat(f.ctx, f.in("closed", "file"))
		denied(t, "stat", err, user)
		_, err = other.List(f.ctx, f.in("closed"))
		denied(t, "list", err, user)
		_, err = other.Walk(f.ctx, f.dir)
		denied(t, "walk", err, user)
		if r, err := other.Open(f.ctx, f.in("secret")); err == nil {
			_, err = io.ReadAll(r)
			r.Close()
			denied(t, "read", err, user)
		} else {
			denied(t, "open", err, user)
		}
	},
	"closed": func(t *testing.T, f *fixture) {
		mine := f.target.Open(t, f.target.User)
		if _, err := mine.Stat(f.ctx, f.dir); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := mine.Close(); err != nil {
				t.Error(err)
			}
		}
		_, err := mine.Stat(f.ctx, f.dir)
		wantError(t, err, hdfs.ErrClosed)
		_, err = mine.Create(f.ctx, f.in("file"), strings.NewReader("x"), hdfs.CreateOptions{})
		wantError(t, err, hdfs.ErrClosed)
	},
}

const racers = 8

// race runs n functions at once and returns their errors.
func race(n int, run func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = run(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// oneWins checks that all but one found the winner's, and returns the winner.
func oneWins(t *testing.T, errs []error) int {
	t.Helper()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("both %d and %d won", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, fs.ErrExist):
			t.Errorf("%d: error %v, want one that something exists", i, err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	return winner
}

var concurrencyTests = map[string]func(*testing.T, *fixture){
	"eight create one file": func(t *testing.T, f *fixture) {
		winner := oneWins(t, race(racers, func(i int) error {
			_, err := f.Create(f.ctx, f.in("file"), strings.NewReader(fmt.Sprint("content ", i)), hdfs.CreateOptions{})
			return err
		}))
		f.wantContent(t, f.in("file"), fmt.Sprint("content ", winner))
		f.wantNames(t, f.dir, "file")
	},
	"eight publish one directory": func(t *testing.T, f *fixture) {
		for i := range racers {
			f.mkdir(t, f.in(fmt.Sprint("dir", i)))
			f.put(t, f.in(fmt.Sprint("dir", i), "file"), fmt.Sprint("content ", i))
		}
		winner := oneWins(t, race(racers, func(i int) error {
			return f.Rename(f.ctx, f.in(fmt.Sprint("dir", i)), f.in("published"))
		}))
		f.wantNames(t, f.in("published"), "file")
		f.wantContent(t, f.in("published", "file"), fmt.Sprint("content ", winner))
	},
	"eight make one directory": func(t *testing.T, f *fixture) {
		for _, err := range race(racers, func(int) error { return f.MkdirAll(f.ctx, f.in("a", "b", "c"), 0o700) }) {
			if err != nil {
				t.Error(err)
			}
		}
		wantPermission(t, f.stat(t, f.in("a", "b")), 0o755)
		wantPermission(t, f.stat(t, f.in("a", "b", "c")), 0o700)
	},
	"many files at once": func(t *testing.T, f *fixture) {
		want := noise(mib + 9)
		for _, err := range race(2*racers, func(i int) error { return f.cycle(f.in(fmt.Sprint("file", i)), want) }) {
			if err != nil {
				t.Error(err)
			}
		}
		f.wantNames(t, f.dir)
	},
	"calls go on while uploads wait": func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		reached := make(chan struct{}, racers)
		var wg sync.WaitGroup
		for i := range racers {
			// Less than what a transport reads ahead: an upload may have to wait for
			// another one's end.
			r := newPausing(mib/2+1, func() { reached <- struct{}{} })
			defer r.release()
			wg.Go(func() {
				_, err := f.Create(ctx, f.in(fmt.Sprint("file", i)), r, hdfs.CreateOptions{})
				wantError(t, err, context.Canceled)
			})
		}
		for range racers {
			select {
			case <-reached:
			case <-f.ctx.Done():
				t.Fatal("an upload does not begin to read")
			}
		}
		short, done := context.WithTimeout(f.ctx, prompt)
		defer done()
		if _, err := f.Stat(short, f.dir); err != nil {
			t.Errorf("a call waits for uploads: %v", err)
		}
		cancel()
		wg.Wait()
		f.wantNames(t, f.dir)
	},
	"a cut call harms no other": func(t *testing.T, f *fixture) {
		for range 5 {
			ctx, cancel := context.WithTimeout(f.ctx, time.Millisecond)
			_ = race(racers, func(int) error { _, err := f.Walk(ctx, "/"); return err })
			cancel()
			f.put(t, f.in("file"), "content")
			f.wantContent(t, f.in("file"), "content")
			if err := f.RemoveAll(f.ctx, f.in("file")); err != nil {
				t.Fatal(err)
			}
		}
	},
}

// cycle creates, reads and removes one file.
func (f *fixture) cycle(p string, want []byte) error {
	if _, err := f.Create(f.ctx, p, bytes.NewReader(want), hdfs.CreateOptions{Size: int64(len(want))}); err != nil {
		return err
	}
	r, err := f.Open(f.ctx, p)
	if err != nil {
		return err
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: another content came back", p)
	}
	return f.RemoveAll(f.ctx, p)
}
