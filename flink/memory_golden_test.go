package flink

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goldenProcess is what Flink's own classes derive for one process.
type goldenProcess struct {
	TotalMB    int64  `json:"total_mb"`
	TotalBytes int64  `json:"total_bytes"`
	JVM        string `json:"jvm"`
	Dynamic    string `json:"dynamic"`
	Error      string `json:"error"`
}

type goldenCase struct {
	Config      map[string]string `json:"config"`
	JobManager  goldenProcess     `json:"jobmanager"`
	TaskManager goldenProcess     `json:"taskmanager"`
}

func (g goldenCase) configuration() *Configuration {
	c := NewConfiguration()
	for key, value := range g.Config {
		c.Set(key, value, "golden")
	}
	return c
}

// hasLegacyHeap tells whether the JobManager's size comes from an option of
// before the memory model.
func (g goldenCase) hasLegacyHeap() bool {
	return g.Config["jobmanager.heap.size"] != "" || g.Config["jobmanager.heap.mb"] != ""
}

// mark makes errors comparable: only that there is one must be the same.
func (g goldenProcess) mark() goldenProcess {
	if g.Error != "" {
		g.Error = "refused"
	}
	return g
}

func goldenCases(t *testing.T, version string) []goldenCase {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "memory-"+version+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []goldenCase
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var g goldenCase
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, g)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 120 {
		t.Fatalf("%d cases of %s, want 120", len(cases), version)
	}
	return cases
}

func jobManagerResult(m JobManagerMemory, err error) goldenProcess {
	if err != nil {
		return goldenProcess{Error: "refused"}
	}
	return goldenProcess{TotalMB: m.ContainerMB(), TotalBytes: m.TotalBytes, JVM: m.JVMArgs(), Dynamic: m.DynamicArgs()}
}

func taskManagerResult(m TaskManagerMemory, err error) goldenProcess {
	if err != nil {
		return goldenProcess{Error: "refused"}
	}
	return goldenProcess{TotalMB: m.ContainerMB(), TotalBytes: m.TotalBytes, JVM: m.JVMArgs()}
}

var goldenVersions = []string{"1.20.5", "2.2.1"}

// The files were captured with the JobManager's legacy sizes taken for the
// heap, as Flink's shell scripts do, so all cases hold for that derivation.
func TestMemoryGolden(t *testing.T) {
	for _, version := range goldenVersions {
		v := memoryVersion(t, version)
		for _, g := range goldenCases(t, version) {
			c := g.configuration()
			m, err := DeriveStandaloneJobManagerMemory(c, v, LegacyEnv{})
			if diff := cmp.Diff(g.JobManager.mark(), jobManagerResult(m, err)); diff != "" {
				t.Errorf("%s JobManager %v: (-java +ours)\n%s%s %v", version, g.Config, diff, g.JobManager.Error, err)
			}
			tm, err := DeriveTaskManagerMemory(c, v, LegacyEnv{})
			if diff := cmp.Diff(g.TaskManager.mark(), taskManagerResult(tm, err)); diff != "" {
				t.Errorf("%s TaskManager %v: (-java +ours)\n%s%s %v", version, g.Config, diff, g.TaskManager.Error, err)
			}
		}
	}
}

// Without legacy sizes the derivation for YARN is the same; with them it must
// equal that of the same size as process memory.
func TestMemoryGoldenOnYARN(t *testing.T) {
	legacy := 0
	for _, version := range goldenVersions {
		v := memoryVersion(t, version)
		for _, g := range goldenCases(t, version) {
			c := g.configuration()
			got := jobManagerResult(DeriveJobManagerMemory(c, v, LegacyEnv{}))
			want := g.JobManager.mark()
			if g.hasLegacyHeap() && !v.AtLeast(2, 0) {
				legacy++
				size := g.Config["jobmanager.heap.size"]
				if mb := g.Config["jobmanager.heap.mb"]; mb != "" {
					size = mb + "m"
				}
				c.Set("jobmanager.memory.process.size", size, "-jm")
				want = jobManagerResult(DeriveJobManagerMemory(c, v, LegacyEnv{}))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %v: (-java +ours)\n%s", version, g.Config, diff)
			}
		}
	}
	if legacy != 13 {
		t.Errorf("%d cases with a legacy size, want 13", legacy)
	}
}
