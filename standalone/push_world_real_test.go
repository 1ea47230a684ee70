package standalone_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// pushWorld is a FLINK_HOME with hosts that have none. Nothing of it runs.
type pushWorld struct {
	home   string
	remote string            // FLINK_HOME on the hosts
	disks  map[string]string // what is in that folder, by host
	hosts  []string
	sshd   *sshdtest.Server
	args   string // more of env.ssh.opts
}

// newPushWorld makes hosts that have a disk each, on which remote is.
func newPushWorld(t *testing.T, hosts ...string) *pushWorld {
	t.Helper()
	return newPushWorldWith(t, nil, hosts...)
}

// newPushWorldWith makes hosts of which some lack a program.
func newPushWorldWith(t *testing.T, lacking map[string]string, hosts ...string) *pushWorld {
	t.Helper()
	if os.Getuid() != 0 {
		clustertest.Unavailable(t, "gives hosts disks of their own, for which it has to be root")
	}
	dir := t.TempDir()
	w := &pushWorld{home: filepath.Join(dir, "flink's own ünïcode home"), remote: filepath.Join(dir, "mount", "flink home"), disks: map[string]string{}, hosts: hosts}
	disks := map[string]map[string]string{}
	if err := os.MkdirAll(filepath.Dir(w.remote), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		disk := filepath.Join(dir, "disk-"+host)
		if err := os.Mkdir(disk, 0o755); err != nil {
			t.Fatal(err)
		}
		disks[host] = map[string]string{filepath.Dir(w.remote): disk}
		if program := lacking[host]; program != "" {
			disks[host][program] = filepath.Join(disk, "no program")
			writeFile(t, disks[host][program], "", 0o644)
		}
		w.disks[host] = filepath.Join(disk, "flink home")
	}
	w.sshd = sshdtest.Start(t, sshdtest.Options{Unavailable: clustertest.Unavailable, Hosts: hosts, Disks: disks})
	w.write(t, "lib/flink-dist-1.20.5.jar", random(3<<20), 0o644)
	w.write(t, "lib/log4j 'quoted' \"$(touch x)\".jar", random(300<<10), 0o644)
	w.write(t, `lib/back\slash.jar`, random(100), 0o644)
	w.write(t, "plugins/metrics ñ/metrics.jar", random(200<<10), 0o600)
	w.write(t, "bin/flink", "#!/bin/sh\n", 0o755)
	w.write(t, "conf/flink-conf.yaml", "jobmanager.rpc.address: 127.0.0.2\ns3.secret-key: planted\n", 0o600)
	w.write(t, "log/old.log", "not sent\n", 0o644)
	w.write(t, "flink.pid", "1\n", 0o644)
	w.write(t, "examples/"+strings.Repeat("long/", 40)+"name.txt", "far below\n", 0o644)
	return w
}

// random is content that is never twice the same.
func random(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return string(b)
}

func (w *pushWorld) write(t *testing.T, name, content string, mode fs.FileMode) {
	t.Helper()
	writeFile(t, filepath.Join(w.home, filepath.FromSlash(name)), content, mode)
}

func writeFile(t *testing.T, file, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
}

// there is a file of a host.
func (w *pushWorld) there(host, name string) string {
	return filepath.Join(w.disks[host], filepath.FromSlash(name))
}

func (w *pushWorld) cluster(t *testing.T, change func(*standalone.Options)) *standalone.Cluster {
	t.Helper()
	o := w.options(w.sshd.Home, fmt.Sprintf("-p %d %s", w.sshd.Port, w.args))
	o.Report = func(e standalone.Event) { t.Logf("%+v", e) }
	if change != nil {
		change(&o)
	}
	cluster, err := standalone.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func (w *pushWorld) options(home, sshArgs string) standalone.Options {
	c := flink.NewConfiguration()
	c.Set("jobmanager.rpc.address", "127.0.0.2", "test")
	c.Set("env.ssh.opts", sshArgs, "test")
	return standalone.Options{
		Home: w.home, RemoteHome: w.remote, ConfDir: filepath.Join(w.home, "conf"), Configuration: c, Masters: lines(w.hosts[:1]), Workers: lines(w.hosts),
		SSH: standalone.SSH{User: userName(), Home: home},
	}
}

// pushFrom pushes where the server is another process's.
func (w *pushWorld) pushFrom(t *testing.T, home string) {
	t.Helper()
	c, err := standalone.New(w.options(home, w.args))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Push(t.Context(), standalone.PushOptions{}); err != nil {
		t.Fatal(err)
	}
}

// push pushes and wants success.
func (w *pushWorld) push(t *testing.T, o standalone.PushOptions) *standalone.Pushed {
	t.Helper()
	pushed, err := w.tryPush(t.Context(), t, o)
	if err != nil {
		t.Fatal(err)
	}
	return pushed
}

func (w *pushWorld) tryPush(ctx context.Context, t *testing.T, o standalone.PushOptions) (*standalone.Pushed, error) {
	t.Helper()
	return w.cluster(t, nil).Push(ctx, o)
}

// wantSame compares what a host has with what is here, by diff and by permissions.
func (w *pushWorld) wantSame(t *testing.T, host string) {
	t.Helper()
	out, err := exec.Command("diff", "-r", "--exclude=log", "--exclude=*.pid", w.home, w.disks[host]).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", host, err, out)
	}
	err = filepath.WalkDir(w.disks[host], func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(w.disks[host], file)
		there, err := os.Lstat(file)
		if err != nil {
			return err
		}
		here, err := os.Stat(filepath.Join(w.home, name))
		if err == nil && (there.Mode() != here.Mode() || !there.ModTime().Equal(here.ModTime().Truncate(time.Second))) {
			t.Errorf("%s: %s is %s of %s, want %s of %s", host, name, there.Mode(), there.ModTime(), here.Mode(), here.ModTime())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// wantNoTemps looks for what a push may leave.
func (w *pushWorld) wantNoTemps(t *testing.T, host string) {
	t.Helper()
	var found []string
	eventually(t, "without temporary files", 5*time.Second, func() bool {
		out, err := exec.Command("find", filepath.Dir(w.disks[host]), "-name", ".yarnflink-push-*").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found = strings.Fields(string(out))
		return len(found) == 0
	})
}

func wantNames(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return string(out)
}
