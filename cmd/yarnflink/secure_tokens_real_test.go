//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// A session with a keytab outlives its first tokens, and its jobs with it. A TaskManager that dies after their end is replaced
// where the ResourceManager may get tokens of its own, and not elsewhere, as docs/kerberos.md says.
func TestLongTokensEnd(t *testing.T) {
	clustertest.Long(t)
	const life = 2 * time.Minute
	for _, privileged := range []bool{false, true} {
		t.Run(fmt.Sprintf("proxy-user-privileges.enabled=%v", privileged), func(t *testing.T) {
			m := newMainJobOn(t, clustertest.Secure(t, minicluster.Options{TicketLife: time.Minute, RenewableLife: 2 * time.Minute, HadoopProperties: map[string]map[string]string{
				"core-site.xml": {"hadoop.proxyuser.yarn.hosts": "*", "hadoop.proxyuser.yarn.groups": "*"},
				"yarn-site.xml": {"yarn.resourcemanager.proxy-user-privileges.enabled": fmt.Sprint(privileged)},
				"hdfs-site.xml": {
					"dfs.namenode.delegation.token.max-lifetime":   fmt.Sprint(life.Milliseconds()),
					"dfs.namenode.delegation.token.renew-interval": fmt.Sprint((life / 2).Milliseconds()),
				},
			}}))
			m.place = m.withoutTickets().place
			began := time.Now()
			s, job := m.checkpointingByKeytab(t)
			ends := s.CredentialsEnd
			if left := ends.Sub(began); left < life || left > life+time.Minute {
				t.Errorf("the start says %s, %s after it began; want about %s", ends, left, life)
			}
			time.Sleep(time.Until(ends) + 30*time.Second)
			m.checkNewCheckpoint(t, s, job)
			managers, err := s.jm.TaskManagers(t.Context())
			if err != nil || len(managers) != 1 {
				t.Fatalf("TaskManagers %v (%v), want one", managers, err)
			}
			m.forgetLocalized(t)
			killNamed(t, managers[0].ID)
			if privileged {
				within(t, "another TaskManager", func() (bool, error) {
					now, err := s.jm.TaskManagers(t.Context())
					return len(now) == 1 && now[0].ID != managers[0].ID, err
				})
				m.checkNewCheckpoint(t, s, job)
				return
			}
			m.checkNotReplaced(t, s, managers[0].ID)
		})
	}
}

// checkpointingByKeytab is a session with a keytab, and a job that writes a checkpoint to HDFS each second.
func (m *mainJob) checkpointingByKeytab(t *testing.T) (*runningSession, rest.JobID) {
	t.Helper()
	login := m.byKeytab("alice")
	m.settings = login
	s := m.sessionWith(t, append([]string{"-jm", "1024", "-tm", "1280", "-s", "2", "-nm", m.name + "-tokens",
		"-D", "yarn.properties-file.location=" + t.TempDir(), "-D", "security.kerberos.krb5-conf.path=" + m.cluster.Krb5Config(),
		"-D", "execution.checkpointing.interval=1s", "-D", "state.checkpoints.dir=" + m.dfs.URI() + m.base + "/checkpoints",
		"-D", "restart-strategy.type=fixed-delay", "-D", "restart-strategy.fixed-delay.attempts=1000", "-D", "restart-strategy.fixed-delay.delay=1s"}, login...)...)
	var started struct {
		JobID rest.JobID `json:"jobId"`
	}
	m.result(t, &started, append(append([]string{"run", "--session", s.Name, "-d", "-c", stateMachineClass}, login...), m.cluster.ExamplesJar(""))...)
	m.checkNewCheckpoint(t, s, started.JobID)
	return s, started.JobID
}

// forgetLocalized removes a file from the node that all containers have, so that it is fetched again, as on another node.
func (m *mainJob) forgetLocalized(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.cluster.Dir(), "nm-local", "usercache", "alice", "filecache", "*", "log4j.properties"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file to remove (%v)", err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// checkNewCheckpoint waits for one more.
func (m *mainJob) checkNewCheckpoint(t *testing.T, s *runningSession, job rest.JobID) {
	t.Helper()
	before, err := s.jm.Checkpoints(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "a new checkpoint", func() (bool, error) {
		now, err := s.jm.Checkpoints(t.Context(), job)
		return now.Completed > before.Completed, err
	})
}

// checkNotReplaced wants no other TaskManager, and YARN to know why.
func (m *mainJob) checkNotReplaced(t *testing.T, s *runningSession, dead string) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		now, err := s.jm.TaskManagers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, tm := range now {
			if tm.ID != dead {
				t.Fatalf("the TaskManager %s has come up with tokens that have ended", tm.ID)
			}
		}
	}
	for name, log := range m.containerLogs(t, s.ApplicationID, "jobmanager.log") {
		if !strings.Contains(log, "SecretManager$InvalidToken") {
			t.Errorf("%s does not say why no TaskManager comes up: …%s", name, log[max(0, len(log)-4000):])
		}
	}
}
