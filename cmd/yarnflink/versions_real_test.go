//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// Every generation of Flink on one Hadoop: what a user does with a session, a job's own cluster, and the end of both.
func TestLongFlinkVersions(t *testing.T) {
	t.Parallel()
	versions := []string{"1.20.5", "1.12.5", "1.17.2", "2.2.1", "2.3.0"}
	c := clustertest.Own(t, minicluster.Options{FlinkVersions: versions})
	for _, v := range versions {
		t.Run(v, func(t *testing.T) { newMainJobOf(t, c, v).checkAll(t) })
	}
}

// The same on every generation of Hadoop, with one Flink.
func TestLongHadoopVersions(t *testing.T) {
	t.Parallel()
	clustertest.Long(t)
	for _, v := range []string{"2.10.2", "3.3.6"} {
		t.Run(v, func(t *testing.T) {
			c := clustertest.Own(t, minicluster.Options{HadoopVersion: v})
			newMainJobOf(t, c, c.FlinkVersions()[0]).checkAll(t)
		})
	}
}

// versionJob is a main job with a Flink of a version.
type versionJob struct {
	*mainJob
	version flink.Version
	// jar holds WordCount, endless a job that does not end.
	jar, endless string
	java         []string // settings that give the containers a Java that the version runs on
}

func newMainJobOf(t *testing.T, c *minicluster.Cluster, version string) *versionJob {
	t.Helper()
	v, err := flink.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	j := &versionJob{mainJob: newMainJobOn(t, c), version: v, jar: c.ExamplesJar(version)}
	if j.endless = j.jar; v.AtLeast(1, 15) && !v.AtLeast(1, 18) {
		j.endless = c.ExamplesJar("1.12.5") // the ones of 1.18 need a connector that these releases don't have
	}
	home, conf := c.FlinkHome(version), t.TempDir()
	for _, name := range []string{"config.yaml", "flink-conf.yaml", "log4j.properties"} {
		content, err := os.ReadFile(filepath.Join(home, "conf", name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".yaml") {
			content = append(content, "\nyarn.staging-directory: "+j.base+"\nyarn.properties-file.location: "+t.TempDir()+"\n"...)
		}
		if err := os.WriteFile(filepath.Join(conf, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j.env = append(j.env, "FLINK_HOME="+home, "FLINK_CONF_DIR="+conf)
	if java := c.JavaHomeFor(version); java != c.JavaHome() {
		for _, process := range []string{"master", "taskmanager"} {
			j.java = append(j.java, "-D", "containerized."+process+".env.JAVA_HOME="+java)
		}
	}
	return j
}

// checkAll starts a session and a job's own cluster, looks at what both made, and ends them.
func (j *versionJob) checkAll(t *testing.T) {
	s := j.sessionWith(t, append([]string{"-n", "1", "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", j.name + "-session"}, j.java...)...)
	if s.FlinkVersion != j.version.String() {
		t.Errorf("the session is of Flink %s, want %s", s.FlinkVersion, j.version)
	}
	if j.version.AtLeast(1, 19) {
		within(t, "the TaskManager of -n", func() (bool, error) {
			all, err := s.jm.TaskManagers(t.Context())
			return len(all) == 1 && all[0].Slots == 2, err
		})
	}
	output := j.base + "/counts-session"
	j.start(t, append([]string{"run", "--session", s.Name}, j.wordCount(j.jar, output)...)...).ends(t, 0)
	j.checkWords(t, output)
	j.checkSavepoint(t, s)

	output = j.base + "/counts-own"
	own := slices.Concat([]string{"run", "-m", "yarn-cluster", "-yjm", "1024", "-ytm", "1280", "-ys", "2", "-ynm", j.name + "-own"}, j.java, j.wordCount(j.jar, output))
	j.start(t, own...).ends(t, 0)
	j.checkWords(t, output)
	within(t, "the job's own cluster has ended", func() (bool, error) {
		apps := j.named(t, "-own")
		return len(apps) == 1 && apps[0].State == yarn.Finished && apps[0].FinalStatus == yarn.StatusSucceeded, nil
	})

	j.start(t, "kill", s.ApplicationID.String()).ends(t, 0)
	j.checkNothingRuns(t)
}

// checkWords compares the output with counts. The example of old releases writes one file, with a line for each time that a word
// came.
func (j *versionJob) checkWords(t *testing.T, output string) {
	t.Helper()
	if j.version.AtLeast(1, 15) {
		j.checkCounts(t, output)
		return
	}
	got := map[string]int{}
	for line := range strings.Lines(j.read(t, output)) {
		var n int
		word, number, _ := strings.Cut(strings.Trim(line, "()\n"), ",")
		if _, err := fmt.Sscan(number, &n); err != nil {
			t.Errorf("line %q: %v", line, err)
		}
		got[word] = max(got[word], n)
	}
	if diff := cmp.Diff(counts(), got); diff != "" {
		t.Errorf("counts in %s (-want +got):\n%s", output, diff)
	}
}

// checkSavepoint takes a savepoint of a job, goes on from it, and cancels what runs.
func (j *versionJob) checkSavepoint(t *testing.T, s *runningSession) {
	t.Helper()
	var job submit.JobResult
	j.result(t, &job, "run", "--session", s.Name, "-d", "-c", endlessClass, j.endless)
	within(t, "the job runs", func() (bool, error) { return j.listed(t, s)[job.JobID.String()] == "RUNNING", nil })
	var saved submit.OperationResult
	within(t, "a savepoint", func() (bool, error) { // its tasks may not run yet
		r := j.start(t, "stop", "-o", "json", "--session", s.Name, "-p", j.dfs.URI()+j.base+"/savepoints", job.JobID.String())
		<-r.done
		return r.cmd.ProcessState.ExitCode() == 0, json.Unmarshal([]byte(r.stdout.String()), &saved)
	})
	j.result(t, &job, "run", "--session", s.Name, "-d", "-s", saved.Path, "-c", endlessClass, j.endless)
	within(t, "restored", func() (bool, error) {
		c, err := s.jm.Checkpoints(t.Context(), job.JobID)
		return c.LatestRestored != nil && c.LatestRestored.Path == saved.Path, err
	})
	j.start(t, "cancel", "--session", s.Name, job.JobID.String()).ends(t, 0)
}

// checkNothingRuns wants neither applications nor their folders.
func (j *versionJob) checkNothingRuns(t *testing.T) {
	t.Helper()
	if apps := j.named(t, "", yarn.LiveStates()...); len(apps) > 0 {
		t.Errorf("%s is %s", apps[0].ID, apps[0].State)
	}
	within(t, "no folder but the cache", func() (bool, error) {
		list, err := j.dfs.List(t.Context(), j.base+"/.flink")
		return len(list) == 1, err
	})
}
