//go:build unix

package flink

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

func TestLoadConfigurationDoesNotOpenAFIFO(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "config.yaml"), 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	if _, _, err := LoadConfiguration(dir, Version{Major: 1, Minor: 20}); !errors.Is(err, errNotRegular) {
		t.Errorf("error %v, want %v", err, errNotRegular)
	}
}
