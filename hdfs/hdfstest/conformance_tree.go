package hdfstest

import (
	"context"
	"io/fs"
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hdfs"
)

var renameTests = map[string]func(*testing.T, *fixture){
	"file keeps its time": func(t *testing.T, f *fixture) {
		want := f.put(t, f.in("from"), "content")
		if err := f.Rename(f.ctx, f.in("from"), f.in("to")); err != nil {
			t.Fatal(err)
		}
		want.Path = f.in("to")
		if diff := cmp.Diff(want, f.stat(t, f.in("to"))); diff != "" {
			t.Errorf("status after the rename (-want +got):\n%s", diff)
		}
		f.wantNames(t, f.dir, "to")
	},
	"directory takes its content along": func(t *testing.T, f *fixture) {
		f.mkdir(t, f.in("from"))
		want := f.put(t, f.in("from", "file"), "content")
		if err := f.Rename(f.ctx, f.in("from"), f.in("to")); err != nil {
			t.Fatal(err)
		}
		want.Path = f.in("to", "file")
		if diff := cmp.Diff(want, f.stat(t, want.Path)); diff != "" {
			t.Errorf("status after the rename (-want +got):\n%s", diff)
		}
	},
	"file onto file": func(t *testing.T, f *fixture) {
		f.put(t, f.in("from"), "new")
		before := f.put(t, f.in("to"), "old")
		wantError(t, f.Rename(f.ctx, f.in("from"), f.in("to")), fs.ErrExist)
		f.wantContent(t, f.in("from"), "new")
		f.wantContent(t, f.in("to"), "old")
		if diff := cmp.Diff(before, f.stat(t, f.in("to"))); diff != "" {
			t.Errorf("the file has changed:\n%s", diff)
		}
	},
	"file onto directory": func(t *testing.T, f *fixture) {
		f.put(t, f.in("from"), "new")
		f.mkdir(t, f.in("to"))
		wantError(t, f.Rename(f.ctx, f.in("from"), f.in("to")), fs.ErrExist)
		f.wantNames(t, f.in("to"))
		f.wantNames(t, f.dir, "from", "to")
	},
	"directory onto empty directory": func(t *testing.T, f *fixture) {
		f.mkdir(t, f.in("from"))
		f.put(t, f.in("from", "file"), "new")
		f.mkdir(t, f.in("to"))
		wantError(t, f.Rename(f.ctx, f.in("from"), f.in("to")), fs.ErrExist)
		f.wantNames(t, f.in("to"))
		f.wantNames(t, f.in("from"), "file")
	},
	"directory onto full directory": func(t *testing.T, f *fixture) {
		f.mkdir(t, f.in("from"))
		f.put(t, f.in("from", "file"), "new")
		f.mkdir(t, f.in("to"))
		f.put(t, f.in("to", "file"), "old")
		wantError(t, f.Rename(f.ctx, f.in("from"), f.in("to")), fs.ErrExist)
		f.wantNames(t, f.in("to"), "file")
		f.wantContent(t, f.in("to", "file"), "old")
	},
	"nothing there": func(t *testing.T, f *fixture) {
		wantError(t, f.Rename(f.ctx, f.in("from"), f.in("to")), fs.ErrNotExist)
	},
	"parent of the destination missing": func(t *testing.T, f *fixture) {
		f.put(t, f.in("from"), "content")
		wantError(t, f.Rename(f.ctx, f.in("from"), f.in("a", "to")), fs.ErrNotExist)
		f.wantNames(t, f.dir, "from")
	},
	"context ended": func(t *testing.T, f *fixture) {
		f.put(t, f.in("from"), "content")
		ctx, cancel := context.WithCancel(f.ctx)
		cancel()
		wantError(t, f.Rename(ctx, f.in("from"), f.in("to")), context.Canceled)
		f.wantNames(t, f.dir, "from")
	},
}

var directoryTests = map[string]func(*testing.T, *fixture){
	"missing parents": func(t *testing.T, f *fixture) {
		if err := f.MkdirAll(f.ctx, f.in("a", "b", "c"), 0o700); err != nil {
			t.Fatal(err)
		}
		wantPermission(t, f.stat(t, f.in("a")), 0o755)
		wantPermission(t, f.stat(t, f.in("a", "b")), 0o755)
		wantPermission(t, f.stat(t, f.in("a", "b", "c")), 0o700)
	},
	"no umask": func(t *testing.T, f *fixture) {
		for name, perm := range map[string]fs.FileMode{"all": 0o777, "sticky": 0o777 | fs.ModeSticky, "few": 0o750} {
			if err := f.MkdirAll(f.ctx, f.in(name), perm); err != nil {
				t.Fatal(err)
			}
			wantPermission(t, f.stat(t, f.in(name)), perm)
		}
	},
	"existing one keeps its permission": func(t *testing.T, f *fixture) {
		if err := f.MkdirAll(f.ctx, f.in("a"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := f.MkdirAll(f.ctx, f.in("a"), 0o777); err != nil {
			t.Fatal(err)
		}
		wantPermission(t, f.stat(t, f.in("a")), 0o700)
	},
	"file in the way": func(t *testing.T, f *fixture) {
		f.put(t, f.in("file"), "content")
		wantError(t, f.MkdirAll(f.ctx, f.in("file"), 0o755), hdfs.ErrNotDirectory)
		wantError(t, f.MkdirAll(f.ctx, f.in("file", "a"), 0o755), hdfs.ErrNotDirectory)
		wantError(t, f.MkdirAll(f.ctx, f.in("file", "a", "b"), 0o755), hdfs.ErrNotDirectory)
	},
	"set permission": func(t *testing.T, f *fixture) {
		f.put(t, f.in("file"), "content")
		for _, perm := range []fs.FileMode{0o600, 0o666, 0} {
			if err := f.SetPermission(f.ctx, f.in("file"), perm); err != nil {
				t.Fatal(err)
			}
			wantPermission(t, f.stat(t, f.in("file")), perm)
		}
		wantError(t, f.SetPermission(f.ctx, f.in("missing"), 0o600), fs.ErrNotExist)
	},
	"remove": func(t *testing.T, f *fixture) {
		f.mkdir(t, f.in("a", "b"))
		f.put(t, f.in("a", "b", "file"), "content")
		f.put(t, f.in("file"), "content")
		for _, p := range []string{f.in("a"), f.in("file"), f.in("file"), f.in("missing", "too")} {
			if err := f.RemoveAll(f.ctx, p); err != nil {
				t.Error(err)
			}
		}
		f.wantNames(t, f.dir)
		wantError(t, f.RemoveAll(f.ctx, "/"), fs.ErrInvalid)
	},
	"list": func(t *testing.T, f *fixture) {
		f.wantNames(t, f.dir)
		for _, name := range []string{"b", "a", "B", "ä", "a.b"} {
			f.put(t, f.in(name), name)
		}
		f.mkdir(t, f.in("aa"))
		f.wantNames(t, f.dir, "B", "a", "a.b", "aa", "b", "ä")
		_, err := f.List(f.ctx, f.in("a"))
		wantError(t, err, hdfs.ErrNotDirectory)
		_, err = f.List(f.ctx, f.in("missing"))
		wantError(t, err, fs.ErrNotExist)
	},
	"walk": func(t *testing.T, f *fixture) {
		want := []string{"a/b/1", "a/b/2", "a/c", "d"}
		f.mkdir(t, f.in("a", "b"))
		f.mkdir(t, f.in("empty"))
		for _, name := range want {
			f.put(t, f.in(name), name)
		}
		files, err := f.Walk(f.ctx, f.dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, st := range files {
			rel := st.Path[len(f.dir)+1:]
			got = append(got, rel)
			if st.IsDir || st.Length != int64(len(rel)) {
				t.Errorf("status %+v of %s", st, rel)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		_, err = f.Walk(f.ctx, f.in("missing"))
		wantError(t, err, fs.ErrNotExist)
	},
	"stat": func(t *testing.T, f *fixture) {
		st := f.stat(t, f.dir)
		if !st.IsDir || st.Path != f.dir || st.Length != 0 || st.Owner != f.target.User || st.Group == "" {
			t.Errorf("status %+v", st)
		}
		if root := f.stat(t, "/"); !root.IsDir {
			t.Errorf("status %+v of the root", root)
		}
		_, err := f.Stat(f.ctx, f.in("missing"))
		wantError(t, err, fs.ErrNotExist)
		_, err = f.Stat(f.ctx, f.in("missing", "too"))
		wantError(t, err, fs.ErrNotExist)
	},
	"home": func(t *testing.T, f *fixture) {
		home, err := f.HomeDirectory(f.ctx)
		if err != nil || path.Base(home) != f.target.User || !path.IsAbs(home) {
			t.Errorf("home of %s is %q, %v", f.target.User, home, err)
		}
	},
	"paths that are not clean": func(t *testing.T, f *fixture) {
		for _, p := range []string{"", "a", "/a/", "/a/../b", "/a//b", "/a\x00b"} {
			_, err := f.Stat(f.ctx, p)
			wantError(t, err, fs.ErrInvalid)
		}
	},
}
