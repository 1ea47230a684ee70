//go:build unix

package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// A locked session, and a locked cluster for one job: all commands of the owner work, nobody else gets in, and no secret is where
// it should not be.
func TestRealLock(t *testing.T) {
	t.Parallel()
	c := clustertest.ForTest(t)
	newLockJob(t, c, c.FlinkVersions()[0]).checkAll(t)
}

func TestLongLockOfVersions(t *testing.T) {
	t.Parallel()
	versions := []string{"1.17.2", "2.2.1", "1.12.5"}
	c := clustertest.Own(t, minicluster.Options{FlinkVersions: append([]string{minicluster.DefaultFlinkVersion}, versions...)})
	for _, v := range versions {
		t.Run(v, func(t *testing.T) { newLockJob(t, c, v).checkAll(t) })
	}
}

// lockJob is a main job whose keys are in a folder of its own.
type lockJob struct {
	*versionJob
	keys string
	// all is what its processes have printed.
	all []*process
}

func newLockJob(t *testing.T, c *minicluster.Cluster, version string) *lockJob {
	t.Helper()
	j := &lockJob{versionJob: newMainJobOf(t, c, version)}
	config := t.TempDir()
	j.keys = filepath.Join(config, "yarnflink", "sessions")
	j.env = append(j.env, "XDG_CONFIG_HOME="+config)
	return j
}

// run runs the program, which tells all it can, and wants an exit code.
func (j *lockJob) run(t *testing.T, code int, words []string, args ...string) *process {
	t.Helper()
	r := j.start(t, append([]string{args[0], "-v"}, args[1:]...)...)
	r.ends(t, code, words...)
	j.all = append(j.all, r)
	return r
}

func (j *lockJob) checkAll(t *testing.T) {
	var d submit.Deployment
	options := []string{"session", "-d", "--lock", "-n", "1", "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", j.name + "-locked", "-D", "yarn.application-attempts=2"}
	started := j.run(t, 0, nil, slices.Concat(options, []string{"-o", "json"}, j.java)...)
	if err := json.Unmarshal([]byte(started.stdout.String()), &d); err != nil {
		t.Fatal(err)
	}
	id := d.ApplicationID.String()
	if !d.Locked || !strings.HasPrefix(d.RestURL, "https://") {
		t.Fatalf("%+v", d)
	}
	j.checkStrangers(t, d)
	j.checkCommands(t, d)
	j.checkKeys(t, d.ApplicationID)
	j.checkSecrets(t, d.ApplicationID)
	if j.version.AtLeast(1, 15) { // older ones leave TaskManagers of a dead JobManager that YARN has to be told of
		j.checkAgain(t, d)
	}
	j.run(t, 0, nil, "session", "stop", id)
	j.forgotten(t, d.ApplicationID)
	j.checkOwnClusters(t)
	j.checkNothingRuns(t)
}

// checkStrangers wants nobody to get an answer who has no key.
func (j *lockJob) checkStrangers(t *testing.T, d submit.Deployment) {
	t.Helper()
	// One who looks at no certificate.
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{"/overview", "/jars", "/jobmanager/config"} {
		if res, err := client.Get(d.RestURL + path); err == nil {
			t.Errorf("GET %s without a certificate: %s", path, res.Status)
			res.Body.Close()
		}
	}
	if res, err := client.Post(d.RestURL+"/jars/upload", "application/x-java-archive", strings.NewReader("x")); err == nil {
		t.Errorf("an upload without a certificate: %s", res.Status)
	}
	if res, err := client.Get("http" + strings.TrimPrefix(d.RestURL, "https") + "/overview"); err == nil && res.StatusCode != http.StatusMovedPermanently {
		t.Errorf("without TLS: %s", res.Status)
	}
	if curl, err := exec.LookPath("curl"); err == nil {
		out, err := exec.Command(curl, "-sk", "--max-time", "20", d.RestURL+"/overview").Output()
		if err == nil || len(out) > 0 {
			t.Errorf("curl got %q (%v)", out, err)
		}
	}
	res, err := client.Get(d.TrackingURL + "overview")
	if err != nil {
		t.Error(err)
	} else if res.StatusCode == http.StatusOK {
		t.Error("the ResourceManager's proxy gets in")
	}
	j.run(t, 4, []string{"the JobManager of a locked session", "-yid"}, "list", "-m", d.RestURL)
	other := j.with("XDG_CONFIG_HOME="+t.TempDir(), "HADOOP_USER_NAME=mallory")
	other.start(t, "list", "-yid", d.ApplicationID.String()).ends(t, 4, "the session is locked", "only its owner, "+j.cluster.User())
}

// checkCommands runs all that talk to the JobManager, from this machine and another one.
func (j *lockJob) checkCommands(t *testing.T, d submit.Deployment) {
	t.Helper()
	id := d.ApplicationID.String()
	output := j.base + "/counts-locked"
	j.run(t, 0, nil, append([]string{"run", "--session", d.Name}, j.wordCount(j.jar, output)...)...)
	j.checkWords(t, output)
	var job submit.JobResult
	j.result(t, &job, "run", "-yid", id, "-d", "-c", endlessClass, j.endless)
	s := &runningSession{Deployment: d}
	within(t, "the job runs", func() (bool, error) { return j.listed(t, s)[job.JobID.String()] == "RUNNING", nil })
	away := &versionJob{mainJob: &mainJob{place: j.with("XDG_CONFIG_HOME=" + t.TempDir()), input: j.input}}
	if got := away.listed(t, s)[job.JobID.String()]; got != "RUNNING" {
		t.Errorf("on another machine the job is %q", got)
	}
	var status map[string]any
	j.result(t, &status, "status", d.Name)
	if status["serving"] != true || status["restUrl"] != d.RestURL {
		t.Errorf("status %v", status)
	}
	folder := j.dfs.URI() + j.base + "/savepoints"
	within(t, "a savepoint", func() (bool, error) { // its tasks may not run yet
		r := j.start(t, "savepoint", "-yid", id, job.JobID.String(), folder)
		<-r.done
		return r.cmd.ProcessState.ExitCode() == 0, nil
	})
	j.run(t, 0, nil, "stop", "-yid", id, "-p", folder, job.JobID.String())
	j.run(t, 0, nil, append([]string{"info", "--session", d.Name}, j.wordCount(j.jar, j.base+"/never")...)...)
	if r := j.run(t, 0, nil, "session", "attach", id, "-d"); !strings.Contains(r.stdout.String(), d.RestURL) {
		t.Errorf("attach -d says %q", r.stdout.String())
	}
	j.result(t, &job, "run", "-yid", id, "-d", "-c", endlessClass, j.endless)
	j.run(t, 0, nil, "cancel", "-yid", id, job.JobID.String())
	j.run(t, 0, nil, "gc")
}

// checkKeys wants both halves where they belong, for their owner alone, and the JobManager's in no other container.
func (j *lockJob) checkKeys(t *testing.T, id yarn.ApplicationID) {
	t.Helper()
	for name, want := range map[string]fs.FileMode{"": 0o700, "client.pem": 0o600, "session.json": 0o600} {
		if info, err := os.Stat(filepath.Join(j.keys, id.String(), name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	status, err := j.dfs.Stat(t.Context(), j.folder(id))
	if err != nil || status.Permission.Perm() != 0o700 {
		t.Errorf("the staging folder: %v, %v", status, err)
	}
	list, err := j.dfs.List(t.Context(), j.folder(id))
	if err != nil {
		t.Fatal(err)
	}
	stores := 0
	for _, f := range list {
		name := filepath.Base(f.Path)
		secret := strings.HasSuffix(name, ".p12") || strings.HasSuffix(name, ".pem") || strings.HasSuffix(name, ".yaml")
		if secret && f.Permission.Perm() != 0o600 {
			t.Errorf("%s has mode %o", name, f.Permission)
		}
		if strings.HasSuffix(name, ".p12") {
			stores++
		}
	}
	if stores != 2 {
		t.Errorf("%d stores are staged: %v", stores, list)
	}
	containers, err := filepath.Glob(filepath.Join(j.cluster.Dir(), "nm-local", "usercache", "*", "appcache", id.String(), "container_*"))
	if err != nil || len(containers) < 2 {
		t.Fatalf("containers %v (%v)", containers, err)
	}
	with := 0
	for _, c := range containers {
		if found, _ := filepath.Glob(filepath.Join(c, "*.p12")); len(found) > 0 {
			with++
		}
	}
	if with != 1 {
		t.Errorf("%d of %d containers have the JobManager's keys, want one", with, len(containers))
	}
}

var storePasswordLine = regexp.MustCompile(`keystore-password['"]?: *['"]?([A-Z2-7]{26})`)

// checkSecrets looks for the password and the owner's key in logs, output, argv and environments, and in what is staged.
func (j *lockJob) checkSecrets(t *testing.T, id yarn.ApplicationID) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(j.keys, id.String(), "client.pem"))
	if err != nil {
		t.Fatal(err)
	}
	_, key64, ok := strings.Cut(string(key), "PRIVATE KEY-----\n")
	if !ok {
		t.Fatal("no key in client.pem")
	}
	config := "config.yaml"
	if !j.staged(t, id, config) {
		config = "flink-conf.yaml"
	}
	found := storePasswordLine.FindStringSubmatch(j.read(t, j.folder(id)+"/"+config))
	if found == nil {
		t.Fatalf("no password in %s", config)
	}
	secrets := []string{found[1], key64[:60]}
	look := func(where, text string) {
		for i, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("secret %d is in %s", i, where)
			}
		}
	}
	for _, r := range j.all {
		look("the output of "+r.cmd.String(), r.stdout.String()+r.stderr.String())
	}
	for _, dir := range []string{j.cluster.LogDir(), filepath.Join(j.cluster.Dir(), "container-logs", id.String())} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			look(path, string(content))
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Concat(lines, environments) {
		content, _ := os.ReadFile(path) // it may have ended
		look(path, string(content))
	}
	entries, err := j.dfs.Walk(t.Context(), j.base+"/.flink/cache")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Path, ".p12") || strings.HasSuffix(e.Path, ".pem") {
			t.Errorf("%s is cached", e.Path)
		}
	}
}

// staged tells whether a file is in an application's folder; "" is the folder itself.
func (j *lockJob) staged(t *testing.T, id yarn.ApplicationID, name string) bool {
	t.Helper()
	_, err := j.dfs.Stat(t.Context(), path.Join(j.folder(id), name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// checkAgain kills the JobManager: the next one is found, and is locked as well.
func (j *lockJob) checkAgain(t *testing.T, d submit.Deployment) {
	t.Helper()
	killContainers(t, d.ApplicationID)
	within(t, "another JobManager", func() (bool, error) {
		r, err := j.rm.Application(t.Context(), d.ApplicationID)
		return err == nil && r.State == yarn.Running && r.AMRPCAddress != "" && "https://"+r.AMRPCAddress != d.RestURL, err
	})
	j.run(t, 0, nil, append([]string{"run", "--session", d.Name}, j.wordCount(j.jar, j.base+"/counts-again")...)...)
	report, err := j.rm.Application(t.Context(), d.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	d.RestURL = "https://" + report.AMRPCAddress
	j.checkStrangers(t, d)
}

// checkOwnClusters runs a job to its end in a locked cluster of its own, and kills another one.
func (j *lockJob) checkOwnClusters(t *testing.T) {
	t.Helper()
	line := func(suffix string, more ...string) []string {
		return slices.Concat([]string{"run", "-m", "yarn-cluster", "--lock", "-yjm", "1024", "-ytm", "1280", "-ys", "2", "-ynm", j.name + suffix}, j.java, more)
	}
	output := j.base + "/counts-locked-own"
	j.run(t, 0, nil, line("-own", j.wordCount(j.jar, output)...)...)
	j.checkWords(t, output)
	if apps := j.named(t, "-own"); len(apps) != 1 {
		t.Errorf("%d clusters of their own", len(apps))
	} else {
		j.forgotten(t, apps[0].ID)
	}
	var job submit.JobResult
	j.result(t, &job, line("-endless", "-d", "-c", endlessClass, j.endless)...)
	if !strings.HasPrefix(job.RestURL, "https://") {
		t.Errorf("the job's cluster is at %s", job.RestURL)
	}
	d := submit.Deployment{Name: j.name + "-endless", RestURL: job.RestURL}
	var err error
	if d.ApplicationID, err = yarn.ParseApplicationID(job.ApplicationID); err != nil {
		t.Fatal(err)
	}
	report, err := j.rm.Application(t.Context(), d.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	d.TrackingURL = report.TrackingURL
	j.checkStrangers(t, d)
	within(t, "the job runs", func() (bool, error) {
		return j.listed(t, &runningSession{Deployment: d})[job.JobID.String()] == string(rest.Running), nil
	})
	j.run(t, 0, nil, "kill", job.ApplicationID)
	j.forgotten(t, d.ApplicationID)
}

// forgotten wants nothing to be left of a session's keys.
func (j *lockJob) forgotten(t *testing.T, id yarn.ApplicationID) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(j.keys, id.String())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the key of %s is kept (%v)", id, err)
	}
	// The JobManager of a job's own cluster removes it after the job.
	within(t, "no folder of "+id.String(), func() (bool, error) { return !j.staged(t, id, ""), nil })
}
