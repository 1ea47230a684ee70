package flink

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDeriveJobManagerMemory(t *testing.T) {
	const mb = mebibyte
	// Total, Flink, heap, off-heap, metaspace, overhead; reproduced with Flink 1.20.5.
	tests := []struct {
		name   string
		config []string
		want   [6]int64
	}{
		{"process 1024m", []string{"process.size", "1024m"}, [6]int64{1024 * mb, 576 * mb, 448 * mb, 128 * mb, 256 * mb, 192 * mb}},
		{"process 1600m", []string{"process.size", "1600m"}, [6]int64{1600 * mb, 1152 * mb, 1024 * mb, 128 * mb, 256 * mb, 192 * mb}},
		{"process 4096m", []string{"process.size", "4096m"}, [6]int64{4096 * mb, 3597035104, 3462817376, 128 * mb, 256 * mb, 429496736}},
		{"heap 1g", []string{"heap.size", "1g"}, [6]int64{1600 * mb, 1152 * mb, 1024 * mb, 128 * mb, 256 * mb, 192 * mb}},
		{"heap 4g", []string{"heap.size", "4g"}, [6]int64{5219578319, 4429185024, 4096 * mb, 128 * mb, 256 * mb, 521957839}},
		{"flink 2g", []string{"flink.size", "2g"}, [6]int64{2684354564, 2048 * mb, 2013265920, 128 * mb, 256 * mb, 268435460}},
		{"heap and process", []string{"heap.size", "1g", "process.size", "2g"}, [6]int64{2048 * mb, 1152 * mb, 1024 * mb, 128 * mb, 256 * mb, 640 * mb}},
		{"heap and flink", []string{"heap.size", "1g", "flink.size", "2g"}, [6]int64{2684354564, 2048 * mb, 1024 * mb, 1024 * mb, 256 * mb, 268435460}},
		{"heap, off-heap and flink", []string{"heap.size", "1g", "off-heap.size", "1g", "flink.size", "2g"}, [6]int64{2684354564, 2048 * mb, 1024 * mb, 1024 * mb, 256 * mb, 268435460}},
		{"heap is all of flink", []string{"heap.size", "1g", "flink.size", "1g"}, [6]int64{1472 * mb, 1024 * mb, 1024 * mb, 0, 256 * mb, 192 * mb}},
		{"fraction as a Java literal", []string{"process.size", "4g", "jvm-overhead.fraction", " 0.1f"}, [6]int64{4096 * mb, 3597035104, 3462817376, 128 * mb, 256 * mb, 429496736}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := DeriveJobManagerMemory(jobManagerConfig(tt.config...), memoryVersion(t, "1.20.5"), LegacyEnv{})
			if err != nil {
				t.Fatal(err)
			}
			got := [6]int64{m.TotalBytes, m.FlinkBytes, m.HeapBytes, m.OffHeapBytes, m.MetaspaceBytes, m.OverheadBytes}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// jobManagerConfig puts the prefix before every key.
func jobManagerConfig(pairs ...string) *Configuration {
	c := NewConfiguration()
	for i := 0; i < len(pairs); i += 2 {
		c.Set("jobmanager.memory."+pairs[i], pairs[i+1], "-D")
	}
	return c
}

func TestDeriveJobManagerMemoryRefuses(t *testing.T) {
	tests := []struct {
		name    string
		version string
		config  []string
		want    []string // parts of the error
		hint    string   // part of the hint
	}{
		{"nothing set", "1.20.5", nil,
			[]string{"jobmanager.memory.process.size", "jobmanager.memory.flink.size", "jobmanager.memory.heap.size"}, "set jobmanager.memory.process.size"},
		{"process below metaspace and overhead", "1.20.5", []string{"process.size", "300m"},
			[]string{"metaspace 256m", "overhead 192m", "process memory 300m"}, "jobmanager.memory.process.size to at least 577m"},
		{"no heap left", "1.20.5", []string{"process.size", "500m"},
			[]string{"Flink memory 52m", "off-heap 128m"}, "jobmanager.memory.process.size to at least 577m"},
		{"no heap left in flink", "2.2.1", []string{"flink.size", "128m"},
			[]string{"Flink memory 128m (set by jobmanager.memory.flink.size, -D)"}, "jobmanager.memory.flink.size to at least 129m"},
		{"process below heap", "1.20.5", []string{"heap.size", "1g", "process.size", "1g"},
			[]string{"process memory 1g", "Flink memory 1152m", "together 1408m"}, "between 1600m and 2432m"},
		{"overhead too small", "1.20.5", []string{"heap.size", "1g", "process.size", "1500m"},
			[]string{"leaves 92m for the JVM overhead"}, "between 1600m and 2432m"},
		{"overhead too big", "1.20.5", []string{"heap.size", "1g", "process.size", "9g"},
			[]string{"leaves 7808m for the JVM overhead"}, "between 1600m and 2432m"},
		{"heap above flink", "1.20.5", []string{"heap.size", "3g", "flink.size", "2g"},
			[]string{"heap 3g", "exceeds Flink memory 2g"}, "set only one of"},
		{"parts don't make flink", "1.20.5", []string{"heap.size", "1g", "flink.size", "2g", "off-heap.size", "1m"},
			[]string{"heap 1g", "off-heap 1m", "don't add up to Flink memory 2g"}, "jobmanager.memory.flink.size to 1025m"},
		{"minimum above maximum", "1.20.5", []string{"process.size", "2g", "jvm-overhead.max", "165m"},
			[]string{"minimum 192m", "above maximum 165m"}, "raise jobmanager.memory.jvm-overhead.max to at least 192m"},
		{"fraction 1", "1.20.5", []string{"process.size", "2g", "jvm-overhead.fraction", "1"},
			[]string{"jobmanager.memory.jvm-overhead.fraction (-D)", "below 1"}, ""},
		{"fraction NaN", "1.20.5", []string{"process.size", "2g", "jvm-overhead.fraction", "NaN"}, []string{"NaN"}, ""},
		{"fraction negative", "1.20.5", []string{"process.size", "2g", "jvm-overhead.fraction", "-0.1"}, []string{"-0.1"}, ""},
		{"all unreadable values", "1.20.5", []string{"process.size", "2x", "off-heap.size", "", "jvm-overhead.fraction", "a", "enable-jvm-direct-memory-limit", "yes"},
			[]string{"process.size", "off-heap.size", "jvm-overhead.fraction", "enable-jvm-direct-memory-limit"}, ""},
		{"heap and off-heap overflow", "1.20.5", []string{"heap.size", "9223372036854775807"}, []string{"64 bits"}, "lower"},
		{"metaspace overflows", "1.20.5", []string{"heap.size", "1g", "jvm-metaspace.size", "9223372036854775807"}, []string{"64 bits"}, "lower"},
		{"overhead overflows", "1.20.5", []string{"heap.size", "8388000t", "jvm-overhead.fraction", "0.9"}, []string{"64 bits"}, "jvm-overhead.fraction"},
		{"metaspace and overhead overflow together", "1.20.5", []string{"process.size", "1g", "jvm-metaspace.size", "9223372036854775807", "jvm-overhead.min", "9223372036854775807", "jvm-overhead.max", "9223372036854775807"},
			[]string{"exceed process memory 1g"}, "no value of jobmanager.memory.process.size"},
		{"model of 1.10", "1.10.3", []string{"process.size", "2g"}, []string{"Flink 1.10.3"}, "1.11"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DeriveJobManagerMemory(jobManagerConfig(tt.config...), memoryVersion(t, tt.version), LegacyEnv{})
			checkMemoryError(t, err, "JobManager", tt.want, tt.hint)
		})
	}
}

func checkMemoryError(t *testing.T, err error, process string, parts []string, hint string) {
	t.Helper()
	var refused *MemoryError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want a *MemoryError", err)
	}
	if refused.Process != process {
		t.Errorf("process %q, want %q", refused.Process, process)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error lacks %q: %v", part, err)
		}
	}
	if !strings.Contains(refused.Hint(), hint) {
		t.Errorf("hint %q lacks %q", refused.Hint(), hint)
	}
}

func TestMemoryErrorUnwrap(t *testing.T) {
	_, err := DeriveJobManagerMemory(jobManagerConfig("process.size", "2x"), memoryVersion(t, "1.20.5"), LegacyEnv{})
	var value *ValueError
	if !errors.As(err, &value) || value.Key != "jobmanager.memory.process.size" || value.Origin != "-D" {
		t.Errorf("%v has no *ValueError of the key, but %v", err, value)
	}
}

func TestJobManagerLegacySizes(t *testing.T) {
	tests := []struct {
		name       string
		version    string
		config     []string
		env        string
		yarn       int64 // total in MiB, 0 for an error
		standalone int64 // heap in MiB
	}{
		{"size", "1.20.5", []string{"jobmanager.heap.size", "2g"}, "", 2048, 2048},
		{"megabytes", "1.20.5", []string{"jobmanager.heap.mb", "2048"}, "", 2048, 2048},
		{"size before megabytes", "1.12.5", []string{"jobmanager.heap.mb", "1024", "jobmanager.heap.size", "2g"}, "", 2048, 2048},
		{"environment first", "1.20.5", []string{"jobmanager.heap.size", "1g"}, "2g", 2048, 2048},
		{"largest number of megabytes", "1.20.5", []string{"jobmanager.heap.mb", "2147483647"}, "", 2147483647, 2147483647},
		{"too many megabytes", "1.20.5", []string{"jobmanager.heap.mb", "2147483648"}, "", 0, 0},
		{"negative", "1.20.5", []string{"jobmanager.heap.mb", "-1"}, "", 0, 0},
		{"bad environment", "1.20.5", nil, "much", 0, 0},
		{"none since 2.0", "2.0.0", []string{"jobmanager.heap.size", "2g", "jobmanager.heap.mb", "2048"}, "2g", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, env := memoryVersion(t, tt.version), LegacyEnv{JobManagerHeap: tt.env, TaskManagerHeap: "7g"}
			m, err := DeriveJobManagerMemory(configured(tt.config...), v, env)
			if m.ContainerMB() != tt.yarn || (err != nil) != (tt.yarn == 0) {
				t.Errorf("on YARN %d MiB, %v; want %d", m.ContainerMB(), err, tt.yarn)
			}
			if err == nil && !strings.Contains(strings.Join(m.Warnings, "\n"), "deprecated") {
				t.Errorf("warnings %q lack the deprecation", m.Warnings)
			}
			m, err = DeriveStandaloneJobManagerMemory(configured(tt.config...), v, env)
			if m.HeapBytes/mebibyte != tt.standalone || (err != nil) != (tt.standalone == 0) {
				t.Errorf("standalone heap %d MiB, %v; want %d", m.HeapBytes/mebibyte, err, tt.standalone)
			}
		})
	}
}

func TestJobManagerLegacySizeYieldsToProcessSize(t *testing.T) {
	c := configured("jobmanager.memory.process.size", "1600m", "jobmanager.heap.size", "nonsense")
	m, err := DeriveJobManagerMemory(c, memoryVersion(t, "1.20.5"), LegacyEnv{JobManagerHeap: "9g"})
	if err != nil || m.ContainerMB() != 1600 {
		t.Errorf("%d MiB, %v; want 1600", m.ContainerMB(), err)
	}
}

func TestJobManagerWarnings(t *testing.T) {
	tests := []struct {
		name   string
		config []string
		want   []string
	}{
		{"distribution's default", []string{"process.size", "1600m"}, nil},
		{"small heap", []string{"process.size", "703m"},
			[]string{"JobManager memory: JVM heap 127m is less than the 128m Flink recommends"}},
		{"recommended heap", []string{"process.size", "704m"}, nil},
		{"asked fraction is capped", []string{"process.size", "4g", "jvm-overhead.fraction", "0.5"},
			[]string{"JobManager memory: JVM overhead 1g (50% of process memory 4g would be 2g, capped to 1g, default of jobmanager.memory.jvm-overhead.max)"}},
		{"asked fraction is not used", []string{"heap.size", "1g", "process.size", "2g", "jvm-overhead.fraction", "0.2"},
			[]string{"JobManager memory: JVM overhead 640m (process memory 2g minus Flink memory 1152m and JVM metaspace 256m): jobmanager.memory.jvm-overhead.fraction is not used"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := DeriveJobManagerMemory(jobManagerConfig(tt.config...), memoryVersion(t, "1.20.5"), LegacyEnv{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, m.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJobManagerReasons(t *testing.T) {
	c := NewConfiguration()
	c.Set("jobmanager.memory.process.size", "1600m", "/opt/flink/conf/config.yaml")
	m, err := DeriveJobManagerMemory(c, memoryVersion(t, "1.20.5"), LegacyEnv{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Figure{
		{"process memory", "jobmanager.memory.process.size", 1600 * mebibyte, "set by jobmanager.memory.process.size, /opt/flink/conf/config.yaml"},
		{"Flink memory", "jobmanager.memory.flink.size", 1152 * mebibyte, "process memory 1600m minus JVM metaspace 256m and JVM overhead 192m"},
		{"JVM heap", "jobmanager.memory.heap.size", 1024 * mebibyte, "Flink memory 1152m minus off-heap 128m"},
		{"off-heap", "jobmanager.memory.off-heap.size", 128 * mebibyte, "default of jobmanager.memory.off-heap.size"},
		{"JVM metaspace", "jobmanager.memory.jvm-metaspace.size", 256 * mebibyte, "default of jobmanager.memory.jvm-metaspace.size"},
		{"JVM overhead", "", 192 * mebibyte, "10% of process memory 1600m would be 167772162b (160.0m), raised to 192m, default of jobmanager.memory.jvm-overhead.min"},
	}
	if diff := cmp.Diff(want, m.Reasons()); diff != "" {
		t.Error(diff)
	}
	m.Reasons()[0].Bytes = 0
	if m.Reasons()[0].Bytes == 0 {
		t.Error("a caller can change the model's figures")
	}
}
