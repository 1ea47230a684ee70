package standalone_test

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// world is a FLINK_HOME of a test's own with a real sshd for its hosts.
type world struct {
	home     string
	mini     *minicluster.Cluster
	sshd     *sshdtest.Server
	restPort int
}

// small keeps the JVMs of a test small.
const small = `jobmanager.rpc.address: 127.0.0.1
jobmanager.memory.process.size: 700m
taskmanager.memory.process.size: 800m
taskmanager.memory.jvm-metaspace.size: 128m
taskmanager.memory.managed.size: 32m
taskmanager.numberOfTaskSlots: 2
`

// newWorld makes a FLINK_HOME whose folder has a blank and a quote in its name.
func newWorld(t *testing.T, o sshdtest.Options) *world {
	t.Helper()
	return newWorldIn(t, "flink's own home", o)
}

func newWorldIn(t *testing.T, name string, o sshdtest.Options) *world {
	t.Helper()
	mini := clustertest.ForTest(t)
	w := &world{home: filepath.Join(t.TempDir(), name), mini: mini, restPort: freePort(t)}
	// All hosts are the same machine: what tells their processes apart is the configuration folder.
	hosts := append(slices.Clone(o.Hosts), o.Known...)
	for _, host := range hosts {
		if o.SetEnv == nil {
			o.SetEnv = map[string]map[string]string{}
		}
		env := map[string]string{"FLINK_CONF_DIR": w.confDir(host)}
		maps.Copy(env, o.SetEnv[host])
		o.SetEnv[host] = env
	}
	o.Unavailable = clustertest.Unavailable
	w.sshd = sshdtest.Start(t, o)
	for _, dir := range []string{"conf", "log", "pid"} {
		if err := os.MkdirAll(filepath.Join(w.home, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	from := mini.FlinkHome("")
	for _, dir := range []string{"lib", "plugins", "opt", "bin", "conf"} {
		args := []string{"-r", filepath.Join(from, dir), w.home}
		if dir == "lib" { // as links, file by file: the scripts don't follow one to the folder
			args[0] = "-rs"
		}
		if out, err := exec.Command("cp", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	content, err := os.ReadFile(filepath.Join(from, "conf", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := flink.ParseYAML(content, "config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// The scripts want java's options in one line, which the flat old file has.
	text := fmt.Sprintf("%senv.java.opts.all: %s -XX:TieredStopAtLevel=1 -XX:+UseSerialGC\nrest.port: %d\njobmanager.rpc.port: %d\nenv.pid.dir: %s\nenv.ssh.opts: -p %d\n",
		small, c.Get("env.java.opts.all"), w.restPort, freePort(t), filepath.Join(w.home, "pid"), w.sshd.Port)
	w.write(t, "conf/flink-conf.yaml", text)
	if err := os.Remove(filepath.Join(w.home, "conf", "config.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		if out, err := exec.Command("cp", "-r", filepath.Join(w.home, "conf"), w.confDir(host)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	t.Cleanup(func() {
		for _, p := range w.processes(t) {
			t.Errorf("left running: %s", p)
			_ = exec.Command("kill", "-9", strings.Fields(p)[0]).Run()
		}
	})
	return w
}

func (w *world) confDir(host string) string { return filepath.Join(w.home, "conf-"+host) }

func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.home, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// cluster opens the cluster as the configuration and the hosts have it.
func (w *world) cluster(t *testing.T, masters, workers []string, properties ...standalone.Property) *standalone.Cluster {
	t.Helper()
	return w.clusterReporting(t, masters, workers, func(standalone.Event) {}, properties...)
}

func (w *world) clusterReporting(t *testing.T, masters, workers []string, report func(standalone.Event), properties ...standalone.Property) *standalone.Cluster {
	t.Helper()
	return w.open(t, lines(masters), lines(workers), report, properties...)
}

func (w *world) clusterWith(t *testing.T, masters, workers []flink.HostLine, properties ...standalone.Property) *standalone.Cluster {
	t.Helper()
	return w.open(t, masters, workers, func(standalone.Event) {}, properties...)
}

func (w *world) open(t *testing.T, masters, workers []flink.HostLine, report func(standalone.Event), properties ...standalone.Property) *standalone.Cluster {
	t.Helper()
	conf := filepath.Join(w.home, "conf")
	v, err := flink.ParseVersion("1.20.5")
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := flink.LoadConfiguration(conf, v)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range properties {
		c.Set(p.Key, p.Value, "-D")
	}
	cluster, err := standalone.New(standalone.Options{
		Home: w.home, ConfDir: conf, Configuration: c, Properties: properties, Masters: masters, Workers: workers,
		SSH:    standalone.SSH{User: userName(), Home: w.sshd.Home},
		Report: func(e standalone.Event) { t.Logf("%+v", e); report(e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func lines(hosts []string) []flink.HostLine {
	var l []flink.HostLine
	for _, h := range hosts {
		l = append(l, flink.HostLine{Host: h})
	}
	return l
}

func userName() string {
	if name := os.Getenv("USER"); name != "" && os.Getuid() != 0 {
		return name
	}
	return "root"
}

// processes are the Flink processes with this world's configuration folder, each
// its pid and main class.
func (w *world) processes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(content), "--configDir\x00"+filepath.Join(w.home, "conf")) &&
			!strings.Contains(string(content), "--zkConfigFile\x00"+filepath.Join(w.home, "conf")) {
			continue
		}
		for _, class := range []string{"StandaloneSessionClusterEntrypoint", "TaskManagerRunner", "FlinkZooKeeperQuorumPeer", "HistoryServer"} {
			if strings.Contains(string(content), class) {
				found = append(found, strings.Split(file, "/")[2]+" "+class)
			}
		}
	}
	return found
}

// script runs one of Flink's own scripts as on a host.
func (w *world) script(t *testing.T, host, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(w.home, "bin", name), args...)
	// The environment of those who log in over SSH, whose pid files are meant.
	cmd.Env = append(os.Environ(), "USER="+userName(), "FLINK_IDENT_STRING="+userName(), "HADOOP_CLASSPATH=", "HADOOP_CONF_DIR=", "FLINK_CONF_DIR="+w.confDir(host))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
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

func eventually(t *testing.T, what string, within time.Duration, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %s: not %s", within, what)
		}
	}
}
