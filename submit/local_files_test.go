package submit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

// tree makes files: a name that ends with a slash is a folder, "a -> b" a link.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		link, to, isLink := strings.Cut(name, " -> ")
		file := filepath.Join(root, filepath.FromSlash(link))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(to, file)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(file, 0o755)
		default:
			err = os.WriteFile(file, []byte(name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestReadShipFiles(t *testing.T) {
	for _, c := range []struct {
		name           string
		tree           []string
		files          []string // in yarn.ship-files; @ is the folder of the tree
		archives       []string
		keys, problems []string
	}{
		{name: "nothing"},
		{name: "a file", tree: []string{"a.txt"}, files: []string{"@/a.txt"}, keys: []string{"a.txt"}},
		{name: "as an address", tree: []string{"a.txt"}, files: []string{"file://@/a.txt", "file:@/a.txt"}, keys: []string{"a.txt", "a.txt"}},
		{name: "a folder", tree: []string{"d/a.txt", "d/e/b.jar", "d/e/f/"}, files: []string{"@/d"}, keys: []string{"d/a.txt", "d/e/b.jar"}},
		{name: "a folder with a slash behind it", tree: []string{"d/a.txt"}, files: []string{"@/d/"}, keys: []string{"d/a.txt"}},
		{name: "a linked file", tree: []string{"x.txt", "a.txt -> x.txt"}, files: []string{"@/a.txt"}, keys: []string{"a.txt"}},
		{name: "a linked folder keeps the link's name", tree: []string{"real/a.txt", "d -> real"}, files: []string{"@/d"}, keys: []string{"d/a.txt"}},
		{name: "links inside", tree: []string{"x/b.txt", "d/a.txt", "d/x -> ../x"}, files: []string{"@/d"}, keys: []string{"d/a.txt", "d/x/b.txt"}},
		{name: "a link in a circle", tree: []string{"d/a.txt", "d/up -> .."}, files: []string{"@/d"}, problems: []string{"ship file @/d|leads back"}},
		{name: "a link to nothing", tree: []string{"d/a.txt", "d/b -> nowhere"}, files: []string{"@/d"}, problems: []string{"ship file @/d|follow the link"}},
		{name: "missing", files: []string{"@/nowhere"}, problems: []string{"ship file @/nowhere|yarn.ship-files from -t|no such file"}},
		{name: "usrlib", tree: []string{"UsrLib/a.jar"}, files: []string{"@/UsrLib"}, problems: []string{"@/UsrLib|Flink's own name"}},
		{name: "a file called usrlib", tree: []string{"usrlib"}, files: []string{"@/usrlib"}, keys: []string{"usrlib"}},
		{name: "an empty name", files: []string{" "}, problems: []string{"an empty name"}},
		{name: "in HDFS", files: []string{"hdfs://nn/a/b.txt", "viewfs:///c.txt"}, keys: []string{"b.txt", "c.txt"}},
		{name: "archives", tree: []string{"a.tar.gz", "b.TGZ", "c.zip", "d.jar", "e.tar", "f.dst"},
			archives: []string{"@/a.tar.gz", "@/b.TGZ", "@/c.zip", "@/d.jar", "@/e.tar", "@/f.dst", "hdfs://nn/g.zip"},
			keys:     []string{"a.tar.gz", "b.TGZ", "c.zip", "d.jar", "e.tar", "f.dst", "g.zip"}},
		{name: "archives of another kind", tree: []string{"a.rar"}, archives: []string{"@/a.rar"}, problems: []string{"archive @/a.rar|yarn.ship-archives from -D|.tar.gz"}},
		{name: "an archive that is a folder", tree: []string{"a.zip/"}, archives: []string{"@/a.zip"}, problems: []string{"archive @/a.zip|not a regular file"}},
		{name: "a missing archive", archives: []string{"@/a.zip"}, problems: []string{"archive @/a.zip|no such file"}},
		{name: "everything at once", tree: []string{"ok"}, files: []string{"@/ok", "@/n1", "@/n2"}, archives: []string{"@/n3.zip"}, keys: []string{"ok"}, problems: []string{"@/n1", "@/n2", "@/n3.zip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := tree(t, c.tree...)
			at := func(list []string) (out []string) {
				for _, s := range list {
					out = append(out, strings.ReplaceAll(s, "@", root))
				}
				return out
			}
			conf := flink.NewConfiguration()
			if c.files != nil {
				conf.SetList("yarn.ship-files", at(c.files), "-t")
			}
			if c.archives != nil {
				conf.SetList("yarn.ship-archives", at(c.archives), "-D")
			}
			var f Facts
			f.readShipFiles(conf)
			var keys, problems []string
			for _, file := range append(f.Ship, f.Archives...) {
				keys = append(keys, file.Key)
				if !file.Remote && (file.Size == 0 || !filepath.IsAbs(file.Path)) {
					t.Errorf("%+v", file)
				}
			}
			for _, p := range f.Problems {
				problems = append(problems, p.String())
			}
			if diff := cmp.Diff(c.keys, keys); diff != "" {
				t.Errorf("keys (-want +got)\n%s", diff)
			}
			matchTexts(t, "problem", problems, at(c.problems))
		})
	}
}

func TestReadShipFilesUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	root := tree(t, "d/a.txt", "b.txt")
	for _, name := range []string{"d/a.txt", "b.txt"} {
		if err := os.Chmod(filepath.Join(root, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	conf := flink.NewConfiguration()
	conf.SetList("yarn.ship-files", []string{root + "/d", root + "/b.txt"}, "-t")
	var f Facts
	f.readShipFiles(conf)
	if len(f.Ship) != 0 || len(f.Problems) != 2 {
		t.Errorf("%v %v", f.Ship, f.Problems)
	}
}

func TestReadNamedFiles(t *testing.T) {
	root := tree(t, "alice.keytab", "krb5.conf", "flink-dist-1.jar", "logback.xml", "notes.txt", "folder/")
	conf := flink.NewConfiguration()
	for key, name := range map[string]string{
		"security.keytab": "alice.keytab", "security.kerberos.krb5-conf.path": "krb5.conf",
		"yarn.flink-dist-jar": "flink-dist-1.jar", "$internal.yarn.log-config-file": "logback.xml",
	} {
		conf.Set(key, "file://"+root+"/"+name, "-D")
	}
	var f Facts
	f.readNamedFiles(conf)
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	for _, c := range []struct {
		file *flink.File
		key  string
	}{{f.Keytab, "alice.keytab"}, {f.Krb5, "krb5.conf"}, {f.DistJar, "flink-dist-1.jar"}, {f.LogConfig, "logback.xml"}} {
		if c.file == nil || c.file.Key != c.key || c.file.Path != filepath.Join(root, c.key) || c.file.Size == 0 {
			t.Errorf("%s: %+v", c.key, c.file)
		}
	}

	for key, name := range map[string]string{"security.kerberos.login.keytab": "nowhere", "security.kerberos.krb5-conf.path": "folder", "yarn.flink-dist-jar": "notes.txt"} {
		conf := flink.NewConfiguration()
		conf.Set(key, filepath.Join(root, name), "-D")
		var f Facts
		f.readNamedFiles(conf)
		if len(f.Problems) != 1 || !strings.Contains(f.Problems[0].String(), name) || !strings.Contains(f.Problems[0].String(), key) {
			t.Errorf("%s=%s: %v", key, name, f.Problems)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		entry  string
		remote bool
		path   string
	}{
		{"/a/b", false, "/a/b"},
		{"a/b:c", false, "a/b:c"},
		{`C:\flink\a.txt`, false, `C:\flink\a.txt`},
		{"hdfs://nn:9000/a/b", true, "/a/b"},
		{"hdfs://nn:9000", true, "/"},
		{"hdfs:///a//b/", true, "/a/b"},
		{"hdfs:/a/b", true, "/a/b"},
		{"webhdfs://nn:9870/a b%20", true, "/a b%20"},
		{"s3://bucket/key", true, "/key"},
	} {
		if got := isRemote(c.entry); got != c.remote {
			t.Errorf("isRemote(%q) is %v", c.entry, got)
		}
		if got := pathOf(c.entry); got != c.path {
			t.Errorf("pathOf(%q) is %q, want %q", c.entry, got, c.path)
		}
	}
	for entry, want := range map[string]string{"/a b": "/a b", "file:/a%20b": "/a b", "file:///a": "/a", "file:a": "a"} {
		if got := localPath(entry); got != want {
			t.Errorf("localPath(%q) is %q, want %q", entry, got, want)
		}
	}
}
