//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/standalone"
)

// makeHighlyAvailable has a FLINK_HOME describe two JobManagers on this machine, at any free port each, and two TaskManagers.
func makeHighlyAvailable(t *testing.T, home, quorum, more string) {
	t.Helper()
	conf := filepath.Join(home, "conf")
	text := fmt.Sprintf(`
high-availability.type: zookeeper
high-availability.zookeeper.quorum: %s
high-availability.zookeeper.client.session-timeout: 5000
high-availability.zookeeper.path.root: /%d-%d
high-availability.storageDir: file://%s
execution.checkpointing.interval: 300ms
env.java.opts.jobmanager: -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
env.java.opts.taskmanager: -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
execution.checkpointing.dir: file://%s
yarn.properties-file.location: %s
`, quorum, os.Getpid(), time.Now().UnixNano(), filepath.Join(home, "ha"), filepath.Join(home, "checkpoints"), home)
	if strings.HasSuffix(configurationFile(home), "flink-conf.yaml") { // the name of old releases
		text = strings.Replace(text, "high-availability.type", "high-availability", 1)
	}
	file, err := os.OpenFile(configurationFile(home), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(text + more)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"masters": "# both\nlocalhost\nlocalhost\n", "workers": "localhost\nlocalhost\n"} {
		if err := os.WriteFile(filepath.Join(conf, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// leaderOf is what `cluster status` says of the JobManagers: the leader's process and address, and the number of all.
func leaderOf(t *testing.T, home string) (pid int, address string, all int) {
	t.Helper()
	stdout, code, stderr := standaloneRun(t, home, "cluster", "status", "-o", "json")
	var s standalone.Status
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatalf("status: %d, %v: %s%s", code, err, stdout, stderr)
	}
	for _, p := range s.Hosts[0].Processes {
		if p.Role == standalone.JobManager {
			all++
			if p.Leads != nil && *p.Leads {
				pid = p.PID
			}
		}
	}
	return pid, s.Leader, all
}

// TestStandaloneLeader kills the JobManager that leads: commands without -m, and a run that waits, go on with the next one.
func TestStandaloneLeader(t *testing.T) {
	home := standaloneHomeOf(t, clustertest.ForTest(t).FlinkHome(""))
	makeHighlyAvailable(t, home, clustertest.ZooKeeper(t, clustertest.ForTest(t)), "")
	if stdout, code, stderr := standaloneRun(t, home, "cluster", "start"); code != 0 {
		t.Fatalf("start: %d: %s%s", code, stdout, stderr)
	}
	pid, address, all := leaderOf(t, home)
	if pid == 0 || address == "" || all != 2 {
		t.Fatalf("the leader is process %d at %q, of %d", pid, address, all)
	}
	jar := clustertest.ForTest(t).ExamplesJar("")
	p := &place{env: append(os.Environ(), "FLINK_HOME="+home, "FLINK_CONF_DIR=", "HADOOP_CONF_DIR=")}
	waiting := p.start(t, "run", "-c", "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing", jar)
	var job string
	within(t, "the job is submitted", func() (bool, error) {
		select {
		case <-waiting.done:
			t.Fatalf("the run has ended: %s", waiting.stderr.String())
		default:
		}
		_, after, found := strings.Cut(waiting.stdout.String(), "JobID ")
		job = strings.TrimSpace(after)
		return found && len(job) == 32, nil
	})
	awaitCheckpoint(t, address, job)

	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	// At once: ZooKeeper still names the dead one.
	stdout, code, stderr := standaloneRun(t, home, "list", "-a")
	if code != 0 || !strings.Contains(stdout, job) || !strings.Contains(stderr, "leads and does not answer") {
		t.Errorf("list: %d: %s%s", code, stdout, stderr)
	}
	next, standby, _ := leaderOf(t, home)
	if next == pid || next == 0 || standby == address {
		t.Errorf("the leader is process %d at %q, after %d at %q", next, standby, pid, address)
	}
	awaitRestored(t, standby, job)
	stdout, code, stderr = standaloneRun(t, home, "run", "-c", "org.apache.flink.streaming.examples.wordcount.WordCount", "-o", "json", jar)
	if code != 0 || !strings.Contains(stdout, `"FINISHED"`) {
		t.Errorf("run: %d: %s%s", code, stdout, stderr)
	}
	select {
	case <-waiting.done:
		t.Errorf("the waiting run has ended: %s", waiting.stderr.String())
	default:
	}
	if stdout, code, stderr = standaloneRun(t, home, "cancel", job); code != 0 {
		t.Errorf("cancel: %d: %s%s", code, stdout, stderr)
	}
	select {
	case <-waiting.done:
	case <-time.After(patience):
		t.Fatalf("the waiting run goes on: %s", waiting.stderr.String())
	}
	if code := waiting.cmd.ProcessState.ExitCode(); code != 8 || !strings.Contains(waiting.stderr.String(), "leads now, after the one at") || !strings.Contains(waiting.stderr.String(), "is out of reach: waiting up to 2m0s") {
		t.Errorf("the waiting run: %d: %s", code, waiting.stderr.String())
	}
	checkMastersOfOneHost(t, home)

	if stdout, code, stderr = standaloneRun(t, home, "cluster", "stop"); code != 0 {
		t.Errorf("stop: %d: %s%s", code, stdout, stderr)
	}
	if stdout, code, stderr = standaloneRun(t, home, "list"); code != 5 || !strings.Contains(stderr, "no JobManager leads") {
		t.Errorf("list of nothing: %d: %s%s", code, stdout, stderr)
	}
}

// checkMastersOfOneHost adds a JobManager at a port of its own to one at any port, has it alone, and can't remove it then.
func checkMastersOfOneHost(t *testing.T, home string) {
	t.Helper()
	masters := filepath.Join(home, "conf", "masters")
	port := unusedPort(t)
	one := fmt.Sprintf("localhost:%d", port)
	if stdout, code, stderr := standaloneRun(t, home, "cluster", "add", "jobmanager", one); code != 0 || !strings.Contains(stdout, "1 JobManagers added") {
		t.Fatalf("add: %d: %s%s", code, stdout, stderr)
	}
	content, err := os.ReadFile(masters)
	if want := "# both\nlocalhost\nlocalhost\n" + one + "\n"; err != nil || string(content) != want {
		t.Errorf("after add: %q, %v", content, err)
	}
	if stdout, code, stderr := standaloneRun(t, home, "cluster", "remove", "jobmanager", "localhost"); code != 3 || !strings.Contains(stderr, "several JobManagers on localhost") {
		t.Errorf("remove one of several: %d: %s%s", code, stdout, stderr)
	}
	if stdout, code, stderr := standaloneRun(t, home, "cluster", "remove", "jobmanager", one); code != 0 {
		t.Errorf("remove: %d: %s%s", code, stdout, stderr)
	}
	if content, err = os.ReadFile(masters); err != nil || string(content) != "# both\nlocalhost\nlocalhost\n" {
		t.Errorf("after remove: %q, %v", content, err)
	}
	if stdout, code, stderr := standaloneRun(t, home, "list", "-m", one); code != 5 {
		t.Errorf("list at the removed one: %d: %s%s", code, stdout, stderr)
	}
}

// TestQuorumStartInterrupted ends a start of ZooKeeper by a signal and by its timeout: nothing is left.
func TestQuorumStartInterrupted(t *testing.T) {
	home := standaloneHomeOf(t, clustertest.ForTest(t).FlinkHome(""))
	zoo := fmt.Sprintf("dataDir=%s\nadmin.enableServer=false\nclientPort=%d\nserver.1=localhost:%d:%d\n", filepath.Join(home, "zookeeper"), unusedPort(t), unusedPort(t), unusedPort(t))
	if err := os.WriteFile(filepath.Join(home, "conf", "zoo.cfg"), []byte(zoo), 0o644); err != nil {
		t.Fatal(err)
	}
	p := &place{env: append(os.Environ(), "FLINK_HOME="+home, "FLINK_CONF_DIR=", "HADOOP_CONF_DIR=")}
	run := p.start(t, "quorum", "start")
	within(t, "a peer is started", func() (bool, error) { return strings.Contains(run.stderr.String(), "started"), nil })
	if err := run.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-run.done
	if code := run.cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(run.stderr.String(), "what was started has been stopped again") {
		t.Errorf("got %d: %s", code, run.stderr.String())
	}
	_, code, stderr := standaloneRun(t, home, "quorum", "start", "--timeout", "300ms")
	if code != 124 || !strings.Contains(stderr, "--timeout 300ms is over") {
		t.Errorf("got %d: %s", code, stderr)
	}
	if left := processesOf(t, home); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func awaitCheckpoint(t *testing.T, address, job string) {
	t.Helper()
	awaitCheckpoints(t, address, job, "a checkpoint is complete", func(c rest.Checkpoints) bool { return c.Completed > 0 })
}

func awaitRestored(t *testing.T, address, job string) {
	t.Helper()
	awaitCheckpoints(t, address, job, "the job goes on from a checkpoint", func(c rest.Checkpoints) bool { return c.Restored > 0 && c.LatestRestored != nil })
}

func awaitCheckpoints(t *testing.T, address, job, what string, enough func(rest.Checkpoints) bool) {
	t.Helper()
	id, err := rest.ParseJobID(job)
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.NewClient(rest.Options{BaseURL: address})
	if err != nil {
		t.Fatal(err)
	}
	within(t, what, func() (bool, error) {
		c, err := client.Checkpoints(t.Context(), id)
		return err == nil && enough(c), nil //nolint:nilerr // it is not there yet
	})
}
