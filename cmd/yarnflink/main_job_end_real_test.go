//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// folder is where an application's files are staged.
func (m *mainJob) folder(id yarn.ApplicationID) string { return m.base + "/.flink/" + id.String() }

// checkLastWords wants the cause of a JobManager's end, which YARN does not know, from its log.
func (m *mainJob) checkLastWords(t *testing.T) {
	r := m.start(t, "session", "-d", "-jm", "1024", "-nm", m.name+"-speechless", "-D", "high-availability.type=org.example.Nowhere", "-D", "high-availability.storageDir="+m.dfs.URI()+m.base+"/ha")
	r.ends(t, 6, "YARN says", "the JobManager's log says", "org.example.Nowhere", takenBack)
}

// checkRefusals wants nothing to come of what can't work.
func (m *mainJob) checkRefusals(t *testing.T, s *runningSession) {
	const suffix = "-refused"
	examples := m.cluster.ExamplesJar("")
	noJar := filepath.Join(t.TempDir(), "letter.jar")
	if err := os.WriteFile(noJar, []byte("Dear Sir,"), 0o644); err != nil {
		t.Fatal(err)
	}
	session := []string{"session", "-d", "-nm", m.name + suffix}
	own := []string{"run", "-m", "yarn-cluster", "-ynm", m.name + suffix}
	running := []string{"run", "--session", s.Name}
	for _, c := range []struct {
		name  string
		start []string
		line  []string
		code  int
		words []string
	}{
		{"unknown queue", session, []string{"-qu", "defualt"}, 3, []string{`the queue "defualt" is unknown`, "default"}},
		{"stopped queue", session, []string{"-qu", "closed"}, 3, []string{`the queue "closed" is STOPPED`}},
		{"too much memory", session, []string{"-tm", "100g"}, 3, []string{"a TaskManager of 102400 MB", "65536"}},
		{"too many attempts", session, []string{"-D", "yarn.application-attempts=9"}, 3, []string{"9 application attempts", "limit is 2", "yarn.application-attempts", "yarn.resourcemanager.am.max-attempts"}},
		{"all at once", session, []string{"-qu", "closed", "-jm", "100g", "-D", "yarn.application-attempts=9"}, 3, []string{"3 problems", "closed", "102400", "attempts"}},
		{"no jar", own, []string{noJar}, 3, []string{noJar}},
		{"no jar into a session", running, []string{noJar}, 3, []string{noJar}},
		{"missing jar", own, []string{noJar + ".jar"}, 3, []string{noJar + ".jar", "no such file"}},
		{"missing jar into a session", running, []string{noJar + ".jar"}, 3, []string{noJar + ".jar", "no such file"}},
		{"missing jar in HDFS", running, []string{m.dfs.URI() + m.base + "/missing.jar"}, 3, []string{"missing.jar"}},
		{"missing class", own, []string{"-c", "org.example.Nowhere", examples}, 3, []string{"org.example.Nowhere", examples}},
		{"missing class into a session", running, []string{"-c", "org.example.Nowhere", examples}, 3, []string{"org.example.Nowhere", examples}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := m.start(t, append(append([]string{}, c.start...), c.line...)...)
			r.ends(t, c.code, c.words...)
			if out := r.stdout.String(); out != "" {
				t.Errorf("stdout %q", out)
			}
		})
	}
	if apps := m.named(t, suffix); len(apps) > 0 {
		t.Errorf("applications %v", apps)
	}
}

// checkKill kills twice; the second time there is nothing to do.
func (m *mainJob) checkKill(t *testing.T, sessions ...*runningSession) {
	line := []string{"kill"}
	removed := true
	var first, second []submit.KillResult
	for _, s := range sessions {
		id := s.ApplicationID.String()
		line = append(line, id)
		first = append(first, submit.KillResult{ApplicationID: id, State: yarn.Killed, FinalStatus: "KILLED", StagingRemoved: &removed})
		second = append(second, submit.KillResult{ApplicationID: id, State: yarn.Killed, FinalStatus: "KILLED"})
	}
	for _, want := range [][]submit.KillResult{first, second} {
		var got []submit.KillResult
		m.result(t, &got, line...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("kill (-want +got):\n%s", diff)
		}
	}
	for _, s := range sessions {
		if report, err := m.rm.Application(t.Context(), s.ApplicationID); err != nil || report.State != yarn.Killed {
			t.Errorf("%s is %s (%v)", s.Name, report.State, err)
		}
		if _, err := m.dfs.Stat(t.Context(), m.folder(s.ApplicationID)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the folder of %s is left (%v)", s.Name, err)
		}
	}
	if live := m.named(t, "", yarn.LiveStates()...); len(live) > 0 {
		t.Errorf("applications %v", live)
	}
	m.checkNothing(t)
}
