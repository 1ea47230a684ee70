package standalone

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

func TestQuoteReachesBashUnchanged(t *testing.T) {
	for _, text := range []string{"", "plain", "it's", `"double" $HOME $(id) ` + "`id`", "a\nb", `back\slash`, "'''", "ünï", "* ? [a]", "-n", "!history"} {
		var s script
		s.set("x", text)
		s.list("list", []string{text, "last"})
		out, err := exec.Command("bash", "-c", s.variables.String()+`printf '%s|%s|%s|%s' "$x" "${#list[@]}" "${list[0]}" "${list[1]}"`).Output()
		if want := text + "|2|" + text + "|last"; err != nil || string(out) != want {
			t.Errorf("%q: got %q, %v", text, out, err)
		}
	}
}

func TestScriptsParse(t *testing.T) {
	files, err := remoteScripts.ReadDir("remote")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		var s script
		text, err := s.text(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("bash", "-n")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", f.Name(), err, out)
		}
	}
}

func TestParseAnswers(t *testing.T) {
	got, err := parseAnswers("welcome to node-1\n@jar /opt/a b.jar\n@user \nnoise @done\n@done .\n@late x\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]answer{{"jar", "/opt/a b.jar"}, {"user", ""}}, got, cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var refused *HostError
	if _, err := parseAnswers("@failed java no java\n"); !errors.As(err, &refused) || refused.Kind != "java" || refused.Text != "no java" || refused.Hint() == "" {
		t.Errorf("got %v", err)
	}
	if _, err := parseAnswers("@jar a\nbash: killed\n"); err == nil || !strings.Contains(err.Error(), "bash: killed") {
		t.Errorf("got %v", err)
	}
}

func TestCauseInLog(t *testing.T) {
	for name, c := range map[string]struct{ log, want string }{
		"deepest cause": {"2026-01-01 ERROR o.a.f.Main - Could not start\norg.apache.flink.X: no\n\tat a.b(C.java:1)\nCaused by: java.util.Y: middle\n\tat a\nCaused by: java.net.BindException: Address already in use\n\t... 3 more\n",
			"java.net.BindException: Address already in use"},
		"last exception":     {"java.lang.RuntimeException: first\n\tat x\njava.lang.OutOfMemoryError: Java heap space\n\tat y\n", "java.lang.OutOfMemoryError: Java heap space"},
		"system's words":     {"ERROR: transport error 202: bind failed: Address already in use\nERROR: JDWP Transport dt_socket failed to initialize\n", "ERROR: transport error 202: bind failed: Address already in use"},
		"JVM that can't":     {"Unrecognized VM option 'Foo'\nError: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred.\n", "Unrecognized VM option 'Foo'"},
		"nothing to tell of": {"INFO all is well\n", ""},
	} {
		if got := CauseInLog(c.log); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestRestURLs(t *testing.T) {
	for name, c := range map[string]struct {
		keys   map[string]string
		master flink.HostLine
		want   []string
	}{
		"nothing set":         {nil, flink.HostLine{Host: "node-1", WebUIPort: 9000}, []string{"http://node-1:8081"}},
		"this machine's":      {map[string]string{"rest.address": "localhost", "rest.port": "18081"}, flink.HostLine{Host: "node-1"}, []string{"http://node-1:18081"}},
		"another name":        {map[string]string{"rest.address": "flink.example.org"}, flink.HostLine{Host: "node-1"}, []string{"http://flink.example.org:8081", "http://node-1:8081"}},
		"bind port":           {map[string]string{"rest.bind-port": "9090", "rest.port": "443", "security.ssl.rest.enabled": "true"}, flink.HostLine{Host: "localhost"}, []string{"https://localhost:9090"}},
		"range of ports":      {map[string]string{"rest.bind-port": "9090-9099", "rest.port": "9090"}, flink.HostLine{Host: "localhost"}, nil},
		"any free port":       {map[string]string{"rest.port": "0"}, flink.HostLine{Host: "localhost"}, nil},
		"HA, any free port":   {map[string]string{"high-availability.type": "zookeeper", "rest.port": "1"}, flink.HostLine{Host: "node-1"}, nil},
		"HA, bind port":       {map[string]string{"high-availability.type": "zookeeper", "rest.bind-port": "9090"}, flink.HostLine{Host: "node-1", WebUIPort: 9000}, []string{"http://node-1:9090"}},
		"HA, range of ports":  {map[string]string{"recovery.mode": "zookeeper", "rest.bind-port": "9090-9099"}, flink.HostLine{Host: "node-1", WebUIPort: 9000}, nil},
		"high availability's": {map[string]string{"high-availability.type": "zookeeper", "rest.port": "1", "jobmanager.rpc.address": "node-0"}, flink.HostLine{Host: "node-1", WebUIPort: 9000}, []string{"http://node-1:9000"}},
	} {
		conf := flink.NewConfiguration()
		for key, value := range c.keys {
			conf.Set(key, value, "test")
		}
		if diff := cmp.Diff(c.want, restURLs(conf, c.master)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestFoldersOnHosts(t *testing.T) {
	for name, c := range map[string]struct {
		o                                     Options
		localHome, localConf, thereHome, conf string
	}{
		"same path":    {Options{Home: "/f", ConfDir: "/f/conf"}, "/f", "/f/conf", "/f", ""},
		"another path": {Options{Home: "/f", RemoteHome: "/g", ConfDir: "/f/conf"}, "/f", "/f/conf", "/g", ""},
		"own folder":   {Options{Home: "/f", ConfDir: "/etc/flink"}, "/f", "/etc/flink", "/f", "/etc/flink"},
		"none here":    {Options{RemoteHome: "/g", ConfDir: "/home/me/conf"}, "/g", "/home/me/conf", "/g", ""},
	} {
		got := []string{c.o.homeOn("localhost"), c.o.confOn("localhost"), c.o.homeOn("node-1"), c.o.confOn("node-1")}
		if diff := cmp.Diff([]string{c.localHome, c.localConf, c.thereHome, c.conf}, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestHighAvailabilityKeyOfOldReleases(t *testing.T) {
	files := func(text string) map[string][]byte { return map[string][]byte{"flink-conf.yaml": []byte(text)} }
	for _, c := range []struct {
		version, text string
		refused       bool
	}{
		{"1.12.5", "high-availability.type: zookeeper\n", true},
		{"1.12.5", "high-availability.type: none\n", false},
		{"1.12.5", "high-availability: zookeeper\n", false},
		{"1.17.2", "high-availability.type: zookeeper\n", false},
	} {
		f := &hostFacts{home: "/f", confDir: "/f/conf", env: map[string]string{}, jars: []string{"/f/lib/flink-dist-" + c.version + ".jar"}}
		if err := f.read(files(c.text), nil); errors.Is(err, ErrInvalid) != c.refused {
			t.Errorf("%s, %s: got %v", c.version, c.text, err)
		}
	}
}

func TestLaunchVariables(t *testing.T) {
	conf, err := flink.ParseYAML([]byte("jobmanager.memory.process.size: 1600m\ntaskmanager.memory.process.size: 1728m\nenv.java.opts.all: -Da=b -Xlog:gc:${FLINK_LOG_PREFIX}.gc\nenv.java.opts.taskmanager: -Dt=1\nenv.log.dir: /logs\nio.tmp.dirs: /a,/b:/c\n"), "config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v, _ := flink.ParseVersion("1.20.5")
	f := &hostFacts{home: "/f", confDir: "/f/conf", version: v, configuration: conf, env: map[string]string{"USER": "bob", "HADOOP_HOME": "/h"},
		jars: []string{"/f/lib/a.jar", "/f/lib/flink-dist-1.20.5.jar", "/f/lib/z.jar"}, folders: []string{"/h/etc/hadoop", "/h/conf"}}
	s, err := f.launchScript(TaskManager, []string{"n-1"}, Options{Properties: []Property{{"k", "v v"}}}, flink.HostLine{})
	if err != nil {
		t.Fatal(err)
	}
	text := s.variables.String()
	for _, want := range []string{
		"ident='bob'\n", "pid_dir='/tmp'\n", "log_dir='/logs'\n", "role='taskexecutor'\n", "java_home=''\n",
		"java_opts='-XX:+IgnoreUnrecognizedVMOptions -Da=b -Xlog:gc:${FLINK_LOG_PREFIX}.gc -Dt=1'\n", "java_18_opts='-Djava.security.manager=allow'\n",
		"class_path='/f/lib/a.jar:/f/lib/z.jar:/f/lib/flink-dist-1.20.5.jar:/h/etc/hadoop'\n", "last_args=('-D' 'k=v v')\n", "folders=('/a' '/b' '/c')\n",
		"args=('--configDir' '/f/conf' '-D' 'taskmanager.memory.network.min=", "jvm_args='-Xmx536870902 -Xms536870902 ", "export FLINK_PLUGINS_DIR='/f/plugins'\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestEditHosts(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "real")
	if err := os.WriteFile(target, []byte("# all\na # first\n# end\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "workers")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := EditHosts(link, func(f *flink.HostsFile) { f.Add(flink.HostLine{Host: "b"}) }); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(target)
	if err != nil || string(content) != "# all\na # first\nb\n# end\n" {
		t.Errorf("got %q, %v", content, err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("got %v", files)
	}
}
