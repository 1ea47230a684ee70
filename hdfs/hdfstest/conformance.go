package hdfstest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hdfs"
)

// Target is what the suite is run against.
type Target struct {
	// User and Other are two users of whom none is the superuser, in no group
	// together.
	User, Other string
	// Scratch is an existing directory that User may write to and Other may
	// traverse. The suite leaves it empty.
	Scratch string
	// Open opens the file system for a user; the suite closes it.
	Open func(t testing.TB, user string) hdfs.FileSystem
}

// patience bounds what a test waits for; nothing that works comes near it.
const patience = 60 * time.Second

// prompt is how soon an operation has to return after its context ended,
// removal of a partial file included.
const prompt = 10 * time.Second

// Conformance runs the suite: what package hdfs promises of a FileSystem.
func Conformance(t *testing.T, target Target) {
	for _, group := range []struct {
		name  string
		tests map[string]func(*testing.T, *fixture)
	}{
		{"create", createTests},
		{"create fails", createFailureTests},
		{"rename", renameTests},
		{"directories", directoryTests},
		{"read", readTests},
		{"access", accessTests},
		{"concurrency", concurrencyTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, name := range sortedKeys(group.tests) {
				t.Run(name, func(t *testing.T) { group.tests[name](t, newFixture(t, target)) })
			}
		})
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// fixture is a file system with a directory of its own for one test.
type fixture struct {
	hdfs.FileSystem
	target Target
	ctx    context.Context
	dir    string
}

func newFixture(t *testing.T, target Target) *fixture {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	f := &fixture{FileSystem: target.Open(t, target.User), target: target, ctx: ctx}
	f.dir = path.Join(target.Scratch, randomName())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := f.RemoveAll(ctx, f.dir); err != nil && !errors.Is(err, hdfs.ErrClosed) {
			t.Errorf("cleaning up: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	if err := f.MkdirAll(ctx, f.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return f
}

func randomName() string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	name := make([]byte, 12)
	for i := range name {
		name[i] = letters[rand.IntN(len(letters))]
	}
	return "suite-" + string(name)
}

// in returns a path in the test's directory.
func (f *fixture) in(name ...string) string {
	return path.Join(append([]string{f.dir}, name...)...)
}

// put creates a file.
func (f *fixture) put(t *testing.T, p, content string) hdfs.FileStatus {
	t.Helper()
	st, err := f.Create(f.ctx, p, bytes.NewReader([]byte(content)), hdfs.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func (f *fixture) mkdir(t *testing.T, p string) {
	t.Helper()
	if err := f.MkdirAll(f.ctx, p, 0o755); err != nil {
		t.Fatal(err)
	}
}

// content reads a file whole.
func (f *fixture) content(t *testing.T, p string) []byte {
	t.Helper()
	r, err := f.Open(f.ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func (f *fixture) wantContent(t *testing.T, p, want string) {
	t.Helper()
	if got := string(f.content(t, p)); got != want {
		t.Errorf("%s holds %q, want %q", p, got, want)
	}
}

// wantNames checks what lies in a directory, temporary files included.
func (f *fixture) wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	list, err := f.List(f.ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, st := range list {
		got = append(got, path.Base(st.Path))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names in %s (-want +got):\n%s", dir, diff)
	}
}

func (f *fixture) stat(t *testing.T, p string) hdfs.FileStatus {
	t.Helper()
	st, err := f.Stat(f.ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want one that is %v", err, want)
	}
}

func wantPermission(t *testing.T, st hdfs.FileStatus, want fs.FileMode) {
	t.Helper()
	if st.Permission != want {
		t.Errorf("permission of %s is %v, want %v", st.Path, st.Permission, want)
	}
}

// noise returns n bytes that don't repeat.
func noise(n int) []byte {
	b := make([]byte, n)
	seed := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	_, _ = seed.Read(b)
	return b
}
