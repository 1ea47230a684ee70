//go:build unix

package resttest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// distribution is a Flink to start a standalone cluster from.
type distribution struct {
	version  flink.Version
	home     string
	java     string
	examples string
}

// distributions are those of the shared real cluster.
func distributions(t *testing.T) []distribution {
	t.Helper()
	cluster := clustertest.ForTest(t)
	var list []distribution
	for _, release := range cluster.FlinkVersions() {
		version, err := flink.ParseVersion(release)
		if err != nil {
			t.Fatal(err)
		}
		if !version.AtLeast(1, 18) {
			continue // needs an older Java than the cluster's
		}
		list = append(list, distribution{
			version: version, home: cluster.FlinkHome(release),
			java: filepath.Join(cluster.JavaHome(), "bin", "java"), examples: cluster.ExamplesJar(release),
		})
	}
	return list
}

const examples = "org.apache.flink.streaming.examples."

func TestRealConformanceRescale(t *testing.T) {
	for _, d := range distributions(t) {
		t.Run(d.version.String(), func(t *testing.T) {
			jar, err := os.ReadFile(d.examples)
			if err != nil {
				t.Fatal(err)
			}
			resttest.ConformanceRescale(t, resttest.Subject{
				Client: startStandalone(t, d, true, "-D", "jobmanager.scheduler=adaptive",
					// At once, by the key of 1.x and that of 2.x.
					"-D", "jobmanager.adaptive-scheduler.scaling-interval.min=0s",
					"-D", "jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling=0s"),
				Version: d.version, Jar: jar,
				Endless: rest.RunJarRequest{EntryClass: examples + "statemachine.StateMachineExample"},
			})
		})
	}
}

func TestRealConformance(t *testing.T) {
	for _, d := range distributions(t) {
		t.Run(d.version.String(), func(t *testing.T) {
			jar, err := os.ReadFile(d.examples)
			if err != nil {
				t.Fatal(err)
			}
			cluster := startStandalone(t, d, true)
			resttest.Conformance(t, resttest.Subject{
				Client: cluster, Version: d.version, Jar: jar, StateDir: "file://" + t.TempDir(),
				Finite:  rest.RunJarRequest{EntryClass: examples + "wordcount.WordCount"},
				Endless: rest.RunJarRequest{EntryClass: examples + "statemachine.StateMachineExample"},
				Failing: rest.RunJarRequest{
					EntryClass:  examples + "wordcount.WordCount",
					ProgramArgs: []string{"--input", filepath.Join(t.TempDir(), "not there")},
				},
			})
		})
	}
}

func TestRealConformanceSubmitDisabled(t *testing.T) {
	for _, d := range distributions(t) {
		t.Run(d.version.String(), func(t *testing.T) {
			resttest.ConformanceSubmitDisabled(t, startStandalone(t, d, false, "-D", "web.submit.enable=false"))
		})
	}
}

// startStandalone starts a JobManager and, if asked, a TaskManager of two
// slots, small ones on loopback that end with the test, and waits until the
// cluster is ready.
func startStandalone(t *testing.T, d distribution, taskManager bool, args ...string) *rest.Client {
	t.Helper()
	dir := t.TempDir()
	restPort, rpcPort := freePort(t), freePort(t)
	configure(t, dir, map[string]string{
		"rest.address": "127.0.0.1", "rest.bind-address": "127.0.0.1", "rest.port": fmt.Sprint(restPort),
		"jobmanager.rpc.address": "127.0.0.1", "jobmanager.bind-host": "127.0.0.1", "jobmanager.rpc.port": fmt.Sprint(rpcPort),
		"taskmanager.host": "127.0.0.1", "taskmanager.bind-host": "127.0.0.1", "taskmanager.numberOfTaskSlots": "2",
		// The scripts of the distribution derive all of these; the class itself wants them given.
		"taskmanager.cpu.cores": "1", "taskmanager.memory.task.heap.size": "128m", "taskmanager.memory.task.off-heap.size": "0m",
		"taskmanager.memory.framework.heap.size": "64m", "taskmanager.memory.framework.off-heap.size": "64m",
		"taskmanager.memory.managed.size": "64m", "taskmanager.memory.network.min": "64m", "taskmanager.memory.network.max": "64m",
		"taskmanager.memory.jvm-metaspace.size": "256m", "taskmanager.memory.jvm-overhead.min": "64m", "taskmanager.memory.jvm-overhead.max": "64m",
		"io.tmp.dirs": dir, "web.tmpdir": dir,
		// The key of 1.20 and newer, and the one before.
		"execution.checkpointing.dir": "file://" + dir + "/checkpoints", "state.checkpoints.dir": "file://" + dir + "/checkpoints",
	})
	startJava(t, d, dir, "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint", args...)
	if taskManager {
		startJava(t, d, dir, "org.apache.flink.runtime.taskexecutor.TaskManagerRunner", args...)
	}
	c, err := rest.NewClient(rest.Options{BaseURL: fmt.Sprintf("http://127.0.0.1:%d", restPort), RetryFor: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	awaitReady(t, c, taskManager)
	// The suite ends the cluster and must see that at once.
	c, err = rest.NewClient(rest.Options{BaseURL: c.BaseURL(), RetryFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func awaitReady(t *testing.T, c *rest.Client, taskManager bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		overview, err := c.Overview(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !taskManager || overview.SlotsAvailable == 2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the TaskManager has not registered: %+v", overview)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// configure writes both of Flink's configuration files: flat dotted keys read
// alike in them, and each release takes the one it knows.
func configure(t *testing.T, dir string, settings map[string]string) {
	t.Helper()
	var text strings.Builder
	for k, v := range settings {
		fmt.Fprintf(&text, "%s: %s\n", k, v)
	}
	for _, name := range []string{"config.yaml", "flink-conf.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// startJava runs a daemon in a process group of its own, which is killed when
// the test ends; what it said is shown when the test failed.
func startJava(t *testing.T, d distribution, dir, class string, args ...string) {
	t.Helper()
	java := []string{"-Xmx256m", "-XX:MaxMetaspaceSize=256m"}
	for _, p := range []string{"lang", "lang.reflect", "util", "util.concurrent", "util.concurrent.atomic", "util.concurrent.locks", "io", "net", "nio", "text", "time"} {
		java = append(java, "--add-opens=java.base/java."+p+"=ALL-UNNAMED")
	}
	java = append(java, "-Djava.io.tmpdir="+dir, "-cp", filepath.Join(d.home, "lib", "*"), class, "--configDir", dir)
	log, err := os.CreateTemp(dir, "*.log")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(d.java, append(java, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(os.Environ(), "FLINK_CONF_DIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A group that is gone already is what we want.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		_ = log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s said:\n%.4000s", class, text)
		}
	})
}
