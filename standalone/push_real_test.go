package standalone_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/standalone"
)

// TestPush goes through what a push is for: everything to hosts that have nothing, nothing again, then what was changed.
func TestPush(t *testing.T) {
	const one, two = "127.0.0.2", "127.0.0.3"
	w := newPushWorld(t, one, two)
	dry := w.push(t, standalone.PushOptions{DryRun: true})
	if len(dry.Hosts) != 2 || len(dry.Hosts[0].Sent) != 7 || dry.Hosts[0].Bytes < 3<<20 {
		t.Errorf("dry run: %+v", dry)
	}
	if _, err := os.Stat(w.disks[one]); !os.IsNotExist(err) {
		t.Errorf("a dry run has made the folder: %v", err)
	}
	first := w.push(t, standalone.PushOptions{})
	for i, host := range w.hosts {
		w.wantSame(t, host)
		w.wantNoTemps(t, host)
		wantNames(t, "first", first.Hosts[i].Sent, dry.Hosts[i].Sent...)
	}
	for _, h := range w.push(t, standalone.PushOptions{}).Hosts {
		if len(h.Sent)+len(h.Changed)+len(h.Removed) > 0 || h.Bytes != 0 {
			t.Errorf("again: %+v", h)
		}
	}

	// Another content of the same size and time is seen in what is small; of what is large another time is enough to look.
	conf := filepath.Join(w.home, "conf", "flink-conf.yaml")
	info, err := os.Stat(conf)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "conf/flink-conf.yaml", "jobmanager.rpc.address: 127.0.0.2\ns3.secret-key: changed\n", 0o600)
	if err := os.Chtimes(conf, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	w.write(t, `lib/log4j 'quoted' "$(touch x)".jar`, random(300<<10), 0o644)
	later := time.Now().Add(-time.Hour)
	if err := os.Chtimes(w.there(two, "plugins/metrics ñ/metrics.jar"), later, later); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(w.there(one, "bin/flink"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(w.there(one, "lib/log4j 'quoted' \"$(touch x)\".jar"), later, later); err != nil {
		t.Fatal(err)
	}
	third := w.push(t, standalone.PushOptions{})
	for i, host := range w.hosts {
		w.wantSame(t, host)
		wantNames(t, "changed", third.Hosts[i].Sent, "conf/flink-conf.yaml", `lib/log4j 'quoted' "$(touch x)".jar`)
	}
	wantNames(t, "only its mode", third.Hosts[0].Changed, "bin/flink")
	wantNames(t, "only its time", third.Hosts[1].Changed, "plugins/metrics ñ/metrics.jar")
}

// TestPushOnlyThere: what only a host has stays, and is told of where Flink loads it.
func TestPushOnlyThere(t *testing.T) {
	const host = "127.0.0.2"
	w := newPushWorld(t, host)
	w.push(t, standalone.PushOptions{})
	for _, name := range []string{"lib/flink-dist-1.19.0.jar", "lib/it's old.jar", "plugins/gone/old.jar", "plugins/README.txt", "conf/config.yaml", "conf/mine.txt", "data/state", "log/x.jar"} {
		writeFile(t, w.there(host, name), "old", 0o644)
	}
	loaded := []string{"conf/config.yaml", "lib/flink-dist-1.19.0.jar", "lib/it's old.jar", "plugins/README.txt", "plugins/gone/old.jar"}
	h := w.push(t, standalone.PushOptions{}).Hosts[0]
	wantNames(t, "loaded", h.Loaded, loaded...)
	if h.Others != 2 || len(h.Sent) > 0 || len(h.Removed) > 0 {
		t.Errorf("got %+v", h)
	}
	h = w.push(t, standalone.PushOptions{Delete: true, DryRun: true}).Hosts[0]
	wantNames(t, "would be removed", h.Removed, loaded...)
	h = w.push(t, standalone.PushOptions{Delete: true}).Hosts[0]
	wantNames(t, "removed", h.Removed, loaded...)
	for _, name := range append(loaded, "plugins/gone") {
		if _, err := os.Lstat(w.there(host, name)); !os.IsNotExist(err) {
			t.Errorf("%s is there: %v", name, err)
		}
	}
	for _, name := range []string{"conf/mine.txt", "data/state", "log/x.jar", "lib/flink-dist-1.20.5.jar"} {
		if _, err := os.Lstat(w.there(host, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestPushSharedFolder: hosts that share a folder after all, two names of one machine for example, get whole files from two pushes
// at once.
func TestPushSharedFolder(t *testing.T) {
	const one, two = "127.0.0.2", "127.0.0.3"
	w := newPushWorld(t, one, two)
	// The second host's disk is the first one's.
	output(t, "mount", "--bind", filepath.Dir(w.disks[one]), filepath.Dir(w.disks[two]))
	defer output(t, "umount", "-l", filepath.Dir(w.disks[two]))
	for range 3 {
		w.push(t, standalone.PushOptions{})
		w.wantSame(t, one)
		w.wantNoTemps(t, one)
		w.write(t, "lib/flink-dist-1.20.5.jar", random(3<<20), 0o644)
	}
	w.push(t, standalone.PushOptions{Delete: true})
	w.wantSame(t, one)
}

// TestPushLinks: links here are followed, those there are replaced and never written through.
func TestPushLinks(t *testing.T) {
	const host = "127.0.0.2"
	w := newPushWorld(t, host)
	outside := filepath.Join(t.TempDir(), "outside.jar")
	writeFile(t, outside, "from outside", 0o644)
	symlink(t, outside, filepath.Join(w.home, "lib", "linked.jar"))
	symlink(t, filepath.Join(w.home, "lib"), filepath.Join(w.home, "opt"))
	w.push(t, standalone.PushOptions{})
	w.wantSame(t, host)

	target := filepath.Join(t.TempDir(), "somebody's")
	writeFile(t, target, "not to be touched", 0o644)
	if err := os.Remove(w.there(host, "bin/flink")); err != nil {
		t.Fatal(err)
	}
	symlink(t, target, w.there(host, "bin/flink"))
	w.push(t, standalone.PushOptions{})
	w.wantSame(t, host)
	if content, err := os.ReadFile(target); err != nil || string(content) != "not to be touched" {
		t.Errorf("got %q, %v", content, err)
	}

	symlink(t, w.home, filepath.Join(w.home, "opt-loop"))
	symlink(t, "/nowhere/at/all", filepath.Join(w.home, "lib", "broken.jar"))
	_, err := w.tryPush(t.Context(), t, standalone.PushOptions{})
	if err == nil || !strings.Contains(err.Error(), "opt-loop leads back to") || !strings.Contains(err.Error(), "broken.jar leads nowhere") {
		t.Errorf("got %v", err)
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// TestPushOntoItself: a host that is this machine under another name has the folder that is pushed. Nothing happens to it.
func TestPushOntoItself(t *testing.T) {
	w := newPushWorld(t, "127.0.0.2")
	link := filepath.Join(filepath.Dir(w.home), "current")
	symlink(t, w.home, link)
	outside := filepath.Join(t.TempDir(), "outside.jar")
	writeFile(t, outside, "from outside", 0o644)
	symlink(t, outside, filepath.Join(w.home, "lib", "linked.jar"))
	before := listing(t, w.home)
	for _, remote := range []string{"", link} {
		for _, hosts := range [][]string{{"127.0.0.2"}, {"localhost", "127.0.0.1"}} {
			pushed, err := w.cluster(t, func(o *standalone.Options) {
				o.RemoteHome, o.Masters, o.Workers = remote, lines(hosts[:1]), lines(hosts)
			}).Push(t.Context(), standalone.PushOptions{Delete: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range pushed.Hosts {
				if !h.Same || len(h.Sent)+len(h.Removed)+len(h.Changed) > 0 {
					t.Errorf("%q: %+v", remote, h)
				}
			}
		}
	}
	if after := listing(t, w.home); after != before {
		t.Errorf("the source was changed from\n%s\nto\n%s", before, after)
	}
}

// listing is what is in a folder, inodes and times included.
func listing(t *testing.T, dir string) string {
	t.Helper()
	return output(t, "find", dir, "-printf", `%i %m %s %T@ %C@ %p %l\n`)
}
