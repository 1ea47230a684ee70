package minicluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReleaseBefore(t *testing.T) {
	tests := []struct {
		version      string
		major, minor int
		want         bool
	}{
		{"1.9.3", 1, 13, true},
		{"1.13.6", 1, 13, false},
		{"1.12.5", 1, 13, true},
		{"2.0-preview1", 2, 0, false},
		{"2.0.0", 1, 13, false},
		{"1.20.5", 2, 0, true},
		{"3", 3, 0, false},
	}
	for _, test := range tests {
		if got := releaseOf(test.version).before(test.major, test.minor); got != test.want {
			t.Errorf("%s before %d.%d: %t, want %t", test.version, test.major, test.minor, got, test.want)
		}
	}
}

func TestFlinkRelease(t *testing.T) {
	const examples = "flink-examples-streaming"
	tests := map[string]flinkRelease{
		"1.12.5":       {oneWheel: true, wheelPython: "3.7", java11: true, examplesArtifact: examples + "_2.11", examplesVersion: "1.12.5"},
		"1.13.6":       {wheelPython: "3.7", java11: true, examplesArtifact: examples + "_2.11", examplesVersion: "1.12.5"},
		"1.17.2":       {wheelPython: "3.10", java11: true, examplesArtifact: examples, examplesVersion: "1.18.1"},
		"1.18.1":       {wheelPython: "3.10", examplesArtifact: examples, examplesVersion: "1.18.1"},
		"1.20.5":       {wheelPython: "3.11", examplesArtifact: examples, examplesVersion: "1.20.0"},
		"2.2.1":        {wheelPython: "3.11", examplesArtifact: examples, examplesVersion: "2.3.0"},
		"2.0-preview1": {wheelPython: "3.11", examplesArtifact: examples, examplesVersion: "2.3.0"},
	}
	for version, want := range tests {
		t.Run(version, func(t *testing.T) {
			if diff := cmp.Diff(want, flinkReleaseOf(version), cmp.AllowUnexported(flinkRelease{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := flinkReleaseOf("1.12.5").examplesJarName(); got != examples+"_2.11-1.12.5.jar" {
		t.Errorf("examplesJarName = %s", got)
	}
}

func TestHadoopPOMExclusions(t *testing.T) {
	for version, want := range map[string]bool{"2.10.2": true, "3.3.6": false, "3.4.2": false} {
		content, err := hadoopPOM(version)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(content), "<groupId>org.ow2.asm</groupId>"); got != want {
			t.Errorf("%s leaves out ASM: %t, want %t", version, got, want)
		}
	}
}
