//go:build unix

package submit

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
)

// A named pipe must be refused without being opened: that would wait for a writer.
func TestNamedPipesAreRefused(t *testing.T) {
	root := tree(t, "d/a.txt")
	pipe := filepath.Join(root, "d", "pipe.zip")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	conf := flink.NewConfiguration()
	conf.SetList("yarn.ship-files", []string{pipe, filepath.Join(root, "d")}, "-t")
	conf.SetList("yarn.ship-archives", []string{pipe}, "-D")
	conf.Set("security.kerberos.login.keytab", pipe, "-D")
	var f Facts
	f.readShipFiles(conf)
	f.readNamedFiles(conf)
	if len(f.Problems) != 4 || len(f.Ship)+len(f.Archives) != 0 || f.Keytab != nil {
		t.Fatalf("%v %v %v", f.Ship, f.Archives, f.Problems)
	}
	for _, p := range f.Problems {
		if !strings.Contains(p.String(), "pipe") {
			t.Errorf("%s", p)
		}
	}
	if _, err := ReadPropertiesFile(pipe); err == nil {
		t.Error("a pipe is read as a properties file")
	}
}
