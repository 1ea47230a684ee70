//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// refusal is a start that can't be made.
type refusal struct {
	name string
	// prepare makes the place so, and returns more of the command line.
	prepare func(*testing.T, *mainJob) []string
	code    int
	words   []string
}

// emptyJar is a zip file with nothing in it.
const emptyJar = "PK\x05\x06" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

const dfsAdmin = "org.apache.hadoop.hdfs.tools.DFSAdmin"

// admin runs a command of HDFS's administrator.
func (m *mainJob) admin(t *testing.T, args ...string) {
	t.Helper()
	if _, err := m.cluster.Java(t.Context(), dfsAdmin, args...); err != nil {
		t.Fatal(err)
	}
}

// stagingAt makes a folder for staging and names it.
func (m *mainJob) stagingAt(t *testing.T, perm fs.FileMode) (folder string, line []string) {
	t.Helper()
	folder = m.base + "/staging"
	if err := m.dfs.MkdirAll(t.Context(), folder, perm); err != nil {
		t.Fatal(err)
	}
	return folder, []string{"-D", "yarn.staging-directory=" + folder}
}

// flinkHome is a distribution of links to the real one, with more files: an empty content is a zero-byte file.
func (m *mainJob) flinkHome(t *testing.T, files map[string]string) string {
	t.Helper()
	home, real := t.TempDir(), m.cluster.FlinkHome("")
	jars, err := filepath.Glob(filepath.Join(real, "lib", "*"))
	if err != nil || len(jars) == 0 {
		t.Fatal("no libraries", err)
	}
	write := func(name, content string) {
		file := filepath.Join(home, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("plugins/README.txt", "plugins")
	if err := os.Mkdir(filepath.Join(home, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, jar := range jars {
		if err := os.Symlink(jar, filepath.Join(home, "lib", filepath.Base(jar))); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		write(name, content)
	}
	return home
}

var refusals = []refusal{
	{"staging folder of somebody else", func(t *testing.T, m *mainJob) []string {
		_, line := m.stagingAt(t, 0o755)
		m.env = append(m.env, "HADOOP_USER_NAME=mallory")
		return line
	}, 4, []string{"mallory", "/staging", "yarn.staging-directory"}},
	{"a file where .flink goes", func(t *testing.T, m *mainJob) []string {
		folder, line := m.stagingAt(t, 0o755)
		m.putRemote(t, folder+"/.flink")
		return line
	}, 3, []string{"/.flink", "is a file"}},
	{"a file where the cache goes", func(t *testing.T, m *mainJob) []string {
		folder, line := m.stagingAt(t, 0o755)
		m.putRemote(t, folder+"/.flink/cache")
		return line
	}, 3, []string{"/.flink/cache"}},
	{"quota of names", func(t *testing.T, m *mainJob) []string {
		folder, line := m.stagingAt(t, 0o755)
		m.admin(t, "-setQuota", "6", folder)
		return line
	}, 4, []string{"quota", "/staging", "hdfs dfs -count -q"}},
	{"quota of space", func(t *testing.T, m *mainJob) []string {
		folder, line := m.stagingAt(t, 0o755)
		m.admin(t, "-setSpaceQuota", "64m", folder)
		return line
	}, 4, []string{"quota", "/staging", "hdfs dfs -count -q"}},
	{"two ship files of one name", func(t *testing.T, m *mainJob) []string {
		return []string{"-t", localFile(t, "a.txt", "1"), "-t", localFile(t, "a.txt", "2")}
	}, 3, []string{"two files are called a.txt"}},
	{"a library of no bytes", func(t *testing.T, m *mainJob) []string {
		return []string{"--flink-home", m.flinkHome(t, map[string]string{"lib/empty.jar": ""})}
	}, 3, []string{"lib/empty.jar"}},
	{"a ship file of no name", func(t *testing.T, m *mainJob) []string {
		return []string{"-t", localFile(t, "a\nb.txt", "1")}
	}, 3, []string{`a\nb.txt`}},
	{"a name with quotes", func(t *testing.T, m *mainJob) []string {
		return []string{"-t", localFile(t, `it's.txt`, "1")}
	}, 3, []string{"it's.txt", "can't be handed on"}},
	{"a folder with a blank", func(t *testing.T, m *mainJob) []string {
		return []string{"-t", filepath.Dir(localFile(t, "two words/a.txt", "1"))}
	}, 3, []string{"two words", "does not quote", "yarn.ship-archives"}},
	{"2,000 plugin files", func(t *testing.T, m *mainJob) []string {
		files := map[string]string{}
		for i := range 2000 {
			files[fmt.Sprintf("plugins/many/file-%d.txt", i)] = "x"
		}
		return []string{"--flink-home", m.flinkHome(t, files)}
	}, 3, []string{"files are too many", "131072"}},
	{"a plugin without a jar", func(t *testing.T, m *mainJob) []string {
		return []string{"--flink-home", m.flinkHome(t, map[string]string{"plugins/bare/notes.txt": "x"})}
	}, 3, []string{"no jar in the folder plugins/bare"}},
	{"a link to nothing", func(t *testing.T, m *mainJob) []string {
		home := m.flinkHome(t, nil)
		if err := os.Symlink("/nowhere.jar", filepath.Join(home, "lib", "gone.jar")); err != nil {
			t.Fatal(err)
		}
		return []string{"--flink-home", home}
	}, 3, []string{"lib/gone.jar"}},
	{"a link into itself", func(t *testing.T, m *mainJob) []string {
		home := m.flinkHome(t, nil)
		if err := os.Symlink(filepath.Join(home, "plugins"), filepath.Join(home, "plugins", "again")); err != nil {
			t.Fatal(err)
		}
		return []string{"--flink-home", home}
	}, 3, []string{"plugins/again", "leads back"}},
}

// putRemote writes a small file with the folders above it.
func (m *mainJob) putRemote(t *testing.T, name string) {
	t.Helper()
	if err := m.dfs.MkdirAll(t.Context(), filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := m.dfs.Create(t.Context(), name, strings.NewReader("text"), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func localFile(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
	return file
}

// Each is told what is wrong, where, and what to do, over both transports, and nothing is left of it.
func TestRealStagingRefusals(t *testing.T) {
	t.Parallel()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			m := newMainJob(t)
			line := append([]string{"session", "-d", "-jm", "1024", "-tm", "1280", "-nm", m.name + "-refused", "-D", "yarn.properties-file.location=" + t.TempDir()}, r.prepare(t, m)...)
			for _, transport := range []string{"rpc", "webhdfs"} {
				t.Run(transport, func(t *testing.T) {
					m.start(t, append(slices.Clip(line), "--hdfs-transport", transport)...).ends(t, r.code, r.words...)
					m.checkNoStart(t)
				})
			}
		})
	}
}

// checkNoStart wants no application and no folder of one.
func (m *mainJob) checkNoStart(t *testing.T) {
	t.Helper()
	if live := m.named(t, ""); len(live) > 0 {
		t.Errorf("started is %v", live)
	}
	files, err := m.dfs.Walk(context.Background(), m.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(f.Path, "/application_") || strings.Contains(f.Path, "/.tmp-") || strings.Contains(f.Path, "/.sending-") {
			t.Errorf("%s is left", f.Path)
		}
	}
}

// What is odd and no mistake works: libraries that are links, hundreds of plugin files, empty files, names with blanks, letters of
// all kinds and what addresses and shells read in a way of their own, and a umask that would close everything.
func TestRealOddFiles(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	odd := []string{"two words.txt", "żółć 漢字 é.txt", "100% #1 +x&y=z?.txt", "-dash.txt", "a,b.txt", "empty.txt"}
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("plugins/many/file-%d.txt", i)] = fmt.Sprint(i)
	}
	files["plugins/many/plugin.jar"] = emptyJar
	home := m.flinkHome(t, files)
	ship := filepath.Join(t.TempDir(), "ship+é,100%")
	if err := os.Mkdir(ship, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range odd {
		content := name
		if name == "empty.txt" {
			content = ""
		}
		if err := os.WriteFile(filepath.Join(ship, name), []byte(content), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	s := m.sessionWith(t, "--flink-home", home, "-t", ship, "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", m.name+"-odd",
		"-D", "yarn.properties-file.location="+t.TempDir(), "-D", "flink.hadoop.fs.permissions.umask-mode=777")
	output := m.base + "/counts-odd"
	m.start(t, append([]string{"run", "--session", s.Name}, m.wordCount(m.cluster.ExamplesJar(""), output)...)...).ends(t, 0)
	m.checkCounts(t, output)
	// The containers have them by their own names.
	for _, name := range odd {
		found, err := filepath.Glob(filepath.Join(m.cluster.Dir(), "nm-local", "usercache", "*", "appcache", s.ApplicationID.String(), "container_*", "ship+é,100%", strings.NewReplacer("?", `\?`).Replace(name)))
		if err != nil || len(found) == 0 {
			t.Errorf("no container has %q (%v)", name, err)
		}
	}
	m.start(t, "kill", s.ApplicationID.String()).ends(t, 0)
}

// Safe mode and DataNodes that are away stop everybody, so they have a cluster of their own.
func TestLongStagingWithoutServers(t *testing.T) {
	t.Parallel()
	c := clustertest.Own(t, minicluster.Options{})
	for _, transport := range []string{"rpc", "webhdfs"} {
		m := newMainJobOn(t, c)
		line := []string{"session", "-d", "--no-cache", "-jm", "1024", "-tm", "1280", "-nm", m.name + "-refused", "-D", "yarn.properties-file.location=" + t.TempDir(), "--hdfs-transport", transport}
		m.admin(t, "-safemode", "enter")
		m.start(t, line...).ends(t, 5, "safe mode", "hdfs dfsadmin -safemode get")
		m.admin(t, "-safemode", "leave")
		m.checkNoStart(t)
		if err := c.StopDaemon(t.Context(), minicluster.DataNode); err != nil {
			t.Fatal(err)
		}
		m.start(t, line...).ends(t, 5, "DataNode")
		if err := c.StartDaemon(t.Context(), minicluster.DataNode); err != nil {
			t.Fatal(err)
		}
		m.checkNoStart(t)
	}
}

// A disk that has no room for all of it: it is said, and what was sent is taken back, so that the room is there again.
func TestLongStagingOnAFullDisk(t *testing.T) {
	t.Parallel()
	clustertest.Long(t)
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1500m", "tmpfs", disk).CombinedOutput(); err != nil {
		clustertest.Unavailable(t, "needs to mount a small disk, as root: "+strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() { // after the cluster's end
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	c := clustertest.Own(t, minicluster.Options{HadoopProperties: map[string]map[string]string{
		"hdfs-site.xml": {"dfs.datanode.data.dir": "file://" + filepath.Join(disk, "data"), "dfs.heartbeat.interval": "1"},
	}})
	ship, _ := newShipped(t, 1536<<20)
	for _, transport := range []string{"rpc", "webhdfs"} {
		m := newMainJobOn(t, c)
		line := []string{"session", "-d", "--no-cache", "-jm", "1024", "-tm", "1280", "-nm", m.name + "-full", "-D", "yarn.properties-file.location=" + t.TempDir(), "--hdfs-transport", transport}
		r := m.start(t, append(line, "-t", ship)...)
		r.ends(t, 5, "have room (hdfs dfsadmin -report)", "nothing is left")
		t.Log(r.stderr.String())
		m.checkNoStart(t)
	}
}
