package flink

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// distribution writes a small one; files are added to it or, with the content
// "-", left out.
func distribution(t testing.TB, files map[string]string) string {
	t.Helper()
	home := t.TempDir()
	all := map[string]string{
		"lib/flink-dist-1.20.5.jar":          "dist",
		"lib/flink-cep-1.20.5.jar":           "cep",
		"lib/log4j-api-2.24.3.jar":           "log",
		"plugins/README.txt":                 "read",
		"plugins/metrics-jmx/flink-jmx.jar":  "jmx",
		"opt/flink-python-1.20.5.jar":        "python",
		"conf/config.yaml":                   "a: 1\n",
		"conf/log4j.properties":              "x",
		"bin/flink":                          "#!",
		"licenses/LICENSE.something-private": "text",
	}
	for name, content := range files {
		all[name] = content
	}
	for name, content := range all {
		if content == "-" {
			delete(all, name)
		}
	}
	writeFiles(t, home, all)
	return home
}

func keys(files []File) []string {
	ks := []string{}
	for _, f := range files {
		ks = append(ks, f.Key)
	}
	return ks
}

func symlink(t testing.TB, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func TestOpenDistribution(t *testing.T) {
	home := distribution(t, map[string]string{
		"usrlib/my job's \"lib\".jar": "u", "usrlib/été.jar": "u", "lib/sub/deep.jar": "d", "lib/sub/notes.txt": "",
	})
	d, err := OpenDistribution(home, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Version{1, 20, 5, ""}); d.Version != want {
		t.Errorf("version = %v", d.Version)
	}
	if want := (File{Path: filepath.Join(home, "lib", "flink-dist-1.20.5.jar"), Key: "flink-dist-1.20.5.jar", Size: 4}); d.DistJar != want {
		t.Errorf("dist jar = %+v, want %+v", d.DistJar, want)
	}
	got := map[string][]string{"lib": keys(d.Lib), "plugins": keys(d.Plugins), "usrlib": keys(d.UsrLib), "opt": keys(d.Opt)}
	want := map[string][]string{
		"lib":     {"lib/flink-cep-1.20.5.jar", "lib/log4j-api-2.24.3.jar", "lib/sub/deep.jar", "lib/sub/notes.txt"},
		"plugins": {"plugins/README.txt", "plugins/metrics-jmx/flink-jmx.jar"},
		"usrlib":  {"usrlib/my job's \"lib\".jar", "usrlib/été.jar"},
		"opt":     {"opt/flink-python-1.20.5.jar"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if d.LogConfig == nil || d.LogConfig.Key != "log4j.properties" || d.ConfDir != filepath.Join(home, "conf") {
		t.Errorf("log configuration = %+v in %s", d.LogConfig, d.ConfDir)
	}
}

func TestDistributionVersions(t *testing.T) {
	for name, want := range map[string]string{
		"flink-dist-1.20.5.jar": "1.20.5", "flink-dist_2.12-1.12.5.jar": "1.12.5",
		"flink-dist-2.3-SNAPSHOT.jar": "2.3-SNAPSHOT", "flink-dist_2.11-1.14.3-csa1.6.jar": "1.14.3-csa1.6",
	} {
		home := distribution(t, map[string]string{"lib/flink-dist-1.20.5.jar": "-", "lib/" + name: "dist"})
		d, err := OpenDistribution(home, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Version.String() != want || d.DistJar.Key != name {
			t.Errorf("%s: version %s, key %s", name, d.Version, d.DistJar.Key)
		}
	}
}

func TestOpenDistributionReportsAllProblems(t *testing.T) {
	home := distribution(t, map[string]string{
		"lib/empty.jar": "", "plugins/x/empty.JAR": "", "lib/flink-dist-1.19.0.jar": "second",
	})
	symlink(t, filepath.Join(home, "nowhere"), filepath.Join(home, "lib", "broken.jar"))
	symlink(t, filepath.Join(home, "lib"), filepath.Join(home, "lib", "loop"))
	_, err := OpenDistribution(home, filepath.Join(home, "no-conf"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"lib/empty.jar", "empty.JAR", "broken.jar", "loop", "2 flink-dist jars", "no-conf"} {
		if !strings.Contains(filepath.ToSlash(err.Error()), want) {
			t.Errorf("error does not name %s:\n%v", want, err)
		}
	}
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var p *Problem
		if !errors.As(e, &p) || p.Hint() == "" || !filepath.IsAbs(p.Path) {
			t.Errorf("%v is no Problem with advice and absolute path", e)
		}
	}
}

func TestOpenDistributionRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFiles(t, filepath.Dir(file), map[string]string{"file": "x"})
	none := map[string]string{
		"lib/flink-dist-1.20.5.jar": "-", "lib/flink-cep-1.20.5.jar": "-", "lib/log4j-api-2.24.3.jar": "-",
	}
	tests := []struct {
		name string
		o    DistributionOptions
		want string
	}{
		{"no home", DistributionOptions{}, "not set"},
		{"missing home", DistributionOptions{Home: file + "x"}, "no such file"},
		{"home is a file", DistributionOptions{Home: file}, "not a folder"},
		{"no lib", DistributionOptions{Home: distribution(t, none)}, "list lib"},
		{"no dist jar", DistributionOptions{Home: distribution(t, map[string]string{"lib/flink-dist-1.20.5.jar": "-"})}, "no flink-dist jar"},
		{"no version", DistributionOptions{Home: distribution(t, map[string]string{
			"lib/flink-dist-1.20.5.jar": "-", "lib/flink-dist.jar": "x"})}, "no version"},
		{"lib is a file", DistributionOptions{Home: distribution(t, nil), LibDir: file}, "not a folder"},
		{"named plugins missing", DistributionOptions{Home: distribution(t, nil), PluginsDir: file + "x"}, "list plugins"},
		{"named usrlib missing", DistributionOptions{Home: distribution(t, nil), UsrLibDir: file + "x"}, "list usrlib"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := tt.o.Open()
			if err == nil {
				t.Fatalf("no error, got %+v", d)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
			if strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("one problem is reported as several:\n%v", err)
			}
		})
	}
}

func TestDistributionLinks(t *testing.T) {
	home := distribution(t, nil)
	elsewhere := t.TempDir()
	writeFiles(t, elsewhere, map[string]string{"shared-plugins/p/p.jar": "p", "extra/e.jar": "e", "one.jar": "1"})
	if err := os.RemoveAll(filepath.Join(home, "plugins")); err != nil {
		t.Fatal(err)
	}
	symlink(t, filepath.Join(elsewhere, "shared-plugins"), filepath.Join(home, "plugins"))
	symlink(t, filepath.Join(elsewhere, "extra"), filepath.Join(home, "lib", "extra"))
	symlink(t, filepath.Join(elsewhere, "extra"), filepath.Join(home, "lib", "again"))
	symlink(t, filepath.Join(elsewhere, "one.jar"), filepath.Join(home, "lib", "linked.jar"))
	d, err := OpenDistribution(home, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"lib/again/e.jar", "lib/extra/e.jar", "lib/flink-cep-1.20.5.jar", "lib/linked.jar", "lib/log4j-api-2.24.3.jar"}
	if diff := cmp.Diff(want, keys(d.Lib)); diff != "" {
		t.Errorf("lib (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"plugins/p/p.jar"}, keys(d.Plugins)); diff != "" {
		t.Errorf("plugins (-want +got):\n%s", diff)
	}
}

func TestDistributionFoldersElsewhere(t *testing.T) {
	home, other := distribution(t, nil), t.TempDir()
	writeFiles(t, other, map[string]string{
		"jars/flink-dist-2.2.1.jar": "d", "jars/a.jar": "a", "usrlib/u.jar": "u", "conf/logback.xml": "x", "p/q/r.jar": "r",
	})
	o := DistributionOptions{Home: home, ConfDir: filepath.Join(other, "conf"),
		LibDir: filepath.Join(other, "jars"), PluginsDir: filepath.Join(other, "p")}
	d, err := o.Open()
	if err != nil {
		t.Fatal(err)
	}
	got := append(append(keys(d.Lib), keys(d.Plugins)...), append(keys(d.UsrLib), d.LogConfig.Key, d.DistJar.Key)...)
	want := []string{"lib/a.jar", "plugins/q/r.jar", "usrlib/u.jar", "logback.xml", "flink-dist-2.2.1.jar"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLogConfig(t *testing.T) {
	both := distribution(t, map[string]string{"conf/logback.xml": "x"})
	if d, err := OpenDistribution(both, ""); err != nil || d.LogConfig.Key != "log4j.properties" || len(d.Warnings) != 1 {
		t.Errorf("both: %+v, %v", d, err)
	}
	none := distribution(t, map[string]string{"conf/log4j.properties": "-"})
	if d, err := OpenDistribution(none, ""); err != nil || d.LogConfig != nil || len(d.Warnings) != 0 {
		t.Errorf("none: %+v, %v", d, err)
	}
}

func TestOptIsLenient(t *testing.T) {
	home := distribution(t, map[string]string{"opt/empty.jar": ""})
	symlink(t, filepath.Join(home, "nowhere"), filepath.Join(home, "opt", "broken.jar"))
	d, err := OpenDistribution(home, "")
	if err != nil || !cmp.Equal(keys(d.Opt), []string{"opt/flink-python-1.20.5.jar"}) {
		t.Errorf("opt = %+v, %v", d, err)
	}
}

func TestWalkFolder(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.txt": "1", "sub/b.txt": "22"})
	files, err := WalkFolder(dir, "ship")
	want := []File{{Path: filepath.Join(dir, "a.txt"), Key: "ship/a.txt", Size: 1}, {Path: filepath.Join(dir, "sub", "b.txt"), Key: "ship/sub/b.txt", Size: 2}}
	if err != nil || !cmp.Equal(files, want) {
		t.Errorf("WalkFolder = %+v, %v", files, err)
	}
	if _, err := WalkFolder(filepath.Join(dir, "none"), "ship"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("err = %v, want fs.ErrNotExist", err)
	}
}
