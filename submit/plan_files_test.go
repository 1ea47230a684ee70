package submit

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

func ship(files ...flink.File) func(*Facts) {
	return func(f *Facts) { f.Ship = append(f.Ship, files...) }
}

func usrlib(s *SessionSpec) {
	s.Distribution.UsrLib = []flink.File{{Path: "/opt/flink/usrlib/a.jar", Key: "usrlib/a.jar", Size: 1}, {Path: "/opt/flink/usrlib/z.txt", Key: "usrlib/z.txt", Size: 1}}
}

func TestPlanClasspath(t *testing.T) {
	const (
		system = "lib/flink-cep.jar:lib/log4j-api.jar:"
		dist   = "flink-dist-1.20.5.jar:config.yaml:"
	)
	is := func(want string) func(*testing.T, *Plan) {
		return func(t *testing.T, p *Plan) {
			t.Helper()
			env := p.SubmissionContext(yarn.ApplicationID{}, p.Unstaged(yarn.ApplicationID{})).Container.Environment
			if got := env[envFlinkClass]; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got, want := env[envClasspath], want+":$HADOOP_CONF_DIR:/opt/hadoop/lib/*"; got != want {
				t.Errorf("CLASSPATH %s", got)
			}
		}
	}
	mode := func(m string) map[string]string { return map[string]string{"yarn.classpath.include-user-jar": m} }
	testPlans(t, []planCase{
		{name: "no user jars", check: is(":" + system + dist)},
		{name: "ORDER is the default", spec: usrlib, check: is(":" + system + "usrlib:usrlib/a.jar:" + dist)},
		{name: "FIRST", spec: usrlib, set: mode("first"), check: is("usrlib:usrlib/a.jar::" + system + dist)},
		{name: "LAST", spec: usrlib, set: mode("LAST"), check: is(":" + system + dist + "usrlib:usrlib/a.jar:")},
		{name: "DISABLED", spec: usrlib, set: mode("Disabled"), check: is(":" + system + dist)},
		{name: "by the older key", spec: usrlib, set: map[string]string{"yarn.per-job-cluster.include-user-jar": "LAST"}, check: is(":" + system + dist + "usrlib:usrlib/a.jar:")},
		{name: "no such mode", set: mode("SOMETIMES"), problems: []string{`"SOMETIMES"|yarn.classpath.include-user-jar from -D|ORDER, FIRST, LAST or DISABLED`}},
		{name: "no log configuration", spec: func(s *SessionSpec) { s.Distribution.LogConfig = nil }, check: is(system + dist)},
		{name: "ship files: jars themselves, of others the folder", facts: ship(
			flink.File{Key: "s/a.txt", Path: "/s/a.txt"}, flink.File{Key: "s/sub/b.txt", Path: "/s/sub/b.txt"}, flink.File{Key: "s/sub/c.txt", Path: "/s/sub/c.txt"}, flink.File{Key: "zz.jar", Path: "/zz.jar"},
		), check: is(":" + system + "s:s/sub:zz.jar:" + dist)},
		{name: "archives are none", facts: func(f *Facts) { f.Archives = []flink.File{{Key: "a.zip", Path: "/a.zip"}} }, check: is(":" + system + dist)},
	})
}

func TestPlanResources(t *testing.T) {
	plan, err := planCase{
		spec: usrlib,
		facts: func(f *Facts) {
			f.Ship = []flink.File{{Key: "data.txt", Path: "/home/alice/data.txt", Size: 5}, {Key: "far.txt", Path: "hdfs://nn:9000/far.txt", Remote: true, Size: 6, ModificationTime: 7}}
			f.Archives = []flink.File{{Key: "a.zip", Path: "/home/alice/a.zip", Size: 8}}
		},
	}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Key, Class, Type string
		Shipped          bool
	}
	var got []row
	for _, r := range plan.Resources {
		got = append(got, row{r.Key, string(r.Class), string(r.Type), r.Shipped})
	}
	want := []row{
		{"lib/flink-cep.jar", "cached", "FILE", true}, {"lib/log4j-api.jar", "cached", "FILE", true}, {"log4j.properties", "cached", "FILE", true},
		{"data.txt", "cached", "FILE", true}, {"far.txt", "remote", "FILE", true}, {"plugins/s3/s3.jar", "cached", "FILE", true},
		{"a.zip", "cached", "ARCHIVE", true}, {"usrlib/a.jar", "cached", "FILE", true}, {"usrlib/z.txt", "cached", "FILE", true},
		{"flink-dist-1.20.5.jar", "cached", "FILE", false}, {"config.yaml", "private", "FILE", true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	_, content, err := plan.ConfigurationFile(yarn.ApplicationID{})
	if err != nil {
		t.Fatal(err)
	}
	if want := 14*mb + 100 + 5 + 8 + 2 + int64(len(content)); plan.Bytes() != want {
		t.Errorf("%d bytes, want %d", plan.Bytes(), want)
	}
}

func TestPlanProvidedLibraries(t *testing.T) {
	lib := func(key string) flink.File {
		return flink.File{Key: key, Path: "hdfs://nn:9000/flink/" + key, Remote: true, Size: 1, ModificationTime: 2, Public: key != "lib/x.txt"}
	}
	set := map[string]string{"yarn.provided.lib.dirs": "hdfs://nn:9000/flink/lib;hdfs://nn:9000/flink/plugins"}
	dist := lib("lib/flink-dist-1.20.5.jar")
	testPlans(t, []planCase{
		{name: "all from there", set: set, facts: func(f *Facts) {
			f.ProvidedLib = []flink.File{dist, lib("lib/x.jar"), lib("lib/x.txt"), lib("plugins/p/p.jar")}
		}, warnings: []string{"not everybody may read hdfs://nn:9000/flink/lib/x.txt"}, check: func(t *testing.T, p *Plan) {
			if p.classpath != ":lib:lib/x.jar:lib/flink-dist-1.20.5.jar:config.yaml:" {
				t.Errorf("class path %s", p.classpath)
			}
			for _, r := range p.Resources {
				visibility := yarn.VisibilityPublic
				if r.Key == "lib/x.txt" {
					visibility = yarn.VisibilityPrivate
				}
				if r.Class == Remote && (r.Visibility != visibility || r.ModificationTime != 2) {
					t.Errorf("%+v", r)
				}
				if r.Class == Cached && r.Key != "log4j.properties" {
					t.Errorf("%s is staged", r.Key)
				}
			}
		}},
		{name: "without flink-dist", set: set, facts: func(f *Facts) { f.ProvidedLib = []flink.File{lib("lib/x.jar")} },
			problems: []string{"no flink-dist jar among the provided libraries|yarn.provided.lib.dirs"}},
		{name: "two of one key", set: set, facts: func(f *Facts) {
			f.ProvidedLib = []flink.File{dist, lib("lib/x.jar"), {Key: "lib/x.jar", Path: "hdfs://nn:9000/other/lib/x.jar", Remote: true}}
		}, problems: []string{"two files are called lib/x.jar|/flink/lib/x.jar and hdfs://nn:9000/other/lib/x.jar"}},
		{name: "user libraries", set: map[string]string{"yarn.provided.usrlib.dir": "hdfs://nn:9000/apps/usrlib"}, spec: usrlib,
			facts: func(f *Facts) { f.ProvidedUsrLib = []flink.File{lib("usrlib/b.jar")} },
			check: func(t *testing.T, p *Plan) {
				if !strings.Contains(p.classpath, ":usrlib/b.jar:") || strings.Contains(p.classpath, "usrlib/a.jar") {
					t.Errorf("class path %s", p.classpath)
				}
			}},
		{name: "a folder whose name descriptors can't hold", set: set, facts: func(f *Facts) {
			f.ProvidedLib = []flink.File{dist, {Key: "lib/x.jar", Path: "hdfs://nn:9000/o'neil/lib/x.jar", Remote: true}}
		}, problems: []string{"lib/x.jar|o'neil"}},
	})
}

func TestPlanKeys(t *testing.T) {
	named := func(key string) func(*Facts) { return ship(flink.File{Key: key, Path: "/s/" + key}) }
	bad := func(name, version, key, words string) planCase {
		return planCase{name: name, version: version, facts: named(key), problems: []string{words}}
	}
	testPlans(t, []planCase{
		{name: "a plugin without a jar", spec: func(s *SessionSpec) {
			for _, key := range []string{"plugins/README.txt", "plugins/bare/notes.txt", "plugins/bare/lib/x.jar"} {
				s.Distribution.Plugins = append(s.Distribution.Plugins, flink.File{Key: key, Path: "/opt/flink/" + key})
			}
		}, problems: []string{"no jar in the folder plugins/bare|/opt/flink/plugins/bare"}},
		{name: "a folder with a blank", facts: ship(flink.File{Key: "two words/x", Path: "/a/two words/x"}, flink.File{Key: "two words/y", Path: "/a/two words/y"}),
			problems: []string{`the folder "two words" can't be shipped|/a/two words/x|does not quote`}},
		{name: "a folder that is an option", facts: ship(flink.File{Key: "-x/y", Path: "/a/-x/y"}), problems: []string{`the folder "-x"`}},
		{name: "two ship files", facts: ship(flink.File{Key: "x", Path: "/a/x"}, flink.File{Key: "x", Path: "/b/x"}), problems: []string{"two files are called x|/a/x and /b/x"}},
		{name: "as a library", facts: named("lib/flink-cep.jar"), problems: []string{"two files are called lib/flink-cep.jar|/opt/flink/lib/flink-cep.jar and /s/lib/flink-cep.jar"}},
		{name: "as the configuration", facts: named("config.yaml"), problems: []string{"two files are called config.yaml|the configuration and /s/config.yaml"}},
		{name: "as the log configuration", facts: named("log4j.properties"), problems: []string{"two files are called log4j.properties"}},
		{name: "a file for a folder", facts: named("lib"), problems: []string{"lib is both a file and a folder|/s/lib"}},
		{name: "an archive for a folder", facts: func(f *Facts) {
			f.Archives = []flink.File{{Key: "a.zip", Path: "/a.zip"}}
			f.Ship = []flink.File{{Key: "a.zip/x", Path: "/s/a.zip/x"}}
		}, problems: []string{"a.zip is both a file and a folder|/a.zip"}},
		{name: "blanks, commas, percent, umlauts", facts: named("my file, ü 100%.txt")},
		bad("single quote", "", "it's", `"it's"|'\''`),
		bad("double quote", "", `a"b`, `letter '"'`),
		bad("semicolon", "", "a;b", "letter ';'"),
		bad("dollar", "", "a$b", "letter '$'"),
		bad("backtick", "", "a`b", "letter '`'"),
		bad("backslash", "", `a\b`, "letter '\\\\'"),
		bad("newline", "", "a\nb", `letter '\n'`),
		bad("control letter", "", "a\x01b", `letter '\x01'`),
		bad("not UTF-8", "", "a\xffb", "not UTF-8"),
		bad("blank before 1.19", "1.18.1", "a b", "before 1.19"),
		bad("comma before 1.19", "1.18.1", "a,b", "before 1.19"),
		{name: "a staging folder that descriptors can't hold", facts: func(f *Facts) { f.StagingBase = "hdfs://nn:9000/o'neil" }, problems: []string{"the staging folder|o'neil"}},
	})
}

func TestPlanStagedPathsArePlain(t *testing.T) {
	plan, err := planCase{facts: ship(flink.File{Key: "my file, ü 100%.txt", Path: "/s/f"}, flink.File{Key: "far away.txt", Path: "hdfs://nn:9000/far away 100%.txt", Remote: true})}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	c := plan.SubmissionContext(yarn.ApplicationID{}, plan.Unstaged(yarn.ApplicationID{})).Container
	const staged = "hdfs://nn:9000/user/alice/.flink/application_0_0000/my_20file_2c_20_c3_bc_20100_25.txt"
	if got := c.LocalResources["my file, ü 100%.txt"].URL; got != staged {
		t.Errorf("staged at %s", got)
	}
	// The ResourceManager parses a URI; the JobManager takes the path as it is.
	if got := c.LocalResources["far away.txt"].URL; got != "hdfs://nn:9000/far%20away%20100%25.txt" {
		t.Errorf("remote at %s", got)
	}
	shipped := c.Environment[envShipFiles]
	for _, want := range []string{"{'resourceKey':'my file, ü 100%.txt','path':'" + staged + "'", "{'resourceKey':'far away.txt','path':'hdfs://nn:9000/far away 100%.txt'"} {
		if !strings.Contains(shipped, want) {
			t.Errorf("no %s in\n%s", want, shipped)
		}
	}
}

func TestPlanCredentials(t *testing.T) {
	set := map[string]string{"security.kerberos.login.keytab": "/k/alice.keytab", "security.kerberos.login.principal": "alice@X", "security.kerberos.krb5-conf.path": "/k/my-krb5.conf"}
	with := func(more ...string) map[string]string {
		m := map[string]string{}
		for k, v := range set {
			m[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	files := func(f *Facts) {
		f.Keytab, f.Krb5 = &flink.File{Key: "alice.keytab", Path: "/k/alice.keytab", Size: 3}, &flink.File{Key: "my-krb5.conf", Path: "/k/my-krb5.conf", Size: 4}
	}
	const folder = "hdfs://nn:9000/user/alice/.flink/application_0_0000/"
	testPlans(t, []planCase{
		{name: "both", set: set, facts: files, check: func(t *testing.T, p *Plan) {
			got := map[string]PlannedResource{}
			for _, r := range p.Resources {
				if _, ok := got[r.Key]; ok {
					t.Errorf("%s stands twice", r.Key)
				}
				got[r.Key] = r
			}
			for _, key := range []string{"krb5.conf", "krb5.keytab", "config.yaml"} {
				if r, ok := got[key]; !ok || r.Class != Private || r.Shipped != (key == "config.yaml") {
					t.Errorf("%s: %+v", key, r)
				}
			}
			env := p.SubmissionContext(yarn.ApplicationID{}, p.Unstaged(yarn.ApplicationID{})).Container.Environment
			want := map[string]string{envPrincipal: "alice@X", envLocalKeytab: "krb5.keytab", envRemoteKeytab: folder + "krb5.keytab", envKrb5: folder + "krb5.conf"}
			for k, v := range want {
				if env[k] != v {
					t.Errorf("%s is %q, want %q", k, env[k], v)
				}
			}
			if strings.Contains(env[envShipFiles], "krb5") {
				t.Errorf("handed on by descriptors: %s", env[envShipFiles])
			}
			if !strings.Contains(p.Command, " -Djava.security.krb5.conf=krb5.conf ") {
				t.Errorf("the JVM is not told: %s", p.Command)
			}
		}},
		{name: "keytab not shipped", set: with("yarn.security.kerberos.ship-local-keytab", "false", "yarn.security.kerberos.localized-keytab-path", "/etc/k.keytab"), facts: files, check: func(t *testing.T, p *Plan) {
			env := p.SubmissionContext(yarn.ApplicationID{}, p.Unstaged(yarn.ApplicationID{})).Container.Environment
			if _, ok := env[envRemoteKeytab]; ok || env[envLocalKeytab] != "/etc/k.keytab" {
				t.Errorf("%q %q", env[envRemoteKeytab], env[envLocalKeytab])
			}
		}},
		{name: "keytab shipped out of the folder", set: with("yarn.security.kerberos.localized-keytab-path", "../k.keytab"), facts: files,
			problems: []string{`"../k.keytab"|yarn.security.kerberos.localized-keytab-path from -D`}},
		{name: "keytab without principal", set: with("security.kerberos.login.principal", ""), facts: files, problems: []string{"only one of keytab and principal"}},
		{name: "krb5.conf shipped twice", set: set, facts: func(f *Facts) { files(f); ship(flink.File{Key: "krb5.conf", Path: "/s/krb5.conf"})(f) },
			problems: []string{"two files are called krb5.conf"}},
	})
}

// The configuration once was lost where the list of resources had room to grow.
func TestPlanKeepsTheConfigurationBesideCredentials(t *testing.T) {
	for n := range 20 {
		plan, err := planCase{facts: func(f *Facts) {
			f.Krb5 = &flink.File{Key: "k", Path: "/k"}
			for i := range n {
				key := strings.Repeat("x", i+1)
				f.Ship = append(f.Ship, flink.File{Key: key, Path: "/" + key})
			}
		}}.plan(t)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(plan.Resources, func(r PlannedResource) bool { return r.Key == "config.yaml" }) {
			t.Errorf("with %d ship files there is no configuration", n)
		}
	}
}

func TestPlanNamedFiles(t *testing.T) {
	testPlans(t, []planCase{
		{name: "another dist jar", set: map[string]string{"yarn.flink-dist-jar": "/my/flink-dist-1.20.9.jar"},
			facts: func(f *Facts) {
				f.DistJar = &flink.File{Key: "flink-dist-1.20.9.jar", Path: "/my/flink-dist-1.20.9.jar", Size: 9}
			},
			check: func(t *testing.T, p *Plan) {
				if !strings.Contains(p.classpath, ":flink-dist-1.20.9.jar:") || strings.Contains(p.classpath, "flink-dist-1.20.5") {
					t.Errorf("class path %s", p.classpath)
				}
				conf("yarn.flink-dist-jar", "/my/flink-dist-1.20.9.jar")(t, p)
			}},
		{name: "another log configuration", set: map[string]string{"$internal.yarn.log-config-file": "/my/logback.xml"},
			facts: func(f *Facts) { f.LogConfig = &flink.File{Key: "logback.xml", Path: "/my/logback.xml", Size: 9} },
			check: func(t *testing.T, p *Plan) {
				if !strings.Contains(p.Command, "-Dlogback.configurationFile=file:logback.xml") {
					t.Errorf("command %s", p.Command)
				}
				for _, r := range p.Resources {
					if r.Key == "log4j.properties" {
						t.Error("log4j.properties is shipped")
					}
				}
			}},
	})
}
