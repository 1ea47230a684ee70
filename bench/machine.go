package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/yarnflink/yarnflink/internal/minicluster"
)

// describeMachine is one line about where the figures come from: what ran on what, without names or paths of the machine.
func describeMachine(ctx context.Context, c *minicluster.Cluster, binary, load string) (string, error) {
	_, version, err := execute(ctx, command{argv: []string{binary, "version"}, env: os.Environ()})
	if err != nil {
		return "", err
	}
	parts := []string{
		strings.TrimSpace(version),
		"Flink " + c.FlinkVersions()[0],
		"Hadoop " + c.HadoopVersion(),
		"JDK " + cmp.Or(assigned(filepath.Join(c.JavaHome(), "release"), "JAVA_VERSION", "="), "unknown"),
		fmt.Sprintf("%d cores (%s)", runtime.NumCPU(), cmp.Or(assigned("/proc/cpuinfo", "model name", ":"), runtime.GOARCH)),
		fmt.Sprintf("%.0f GiB memory", float64(kilobytes(assigned("/proc/meminfo", "MemTotal", ":")))/(1<<30)),
		"load before the run " + load,
	}
	return strings.Join(parts, "; "), nil
}

// assigned is the value of the first line of a file that gives one to name, without quotes; "" when there is none.
func assigned(path, name, separator string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		key, value, ok := strings.Cut(line, separator)
		if ok && strings.TrimSpace(key) == name {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// ownPeak is the most memory this program has had, in bytes. Linux counts it for every process it starts too: on exec the
// peak of the memory a process leaves goes into its rusage, and Go's children begin in their parent's.
func ownPeak() int64 { return kilobytes(assigned("/proc/self/status", "VmHWM", ":")) }

// kilobytes turns the kernel's "24576000 kB" into bytes; 0 when it is none.
func kilobytes(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(text, " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

// readLoad is the machine's load average of the last minute.
func readLoad() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	load, _, _ := strings.Cut(string(content), " ")
	return load
}
