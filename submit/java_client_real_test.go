package submit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// What Flink's own client of each generation submits to a real ResourceManager, and what the plan for the same line says. The
// golden cases are this, captured; here the client runs.
func TestLongPlanEqualsWhatJavaClientsSubmit(t *testing.T) {
	t.Parallel()
	versions := []string{"1.20.5", "1.12.5", "1.17.2", "2.2.1", "2.3.0"}
	store, properties := clustertest.NewStateStore(t.TempDir())
	c := clustertest.Own(t, minicluster.Options{FlinkVersions: versions, HadoopProperties: map[string]map[string]string{"yarn-site.xml": properties}})
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: c.HadoopConfDir()})
	if err != nil {
		t.Fatal(err)
	}
	client, err := NewClient(Options{Hadoop: conf, User: c.User()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	files := filesToShip(t)
	for _, version := range versions {
		v, err := flink.ParseVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		// From 1.19 on Java's writer loses what is below a key that has a value itself.
		ha := "high-availability"
		if v.AtLeast(1, 17) {
			ha = "high-availability.type"
		}
		run := "run-application"
		if v.AtLeast(2, 0) {
			run = "run"
		}
		for name, line := range map[string]string{
			"session": "yarn-session.sh -jm 1024m -tm 4096m -s 2 -nm {name} -d",
			"session, all of it": "yarn-session.sh -jm 2g -tm 4096 -s 4 -qu etl -nm {name} -t {ship}/folder -D parallelism.default=4 -D yarn.application-attempts=2 " +
				"-D yarn.tags=a,b -D yarn.ship-archives={ship}/archive.zip -D env.java.opts.jobmanager=-Dx=y -D containerized.master.env.A=B -d",
			"session with high availability": "yarn-session.sh -jm 1600m -tm 2048m -nm {name} -D {ha}=zookeeper -D high-availability.zookeeper.quorum=127.0.0.1:2181 -D high-availability.storageDir=hdfs:///flink/ha -d",
			"application": "flink " + run + " -t yarn-application -Djobmanager.memory.process.size=1024m -Dtaskmanager.memory.process.size=1728m " +
				"-Dyarn.application.name={name} -p 2 -c org.example.Main {jar} --input x",
			"application, its jar last": "flink " + run + " -t yarn-application -Dyarn.application.name={name} -Dyarn.per-job-cluster.include-user-jar=LAST -c org.example.Main {jar}",
		} {
			t.Run(version+" "+name, func(t *testing.T) {
				application := fmt.Sprintf("java-%s-%d", version, time.Now().UnixNano())
				words := strings.Fields(strings.NewReplacer("{ha}", ha, "{name}", application, "{ship}", files, "{jar}", c.ExamplesJar(version), "org.example.Main", wordCountOf).Replace(line))
				j := javaClient{t: t, cluster: c, client: client, store: store, version: version}
				want := j.submitted(application, words)
				got := j.planned(v, words)
				if want.FlinkConfig["rest.bind-address"] == "localhost" { // which would keep other hosts out
					delete(want.FlinkConfig, "rest.bind-address")
				}
				got.Args, got.FlinkVersion, want.FlinkVersion, want.Args = "", "", "", ""
				if diff := cmp.Diff(normalize(want), normalize(got)); diff != "" {
					t.Errorf("(-Java +ours)\n%s", diff)
				}
			})
		}
	}
}

const wordCountOf = "org.apache.flink.streaming.examples.wordcount.WordCount"

// filesToShip makes a folder and an archive.
func filesToShip(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "folder", "below"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"folder/a.txt": "a", "folder/below/b.txt": "b", "archive.zip": "no archive, but nobody unpacks it"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// javaClient is Flink's own client of a version.
type javaClient struct {
	t       *testing.T
	cluster *minicluster.Cluster
	client  *Client
	store   clustertest.StateStore
	version string
}

// submitted runs a command line of the client until the ResourceManager has stored its application, and ends both.
func (j javaClient) submitted(name string, words []string) goldenCase {
	t := j.t
	t.Helper()
	home := j.cluster.FlinkHome(j.version)
	ctx, cancel := context.WithTimeout(t.Context(), longestWait)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(home, "bin", words[0]), words[1:]...)
	variables, err := j.cluster.Environment(j.version)
	if err != nil {
		t.Fatal(err)
	}
	variables["JAVA_HOME"], variables["FLINK_LOG_DIR"] = j.cluster.JavaHomeFor(j.version), t.TempDir()
	cmd.Env = append(os.Environ(), "YARN_CONF_DIR="+j.cluster.HadoopConfDir(), "FLINK_CONF_DIR="+filepath.Join(home, "conf"))
	for key, value := range variables {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() { cancel(); <-ended }()
	rm, err := j.client.resourceManager()
	if err != nil {
		t.Fatal(err)
	}
	for {
		apps, err := rm.Applications(ctx, yarn.Filter{Name: name})
		if err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		if len(apps) == 1 {
			stored, err := j.store.Submission(apps[0].ID.String())
			if err == nil {
				want := j.golden(apps[0], stored)
				if _, err := rm.Kill(context.WithoutCancel(ctx), apps[0].ID, "it has been looked at"); err != nil {
					t.Error(err)
				}
				return want
			}
			if !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		select {
		case <-ended:
			t.Fatalf("the client has ended, and there is no application:\n%s", out.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// golden is a stored submission in the form of the golden cases.
func (j javaClient) golden(r yarn.ApplicationReport, s clustertest.StoredSubmission) goldenCase {
	t := j.t
	t.Helper()
	shown := map[string]any{
		"application_id": r.ID.String(), "name": s.Name, "queue": s.Queue, "type": s.Type, "priority": s.Priority,
		"max_app_attempts": s.MaxAttempts, "attempt_failures_validity_interval": s.ValidityInterval, "keep_containers": s.KeepContainers,
		"tags": "[" + strings.Join(s.Tags, ", ") + "]", "memory_mb": s.MemoryMB, "acls": s.ACLs, "commands": s.Commands, "environment": s.Environment,
	}
	resources := map[string]any{}
	for key, local := range s.Resources {
		resources[key] = map[string]any{"url": local.URL, "size": local.Size, "type": local.Type}
		if strings.HasSuffix(key, ".yaml") {
			shown["flink_config"] = j.configuration(local.URL, key)
		}
	}
	shown["local_resources"] = resources
	text, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	var c goldenCase
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), r.ID.String(), javaID)), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// configuration reads the shipped configuration.
func (j javaClient) configuration(address, key string) *flink.Configuration {
	t := j.t
	t.Helper()
	dfs, err := j.client.fileSystem(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	content, err := readSmall(t.Context(), dfs, pathOf(address), maxConfiguration)
	if err != nil {
		t.Fatal(err)
	}
	if key == flink.LegacyFileName {
		return flink.ParseLegacy(content, "Java")
	}
	c, err := flink.ParseYAML(content, "Java")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// planned is our plan for the same command line.
func (j javaClient) planned(v flink.Version, words []string) goldenCase {
	t := j.t
	t.Helper()
	session, err := NewSessionSpec(j.cluster.FlinkHome(j.version), nil)
	if err != nil {
		t.Fatal(err)
	}
	setWords(t, session.Configuration, words)
	var spec Spec = session
	if words[0] == "flink" {
		spec = programOf(t, session, words)
	}
	facts, err := j.client.Gather(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	plan, got := plannedCase(t, spec, facts)
	if key, content, err := plan.ConfigurationFile(yarn.ApplicationID{}); err != nil {
		t.Fatal(err)
	} else if key == flink.LegacyFileName { // which has text only, also where the plan has lists
		got.FlinkConfig = shownConfiguration(t, flink.ParseLegacy(content, "ours"))
	}
	return got
}

func shownConfiguration(t *testing.T, c *flink.Configuration) map[string]any {
	t.Helper()
	var shown map[string]any
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &shown)
	}
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

func programOf(t *testing.T, cluster SessionSpec, words []string) ApplicationSpec {
	t.Helper()
	spec := ApplicationSpec{Cluster: cluster}
	at := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, ".jar") })
	spec.Job.Jar, spec.Job.Args = words[at], words[at+1:]
	for i, w := range words[:at] {
		switch w {
		case "-c":
			spec.Job.EntryClass = words[i+1]
		case "-p":
			if _, err := fmt.Sscan(words[i+1], &spec.Job.Parallelism); err != nil {
				t.Fatal(err)
			}
		}
	}
	return spec
}
