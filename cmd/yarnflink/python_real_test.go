//go:build unix

package main

import (
	"archive/zip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// pythonJob counts words into a folder, and divides the first count by its second argument.
const pythonJob = `import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

if len(sys.argv) < 3:
    raise ValueError("no divisor")
table = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
table.execute_sql(f"""
    CREATE TABLE words (word STRING, n BIGINT)
    WITH ('connector' = 'filesystem', 'path' = '{sys.argv[1]}', 'format' = 'csv')
""")
table.execute_sql(f"""
    INSERT INTO words
    SELECT word, SUM(n) / SUM(d) FROM (VALUES ('to', 4, {sys.argv[2]}), ('be', 2, {sys.argv[2]}), ('to', 4, {sys.argv[2]})) AS t(word, n, d)
    GROUP BY word
""").wait()
`

func TestRealPythonJob(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ship := filepath.Join(t.TempDir(), "ship")
	if err := os.Mkdir(ship, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ship, "job.py"), []byte(pythonJob), 0o644); err != nil {
		t.Fatal(err)
	}
	python := pyflink(t, filepath.Join(ship, "pyflink.zip"))
	run := func(arguments ...string) *process {
		line := []string{"run", "-t", "yarn-application", "-ynm", p.name, "-yjm", "1024", "-ytm", "1280", "-yt", ship,
			"-pyclientexec", python, "-pyfs", "ship/pyflink.zip", "-py", "ship/job.py"}
		return p.start(t, append(line, arguments...)...)
	}
	out := p.dfs.URI() + p.base + "/out"
	run(out, "1").ends(t, 0)
	if got := p.lines(t, p.base+"/out"); !slices.Equal(got, []string{"be,2", "to,4"}) {
		t.Errorf("the job wrote %q", got)
	}
	run(out, "0").ends(t, 7, "/ by zero")
	run(out).ends(t, 7, "ValueError: no divisor")
}

// lines are those of all files in a folder of HDFS, sorted.
func (p *place) lines(t *testing.T, dir string) []string {
	t.Helper()
	files, err := p.dfs.List(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range files {
		lines = append(lines, strings.Fields(p.read(t, f.Path))...)
	}
	slices.Sort(lines)
	return lines
}

// pyflink makes a zip of what a program without Python functions imports, and returns the interpreter for it. Programs with
// functions need more: all that the package apache-flink depends on.
func pyflink(t *testing.T, name string) (interpreter string) {
	t.Helper()
	dir := t.TempDir()
	pip := exec.Command("python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile",
		"--only-binary=:all:", "--python-version=3.11", "--target="+dir,
		"apache-flink==1.20.5", "py4j==0.10.9.7", "cloudpickle==2.2.1", "ruamel.yaml==0.18.6")
	if text, err := pip.CombinedOutput(); err != nil {
		clustertest.Unavailable(t, "pyflink can't be had: "+string(text))
	}
	if err := zipFolder(name, dir); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func zipFolder(name, dir string) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	archive := zip.NewWriter(file)
	return errors.Join(archive.AddFS(os.DirFS(dir)), archive.Close())
}
