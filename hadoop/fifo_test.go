//go:build unix

package hadoop

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestLoadDoesNotOpenAFIFO(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "core-site.xml"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(LoadOptions{Dir: dir})
	checkError(t, err, ErrNotRegular, "core-site.xml")
}
