package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEnvironment(t *testing.T) {
	inherited := []string{"PATH=/bin", "JAVA_HOME=/old", "FLINK_LIB_DIR=/else", "YARNFLINK_HDFS_TRANSPORT=webhdfs", "JVM_ARGS=-Xmx8g"}
	got := environment(inherited, map[string]string{"JAVA_HOME": "/jdk", "FLINK_HOME": "/flink"})
	want := []string{"FLINK_HOME=/flink", "JAVA_HOME=/jdk", "PATH=/bin"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestCopyConfiguration(t *testing.T) {
	for _, name := range []string{"config.yaml", "flink-conf.yaml"} {
		t.Run(name, func(t *testing.T) {
			from, to := t.TempDir(), filepath.Join(t.TempDir(), "conf")
			write(t, filepath.Join(from, name), "parallelism.default: 1")
			write(t, filepath.Join(from, "log4j.properties"), "x=y\n")
			if err := copyConfiguration(from, to, map[string]string{"b.c": "/x", "a": "1"}); err != nil {
				t.Fatal(err)
			}
			want := "parallelism.default: 1\na: 1\nb.c: /x\n"
			if diff := cmp.Diff(want, read(t, filepath.Join(to, name))); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			if got := read(t, filepath.Join(to, "log4j.properties")); got != "x=y\n" {
				t.Errorf("the other file is %q", got)
			}
			if got := read(t, filepath.Join(from, name)); got != "parallelism.default: 1" {
				t.Errorf("the distribution's own file has changed: %q", got)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		err := copyConfiguration(t.TempDir(), filepath.Join(t.TempDir(), "conf"), nil)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v, want %v", err, fs.ErrNotExist)
		}
	})
}

func TestParseOptions(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want options
		err  string
	}{
		{"defaults", nil, options{rounds: 5, binary: "bin/yarnflink"}, ""},
		{"all", []string{"-n", "1", "-only", "help,list", "-o", "f", "-binary", "b", "-strict"},
			options{rounds: 1, only: []string{"help", "list"}, output: "f", binary: "b", strict: true}, ""},
		{"no rounds", []string{"-n", "0"}, options{}, "want at least 1"},
		{"unknown work", []string{"-only", "help,lunch"}, options{}, "-only lunch: want some of help, push, push-web, first, session, provided, starts, cluster-nocache, cluster, sessions, detached, attached, list, fifty, standalone, history, ps"},
		{"unknown flag", []string{"-x"}, options{}, "-x"},
		{"argument", []string{"list"}, options{}, `unexpected argument "list"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stderr strings.Builder
			got, err := parseOptions(tt.args, &stderr)
			if tt.err != "" {
				if err == nil || !strings.Contains(stderr.String(), tt.err) {
					t.Errorf("error %v, stderr %q, want %q", err, stderr.String(), tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.want.binary = filepath.FromSlash(tt.want.binary)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(options{})); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunNamesTheWayToTheBinary(t *testing.T) {
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{"-binary", filepath.Join(t.TempDir(), "none")}, func(string) string { return "" }, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "make build") || stdout.Len() > 0 {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}
