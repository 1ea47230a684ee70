//go:build unix

package main

import (
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
)

// archivedRow is what `history list -o json` prints of a job.
type archivedRow struct {
	JobID      rest.JobID    `json:"jobId"`
	Name       string        `json:"name"`
	State      rest.JobState `json:"state"`
	DurationMs int64         `json:"durationMs"`
	Archive    string        `json:"archive"`
	Error      string        `json:"error"`
}

// The jobs of a session are archived in HDFS, are read from there when the session is gone, and are shown the same by Flink's own
// history server.
func TestRealHistory(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	archives := m.dfs.URI() + m.base + "/made/by/the/first/job" // nobody makes it but Flink
	s := m.startSession(t, "-history", "1", "-D", "jobmanager.archive.fs.dir="+archives, "-D", "restart-strategy.type=none")
	var finished struct {
		JobID rest.JobID `json:"jobId"`
	}
	m.result(t, &finished, append([]string{"run", "--session", s.Name}, m.wordCount(m.cluster.ExamplesJar(""), m.base+"/counted")...)...)
	failing := m.start(t, "run", "--session", s.Name, "-o", "json", "-c", wordCountClass, m.cluster.ExamplesJar(""), "--input", m.dfs.URI()+m.base+"/nowhere", "--output", m.dfs.URI()+m.base+"/never")
	failing.ends(t, 7)
	m.start(t, "session", "stop", s.Name).ends(t, 0)

	var rows []archivedRow
	// A JobManager that ends writes its last archives when YARN has it as finished already.
	within(t, "both archives", func() (bool, error) {
		m.result(t, &rows, "history", "list", "--archive-dir", archives)
		return len(rows) == 2 && rows[0].Error == "", nil
	})
	if rows[0].State != rest.Failed || rows[1].State != rest.Finished || rows[1].JobID != finished.JobID || rows[1].DurationMs <= 0 || rows[1].Archive != archives+"/"+finished.JobID.String() {
		t.Fatalf("archives: %+v", rows)
	}
	var shown struct {
		archivedRow
		Vertices   []json.RawMessage `json:"vertices"`
		Exceptions []struct {
			RootCause string `json:"rootCause"`
		} `json:"exceptions"`
		Cluster map[string]string `json:"clusterConfig"`
	}
	m.result(t, &shown, "history", "show", rows[0].JobID.String(), "-D", "jobmanager.archive.fs.dir="+archives)
	if shown.archivedRow != rows[0] || len(shown.Vertices) == 0 || len(shown.Exceptions) != 1 || !strings.Contains(shown.Exceptions[0].RootCause, "nowhere") || shown.Cluster["jobmanager.archive.fs.dir"] != archives {
		t.Errorf("the failed job: %+v", shown)
	}
	m.start(t, "history", "show", rest.NewJobID().String(), "--archive-dir", archives).ends(t, 9, "not archived in "+archives)
	m.checkArchives(t)
	m.checkHistoryServer(t, archives, rows)
}

// checkArchives reads an archive that was put there, beside one that is being written, over both transports.
func (m *mainJob) checkArchives(t *testing.T) {
	folder := m.base + "/archives"
	if err := m.dfs.MkdirAll(t.Context(), folder, 0o755); err != nil {
		t.Fatal(err)
	}
	const id = "7139b9874b81b0a310e58a7f4f3c365e"
	content, err := os.ReadFile(filepath.Join("..", "..", "flink", "archive", "testdata", "1.20.5", id))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{id: string(content), strings.Repeat("0", 32): ""} {
		if _, err := m.dfs.Create(t.Context(), folder+"/"+name, strings.NewReader(text), hdfs.CreateOptions{Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
	}
	for _, transport := range []string{"rpc", "webhdfs"} {
		var rows []archivedRow
		m.result(t, &rows, "history", "list", "--archive-dir", "hdfs://"+folder, "--hdfs-transport", transport)
		i := slices.IndexFunc(rows, func(r archivedRow) bool { return r.State == rest.Failed })
		if len(rows) != 2 || i < 0 || rows[i].JobID.String() != id || rows[i].Error != "" || !strings.Contains(rows[1-i].Error, "it is empty") {
			t.Errorf("%s: %+v", transport, rows)
		}
	}
}

// checkHistoryServer starts Flink's own, which speaks https at a port that nobody has chosen, and wants the same of it.
func (m *mainJob) checkHistoryServer(t *testing.T, archives string, rows []archivedRow) {
	logs := t.TempDir()
	keys := newOwnKeys(t, m.cluster, "PKCS12")
	conf := m.flinkConfDir(t, "historyserver.archive.fs.dir: "+archives, "historyserver.web.port: 0", "historyserver.archive.fs.refresh-interval: 500",
		"historyserver.web.ssl.enabled: true", sslOn+": true", sslRest+"keystore: "+keys.keystore, sslRest+"keystore-password: "+storePassword, sslRest+"key-password: "+storePassword,
		sslRest+"truststore: "+keys.truststore, sslRest+"truststore-password: "+storePassword, "env.pid.dir: "+logs, "env.log.dir: "+logs)
	here := *m.place
	here.env = append(slices.Clone(m.env), "FLINK_CONF_DIR="+conf, "JAVA_HOME="+m.cluster.JavaHome(), "HADOOP_CLASSPATH="+m.cluster.HadoopClasspath(), "USER="+m.caller.User)
	t.Cleanup(func() { here.start(t, "history", "stop").ends(t, 0) })

	interrupted := here.start(t, "history", "start")
	interrupted.shows(t, "started")
	interrupted.signal(t, syscall.SIGINT)
	interrupted.ends(t, 130, "what was started has been stopped again")
	here.start(t, "history", "start", "--timeout", "100ms").ends(t, 124)
	here.start(t, "history", "status").ends(t, 9)

	var started struct {
		WebURL string `json:"webUrl"`
	}
	here.result(t, &started, "history", "start")
	if !strings.HasPrefix(started.WebURL, "https://localhost:") {
		t.Fatalf("its address is %s", started.WebURL)
	}
	client, err := rest.NewClient(rest.Options{BaseURL: started.WebURL, TLS: &tls.Config{InsecureSkipVerify: true}}) // who it is has been asked by start
	if err != nil {
		t.Fatal(err)
	}
	within(t, "the same jobs in the history server", func() (bool, error) {
		jobs, err := client.Jobs(t.Context())
		if err != nil || len(jobs) != len(rows) {
			return false, err
		}
		for _, r := range rows {
			if !slices.ContainsFunc(jobs, func(j rest.JobOverview) bool {
				return j.ID == r.JobID && j.State == r.State && j.Name == r.Name && j.Duration.Milliseconds() == r.DurationMs
			}) {
				t.Fatalf("%+v is not among %+v", r, jobs)
			}
		}
		return true, nil
	})
	status := here.start(t, "history", "status")
	status.ends(t, 0)
	if text := status.stdout.String(); !strings.Contains(text, started.WebURL) {
		t.Errorf("status: %s", text)
	}
}
