package flink

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeJar(t testing.TB, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "job.jar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMainClass(t *testing.T) {
	long := "org.example." + strings.Repeat("deep.", 15) + "Job"
	tests := []struct {
		name, manifest, want string
	}{
		{"main class", "Manifest-Version: 1.0\r\nMain-Class: a.b.C\r\n\r\n", "a.b.C"},
		{"program class wins", "Main-Class: a.B\nprogram-class: a.C\n", "a.C"},
		{"names have no case", "MAIN-CLASS: a.B\n", "a.B"},
		{"continued", "Main-Class: " + long[:60] + "\r\n " + long[60:] + "\r\n", long},
		{"blanks at the end", "Main-Class: a.B  \n", "a.B"},
		{"other sections don't count", "Manifest-Version: 1.0\n\nName: x\nMain-Class: a.B\n", ""},
		{"neither", "Manifest-Version: 1.0\n", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := OpenJar(writeJar(t, map[string]string{"META-INF/MANIFEST.MF": tt.manifest}))
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			if got, err := j.MainClass(); err != nil || got != tt.want {
				t.Errorf("MainClass = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestHasClass(t *testing.T) {
	j, err := OpenJar(writeJar(t, map[string]string{
		"meta-inf/manifest.mf": "Main-Class: a.b.C\n", "a/b/C.class": "x", "a/b/C$D.class": "x", "Top.class": "x",
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for name, want := range map[string]bool{
		"a.b.C": true, "a.b.C$D": true, "Top": true, "a.b.c": false, "a.b": false, "": false, "a.b.C.class": false,
	} {
		if got := j.HasClass(name); got != want {
			t.Errorf("HasClass(%q) = %v", name, got)
		}
	}
	if got, err := j.MainClass(); err != nil || got != "a.b.C" {
		t.Errorf("MainClass of a lower case manifest = %q, %v", got, err)
	}
}

func TestOpenJarErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jar")
	if _, err := OpenJar(path); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), path) != 1 {
		t.Errorf("missing: %v", err)
	}
	writeFiles(t, filepath.Dir(path), map[string]string{"x.jar": "no zip"})
	if _, err := OpenJar(path); !errors.Is(err, zip.ErrFormat) {
		t.Errorf("no zip: %v", err)
	}
}

func TestJarWithoutManifest(t *testing.T) {
	j, err := OpenJar(writeJar(t, map[string]string{"x": "y"}))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if got, err := j.MainClass(); err != nil || got != "" {
		t.Errorf("MainClass = %q, %v", got, err)
	}
}
