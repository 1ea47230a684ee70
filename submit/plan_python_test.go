package submit

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

func TestPythonEqualsWhatTheJavaClientSubmitted(t *testing.T) {
	files, err := filepath.Glob("testdata/golden-captured/*--app-python.json")
	if err != nil || len(files) != 2 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want := readGolden(t, name)
			spec, facts := goldenPython(t, want)
			_, got := plannedCase(t, spec, facts)
			got.Args = want.Args
			if diff := cmp.Diff(normalize(want), normalize(got)); diff != "" {
				t.Errorf("(-Java +ours)\n%s", diff)
			}
		})
	}
}

// goldenPython reads the program of a case. The jar of opt is no ship file.
func goldenPython(t *testing.T, c goldenCase) (ApplicationSpec, Facts) {
	t.Helper()
	cluster, facts := goldenInput(t, c)
	isOpt := func(f flink.File) bool { return strings.HasPrefix(f.Key, "opt/") }
	for _, f := range facts.Ship {
		if isOpt(f) {
			cluster.Distribution.Opt = append(cluster.Distribution.Opt, flink.File{Key: f.Key, Path: f.Path, Size: f.Size})
		}
	}
	facts.Ship = slices.DeleteFunc(facts.Ship, isOpt)
	python := &PythonSpec{}
	fields := map[string]*string{
		"-py": &python.Script, "-pyfs": &python.Files, "-pyreq": &python.Requirements, "-pyarch": &python.Archives,
		"-pyexec": &python.Executable, "-pyclientexec": &python.ClientExecutable, "-pypath": &python.Path,
	}
	words := goldenWords(c)
	last := 0
	for i, word := range words {
		if field := fields[word]; field != nil {
			*field, last = words[i+1], i+2
		}
	}
	return ApplicationSpec{Cluster: cluster, Job: JobSpec{Python: python, Args: words[last:]}, Detached: true}, facts
}

func TestPythonPlans(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version string
		change  func(*ApplicationSpec, *Facts)
		problem string
		warning string
	}{
		{name: "no jar in opt", change: func(s *ApplicationSpec, _ *Facts) { s.Cluster.Distribution.Opt = nil }, problem: "0 flink-python jars"},
		{name: "two jars in opt", change: func(s *ApplicationSpec, _ *Facts) {
			d := s.Cluster.Distribution
			d.Opt = append(d.Opt, flink.File{Key: "opt/old/flink-python-1.20.4.jar", Path: "/opt/flink/opt/old/flink-python-1.20.4.jar"})
		}, problem: "2 flink-python jars"},
		{name: "before 1.15", version: "1.14.6", problem: "Flink 1.14.6 does not ship its flink-python jar"},
		{name: "before 1.15, jar in lib", version: "1.14.6", change: func(s *ApplicationSpec, _ *Facts) {
			d := s.Cluster.Distribution
			d.Lib = append(d.Lib, flink.File{Key: "lib/flink-python_2.11-1.14.6.jar", Path: "/opt/flink/lib/flink-python_2.11-1.14.6.jar"})
			s.Job.Python.Archives = "" // its old configuration file can't carry #v
		}, warning: "-pypath has no effect before Flink 1.18"},
		{name: "jar beside it", change: func(s *ApplicationSpec, _ *Facts) { s.Job.Jar = "/home/alice/x.jar" }, warning: "are not used beside a Python program"},
		{name: "local files", change: func(_ *ApplicationSpec, f *Facts) { f.Unseen = []string{"-py /home/alice/job.py"} },
			warning: "the cluster does not see this machine's -py /home/alice/job.py: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec, facts := goldenPython(t, readGolden(t, "testdata/golden-captured/1.20.5--app-python.json"))
			if tt.version != "" {
				v, err := flink.ParseVersion(tt.version)
				if err != nil {
					t.Fatal(err)
				}
				spec.Cluster.Distribution.Version = v
			}
			if tt.change != nil {
				tt.change(&spec, &facts)
			}
			plan, err := NewPlan(spec, facts)
			switch {
			case tt.problem != "":
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("error %v", err)
				}
			case err != nil:
				t.Error(err)
			case !strings.Contains(strings.Join(plan.Warnings, "\n"), tt.warning):
				t.Errorf("warnings %q", plan.Warnings)
			}
		})
	}
}

func TestPythonInASessionIsRefused(t *testing.T) {
	err := JobSpec{Python: &PythonSpec{Script: "a.py"}}.CheckSession()
	var invalid *ValidationError
	if !errors.As(err, &invalid) || !strings.Contains(hintOf(err), "run -t yarn-application -py") {
		t.Errorf("%v, hint %q", err, hintOf(err))
	}
}

func TestUnseenFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"job.py", "in.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := Facts{Ship: []flink.File{{Key: "ship/lib.py"}}, Archives: []flink.File{{Key: "venv.zip"}}}
	f.readUnseen(JobSpec{
		Python: &PythonSpec{Script: "job.py", Files: "ship,ship/lib.py,hdfs:///x.zip", Archives: "venv.zip/a#b", Requirements: dir + "/in.txt#" + dir},
		Args:   []string{"--in", "file://" + dir + "/in.txt", "--dir=" + dir, "/", "word", "hdfs:///in.txt", "--x=1", dir + "/missing"},
	})
	want := []string{"-py job.py", "-pyreq " + dir + "/in.txt", "-pyreq " + dir, "file://" + dir + "/in.txt", dir}
	if diff := cmp.Diff(want, f.Unseen); diff != "" {
		t.Error(diff)
	}
}
