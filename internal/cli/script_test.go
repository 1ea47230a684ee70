package cli

import (
	"archive/zip"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// TestScripts runs every file of testdata/script against a fake cluster of its
// own. Beside testscript's own commands there are
//
//	yarnflink ARG…                 run the command line; with ! it must not exit 0
//	exitcode N                     of the last yarnflink
//	fault SERVER MODE MATCH [CODE] break requests to yarn, hdfs or rest: cut, lose, answer
//	interrupt SIGNAL SERVER MATCH ARG…
//	                               run yarnflink and send it the signal while that request hangs
//	cluster                        print applications, jobs, and files of HDFS, those in the cache as cached
//	job STATE CLASS [ID]           add a job to the JobManager
//	finish ID STATE                end an application
//	stop SERVER                    stop the ResourceManager
//	keepfolders                    sessions that end leave their folders
//	overtls                        put https before the servers, see scriptOverTLS
//
// STDIN is the input of the command, and no terminal.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup:               func(env *testscript.Env) error { return newFakeCluster(t).setup(env) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"yarnflink":   scriptYarnflink,
			"exitcode":    scriptExitCode,
			"fault":       scriptFault,
			"interrupt":   scriptInterrupt,
			"cluster":     scriptCluster,
			"job":         scriptJob,
			"finish":      scriptFinish,
			"stop":        scriptStop,
			"overtls":     scriptOverTLS,
			"keepfolders": func(ts *testscript.TestScript, _ bool, _ []string) { clusterOf(ts).keepFolders.Store(true) },
		},
	})
}

type fakeCluster struct {
	yarn *yarntest.Server
	hdfs *hdfstest.Server
	rest *resttest.Server
	exit int
	// keepFolders leaves the folders of sessions that end.
	keepFolders atomic.Bool
}

type clusterKey struct{}

func clusterOf(ts *testscript.TestScript) *fakeCluster { return ts.Value(clusterKey{}).(*fakeCluster) }

func newFakeCluster(t *testing.T) *fakeCluster {
	f := &fakeCluster{}
	jobManager := resttest.New(t, resttest.Options{Version: "1.20.5", OnShutdown: f.endSessions, SavepointDirectory: "hdfs:///savepoints", Adaptive: true, Programs: map[string]resttest.Program{
		"org.example.WordCount": {Name: "WordCount", Accumulators: []rest.Accumulator{{Name: "words", Type: "LongCounter", Value: "287"}}},
		"org.example.Endless":   {Endless: true},
		"org.example.Failing":   {Failure: "org.apache.flink.runtime.JobException: Recovery is suppressed\nCaused by: java.lang.IllegalStateException: no more words"},
		"org.example.Broken":    {MainError: "java.lang.NullPointerException: in main"},
	}})
	f.rest, f.hdfs = jobManager, hdfstest.NewServer(t)
	f.yarn = yarntest.New(t, yarntest.Options{Auto: true, AMAddress: jobManager.Address(), Queues: []yarntest.Queue{
		{Path: "root.default", Capacity: 90}, {Path: "root.stopped", Capacity: 5, Stopped: true}, {Path: "root.private", Capacity: 5, Submitters: []string{"bob"}},
	}})
	return f
}

// endSessions is what becomes of sessions whose JobManager was asked to end.
func (f *fakeCluster) endSessions() {
	for _, a := range f.yarn.Applications() {
		if a.State == yarn.Running && a.AMAddress == f.rest.Address() {
			f.removeFolder(a.ID)
			f.yarn.Finish(a.ID, yarn.Finished, yarn.StatusSucceeded, "")
		}
	}
}

func (f *fakeCluster) removeFolder(id yarn.ApplicationID) {
	if f.keepFolders.Load() {
		return
	}
	url := fmt.Sprintf("http://%s/webhdfs/v1/user/alice/.flink/%s?op=DELETE&recursive=true&user.name=alice", f.hdfs.Address, id)
	req, err := http.NewRequest(http.MethodDelete, url, nil)
	if err != nil {
		panic(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	res.Body.Close()
}

// setup writes the configuration of the fake cluster and a small distribution.
func (f *fakeCluster) setup(env *testscript.Env) error {
	env.Values[clusterKey{}] = f
	w := env.WorkDir
	for _, dir := range []string{"hadoop", "flink/lib", "flink/conf", "flink/plugins/metrics", "properties", "home"} {
		if err := os.MkdirAll(filepath.Join(w, dir), 0o755); err != nil {
			return err
		}
	}
	files := map[string]string{
		"hadoop/core-site.xml": site("fs.defaultFS", "webhdfs://"+f.hdfs.Address),
		"hadoop/hdfs-site.xml": site("dfs.replication", "1"),
		"hadoop/yarn-site.xml": site("yarn.resourcemanager.webapp.address", strings.TrimPrefix(f.yarn.URL, "http://")),
		"flink/conf/config.yaml": "jobmanager:\n  memory:\n    process:\n      size: 1600m\ntaskmanager:\n  memory:\n    process:\n      size: 1728m\n" +
			"s3.secret-key: very-secret\nyarn.properties-file.location: " + filepath.Join(w, "properties") + "\n",
		"flink/conf/log4j.properties": "rootLogger.level = INFO\n",
		"flink/plugins/README.txt":    "plugins\n",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(w, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	for _, name := range []string{"flink/lib/flink-dist-1.20.5.jar", "flink/lib/flink-table-runtime-1.20.5.jar", "job.jar"} {
		if err := writeJar(filepath.Join(w, name)); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{
		"HADOOP_CONF_DIR": "hadoop", "FLINK_HOME": "flink", "PROPERTIES": filepath.Join("properties", ".yarn-properties-alice"),
	} {
		env.Setenv(name, filepath.Join(w, value))
	}
	env.Setenv("HADOOP_USER_NAME", "alice")
	env.Setenv("JOBMANAGER", f.rest.Address())
	env.Setenv("APP1", "application_1700000000000_0001")
	env.Setenv("APP2", "application_1700000000000_0002")
	return nil
}

func site(key, value string) string {
	return fmt.Sprintf("<configuration><property><name>%s</name><value>%s</value></property></configuration>\n", key, value)
}

// writeJar writes a jar whose main class is org.example.WordCount.
func writeJar(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	for _, entry := range [][2]string{
		{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nMain-Class: org.example.WordCount\r\n\r\n"},
		{"org/example/WordCount.class", "x"}, {"org/example/Endless.class", "x"}, {"org/example/Failing.class", "x"}, {"org/example/Broken.class", "x"},
	} {
		w, err := z.Create(entry[0])
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(entry[1])); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// scriptEnv is the environment of the command in a script.
func scriptEnv(ts *testscript.TestScript, args []string, signals <-chan os.Signal) Env {
	called := ts.Getenv("CALLED")
	if called == "" {
		called = "yarnflink"
	}
	return Env{
		Args: append([]string{called}, args...), Stdin: strings.NewReader(ts.Getenv("STDIN")), Stdout: ts.Stdout(), Stderr: ts.Stderr(),
		LookupEnv: func(name string) (string, bool) { v := ts.Getenv(name); return v, v != "" },
		User:      "alice", UID: os.Getuid(), Home: ts.MkAbs("home"), Dir: ts.MkAbs("."), Signals: signals, Version: "0.0.0-test",
	}
}

func scriptYarnflink(ts *testscript.TestScript, neg bool, args []string) {
	c := clusterOf(ts)
	c.exit = Run(context.Background(), scriptEnv(ts, args, nil))
	if neg != (c.exit != 0) {
		ts.Fatalf("exit code %d", c.exit)
	}
}

func scriptExitCode(ts *testscript.TestScript, _ bool, args []string) {
	if got, want := fmt.Sprint(clusterOf(ts).exit), args[0]; got != want {
		ts.Fatalf("exit code %s, want %s", got, want)
	}
}

func (f *fakeCluster) injector(ts *testscript.TestScript, name string) *faults.Injector {
	switch name {
	case "yarn":
		return f.yarn.Faults
	case "hdfs":
		return f.hdfs.Faults
	case "rest":
		return f.rest.Faults
	}
	ts.Fatalf("unknown server %q", name)
	return nil
}

func scriptFault(ts *testscript.TestScript, _ bool, args []string) {
	fault := faults.Fault{Match: args[2], Times: 1}
	switch args[1] {
	case "cut":
		fault.Mode = faults.Cut
	case "lose":
		fault.Mode = faults.LoseAnswer
	case "hang":
		fault.Mode = faults.Hang
	case "answer":
		code, err := strconv.Atoi(args[3])
		ts.Check(err)
		fault.Mode, fault.Code, fault.Body = faults.Answer, code, "{}"
	default:
		ts.Fatalf("unknown mode %q", args[1])
	}
	hit := clusterOf(ts).injector(ts, args[0]).Add(fault)
	ts.Defer(hit.Release)
}

func scriptInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	c := clusterOf(ts)
	hit := c.injector(ts, args[1]).Add(faults.Fault{Match: args[2], Mode: faults.Hang})
	defer hit.Release() // a server that reads no body does not see its client go
	signals := make(chan os.Signal, 1)
	exit := make(chan int, 1)
	go func() { exit <- Run(context.Background(), scriptEnv(ts, args[3:], signals)) }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	select {
	case <-hit.C:
	case c.exit = <-exit:
		ts.Fatalf("exit code %d before %s", c.exit, args[2])
	case <-ctx.Done():
		ts.Fatalf("%s was never asked for", args[2])
	}
	signals <- map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[0]]
	c.exit = <-exit
	if neg != (c.exit != 0) {
		ts.Fatalf("exit code %d", c.exit)
	}
}

func scriptCluster(ts *testscript.TestScript, _ bool, _ []string) {
	c := clusterOf(ts)
	for _, a := range c.yarn.Applications() {
		fmt.Fprintf(ts.Stdout(), "application %s %s %s\n", a.ID, a.State, a.Context.Name)
	}
	for _, j := range c.rest.Jobs() {
		fmt.Fprintf(ts.Stdout(), "job %s %s\n", j.State, j.Name)
	}
	fmt.Fprintf(ts.Stdout(), "jars %d\n", len(c.rest.Jars()))
	for _, f := range c.hdfs.Files() {
		kind := "file"
		if isCached(f) {
			kind = "cached"
		}
		fmt.Fprintf(ts.Stdout(), "%s %s\n", kind, f)
	}
}

// isCached tells an entry of the staging cache, which stays, from what belongs to
// an application.
func isCached(name string) bool { return strings.Contains(name, "/.flink/cache/") }

func scriptJob(ts *testscript.TestScript, _ bool, args []string) {
	j := resttest.Job{Name: args[1], State: rest.JobState(args[0])}
	if len(args) > 2 {
		id, err := rest.ParseJobID(args[2])
		ts.Check(err)
		j.ID = id
	}
	clusterOf(ts).rest.AddJob(j)
}

func scriptFinish(ts *testscript.TestScript, _ bool, args []string) {
	id, err := yarn.ParseApplicationID(args[0])
	ts.Check(err)
	clusterOf(ts).yarn.Finish(id, yarn.State(args[1]), "SUCCEEDED", "ended by the script")
}

func scriptStop(ts *testscript.TestScript, _ bool, _ []string) { clusterOf(ts).yarn.Stop() }
