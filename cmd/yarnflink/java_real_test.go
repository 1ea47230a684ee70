//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// odd is a value with everything that a properties file escapes.
const odd = `a=b:c#d!e \f é€ "g" @h@ i`

// rival is Flink's own client beside ours. Each remembers its last session in a
// folder of its own: ours in the first, Java's in the second.
type rival struct {
	*mainJob
	remembered string // folder of the properties file
	fileName   string // of the properties file, for the user of the test
}

// newRivals returns a place that knows our last session, and one that knows Java's.
func newRivals(t *testing.T) (ours, theirs *rival) {
	m := newMainJob(t)
	environment, err := m.cluster.Environment("")
	if err != nil {
		t.Fatal(err)
	}
	variables := []string{
		"FLINK_LOG_DIR=" + t.TempDir(), "YARN_CONF_DIR=" + m.cluster.HadoopConfDir(), "LC_ALL=C.UTF-8",
		"HADOOP_CLASSPATH=" + environment["HADOOP_CLASSPATH"], "JAVA_HOME=" + environment["JAVA_HOME"],
	}
	lib := m.settings[3]
	system, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	side := func() *rival {
		dir := t.TempDir()
		conf := m.flinkConfDir(t, "yarn.properties-file.location: "+dir, strings.Replace(lib, "=", ": ", 1))
		at := &mainJob{place: m.with(append(variables, "FLINK_CONF_DIR="+conf)...), input: m.input}
		return &rival{mainJob: at, remembered: dir, fileName: ".yarn-properties-" + system.Username}
	}
	return side(), side()
}

// java runs one of the scripts of Flink's own client.
func (r *rival) java(t *testing.T, input io.Reader, script string, args ...string) *process {
	t.Helper()
	return r.execute(t, input, filepath.Join(r.cluster.FlinkHome(""), "bin", script), args...)
}

// line starts a session with properties that are awkward to write down.
func (r *rival) line(name string) []string {
	return []string{"-d", "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", name, "-D", "test.odd=" + odd, "-D", "test.url=hdfs://h:1/é?x=1"}
}

// file is what the client that was here has written.
func (r *rival) file() string { return filepath.Join(r.remembered, r.fileName) }

// session is the one that the file names, by what ours reads in it.
func (r *rival) session(t *testing.T) *runningSession {
	t.Helper()
	file, err := submit.ReadPropertiesFile(r.file())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"test.odd": odd, "test.url": "hdfs://h:1/é?x=1"}, file.DynamicProperties); diff != "" {
		t.Errorf("dynamic properties (-want +got):\n%s", diff)
	}
	report, err := r.rm.Application(t.Context(), file.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	s := &runningSession{Deployment: submit.Deployment{ApplicationID: report.ID, Name: report.Name, RestURL: "http://" + report.AMRPCAddress}}
	if s.jm, err = rest.NewClient(rest.Options{BaseURL: s.RestURL}); err != nil {
		t.Fatal(err)
	}
	return s
}

// Both clients start a session, and each works in the other's, which it finds by the file that the other has left.
func TestRealJavaClient(t *testing.T) {
	t.Parallel()
	ours, theirs := newRivals(t)
	t.Run("start", func(t *testing.T) {
		t.Run("ours", func(t *testing.T) {
			t.Parallel()
			ours.start(t, append([]string{"session"}, ours.line(ours.name+"-ours")...)...).ends(t, 0)
		})
		t.Run("Java", func(t *testing.T) {
			t.Parallel()
			theirs.java(t, nil, "yarn-session.sh", theirs.line(theirs.name+"-java")...).ends(t, 0)
		})
	})
	if t.Failed() {
		t.FailNow()
	}
	a, b := ours.session(t), theirs.session(t)
	kept, err := os.ReadFile(ours.file())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("use", func(t *testing.T) {
		for name, step := range map[string]func(*testing.T){
			"Java in ours":             func(t *testing.T) { ours.checkJavaIn(t, a) },
			"ours in Java's":           func(t *testing.T) { theirs.checkOursIn(t, b) },
			"Java reads our file":      ours.checkJavaReads,
			"files not to be trusted":  func(t *testing.T) { ours.checkHostileFiles(t, string(kept)) },
			"what ends with zero does": func(t *testing.T) { ours.checkZeros(t, a) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				step(t)
			})
		}
	})
	t.Run("end", func(t *testing.T) {
		t.Run("Java ends ours", func(t *testing.T) {
			t.Parallel()
			ours.java(t, strings.NewReader("stop\n"), "yarn-session.sh", "-id", a.ApplicationID.String()).ends(t, 0)
			ours.checkEnded(t, a)
		})
		t.Run("ours ends Java's", func(t *testing.T) {
			t.Parallel()
			theirs.startWith(t, strings.NewReader("stop\n"), "session", "-id", b.ApplicationID.String()).ends(t, 0)
			theirs.checkEnded(t, b)
		})
	})
	stale := ours.remembering(t, string(kept))
	stale.start(t, "list").ends(t, 9, stale.file(), a.ApplicationID.String(), "FINISHED")
	stale.start(t, "run", "-c", endlessClass, ours.cluster.ExamplesJar("")).ends(t, 9, stale.file(), a.ApplicationID.String(), "FINISHED")
}

// checkJavaIn has Java run a job in a session that ours has started, and steer it.
func (r *rival) checkJavaIn(t *testing.T, s *runningSession) {
	run := r.java(t, nil, "flink", "run", "-d", "-c", endlessClass, r.cluster.ExamplesJar(""))
	run.ends(t, 0)
	job := submittedJob(t, run.stdout.String())
	r.awaitTasks(t, s, job)
	folder := r.dfs.URI() + r.base + "/savepoints-java"
	t.Run("read", func(t *testing.T) {
		t.Run("list", func(t *testing.T) {
			t.Parallel()
			list := r.java(t, nil, "flink", "list")
			list.ends(t, 0)
			if out := list.stdout.String(); !strings.Contains(out, job.String()) || !strings.Contains(out, "(RUNNING)") {
				t.Errorf("list lacks %s:\n%s", job, out)
			}
		})
		t.Run("savepoint", func(t *testing.T) {
			t.Parallel()
			r.java(t, nil, "flink", "savepoint", job.String(), folder).ends(t, 0)
			if saved, err := r.dfs.List(t.Context(), r.base+"/savepoints-java"); err != nil || len(saved) != 1 {
				t.Errorf("savepoints %v (%v)", saved, err)
			}
		})
	})
	r.java(t, nil, "flink", "cancel", job.String()).ends(t, 0)
	r.checkCanceled(t, s, job)
}

// checkOursIn is checkJavaIn the other way round.
func (r *rival) checkOursIn(t *testing.T, s *runningSession) {
	var job submit.JobResult
	r.result(t, &job, "run", "-d", "-c", endlessClass, r.cluster.ExamplesJar(""))
	if job.ApplicationID != s.ApplicationID.String() {
		t.Errorf("the job runs in %s, want %s", job.ApplicationID, s.ApplicationID)
	}
	r.awaitTasks(t, s, job.JobID)
	if diff := cmp.Diff(map[string]string{job.JobID.String(): "RUNNING"}, r.listed(t, s)); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	folder := r.dfs.URI() + r.base + "/savepoints-ours"
	var taken submit.OperationResult
	r.result(t, &taken, "savepoint", job.JobID.String(), folder)
	if u, err := url.Parse(taken.Path); err != nil || !strings.HasPrefix(taken.Path, folder) {
		t.Errorf("savepoint %s, want it in %s (%v)", taken.Path, folder, err)
	} else if _, err := r.dfs.Stat(t.Context(), u.Path+"/_metadata"); err != nil {
		t.Error(err)
	}
	r.start(t, "cancel", job.JobID.String()).ends(t, 0)
	r.checkCanceled(t, s, job.JobID)
}

func (r *rival) checkCanceled(t *testing.T, s *runningSession, job rest.JobID) {
	t.Helper()
	within(t, "cancelled", func() (bool, error) {
		state, err := s.jm.JobStatus(t.Context(), job)
		return state == rest.Canceled, err
	})
}

// reader prints what Flink's own code finds in a properties file.
const reader = `import java.io.*; import java.nio.charset.StandardCharsets; import java.util.*;
public class Reader {
  public static void main(String[] args) throws Exception {
    Properties file = new Properties();
    try (InputStream in = new FileInputStream(args[0])) { file.load(in); }
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    out.println("id=" + file.getProperty("applicationID"));
    Map<String, String> dynamic = org.apache.flink.yarn.cli.FlinkYarnSessionCli.getDynamicProperties(file.getProperty("dynamicPropertiesString"));
    new TreeMap<>(dynamic).forEach((k, v) -> out.println(k + "=" + v));
  }
}
`

// checkJavaReads has Flink's code read the file that ours has written, which nobody else may.
func (r *rival) checkJavaReads(t *testing.T) {
	file := r.file()
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("%s has mode %v (%v)", file, info.Mode(), err)
	}
	source := filepath.Join(t.TempDir(), "Reader.java")
	if err := os.WriteFile(source, []byte(reader), 0o600); err != nil {
		t.Fatal(err)
	}
	environment, err := r.cluster.Environment("")
	if err != nil {
		t.Fatal(err)
	}
	classpath := filepath.Join(r.cluster.FlinkHome(""), "lib", "*") + ":" + environment["HADOOP_CLASSPATH"]
	read := r.execute(t, nil, filepath.Join(environment["JAVA_HOME"], "bin", "java"), "-cp", classpath, source, file)
	read.ends(t, 0)
	written, err := submit.ReadPropertiesFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "id=" + written.ApplicationID.String() + "\ntest.odd=" + odd + "\ntest.url=hdfs://h:1/é?x=1\n"
	if diff := cmp.Diff(want, read.stdout.String()); diff != "" {
		t.Errorf("Flink reads (-want +got):\n%s", diff)
	}
}

// remembering is a place whose properties file has that content.
func (r *rival) remembering(t *testing.T, content string) *rival {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, r.fileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := r.flinkConfDir(t, "yarn.properties-file.location: "+dir)
	return &rival{mainJob: &mainJob{place: r.with("FLINK_CONF_DIR=" + conf), input: r.input}, remembered: dir, fileName: r.fileName}
}

func (r *rival) checkHostileFiles(t *testing.T, kept string) {
	for name, content := range map[string]string{
		"empty":      "",
		"truncated":  kept[:strings.Index(kept, "application_")+8],
		"not an id":  "applicationID=$(reboot)\n",
		"path as id": "applicationID=../../../ws/v1/cluster\n",
		"escape":     `applicationID=\u00`,
		"huge":       "applicationID=application_1_0001\n#" + strings.Repeat("x", 2<<20),
	} {
		t.Run(name, func(t *testing.T) {
			p := r.remembering(t, content)
			p.start(t, "list").ends(t, 3, p.file())
		})
	}
	t.Run("of another user", func(t *testing.T) {
		p := r.remembering(t, "applicationID=application_1_0001\n")
		if err := os.Chown(p.file(), 4242, -1); errors.Is(err, fs.ErrPermission) {
			clustertest.Unavailable(t, "only root may give files away")
		} else if err != nil {
			t.Fatal(err)
		}
		p.start(t, "list").ends(t, 0, p.file(), "is not used")
	})
	t.Run("link", func(t *testing.T) {
		p := r.remembering(t, "")
		file := p.file()
		if err := errors.Join(os.Remove(file), os.Symlink("/etc/passwd", file)); err != nil {
			t.Fatal(err)
		}
		p.start(t, "list").ends(t, 0, file, "is not used")
	})
}

// checkZeros runs lines by both clients, ours by its links: zero stays zero, and the rest fails.
func (r *rival) checkZeros(t *testing.T, s *runningSession) {
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	links := t.TempDir()
	for _, name := range []string{"flink", "yarn-session.sh"} {
		if err := os.Symlink(program, filepath.Join(links, name)); err != nil {
			t.Fatal(err)
		}
	}
	id := s.ApplicationID.String()
	for _, c := range []struct {
		line string
		zero bool
	}{
		{"flink", false},
		{"flink -v list", true},
		{"flink list -yid " + id + " -rsa -d -yjm 1024 -yqu default -D k v -v", true},
		{"flink list --no-such", false},
		{"flink savepoint -yid " + id, false},
		{"yarn-session.sh -q", true},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			words := strings.Fields(c.line)
			java := r.java(t, nil, words[0], words[1:]...)
			ours := r.execute(t, nil, filepath.Join(links, words[0]), words[1:]...)
			for name, p := range map[string]*process{"Java": java, "ours": ours} {
				if p.await(t); (p.cmd.ProcessState.ExitCode() == 0) != c.zero {
					t.Errorf("%s ends with %d:\n%s%s", name, p.cmd.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String())
				}
			}
		})
	}
}

// checkEnded wants the session stopped in order, its folder and the file that named it gone.
func (r *rival) checkEnded(t *testing.T, s *runningSession) {
	t.Helper()
	var report yarn.ApplicationReport
	within(t, "the session has ended", func() (ok bool, err error) {
		report, err = r.rm.Application(t.Context(), s.ApplicationID)
		return report.State.IsFinal(), err
	})
	if report.State != yarn.Finished || report.FinalStatus != yarn.StatusSucceeded {
		t.Errorf("%s is %s and %s", s.Name, report.State, report.FinalStatus)
	}
	within(t, "no folder", func() (bool, error) {
		_, err := r.dfs.Stat(context.Background(), r.folder(s.ApplicationID))
		return errors.Is(err, fs.ErrNotExist), nil
	})
	if _, err := os.Stat(r.file()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left (%v)", r.file(), err)
	}
}
