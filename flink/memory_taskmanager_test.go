package flink

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// taskManagerConfig puts the prefix before every key.
func taskManagerConfig(pairs ...string) *Configuration {
	c := NewConfiguration()
	for i := 0; i < len(pairs); i += 2 {
		c.Set("taskmanager.memory."+pairs[i], pairs[i+1], "-D")
	}
	return c
}

func TestDeriveTaskManagerMemory(t *testing.T) {
	const mb = mebibyte
	// Total, heap, direct, managed, network, overhead.
	tests := []struct {
		name    string
		version string
		config  []string
		want    [6]int64
	}{
		{"process 1728m", "1.20.5", []string{"process.size", "1728m"}, [6]int64{1728 * mb, 536870902, 268435458, 536870920, 134217730, 192 * mb}},
		{"process 4g", "2.2.1", []string{"process.size", "4g"}, [6]int64{4096 * mb, 1664299798, 493921243, 1438814063, 359703515, 429496736}},
		{"network unlimited since 1.17", "1.17.0", []string{"flink.size", "20g", "jvm-overhead.fraction", "0"}, [6]int64{20928 * mb, 10603200352, 2281701408, 8589934720, 2147483680, 192 * mb}},
		{"network at most 1g before", "1.16.3", []string{"flink.size", "20g", "jvm-overhead.fraction", "0"}, [6]int64{20928 * mb, 11676942208, 1207959552, 8589934720, 1024 * mb, 192 * mb}},
		{"parts set", "1.20.5", []string{"task.heap.size", "896m", "managed.size", "1g"}, [6]int64{3115176906, 1024 * mb, 387740107, 1024 * mb, 253522379, 311517695}},
		{"parts and flink set", "1.20.5", []string{"task.heap.size", "896m", "managed.size", "1g", "flink.size", "2496m"}, [6]int64{3206312396, 1024 * mb, 448 * mb, 1024 * mb, 320 * mb, 320631244}},
		{"task heap set", "1.20.5", []string{"task.heap.size", "384m", "flink.size", "1280m", "managed.fraction", "0.25"}, [6]int64{1728 * mb, 512 * mb, 448 * mb, 320 * mb, 320 * mb, 192 * mb}},
		{"old alias of managed.size", "1.20.5", []string{"size", "512m", "flink.size", "1280m"}, [6]int64{1728 * mb, 536870910, 268435458, 512 * mb, 134217730, 192 * mb}},
		{"a fraction that isn't needed is not read", "1.20.5", []string{"managed.size", "512m", "managed.fraction", "7", "flink.size", "1280m"}, [6]int64{1728 * mb, 536870910, 268435458, 512 * mb, 134217730, 192 * mb}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := DeriveTaskManagerMemory(taskManagerConfig(tt.config...), memoryVersion(t, tt.version), LegacyEnv{})
			if err != nil {
				t.Fatal(err)
			}
			got := [6]int64{m.TotalBytes, m.HeapBytes(), m.DirectBytes(), m.ManagedBytes, m.NetworkBytes, m.OverheadBytes}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTaskManagerNetworkBuffers(t *testing.T) {
	const buffers = "taskmanager.network.numberOfBuffers"
	tests := []struct {
		name    string
		version string
		config  []string
		want    int64 // of network memory, 0 for an error
		warned  bool
	}{
		{"default segments", "1.20.5", []string{buffers, "4096"}, 128 * mebibyte, false},
		{"own segments", "1.20.5", []string{buffers, "4096", "taskmanager.memory.segment-size", "64k"}, 256 * mebibyte, false},
		{"yields to the newer options", "1.20.5", []string{buffers, "4096", "taskmanager.network.memory.min", "64m"}, 359703515, true},
		{"gone in 2.0", "2.0.0", []string{buffers, "4096"}, 359703515, true},
		{"no power of 2", "1.20.5", []string{buffers, "4096", "taskmanager.memory.segment-size", "48k"}, 0, false},
		{"segments too small", "1.20.5", []string{buffers, "4096", "taskmanager.memory.segment-size", "2k"}, 0, false},
		{"segments too big", "1.20.5", []string{buffers, "4096", "taskmanager.memory.segment-size", "2g"}, 0, false},
		{"negative", "1.20.5", []string{buffers, "-1"}, 0, false},
		{"rest must be equal", "1.20.5", []string{buffers, "4096", "taskmanager.memory.task.heap.size", "1g"}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := configured(append(tt.config, "taskmanager.memory.process.size", "4g")...)
			m, err := DeriveTaskManagerMemory(c, memoryVersion(t, tt.version), LegacyEnv{})
			if m.NetworkBytes != tt.want || (err != nil) != (tt.want == 0) {
				t.Errorf("network %d, %v; want %d", m.NetworkBytes, err, tt.want)
			}
			if warned := strings.Contains(strings.Join(m.Warnings, ""), buffers); warned != tt.warned {
				t.Errorf("warnings %q", m.Warnings)
			}
		})
	}
}

func TestDeriveTaskManagerMemoryRefuses(t *testing.T) {
	tests := []struct {
		name    string
		version string
		config  []string
		want    []string
		hint    string
	}{
		{"nothing set", "1.20.5", nil, []string{"taskmanager.memory.task.heap.size with taskmanager.memory.managed.size"}, "taskmanager.memory.process.size"},
		{"task heap alone", "1.20.5", []string{"task.heap.size", "1g"}, []string{"none of"}, ""},
		{"process too small", "1.20.5", []string{"process.size", "600m"},
			[]string{"framework heap 128m", "managed memory 63753421b (60.8m) (40% of Flink memory 152m)", "network memory 64m", "exceed Flink memory 152m"}, "taskmanager.memory.process.size to at least 982m"},
		{"process below metaspace", "1.20.5", []string{"process.size", "200m"}, []string{"exceed process memory 200m"}, "taskmanager.memory.process.size to at least 982m"},
		{"fractions leave nothing", "1.20.5", []string{"process.size", "4g", "managed.fraction", "0.95"}, []string{"95% of Flink memory"}, "no value of taskmanager.memory.process.size"},
		{"network above its maximum", "1.16.3", []string{"flink.size", "8g", "task.heap.size", "1g"},
			[]string{"for the network, which must be between 64m", "and 1g (default of taskmanager.memory.network.max)"}, "taskmanager.memory.task.heap.size to between"},
		{"network below its minimum", "1.20.5", []string{"flink.size", "2g", "task.heap.size", "800m", "managed.size", "960m"},
			[]string{"leaves 32m for the network"}, "taskmanager.memory.task.heap.size to between 0 and 768m"},
		{"task heap above the rest", "1.20.5", []string{"flink.size", "4g", "task.heap.size", "3g", "managed.size", "2g"},
			[]string{"task heap 3g", "managed memory 2g", "exceed Flink memory 4g"}, "taskmanager.memory.task.heap.size to between 0 and 1728m"},
		{"managed above the whole", "1.20.5", []string{"flink.size", "4g", "task.heap.size", "3g", "managed.size", "5g"},
			[]string{"managed memory 5g"}, "taskmanager.memory.flink.size to at least 8512m"},
		{"parts overflow", "1.20.5", []string{"task.heap.size", "9223372036854775807", "managed.size", "1"}, []string{"64 bits"}, "lower"},
		{"network overflows", "1.20.5", []string{"task.heap.size", "8388000t", "managed.size", "1", "network.fraction", "0.9"}, []string{"64 bits"}, "lower"},
		{"parts exceed although their sum wraps", "1.20.5", []string{"flink.size", "1g", "task.heap.size", "9223372036854775807", "managed.size", "9223372036854775807"}, []string{"exceed Flink memory 1g"}, ""},
		{"all unreadable values", "1.20.5", []string{"process.size", "x", "network.min", "y", "managed.fraction", "z"}, []string{"process.size", "network.min", "managed.fraction"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DeriveTaskManagerMemory(taskManagerConfig(tt.config...), memoryVersion(t, tt.version), LegacyEnv{})
			checkMemoryError(t, err, "TaskManager", tt.want, tt.hint)
		})
	}
}

func TestTaskManagerLegacySizes(t *testing.T) {
	c := configured("taskmanager.heap.mb", "1728")
	for version, want := range map[string]int64{"1.20.5": 1728, "2.0.0": 0} {
		m, err := DeriveTaskManagerMemory(c, memoryVersion(t, version), LegacyEnv{JobManagerHeap: "7g"})
		if m.ContainerMB() != want || (err != nil) != (want == 0) {
			t.Errorf("%s: %d MiB, %v; want %d", version, m.ContainerMB(), err, want)
		}
	}
	m, err := DeriveTaskManagerMemory(c, memoryVersion(t, "1.20.5"), LegacyEnv{TaskManagerHeap: "4g"})
	if err != nil || m.ContainerMB() != 4096 {
		t.Errorf("with FLINK_TM_HEAP: %d MiB, %v; want 4096", m.ContainerMB(), err)
	}
}
