//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// A distribution in HDFS starts sessions and clusters for one job, of ours without any Flink on this machine, and of Flink's own client.
func TestRealDistribution(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	var pushed, again submit.PushResult
	m.result(t, &pushed, "dist", "push", "--to", m.base+"/dists/one")
	m.result(t, &again, "dist", "push", "--to", m.base+"/dists/one")
	if pushed.Existing || pushed.UploadedBytes < 100<<20 || !again.Existing || again.UploadedBytes != 0 || again.DistributionReport != pushed.DistributionReport {
		t.Errorf("pushed %+v, then %+v", pushed, again)
	}
	var list []submit.DistributionReport
	m.result(t, &list, "dist", "list", m.base+"/dists")
	if len(list) != 1 || list[0] != pushed.DistributionReport {
		t.Errorf("listed %+v", list)
	}
	for name, step := range map[string]func(*testing.T, *mainJob, *submit.PushResult){
		"ours":             checkStartFrom,
		"a job's cluster":  checkOwnClusterFrom,
		"Java":             checkJavaStartsFrom,
		"not for all":      checkClosedDistribution,
		"over WebHDFS":     checkPushOverWebHDFS,
		"closed ports":     checkPushBesideClosedPorts,
		"what is no place": checkNoDistribution,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step(t, m, &pushed)
		})
	}
}

// bare is the place without a Flink on this machine: the configuration, which knows the staging folder, lies in the distribution.
func (m *mainJob) bare() *mainJob {
	return &mainJob{place: m.with("FLINK_HOME=", "FLINK_CONF_DIR="), input: m.input}
}

func checkStartFrom(t *testing.T, m *mainJob, d *submit.PushResult) {
	bare := m.bare()
	s := bare.sessionWith(t, "--flink-dist", d.Address, "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", m.name+"-from", "-D", "yarn.properties-file.location="+t.TempDir())
	if s.UploadedBytes > 10_000 {
		t.Errorf("%d bytes were sent", s.UploadedBytes)
	}
	output := m.base + "/counts-from"
	bare.start(t, append([]string{"run", "--session", s.Name}, m.wordCount(m.cluster.ExamplesJar(""), output)...)...).ends(t, 0)
	m.checkCounts(t, output)
	m.start(t, "session", "stop", s.ApplicationID.String()).ends(t, 0)
}

func checkOwnClusterFrom(t *testing.T, m *mainJob, d *submit.PushResult) {
	output := m.base + "/counts-own-from"
	app := m.bare().ownCluster(t, "-own-from", 0, nil, append([]string{"--flink-dist", d.Address}, m.wordCount(m.cluster.ExamplesJar(""), output)...)...)
	if app.State != yarn.Finished || app.FinalStatus != yarn.StatusSucceeded {
		t.Errorf("the application is %s and %s", app.State, app.FinalStatus)
	}
	m.checkCounts(t, output)
}

func checkJavaStartsFrom(t *testing.T, _ *mainJob, d *submit.PushResult) {
	_, theirs := newRivals(t)
	theirs.java(t, nil, "yarn-session.sh", "-d", "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", theirs.name+"-java",
		"-Dyarn.provided.lib.dirs="+strings.Join(d.LibDirs, ";")).ends(t, 0)
	apps := theirs.named(t, "-java", yarn.Running)
	if len(apps) != 1 {
		t.Fatalf("running are %v", apps)
	}
	folder, err := theirs.dfs.List(t.Context(), theirs.folder(apps[0].ID))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range folder {
		if path.Base(s.Path) == "lib" || strings.HasSuffix(s.Path, ".jar") {
			t.Errorf("it has staged %s", s.Path)
		}
	}
	theirs.start(t, "kill", apps[0].ID.String()).ends(t, 0)
}

// checkClosedDistribution starts from a folder that only its owner may enter, which Flink's own client can't.
func checkClosedDistribution(t *testing.T, m *mainJob, _ *submit.PushResult) {
	closed := m.base + "/closed"
	if err := m.dfs.MkdirAll(t.Context(), closed, 0o700); err != nil {
		t.Fatal(err)
	}
	r := m.start(t, "dist", "push", "--to", closed+"/mine")
	r.ends(t, 0, "not everybody may enter")
	s := m.bare().sessionWith(t, "--flink-dist", closed+"/mine", "-jm", "1024", "-tm", "1280", "-nm", m.name+"-closed", "-D", "yarn.properties-file.location="+t.TempDir())
	if s.State != yarn.Running {
		t.Errorf("the session is %s", s.State)
	}
	m.start(t, "kill", s.ApplicationID.String()).ends(t, 0)
	if m.cluster.User() == "bob" {
		t.Fatal("the cluster's user can't be bob")
	}
	other := m.with("HADOOP_USER_NAME=bob", "FLINK_HOME=")
	other.start(t, "session", "--flink-dist", closed+"/mine", "-d").ends(t, 4, closed)
}

func checkPushOverWebHDFS(t *testing.T, m *mainJob, d *submit.PushResult) {
	var pushed submit.PushResult
	m.result(t, &pushed, "dist", "push", "--to", m.base+"/web/one", "--hdfs-transport", "webhdfs")
	if pushed.Files != d.Files || pushed.Bytes != d.Bytes || !pushed.Public {
		t.Errorf("%+v, want as %+v", pushed, d)
	}
}

// checkPushBesideClosedPorts pushes where the NameNode's RPC port takes no connection from here: WebHDFS carries it.
func checkPushBesideClosedPorts(t *testing.T, m *mainJob, d *submit.PushResult) {
	conf := t.TempDir()
	for name, property := range map[string][2]string{
		"core-site.xml": {"fs.defaultFS", "hdfs://127.0.0.1:1"},
		"hdfs-site.xml": {"dfs.namenode.http-address", strings.TrimPrefix(m.cluster.NameNodeWebURL(), "http://")},
	} {
		site := "<configuration><property><name>" + property[0] + "</name><value>" + property[1] + "</value></property></configuration>"
		if err := os.WriteFile(filepath.Join(conf, name), []byte(site), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	closed := m.with("HADOOP_CONF_DIR=" + conf)
	closed.start(t, "dist", "push", "--to", m.base+"/beside/one").ends(t, 0, "127.0.0.1:1", "going on over WebHDFS", "--hdfs-transport webhdfs")
	var list []submit.DistributionReport
	m.result(t, &list, "dist", "list", m.base+"/beside")
	if len(list) != 1 || list[0].Bytes != d.Bytes || list[0].Files != d.Files {
		t.Errorf("there is %+v, want as %+v", list, d)
	}
	closed.start(t, "dist", "push", "--to", m.base+"/rpc/one", "--hdfs-transport", "rpc").ends(t, 5, "127.0.0.1:1")
}

func checkNoDistribution(t *testing.T, m *mainJob, _ *submit.PushResult) {
	if _, err := m.dfs.Create(t.Context(), m.base+"/file", strings.NewReader("text"), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	m.start(t, "dist", "push", "--to", m.base+"/file").ends(t, 3, "it is a file")
	m.start(t, "dist", "push", "--to", m.base+"/file/below").ends(t, 3, m.base+"/file")
	m.start(t, "session", "-d", "--flink-dist", m.base+"/none").ends(t, 3, m.base+"/none", "dist push")
	m.start(t, "session", "-d", "--flink-dist", "hdfs://127.0.0.1:1/flink").ends(t, 5, "127.0.0.1:1")
	m.start(t, "dist", "push", "--to", "hdfs://127.0.0.1:1/flink").ends(t, 5, "127.0.0.1:1")
	m.start(t, "dist", "push", "--to", "s3://bucket/flink").ends(t, 3, "s3://bucket/flink")
	if _, err := m.dfs.Stat(t.Context(), m.base+"/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// Users who share a cache stage once for all of them; who does not share trusts nobody.
func TestRealSharedCache(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	shared := m.base + "/shared"
	if err := m.dfs.MkdirAll(t.Context(), shared, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	at := *m.place
	at.base = shared
	conf := at.flinkConfDir(t)
	as := func(user string) *mainJob {
		return &mainJob{place: m.with("HADOOP_USER_NAME="+user, "FLINK_CONF_DIR="+conf), input: m.input}
	}
	start := func(user string, more ...string) *runningSession {
		return as(user).sessionWith(t, append([]string{"-jm", "1024", "-tm", "1280", "-nm", m.name + "-" + user, "-D", "yarn.properties-file.location=" + t.TempDir()}, more...)...)
	}
	end := func(user string, s *runningSession) {
		as(user).start(t, "kill", s.ApplicationID.String()).ends(t, 0)
	}
	alice := start("alice", "--shared-cache")
	bob := start("bob", "--shared-cache")
	if alice.UploadedBytes < 100<<20 || bob.UploadedBytes > 100_000 {
		t.Errorf("alice has sent %d bytes, bob %d", alice.UploadedBytes, bob.UploadedBytes)
	}
	// NodeManagers keep what is PUBLIC outside of the folders of users.
	links, err := filepath.Glob(filepath.Join(m.cluster.Dir(), "*", "usercache", "bob", "appcache", bob.ApplicationID.String(), "container_*", "lib", "*.jar"))
	if err != nil || len(links) == 0 {
		t.Fatal("no libraries of bob's JobManager", err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err != nil || strings.Contains(to, "usercache") {
			t.Errorf("%s is at %s (%v)", link, to, err)
		}
	}
	end("bob", bob)
	carol := start("carol")
	if carol.UploadedBytes < 100<<20 {
		t.Errorf("carol has used what others made: she sent %d bytes", carol.UploadedBytes)
	}
	end("carol", carol)
	// What alice uses is hers, and stays under whoever collects.
	as("bob").start(t, "gc", "--older-than", "1s").ends(t, 0)
	var job map[string]any
	as("alice").result(t, &job, "run", "--session", alice.Name, "-c", wordCountClass, m.cluster.ExamplesJar(""))
	if job["state"] != "FINISHED" {
		t.Errorf("after a collection: %v", job)
	}
	end("alice", alice)
}
