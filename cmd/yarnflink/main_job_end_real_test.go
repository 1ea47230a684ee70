//go:build unix

package main

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// folder is where an application's files are staged.
func (m *mainJob) folder(id yarn.ApplicationID) string { return m.base + "/.flink/" + id.String() }

// checkLastWords wants the cause of a JobManager's end, which YARN does not know, from its log.
func (m *mainJob) checkLastWords(t *testing.T) {
	r := m.start(t, "session", "-d", "-jm", "1024", "-nm", m.name+"-speechless", "-D", "high-availability.type=org.example.Nowhere", "-D", "high-availability.storageDir="+m.dfs.URI()+m.base+"/ha")
	words := []string{"YARN says", takenBack}
	// A secure NodeManager hands out no log that is not the user's own, and here all containers are one system user's.
	if m.caller.Login == nil {
		words = append(words, "the JobManager's log says", "org.example.Nowhere")
	}
	r.ends(t, 6, words...)
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

// checkCancelledCluster wants 8 of a job that somebody cancels, and of one whose application is killed.
func (m *mainJob) checkCancelledCluster(t *testing.T) {
	for how, end := range map[string]func(yarn.ApplicationReport, string) []string{
		"cancelled": func(a yarn.ApplicationReport, job string) []string {
			return []string{"cancel", "-yid", a.ID.String(), job}
		},
		"killed": func(a yarn.ApplicationReport, _ string) []string { return []string{"kill", a.ID.String()} },
	} {
		t.Run(how, func(t *testing.T) {
			suffix := "-ended-" + how // begins with no other test's
			r := m.start(t, "run", "-m", "yarn-cluster", "-yjm", "1024", "-ytm", "1280", "-ynm", m.name+suffix, "-c", endlessClass, m.cluster.ExamplesJar(""))
			job := r.submitted(t)
			apps := m.named(t, suffix, yarn.LiveStates()...)
			if len(apps) != 1 {
				t.Fatalf("%d clusters run", len(apps))
			}
			m.start(t, end(apps[0], job.String())...).ends(t, 0)
			r.ends(t, 8, job.String())
		})
	}
}

// checkFilesOfCluster starts a job whose jar is in HDFS, and whose class comes from there, from usrlib or from a ship file, by each
// way of putting them on the class path; ship files, archives and usrlib are where containers look for them.
func (m *mainJob) checkFilesOfCluster(t *testing.T) {
	local := m.cluster.ExamplesJar("")
	jar, err := os.Open(local)
	if err != nil {
		t.Fatal(err)
	}
	defer jar.Close()
	remote := m.base + "/in-hdfs/" + filepath.Base(local)
	usrlib := m.base + "/in-hdfs/usrlib"
	for _, dir := range []string{m.base + "/in-hdfs", usrlib} {
		if err := m.dfs.MkdirAll(t.Context(), dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.dfs.Create(t.Context(), remote, jar, hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.dfs.Create(t.Context(), usrlib+"/note.txt", strings.NewReader("x"), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "archive.zip")
	if err := writeZip(archive, "inside.txt", text); err != nil {
		t.Fatal(err)
	}
	for _, inclusion := range []string{"FIRST", "LAST", "DISABLED"} {
		t.Run(inclusion, func(t *testing.T) {
			t.Parallel()
			suffix, output := "-files-"+inclusion, m.base+"/counts-files-"+inclusion
			// The job reads from the archive that was unpacked in its working directory.
			m.ownCluster(t, suffix, 0, nil, "-yD", "yarn.classpath.include-user-jar="+inclusion, "-yD", "yarn.ship-archives="+archive,
				"-yD", "yarn.provided.usrlib.dir="+m.dfs.URI()+usrlib, "-c", wordCountClass, m.dfs.URI()+remote,
				"--execution-mode", "BATCH", "--input", "archive.zip/inside.txt", "--output", m.dfs.URI()+output)
			m.checkCounts(t, output)
		})
	}
}

func writeZip(name, entry, content string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(file)
	w, err := archive.Create(entry)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	return errors.Join(err, archive.Close(), file.Close())
}
