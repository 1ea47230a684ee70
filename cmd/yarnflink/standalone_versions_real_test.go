//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// Every generation of Flink without YARN: a quorum of one, two JobManagers of which the leader dies, a job, and the end of all.
func TestLongStandaloneVersions(t *testing.T) {
	versions := []string{"1.12.5", "1.17.2", "2.2.1", "2.3.0"}
	c := clustertest.Own(t, minicluster.Options{FlinkVersions: versions})
	for _, v := range versions {
		t.Run(v, func(t *testing.T) { checkStandalone(t, c, v) })
	}
}

func checkStandalone(t *testing.T, c *minicluster.Cluster, version string) {
	t.Helper()
	home := standaloneHomeOf(t, c.FlinkHome(version))
	port := unusedPort(t)
	zoo := fmt.Sprintf("tickTime=500\nadmin.enableServer=false\ndataDir=%s\nclientPort=%d\nserver.1=localhost:%d:%d\n", filepath.Join(home, "zookeeper"), port, unusedPort(t), unusedPort(t))
	if err := os.WriteFile(filepath.Join(home, "conf", "zoo.cfg"), []byte(zoo), 0o644); err != nil {
		t.Fatal(err)
	}
	java := ""
	if dir := c.JavaHomeFor(version); dir != "" && dir != c.JavaHome() {
		java = "env.java.home: " + dir + "\n"
	}
	makeHighlyAvailable(t, home, fmt.Sprintf("localhost:%d", port), java)
	run := func(want string, args ...string) {
		t.Helper()
		if stdout, code, stderr := standaloneRun(t, home, args...); code != 0 || !strings.Contains(stdout, want) {
			t.Fatalf("%v: %d: %s%s", args, code, stdout, stderr)
		}
	}
	run("1 of 1 peers serve", "quorum", "start")
	defer run("1 peers stopped", "quorum", "stop")
	run("Flink "+version+" serves", "cluster", "start")
	defer run("2 TaskManagers and 1 JobManagers stopped", "cluster", "stop")
	pid, address, all := leaderOf(t, home)
	if pid == 0 || address == "" || all != 2 {
		t.Errorf("the leader is process %d at %q, of %d", pid, address, all)
	}
	run(`"FINISHED"`, "run", "-c", "org.apache.flink.streaming.examples.wordcount.WordCount", "-o", "json", c.ExamplesJar(version))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	run("JOB ID", "list", "-a")
	if next, standby, all := leaderOf(t, home); next == pid || next == 0 || standby == address || all != 1 {
		t.Errorf("the leader is process %d at %q, of %d, after %d at %q", next, standby, all, pid, address)
	}
	run(`"FINISHED"`, "run", "-c", "org.apache.flink.streaming.examples.wordcount.WordCount", "-o", "json", c.ExamplesJar(version))
}
