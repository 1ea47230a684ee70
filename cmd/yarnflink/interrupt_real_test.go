//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// patience bounds how long anything here may take; only failing tests get there.
const patience = 4 * time.Minute

// place is a real cluster behind proxies, and what one test does there. rm and
// dfs see the cluster itself.
type place struct {
	*clustertest.Faulty
	cluster  *minicluster.Cluster
	caller   clustertest.Caller
	rm       *yarn.Client
	dfs      hdfs.FileSystem
	base     string // of .flink
	name     string // of applications
	env      []string
	settings []string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return newPlaceOn(t, clustertest.ForTest(t))
}

func newPlaceOn(t *testing.T, c *minicluster.Cluster) *place {
	t.Helper()
	p := &place{Faulty: clustertest.NewFaulty(t, c), cluster: c, caller: clustertest.NewCaller(t, c)}
	p.name = fmt.Sprintf("yarnflink-signal-%d-%d", os.Getpid(), time.Now().UnixNano())
	p.base = "/tmp/" + p.name
	managers, err := p.Hadoop.ResourceManagers()
	if err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for _, m := range managers {
		addresses = append(addresses, m.WebURL)
	}
	if p.rm, err = yarn.NewClient(yarn.Options{Addresses: addresses, User: p.caller.User, Login: p.caller.Login, TLS: p.caller.TLS}); err != nil {
		t.Fatal(err)
	}
	if p.dfs, err = hdfs.New(t.Context(), hdfs.Options{Configuration: p.Hadoop, User: p.caller.User, Login: p.caller.Login, TLS: p.caller.TLS}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.end(t) })
	p.env = slices.Concat(os.Environ(), p.caller.Env, []string{"HADOOP_CONF_DIR=" + p.ConfDir(t), "FLINK_HOME=" + c.FlinkHome(""), "FLINK_CONF_DIR=" + p.flinkConfDir(t)})
	for _, setting := range []string{
		"yarn.application.name=" + p.name,
		"yarn.provided.lib.dirs=" + clustertest.ProvidedLib(t, c, p.caller), "yarn.properties-file.location=" + t.TempDir(),
		"slotmanager.number-of-slots.max=2", "taskmanager.numberOfTaskSlots=2", "jobmanager.memory.process.size=1024m",
	} {
		p.settings = append(p.settings, "-D", setting)
	}
	return p
}

// flinkConfDir is the distribution's own with the staging folder set, which
// `kill` has to know too.
func (p *place) flinkConfDir(t *testing.T, more ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"config.yaml", "log4j.properties"} {
		content, err := os.ReadFile(filepath.Join(p.cluster.FlinkHome(""), "conf", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "config.yaml" {
			lines := append([]string{"", "yarn.staging-directory: " + p.base}, more...)
			content = append(content, strings.Join(lines, "\n")+"\n"...)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// end removes what a failed test has left.
func (p *place) end(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, a := range p.applications(t, yarn.LiveStates()...) {
		if _, err := p.rm.Kill(ctx, a.ID, "the test has ended"); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(p.dfs.RemoveAll(ctx, p.base), p.dfs.Close()); err != nil {
		t.Error(err)
	}
}

func (p *place) applications(t *testing.T, states ...yarn.State) []yarn.ApplicationReport {
	t.Helper()
	all, err := p.rm.Applications(context.Background(), yarn.Filter{Name: p.name, States: states})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// checkNothing wants no live application and no folder.
func (p *place) checkNothing(t *testing.T) {
	t.Helper()
	for _, a := range p.applications(t, yarn.LiveStates()...) {
		t.Errorf("application %s is %s", a.ID, a.State)
	}
	list, err := p.dfs.List(context.Background(), p.base+"/.flink")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, s := range list {
		if path.Base(s.Path) != "cache" {
			t.Errorf("%s is left", s.Path)
			continue
		}
		entries, err := p.dfs.List(context.Background(), s.Path)
		if err != nil {
			t.Error(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(path.Base(e.Path), ".") {
				t.Errorf("%s is left in the cache", e.Path)
			}
		}
	}
}

const takenBack = "nothing is left"

func TestRealSignalsTakeAStartBack(t *testing.T) {
	clustertest.ForTest(t)
	for _, c := range []struct {
		name     string
		injector func(*place) *faults.Injector
		match    string
		mode     faults.Mode
		half     int64
		signal   syscall.Signal
		code     int
		words    string
	}{
		{"facts half gathered", (*place).yarn, "GET /ws/v1/cluster/scheduler", faults.Hang, 0, syscall.SIGINT, 130, "interrupted"},
		{"file half sent", (*place).files, "PUT /webhdfs/v1{base}/.flink/*/*?namenoderpcaddress={namenode}", faults.Hang, 1 << 10, syscall.SIGTERM, 143, takenBack},
		{"between POST and answer", (*place).yarn, "POST /ws/v1/cluster/apps", faults.HangAfter, 0, syscall.SIGINT, 130, takenBack},
		{"RUNNING but REST not yet ready", (*place).flink, "GET /overview", faults.Hang, 0, syscall.SIGTERM, 143, takenBack},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			match := strings.NewReplacer("{base}", p.base, "{namenode}", p.cluster.NameNodeRPC()).Replace(c.match)
			hit := c.injector(p).Add(faults.Fault{Match: match, Mode: c.mode, AfterBytes: c.half})
			r := p.session(t)
			r.reach(t, hit.C)
			r.signal(t, c.signal)
			r.ends(t, c.code, c.words)
			p.checkNothing(t)
		})
	}
}

func (p *place) yarn() *faults.Injector  { return p.ResourceManager }
func (p *place) files() *faults.Injector { return p.HDFS }
func (p *place) flink() *faults.Injector { return p.JobManagers }

func TestRealTimeoutTakesAStartBack(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.ResourceManager.Add(faults.Fault{Match: "POST /ws/v1/cluster/apps", Mode: faults.HangAfter})
	p.session(t, "--timeout", "3s").ends(t, 124, "--timeout", takenBack)
	p.checkNothing(t)
}

func TestRealJobManagerDiesBeforeItIsReady(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	hit := p.JobManagers.Add(faults.Fault{Match: "GET /overview", Mode: faults.Hang})
	r := p.session(t)
	r.reach(t, hit.C)
	killContainers(t, p.applications(t)[0].ID)
	hit.Release()
	r.ends(t, 6, takenBack, "YARN says")
	p.checkNothing(t)
}

// killContainers kills the processes of an application of this test.
func killContainers(t *testing.T, id yarn.ApplicationID) {
	t.Helper()
	killNamed(t, strings.Replace(id.String(), "application", "container", 1))
}

// killNamed kills the processes whose command lines have a container's name, or its beginning.
func killNamed(t *testing.T, container string) {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(names) == 0 {
		clustertest.Unavailable(t, "needs /proc")
	}
	killed := 0
	for _, name := range names {
		line, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(line, []byte(container)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	if killed == 0 {
		t.Fatalf("no process of %s", container)
	}
}

func TestRealDeadServersAreToldSoon(t *testing.T) {
	clustertest.ForTest(t)
	for name, setting := range map[string]string{
		"ResourceManager": "flink.hadoop.yarn.resourcemanager.webapp.address=127.0.0.1:1",
		"NameNode":        "flink.hadoop.dfs.namenode.http-address=127.0.0.1:1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			start := time.Now()
			p.session(t, "-D", setting).ends(t, 5, "127.0.0.1:1", "check ")
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("told after %s", took)
			}
			p.checkNothing(t)
		})
	}
}

// Reading a pipe would wait for a writer for ever.
func TestAConfigurationThatIsAPipeIsRefused(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{"lib", "conf"} {
		if err := os.Mkdir(filepath.Join(home, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(home, "lib", "flink-dist-1.20.5.jar"), []byte("dist"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(home, "conf", "config.yaml"), 0o600); err != nil {
		clustertest.Unavailable(t, err.Error())
	}
	p := &place{env: append(os.Environ(), "FLINK_HOME="+home, "FLINK_CONF_DIR=", "HADOOP_USER_NAME=alice")}
	p.start(t, "session", "-d").ends(t, 3, "config.yaml", "not a regular file")
}

var submitted = regexp.MustCompile(`Job has been submitted with JobID ([0-9a-f]{32})`)

// After the hand-over the session and the job go on; -sae cancels the job.
func TestRealSignalsAfterTheHandOver(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.session(t).ends(t, 0)
	apps := p.applications(t, yarn.LiveStates()...)
	if len(apps) != 1 {
		t.Fatalf("applications %v", apps)
	}
	if _, err := p.dfs.Stat(t.Context(), p.base+"/.flink/"+apps[0].ID.String()); err != nil {
		t.Error(err)
	}
	jm, err := rest.NewClient(rest.Options{BaseURL: "http://" + apps[0].AMRPCAddress})
	if err != nil {
		t.Fatal(err)
	}
	const class = "org.apache.flink.streaming.examples.windowing.TopSpeedWindowing"
	for _, c := range []struct {
		name   string
		flags  []string
		signal syscall.Signal
		code   int
		words  string
		want   func(rest.JobState) bool
	}{
		{"the job goes on", nil, syscall.SIGINT, 130, "goes on", func(s rest.JobState) bool { return !s.IsFinal() && s != rest.Cancelling }},
		{"-sae cancels it", []string{"-sae"}, syscall.SIGTERM, 143, "cancelled", func(s rest.JobState) bool { return s == rest.Canceled || s == rest.Cancelling }},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"run", "-yid", apps[0].ID.String(), "-c", class}, c.flags...)
			r := p.start(t, append(args, p.cluster.ExamplesJar(""))...)
			job := r.submitted(t)
			r.signal(t, c.signal)
			r.ends(t, c.code, job.String(), c.words)
			if state, err := jm.JobStatus(t.Context(), job); err != nil || !c.want(state) {
				t.Errorf("the job is %s (%v)", state, err)
			}
		})
	}
	p.start(t, "kill", apps[0].ID.String()).ends(t, 0)
	p.checkNothing(t)
}

// submitted waits for the line that tells the job's id.
func (r *process) submitted(t *testing.T) rest.JobID {
	t.Helper()
	told := make(chan struct{})
	var text []string
	go func() {
		for text == nil {
			text = submitted.FindStringSubmatch(r.stdout.String())
			time.Sleep(10 * time.Millisecond)
		}
		close(told)
	}()
	r.reach(t, told)
	return submittedJob(t, text[0])
}

// submittedJob is the job's id in what run prints.
func submittedJob(t *testing.T, out string) rest.JobID {
	t.Helper()
	words := submitted.FindStringSubmatch(out)
	if words == nil {
		t.Fatalf("no job was submitted:\n%s", out)
	}
	id, err := rest.ParseJobID(words[1])
	if err != nil {
		t.Fatal(err)
	}
	return id
}
