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
	if err := flinkReleaseOf("1.20.5").unpack(packages, home); err != nil {
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
	if err := flinkReleaseOf("1.20.5").unpack(packages, t.TempDir()); err == nil || !contains(err, "flink-dist*.jar") {
		t.Errorf("unpack: %v, want an error that names the missing jar", err)
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

func TestUnpackOneWheel(t *testing.T) {
	packages, home := t.TempDir(), filepath.Join(t.TempDir(), "home")
	writeWheel(t, filepath.Join(packages, "x-1.whl"),
		"pyflink/__init__.py", "pyflink/lib/flink-dist_2.11-1.jar", "pyflink/opt/flink-python.jar", "pyflink/plugins/README.txt",
		"pyflink/bin/flink", "pyflink/conf/log4j.properties", "x.dist-info/LICENSE")
	if err := flinkReleaseOf("1.12.5").unpack(packages, home); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"lib/flink-dist_2.11-1.jar", "opt/flink-python.jar", "plugins/README.txt", "bin/flink", "conf/log4j.properties"} {
		if _, err := os.Stat(filepath.Join(home, want)); err != nil {
			t.Error(err)
		}
	}
}

func TestMakeRunnable(t *testing.T) {
	home := t.TempDir()
	programs := []string{"bin/java", "bin/keytool", "lib/jspawnhelper"}
	for _, program := range append(programs, "lib/libjava.so") {
		writeFile(t, filepath.Join(home, program), "")
	}
	if err := makeRunnable(home); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{programs[0]: 0o755, programs[1]: 0o755, programs[2]: 0o755, "lib/libjava.so": 0o644} {
		info, err := os.Stat(filepath.Join(home, path))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("mode of %s = %o, want %o", path, info.Mode().Perm(), want)
		}
	}
}
