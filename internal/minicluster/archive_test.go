package minicluster

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func writeSdist(t *testing.T, path string, members ...string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zipped := gzip.NewWriter(file)
	w := tar.NewWriter(zipped)
	for _, name := range members {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(name))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
}

func writeWheel(t *testing.T, path string, members ...string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := zip.NewWriter(file)
	for _, name := range members {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestUnpackFlink(t *testing.T) {
	packages, home := t.TempDir(), filepath.Join(t.TempDir(), "home")
	writeSdist(t, filepath.Join(packages, "x-1.tar.gz"),
		"x-1/setup.py", "x-1/NOTICE", "x-1/deps/lib/flink-dist-1.jar", "x-1/deps/licenses/LICENSE.asm",
		"x-1/deps/plugins/gpu/discover.sh", "x-1/deps/bin/bash-java-utils.jar")
	writeWheel(t, filepath.Join(packages, "x-1.whl"),
		"pyflink/__init__.py", "pyflink/bin/__init__.py", "pyflink/bin/flink", "pyflink/bin/config.sh", "pyflink/conf/log4j.properties")
	if err := unpackFlink(packages, home); err != nil {
		t.Fatal(err)
	}
	got := map[string]fs.FileMode{}
	err := filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		rel, _ := filepath.Rel(home, path)
		got[rel] = info.Mode() & 0o111
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{
		"NOTICE": 0, "lib/flink-dist-1.jar": 0, "plugins/gpu/discover.sh": 0o111, "bin/bash-java-utils.jar": 0,
		"bin/flink": 0o111, "bin/config.sh": 0o111, "conf/log4j.properties": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files and run bits (-want +got):\n%s", diff)
	}
}

func TestUnpackFlinkNeedsItsParts(t *testing.T) {
	packages := t.TempDir()
	writeSdist(t, filepath.Join(packages, "x-1.tar.gz"), "x-1/deps/lib/flink-csv-1.jar")
	writeWheel(t, filepath.Join(packages, "x-1.whl"), "pyflink/bin/flink", "pyflink/conf/log4j.properties")
	if err := unpackFlink(packages, t.TempDir()); err == nil || !contains(err, "flink-dist-*.jar") {
		t.Errorf("unpackFlink: %v, want an error that names the missing jar", err)
	}
}

func TestUnpackStaysInside(t *testing.T) {
	packages, home := t.TempDir(), filepath.Join(t.TempDir(), "home")
	archive := filepath.Join(packages, "x-1.tar.gz")
	writeSdist(t, archive, "x-1/deps/lib/../../../evil.jar")
	if err := untarParts(archive, home, sdistParts); err == nil {
		t.Error("a member that leads out of the archive was unpacked")
	}
}

func TestExamplesVersion(t *testing.T) {
	for version, want := range map[string]string{"1.20.5": "1.20.0", "1.17.2": "1.20.0", "2.2.1": "2.3.0", "2.0-preview1": "2.3.0"} {
		if got := examplesVersion(version); got != want {
			t.Errorf("examplesVersion(%s) = %s, want %s", version, got, want)
		}
	}
}
