package standalone

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

func historyFacts(keys map[string]string) *hostFacts {
	f := &hostFacts{home: "/f", confDir: "/f/conf", version: flink.Version{Major: 1, Minor: 20}, configuration: flink.NewConfiguration(), env: map[string]string{"USER": "bob"},
		jars: []string{"/f/lib/flink-dist-1.20.5.jar"}}
	for key, value := range keys {
		f.configuration.Set(key, value, "test")
	}
	return f
}

func TestHistoryVariables(t *testing.T) {
	f := historyFacts(map[string]string{"env.java.opts.all": "-Da=b", "env.java.opts.jobmanager": "-Dj=1", "env.java.opts.historyserver": "-Xmx1g", "jobmanager.memory.process.size": "no size"})
	f.env["JVM_ARGS"] = "-Xss1m"
	text := f.historyScript().variables.String()
	for _, want := range []string{
		"role='historyserver'\n", "java_opts='-XX:+IgnoreUnrecognizedVMOptions -Da=b -Xmx1g'\n", "jvm_args='-Xss1m'\n",
		"args=('--configDir' '/f/conf')\n", "last_args=()\n", "names=()\n", "folders=()\n", "count='1'\n", "class_path='/f/lib/flink-dist-1.20.5.jar'\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	f.env["FLINK_ENV_JAVA_OPTS_HS"] = "-Dhs"
	if text := f.historyScript().variables.String(); !strings.Contains(text, " -Da=b -Dhs'\n") {
		t.Error(text)
	}
}

func TestHistoryProblems(t *testing.T) {
	for name, c := range map[string]struct {
		keys           map[string]string
		problem, warns string // "" for none
	}{
		"nothing set":      {nil, "historyserver.archive.fs.dir is not set in /f/conf on node-1", ""},
		"blank":            {map[string]string{"historyserver.archive.fs.dir": " , "}, "historyserver.archive.fs.dir is not set", ""},
		"no port":          {map[string]string{"historyserver.archive.fs.dir": "/a", "historyserver.web.port": "many"}, "historyserver.web.port on node-1", ""},
		"alone":            {map[string]string{"historyserver.archive.fs.dir": "/a"}, "", ""},
		"the same":         {map[string]string{"historyserver.archive.fs.dir": "hdfs:///b, hdfs:///a/", "jobmanager.archive.fs.dir": "hdfs:///a"}, "", ""},
		"the same, local":  {map[string]string{"historyserver.archive.fs.dir": "/a", "jobmanager.archive.fs.dir": "file:///a/"}, "", ""},
		"they differ":      {map[string]string{"historyserver.archive.fs.dir": "hdfs:///a", "jobmanager.archive.fs.dir": "hdfs:///b"}, "", "JobManagers write to hdfs:///b"},
		"only one is away": {map[string]string{"historyserver.archive.fs.dir": "/a", "jobmanager.archive.fs.dir": "hdfs:///a"}, "", "JobManagers write to hdfs:///a"},
	} {
		f := historyFacts(c.keys)
		err := f.historyProblem("node-1")
		if c.problem == "" && err != nil || c.problem != "" && (err == nil || !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s: %v", name, err)
		}
		if warnings := strings.Join(f.historyWarnings(), "; "); err == nil && ((c.warns == "") != (warnings == "") || !strings.Contains(warnings, c.warns)) {
			t.Errorf("%s: %s", name, warnings)
		}
	}
}

func TestHistoryAddress(t *testing.T) {
	for name, c := range map[string]struct {
		address, host, want string
		away                bool
	}{
		"not set":              {"", "node-1", "node-1", false},
		"all":                  {"0.0.0.0", "node-1", "node-1", false},
		"all of IPv6":          {"::", "node-1", "node-1", false},
		"another name":         {"history.example.org", "node-1", "history.example.org", false},
		"its own only":         {"localhost", "node-1", "localhost", true},
		"its own, and this is": {"127.0.0.1", "localhost", "127.0.0.1", false},
	} {
		address, away := historyFacts(map[string]string{"historyserver.web.address": c.address}).historyAddress(c.host)
		if address != c.want || away != c.away {
			t.Errorf("%s: got %s, %v", name, address, away)
		}
	}
}

func TestHistoryNeedsHadoop(t *testing.T) {
	for dirs, want := range map[string]string{"/a,hdfs://nn/b": "hdfs://nn/b", "file:///a": "", "s3://b/a,/c": "", "viewfs:///a": "viewfs:///a"} {
		if got := historyFacts(map[string]string{"historyserver.archive.fs.dir": dirs}).needsHadoop(); got != want {
			t.Errorf("%s: got %q", dirs, got)
		}
	}
	f := historyFacts(map[string]string{"historyserver.archive.fs.dir": "/a", "fs.default-scheme": "hdfs://nn"})
	if f.needsHadoop() != "/a" {
		t.Error("the default scheme does not count")
	}
	failed := &Failure{Err: errors.New("x"), Log: "Caused by: org.apache.flink.core.fs.UnsupportedFileSystemSchemeException: Hadoop is not in the classpath/dependencies.\n"}
	f.explain(failed)
	var told *HostError
	if !errors.As(failed, &told) || !strings.Contains(told.Hint(), "HADOOP_CLASSPATH") || !strings.Contains(failed.Error(), "/a needs") {
		t.Error(failed)
	}
}

// TestHistoryRefusals: a history server reads no property from its command line.
func TestHistoryRefusals(t *testing.T) {
	_, err := NewHistoryServer(Options{Configuration: flink.NewConfiguration(), RemoteHome: "relative", Properties: []Property{
		{"historyserver.web.port", "1"}, {"env.java.opts.historyserver", "-Xmx1g"},
	}}, "node-1")
	var problems []string
	for _, one := range err.(interface{ Unwrap() []error }).Unwrap() { //nolint:errorlint // what errors.Join returns
		problems = append(problems, one.Error())
	}
	want := []string{"-D historyserver.web.port: Flink's history server reads its configuration from its file only", "FLINK_HOME relative is no path of a Linux host"}
	if d := cmp.Diff(want, problems); d != "" || !errors.Is(err, ErrInvalid) {
		t.Error(d)
	}
}

func TestPortsTake(t *testing.T) {
	var p ports
	for _, value := range []string{"12 8082", "12 45", "x", "", "7 8082"} {
		p.take(answer{"listens", value})
	}
	if got := p.all(); !slices.Equal(got, []listening{{12, 8082}, {12, 45}, {7, 8082}}) {
		t.Error(got)
	}
}
