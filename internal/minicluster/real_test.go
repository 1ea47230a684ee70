package minicluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

func TestSharedClusterHasItsFolders(t *testing.T) {
	cluster := clustertest.ForTest(t)
	out, err := cluster.FS(t.Context(), "-ls", "/", "/user")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" /tmp\n", " /user\n", " /user/" + cluster.User() + "\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no line of the listing ends in %q:\n%s", want, out)
		}
	}
	if _, err := cluster.FS(t.Context(), "-ls", "/nowhere"); err == nil || !strings.Contains(err.Error(), "No such file") {
		t.Errorf("listing a missing folder: %v, want Hadoop's words", err)
	}
	for _, version := range cluster.FlinkVersions() {
		if _, err := os.Stat(filepath.Join(cluster.FlinkHome(version), "bin", "flink")); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(cluster.ExamplesJar(version)); err != nil {
			t.Error(err)
		}
	}
}

func TestTwoClustersSideBySide(t *testing.T) {
	one := clustertest.Own(t, minicluster.Options{})
	other := clustertest.Own(t, minicluster.Options{})
	before := len(processesOf(t, one.Dir()))
	runContainer(t, one)
	if with := processesOf(t, one.Dir()); len(with) <= before {
		t.Fatalf("%d processes with a container, %d before", len(with), before)
	}
	if err := one.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := processesOf(t, one.Dir()); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
	if _, err := os.Stat(one.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
	for _, d := range status(t, other) {
		if !d.Serving {
			t.Errorf("the other cluster's %s does not serve: %s", d.Name, d.Problem)
		}
	}
}

func TestDaemonsStopAndStart(t *testing.T) {
	cluster := clustertest.Own(t, minicluster.Options{})
	for _, name := range []string{minicluster.NameNode, minicluster.ResourceManager} {
		if err := cluster.StopDaemon(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if err := cluster.StopDaemon(t.Context(), name); err == nil {
			t.Errorf("%s was stopped twice", name)
		}
		for _, d := range status(t, cluster) {
			if d.Name == name && (d.Running || d.Problem != "stopped") {
				t.Errorf("after its stop: %+v", d)
			}
		}
		if err := cluster.StartDaemon(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if err := cluster.StartDaemon(t.Context(), name); err == nil {
			t.Errorf("%s was started twice", name)
		}
	}
}

func TestKeptFolderStartsAgain(t *testing.T) {
	cluster := clustertest.Own(t, minicluster.Options{})
	if _, err := cluster.FS(t.Context(), "-mkdir", "/kept"); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := processesOf(t, cluster.Dir()); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
	again := clustertest.Own(t, minicluster.Options{Dir: cluster.Dir()})
	if _, err := again.FS(t.Context(), "-test", "-d", "/kept"); err != nil {
		t.Errorf("the folder made before the stop: %v", err)
	}
}

func TestZooKeeperStopsAndStarts(t *testing.T) {
	cluster := clustertest.Own(t, minicluster.Options{ZooKeeper: true})
	for _, d := range status(t, cluster) {
		if !d.Serving {
			t.Errorf("%s does not serve: %s", d.Name, d.Problem)
		}
	}
	if err := cluster.StopDaemon(t.Context(), minicluster.ZooKeeper); err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp4", cluster.ZooKeeper()); err == nil {
		conn.Close()
		t.Errorf("%s still listens after the stop", cluster.ZooKeeper())
	}
	if err := cluster.StartDaemon(t.Context(), minicluster.ZooKeeper); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := processesOf(t, cluster.Dir()); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
}

func TestZooKeeperComesToRunningCluster(t *testing.T) {
	cluster := clustertest.Own(t, minicluster.Options{})
	if err := cluster.StartDaemon(t.Context(), minicluster.ZooKeeper); err == nil {
		t.Error("a cluster without ZooKeeper started one")
	}
	with := clustertest.Own(t, minicluster.Options{Dir: cluster.Dir(), ZooKeeper: true})
	if with.ZooKeeper() == "" || with.RMWebURL() != cluster.RMWebURL() {
		t.Errorf("ZooKeeper at %q, ResourceManager at %s, was %s", with.ZooKeeper(), with.RMWebURL(), cluster.RMWebURL())
	}
	for _, d := range status(t, with) {
		if !d.Serving {
			t.Errorf("%s does not serve: %s", d.Name, d.Problem)
		}
	}
}

func TestHadoopVersionsRunContainers(t *testing.T) {
	for _, version := range []string{"2.10.2", "3.3.6"} {
		t.Run(version, func(t *testing.T) {
			cluster := clustertest.Own(t, minicluster.Options{HadoopVersion: version, ZooKeeper: true})
			runContainer(t, cluster)
			if _, err := cluster.FS(t.Context(), "-test", "-d", "/user/"+cluster.User()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOldFlinkVersionsHaveTheirJava(t *testing.T) {
	requireLong(t)
	o := minicluster.Options{CacheDir: os.Getenv("YARNFLINK_MINICLUSTER_CACHE"), FlinkVersions: []string{"1.12.5", "1.17.2", "2.3.0"}, Log: t.Output()}
	d, err := minicluster.Assemble(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range o.FlinkVersions {
		for _, path := range []string{filepath.Join(d.FlinkHomes[version], "bin", "flink"), d.ExampleJars[version]} {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}
	}
	out, err := exec.Command(filepath.Join(d.JavaHomes["1.17.2"], "bin", "java"), "-version").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte(`"11.`)) || d.JavaHomes["1.12.5"] != d.JavaHomes["1.17.2"] {
		t.Errorf("Java of 1.17.2 and 1.12.5: %v, %v: %s", d.JavaHomes, err, out)
	}
	if home, set := d.JavaHomes["2.3.0"]; set {
		t.Errorf("Java of 2.3.0: %q, want the cluster's", home)
	}
}

func TestStartWithTakenPort(t *testing.T) {
	requireLong(t)
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	_, err = minicluster.Start(t.Context(), minicluster.Options{
		Dir: dir, CacheDir: os.Getenv("YARNFLINK_MINICLUSTER_CACHE"), Log: t.Output(),
		HadoopProperties: map[string]map[string]string{
			"yarn-site.xml": {"yarn.resourcemanager.webapp.address": taken.Addr().String()},
		},
	})
	if !errors.Is(err, minicluster.ErrPortTaken) || !strings.Contains(err.Error(), minicluster.ResourceManager) {
		t.Errorf("Start: %v, want a lost port of the ResourceManager", err)
	}
	if left := processesOf(t, dir); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
}

func TestStartEndsWithContext(t *testing.T) {
	requireLong(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		waitRecorded(ctx, dir, minicluster.ResourceManager)
	}()
	_, err := minicluster.Start(ctx, minicluster.Options{Dir: dir, CacheDir: os.Getenv("YARNFLINK_MINICLUSTER_CACHE"), Log: t.Output()})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Start: %v, want the cancellation", err)
	}
	if left := processesOf(t, dir); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
}

func TestKilledStarterLeavesNothingBehind(t *testing.T) {
	requireLong(t)
	program := filepath.Join(t.TempDir(), "minicluster")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/minicluster").CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v: %s", err, out)
	}
	for _, instant := range []string{minicluster.ResourceManager, minicluster.NodeManager, minicluster.NameNode, minicluster.DataNode} {
		t.Run("after "+instant, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cluster")
			up := exec.Command(program, "up", "--dir", dir)
			if err := up.Start(); err != nil {
				t.Fatal(err)
			}
			waitRecorded(t.Context(), dir, instant)
			if err := up.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			up.Wait()
			if running := processesOf(t, dir); len(running) == 0 {
				t.Error("nothing ran when the starter was killed, so this test shows nothing")
			}
			if out, err := exec.Command(program, "down", "--dir", dir).CombinedOutput(); err != nil {
				t.Errorf("down: %v: %s", err, out)
			}
			if left := processesOf(t, dir); len(left) != 0 {
				t.Errorf("processes %v are left", left)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder is left: %v", err)
			}
		})
	}
}

func requireLong(t *testing.T) {
	t.Helper()
	clustertest.Long(t)
}

// waitRecorded returns when the state file names the daemon, or with ctx.
func waitRecorded(ctx context.Context, dir, name string) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !minicluster.Recorded(dir, name) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func processesOf(t *testing.T, dir string) []int {
	t.Helper()
	pids, err := minicluster.ProcessesOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

func status(t *testing.T, cluster *minicluster.Cluster) []minicluster.DaemonStatus {
	t.Helper()
	daemons, err := cluster.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return daemons
}

// runContainer submits an application whose master only sleeps, and returns when its container runs.
func runContainer(t *testing.T, cluster *minicluster.Cluster) {
	t.Helper()
	apps := cluster.RMWebURL() + "/ws/v1/cluster/apps"
	var created struct {
		ID string `json:"application-id"`
	}
	call(t, http.MethodPost, apps+"/new-application", nil, &created)
	call(t, http.MethodPost, apps+"?user.name="+cluster.User(), map[string]any{
		"application-id": created.ID, "application-name": "sleeper", "application-type": "TEST",
		"am-container-spec": map[string]any{"commands": map[string]string{"command": "sleep 600"}},
		"resource":          map[string]int{"memory": 128, "vCores": 1},
	}, nil)
	before := len(processesOf(t, cluster.Dir()))
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for len(processesOf(t, cluster.Dir())) <= before {
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatal("the container did not start")
		}
	}
}

func call(t *testing.T, method, url string, body, answer any) {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, got)
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(got, answer)
	}
	if err != nil {
		t.Fatal(err)
	}
}
