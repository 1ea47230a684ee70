//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// standaloneHome makes a FLINK_HOME of the test's own for a cluster on this machine, and returns it with the options that give
// it ports of its own.
func standaloneHome(t *testing.T) (home string, ports []string) {
	t.Helper()
	home = standaloneHomeOf(t, clustertest.ForTest(t).FlinkHome(""))
	return home, []string{"-D", fmt.Sprintf("rest.port=%d", unusedPort(t)), "-D", fmt.Sprintf("jobmanager.rpc.port=%d", unusedPort(t)),
		"-Djobmanager.memory.process.size=700m", "-Dtaskmanager.memory.process.size=800m", "-Dtaskmanager.memory.jvm-metaspace.size=128m", "-Dtaskmanager.memory.managed.size=32m",
		"-Denv.java.opts.jobmanager=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "-Denv.java.opts.taskmanager=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
}

// configurationFile is that of a FLINK_HOME.
func configurationFile(home string) string {
	if path := filepath.Join(home, "conf", "flink-conf.yaml"); fileExists(path) {
		return path
	}
	return filepath.Join(home, "conf", "config.yaml")
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// standaloneHomeOf makes a FLINK_HOME like another one for a cluster on this machine.
func standaloneHomeOf(t *testing.T, from string) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "flink")
	for _, dir := range []string{"conf", "log", "pid"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cp", "-rs", filepath.Join(from, "lib"), home).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config, err := os.ReadFile(configurationFile(from))
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(from, "conf", "log4j.properties"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		filepath.Base(configurationFile(from)): string(config) + "\nenv.pid.dir: " + filepath.Join(home, "pid") + "\n", "log4j.properties": string(log),
		"masters": "localhost:8081\n", "workers": "# all here\nlocalhost\nlocalhost\nlocalhost\nlocalhost\n",
	} {
		if err := os.WriteFile(filepath.Join(home, "conf", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, pid := range processesOf(t, home) {
			t.Errorf("left running: %d", pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return home
}

func unusedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// processesOf are the processes that run from a FLINK_HOME.
func processesOf(t *testing.T, home string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, file := range files {
		if content, err := os.ReadFile(file); err == nil && (bytes.Contains(content, []byte("--configDir\x00"+home)) || bytes.Contains(content, []byte("--zkConfigFile\x00"+home))) {
			var pid int
			if _, err := fmt.Sscanf(file, "/proc/%d/cmdline", &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// standaloneRun runs the program to its end and returns what it printed, its code and its talk.
func standaloneRun(t *testing.T, home string, args ...string) (stdout string, code int, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "FLINK_HOME="+home, "FLINK_CONF_DIR=", "HADOOP_CONF_DIR=")
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	_ = cmd.Run() // its code tells
	return out.String(), cmd.ProcessState.ExitCode(), talk.String()
}

// TestStandaloneCluster runs a job on a cluster of 1 + 4 processes that the command line has started, and ends it.
func TestStandaloneCluster(t *testing.T) {
	home, ports := standaloneHome(t)
	stdout, code, stderr := standaloneRun(t, home, append([]string{"cluster", "start", "-o", "json"}, ports...)...)
	var started struct {
		RestURL      string `json:"restUrl"`
		TaskManagers int    `json:"taskManagers"`
		Slots        int    `json:"slots"`
	}
	if err := json.Unmarshal([]byte(stdout), &started); err != nil || code != 0 || started.TaskManagers != 4 || started.Slots != 4 {
		t.Fatalf("start: %d, %v: %s%s", code, err, stdout, stderr)
	}
	target := strings.TrimPrefix(started.RestURL, "http://")
	jar := clustertest.ForTest(t).ExamplesJar("")
	stdout, code, stderr = standaloneRun(t, home, "run", "-m", target, "-p", "4", "-c", "org.apache.flink.streaming.examples.wordcount.WordCount", "-o", "json", jar)
	var job struct {
		JobID string `json:"jobId"`
		State string `json:"state"`
	}
	if err := json.Unmarshal([]byte(stdout), &job); err != nil || code != 0 || job.State != "FINISHED" {
		t.Fatalf("run: %d, %v: %s%s", code, err, stdout, stderr)
	}
	// Without -m the configuration tells where the JobManager is.
	for _, args := range [][]string{{"list", "-a", "-m", target}, {"list", "-a", "-t", "remote", "-Drest.address=localhost", ports[0], ports[1]}} {
		if stdout, code, stderr = standaloneRun(t, home, args...); code != 0 || !strings.Contains(stdout, job.JobID) {
			t.Errorf("%v: %d: %s%s", args, code, stdout, stderr)
		}
	}
	stdout, code, stderr = standaloneRun(t, home, "run", "-d", "-m", target, "-c", "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing", "-o", "json", jar)
	if err := json.Unmarshal([]byte(stdout), &job); err != nil || code != 0 {
		t.Fatalf("run -d: %d, %v: %s%s", code, err, stdout, stderr)
	}
	savepoints := t.TempDir()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(500 * time.Millisecond) { // its tasks have to run
		stdout, code, stderr = standaloneRun(t, home, "savepoint", "-m", target, job.JobID, "file://"+savepoints)
		if code == 0 && strings.Contains(stdout, savepoints) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("savepoint: %d: %s%s", code, stdout, stderr)
		}
	}
	if stdout, code, stderr = standaloneRun(t, home, "cancel", "-m", target, job.JobID); code != 0 {
		t.Errorf("cancel: %d: %s%s", code, stdout, stderr)
	}
	// One more, written down behind the last host, and one less.
	workers := filepath.Join(home, "conf", "workers")
	if stdout, code, stderr = standaloneRun(t, home, "cluster", "add", "taskmanager", "localhost"); code != 0 || !strings.Contains(stdout, "the cluster has 5 with 5 slots") {
		t.Errorf("add: %d: %s%s", code, stdout, stderr)
	}
	if content, err := os.ReadFile(workers); err != nil || string(content) != "# all here\n"+strings.Repeat("localhost\n", 5) {
		t.Errorf("after add: %q, %v", content, err)
	}
	if stdout, code, stderr = standaloneRun(t, home, "cluster", "remove", "taskmanager", "localhost"); code != 0 {
		t.Errorf("remove: %d: %s%s", code, stdout, stderr)
	}
	if content, err := os.ReadFile(workers); err != nil || string(content) != "# all here\n"+strings.Repeat("localhost\n", 4) {
		t.Errorf("after remove: %q, %v", content, err)
	}
	// The ports need not be said again: those that run know them.
	if stdout, code, stderr = standaloneRun(t, home, "cluster", "status"); code != 0 || strings.Count(stdout, "1 slots") != 4 {
		t.Errorf("status: %d: %s%s", code, stdout, stderr)
	}
	if stdout, code, stderr = standaloneRun(t, home, "cluster", "stop"); code != 0 || stdout != "4 TaskManagers and 1 JobManagers stopped\n" {
		t.Errorf("stop: %d: %s%s", code, stdout, stderr)
	}
	if stdout, code, _ = standaloneRun(t, home, "cluster", "status"); code != 9 {
		t.Errorf("status of nothing: %d: %s", code, stdout)
	}
}

// TestStandaloneStartInterrupted ends a start by a signal and by its timeout: nothing is left.
func TestStandaloneStartInterrupted(t *testing.T) {
	home, ports := standaloneHome(t)
	p := &place{env: append(os.Environ(), "FLINK_HOME="+home, "FLINK_CONF_DIR=", "HADOOP_CONF_DIR=")}
	run := p.start(t, append([]string{"cluster", "start"}, ports...)...)
	for deadline := time.Now().Add(patience); !strings.Contains(run.stderr.String(), "TaskManager"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no TaskManager was started: %s", run.stderr.String())
		}
	}
	if err := run.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-run.done
	if code := run.cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(run.stderr.String(), "what was started has been stopped again") {
		t.Errorf("got %d: %s", code, run.stderr.String())
	}
	_, code, stderr := standaloneRun(t, home, append([]string{"cluster", "start", "--timeout", "1500ms"}, ports...)...)
	if code != 124 || !strings.Contains(stderr, "--timeout 1.5s is over") || !strings.Contains(stderr, "what was started has been stopped again") {
		t.Errorf("got %d: %s", code, stderr)
	}
	if left := processesOf(t, home); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
