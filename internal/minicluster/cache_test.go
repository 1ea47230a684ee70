package minicluster

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestManifest(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, dir string)
		quick  bool // found without hashing
		slow   bool // found with hashing
	}{
		{"untouched", func(*testing.T, string) {}, false, false},
		{"file added", func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, "log", "x.log"), "x") }, false, false},
		{"file missing", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "lib", "a.jar")) }, true, true},
		{"file cut", func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, "lib", "a.jar"), "aa") }, true, true},
		{"content changed", func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, "lib", "a.jar"), "bbb") }, false, true},
		{"manifest empty", func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, manifestName), "{}") }, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "lib", "a.jar"), "aaa")
			writeFile(t, filepath.Join(dir, "pom.xml"), "")
			if err := writeManifest(dir); err != nil {
				t.Fatal(err)
			}
			test.change(t, dir)
			if err := checkManifest(dir, false); (err != nil) != test.quick {
				t.Errorf("without hashes: %v, want an error: %t", err, test.quick)
			}
			if err := checkManifest(dir, true); (err != nil) != test.slow {
				t.Errorf("with hashes: %v, want an error: %t", err, test.slow)
			}
		})
	}
}

func TestManifestMissing(t *testing.T) {
	if err := checkManifest(t.TempDir(), false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("checkManifest: %v, want fs.ErrNotExist", err)
	}
}

func testOptions(t *testing.T) Options {
	t.Helper()
	o, err := Options{Dir: t.TempDir(), CacheDir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCachedAssemblesOnce(t *testing.T) {
	o := testOptions(t)
	var calls atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			dir, err := o.cached(t.Context(), "thing-1", func(_ context.Context, dir string) error {
				calls.Add(1)
				return os.WriteFile(filepath.Join(dir, "jar"), []byte("x"), 0o644)
			})
			if err != nil || dir != filepath.Join(o.CacheDir, "thing-1") {
				t.Errorf("cached: %q, %v", dir, err)
			}
		})
	}
	wg.Wait()
	if calls.Load() != 1 {
		t.Errorf("assembled %d times, want once", calls.Load())
	}
}

func TestCachedAfterFailure(t *testing.T) {
	o := testOptions(t)
	stale := filepath.Join(o.CacheDir, "thing-1.partial-77")
	writeFile(t, filepath.Join(stale, "jar"), "half")
	broken := errors.New("connection reset")
	_, err := o.cached(t.Context(), "thing-1", func(_ context.Context, dir string) error {
		writeFile(t, filepath.Join(dir, "jar"), "hal")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("cached: %v, want the assembler's error", err)
	}
	left, err := filepath.Glob(filepath.Join(o.CacheDir, "thing-1*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCachedMakesDamagedAgain(t *testing.T) {
	o := testOptions(t)
	assemble := func(_ context.Context, dir string) error {
		return os.WriteFile(filepath.Join(dir, "jar"), []byte("whole"), 0o644)
	}
	dir, err := o.cached(t.Context(), "thing-1", assemble)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "jar"), "cut")
	if _, err := o.cached(t.Context(), "thing-1", assemble); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "jar")); err != nil || string(content) != "whole" {
		t.Errorf("jar = %q, %v", content, err)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held, err := acquireLock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
	defer cancel()
	if _, err := acquireLock(ctx, path, func() { told++ }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second lock: %v, want the deadline", err)
	}
	if told != 1 {
		t.Errorf("told of the wait %d times, want once", told)
	}
	held.release()
	again, err := acquireLock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	again.release()
}

func TestLockOfDeletedFileIsNotHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	old, err := acquireLock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer old.release()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	fresh, err := acquireLock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	fresh.release()
}
