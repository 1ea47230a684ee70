//go:build unix

package flink

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFolderSpecialFiles(t *testing.T) {
	home := distribution(t, nil)
	if err := syscall.Mkfifo(filepath.Join(home, "lib", "pipe.jar"), 0o644); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	symlink(t, "self.jar", filepath.Join(home, "lib", "self.jar"))
	writeFiles(t, home, map[string]string{"lib/bad\xffname.jar": "x"})
	_, err := OpenDistribution(home, "")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"named pipe", "self.jar: follow the link", "UTF-8"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
}

func TestFolderPermissions(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	home := distribution(t, map[string]string{"lib/locked/x.jar": "x"})
	for _, name := range []string{"lib/flink-cep-1.20.5.jar", "lib/locked", "conf/log4j.properties"} {
		path := filepath.Join(home, name)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o755) })
	}
	_, err := OpenDistribution(home, "")
	if err == nil || strings.Count(err.Error(), "permission denied") != 3 {
		t.Errorf("err = %v, want three that are not readable", err)
	}
}
