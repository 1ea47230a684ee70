package flink

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scriptsProcess is what BashJavaUtils of Flink's own scripts prints for one process.
type scriptsProcess struct {
	JVM     string `json:"jvm"`
	Dynamic string `json:"dynamic"`
	Error   bool   `json:"error"`
}

// TestStandaloneMemory compares with what the scripts of four releases printed. The order of the dynamic properties,
// which differs from release to release, does not count.
func TestStandaloneMemory(t *testing.T) {
	for _, version := range []string{"1.12.5", "1.17.2", "1.20.5", "2.2.1"} {
		v, err := ParseVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(filepath.Join("testdata", "scripts-memory-"+version+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var want struct {
				Config                  map[string]string
				JobManager, TaskManager scriptsProcess
			}
			if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
				t.Fatal(err)
			}
			c := NewConfiguration()
			for key, value := range want.Config {
				c.Set(key, value, "golden")
			}
			for _, p := range []*scriptsProcess{&want.JobManager, &want.TaskManager} {
				p.Dynamic = sortedProperties(p.Dynamic)
			}
			if diff := cmp.Diff(want.JobManager, scriptsJobManager(c, v)); diff != "" {
				t.Errorf("%s %v: JobManager (-want +got)\n%s", version, want.Config, diff)
			}
			if diff := cmp.Diff(want.TaskManager, scriptsTaskManager(t, c, v)); diff != "" {
				t.Errorf("%s %v: TaskManager (-want +got)\n%s", version, want.Config, diff)
			}
		}
	}
}

func scriptsJobManager(c *Configuration, v Version) scriptsProcess {
	m, err := DeriveStandaloneJobManagerMemory(c, v, LegacyEnv{})
	if err != nil {
		return scriptsProcess{Error: true}
	}
	return scriptsProcess{JVM: m.JVMArgs(), Dynamic: sortedProperties(m.DynamicArgs())}
}

func scriptsTaskManager(t *testing.T, c *Configuration, v Version) scriptsProcess {
	t.Helper()
	m, err := DeriveStandaloneTaskManagerMemory(c, v, LegacyEnv{})
	if err != nil {
		return scriptsProcess{Error: true}
	}
	dynamic, err := m.DynamicArgs(c, v)
	if err != nil {
		t.Error(err)
	}
	return scriptsProcess{JVM: m.JVMArgs(), Dynamic: sortedProperties(dynamic)}
}

func sortedProperties(text string) string {
	words := strings.Split(text, "-D ")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}
