package standalone

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

func pushTreeOf(t *testing.T, files map[string]string) *pushTree {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Unix(1000, 0), time.Unix(1000, 0)); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := readPushTree(t.Context(), root, leftOut)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func names(steps []pushStep) []string {
	list := each(steps, func(s pushStep) string { return s.label })
	slices.Sort(list)
	return list
}

// TestPushDiff compares a folder with what a host says of its own.
func TestPushDiff(t *testing.T) {
	large := strings.Repeat("x", smallFile+1)
	tree := pushTreeOf(t, map[string]string{
		"lib/same.jar": large, "lib/longer.jar": large, "lib/old.jar": large, "lib/touched.jar": large,
		"conf/small.yaml": "a: 1\n", "bin/mode.sh": "#!\n", "plugins/new/x.jar": large, "flink.pid": "1\n", "lib/.yarnflink-push-1.2": "x",
	})
	sumOf := func(name string) string {
		sum, err := tree.byName[name].sum()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	mode := tree.byName["lib/same.jar"].mode
	r := &pushRoot{key: "home", tree: tree, dir: "/opt/flink", files: map[string]remoteFile{}}
	octal := map[bool]string{true: "644", false: "666"}[mode == 0o644]
	for _, value := range []string{
		"d 755 4096 1 lib", "d 755 4096 1 conf", "d 755 4096 1 bin", "d 755 4096 1 plugins",
		"f " + octal + " 65537 1000 lib/same.jar", "f " + octal + " 65536 1000.5 lib/longer.jar", "f " + octal + " 65537 2000 lib/old.jar",
		"f " + octal + " 65537 3000 lib/touched.jar", "f " + octal + " 5 1000 conf/small.yaml", "f 600 3 1000 bin/mode.sh",
		"f 644 9 1 lib/other \\ name.jar", "f 644 9 1 notes with blanks.txt", "f 644 1 1 lib/.yarnflink-push-0.1", "f 644 2 1 run.pid",
	} {
		if err := r.take(answer{"home-file", value}); err != nil {
			t.Fatal(err)
		}
	}
	for name, sum := range map[string]string{"lib/old.jar": strings.Repeat("0", 64), "lib/touched.jar": sumOf("lib/touched.jar"), "conf/small.yaml": strings.Repeat("1", 64), "bin/mode.sh": sumOf("bin/mode.sh"), "lib/nobody's": "00"} {
		if err := r.take(answer{"home-sum", sum + " *./" + name}); err != nil {
			t.Fatal(err)
		}
	}
	d := &pushDiff{}
	if err := d.compare(r); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what      string
		got, want []string
	}{
		{"sent", names(d.send), []string{"conf/small.yaml", "lib/longer.jar", "lib/old.jar", "plugins/new/x.jar"}},
		{"made", names(d.dirs), []string{"plugins/new"}},
		{"time", names(d.times), []string{"lib/touched.jar"}},
		{"mode", names(d.modes), []string{"bin/mode.sh"}},
		{"loaded", r.loaded, []string{`lib/other \ name.jar`}},
	} {
		if runtime.GOOS == "windows" && tt.what == "mode" {
			continue // there are none
		}
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.what, diff)
		}
	}
	if r.others != 1 || r.stale != 1 || d.bytes != 3*(smallFile+1)+5 {
		t.Errorf("%d others, %d stale, %d bytes", r.others, r.stale, d.bytes)
	}
	for name, want := range map[string]string{"lib/x.jar": "/opt/flink/lib", "plugins/new/x.jar": "/opt/flink/plugins", "a/b/c": "/opt/flink"} {
		if got := r.tempFolder(name); got != want {
			t.Errorf("%s waits in %s, want %s", name, got, want)
		}
	}
}

// TestPushAnswers: what no host of ours says is an error, and no panic.
func TestPushAnswers(t *testing.T) {
	tree := pushTreeOf(t, map[string]string{"lib/x.jar": "x"})
	for _, value := range []string{"", "f", "f 644 1 1", "f 9z4 1 1 lib/x.jar", "f 644 one 1 lib/x.jar", "f 644 1 late lib/x.jar"} {
		r := &pushRoot{key: "home", tree: tree, files: map[string]remoteFile{}}
		if err := r.take(answer{"home-file", value}); err == nil {
			t.Errorf("%q was taken", value)
		}
	}
	for _, value := range []string{"", "00", "zz *./lib/x.jar", `\00 lib/x.jar`} {
		r := &pushRoot{key: "home", tree: tree, files: map[string]remoteFile{}}
		if err := r.take(answer{"home-sum", value}); err == nil {
			t.Errorf("%q was taken", value)
		}
	}
	r := &pushRoot{key: "home", tree: tree, files: map[string]remoteFile{`lib/a\b`: {}}}
	if err := r.take(answer{"home-sum", `\00 *./lib/a\\b`}); err != nil || r.files[`lib/a\b`].sum != "00" {
		t.Errorf("got %v, %v", r.files, err)
	}
}

// TestSkippedFolders: where processes write within FLINK_HOME is nobody else's business.
func TestSkippedFolders(t *testing.T) {
	home := t.TempDir()
	c := flink.NewConfiguration()
	c.Set("env.log.dir", filepath.Join(home, "var", "logs"), "test")
	c.Set("env.pid.dir", home, "test")
	c.Set("io.tmp.dirs", filepath.Join(home, "tmp")+","+filepath.Join(filepath.Dir(home), "elsewhere"), "test")
	if runtime.GOOS == "windows" {
		t.Skip("its paths have colons, which separate the folders of Linux hosts")
	}
	if diff := cmp.Diff([]string{"tmp", "var/logs"}, Options{Home: home, Configuration: c}.skippedFolders()); diff != "" {
		t.Error(diff)
	}
}
