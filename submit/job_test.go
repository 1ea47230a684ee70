package submit

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

const mainClass = "org.example.Count"

// jar is a jar with the main class; an empty manifest is left out.
func jar(t *testing.T, manifest string, entries ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	write := func(name, content string) {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if manifest != "" {
		write("META-INF/MANIFEST.MF", manifest)
	}
	write("org/example/Count.class", "x")
	for _, name := range entries {
		write(name, "x")
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "count.jar")
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

const countManifest = "Manifest-Version: 1.0\nMain-Class: " + mainClass + "\n"

func (w *world) session() *Session { return &Session{RestURL: w.jm.URL} }

func TestRunJob(t *testing.T) {
	w := newWorld(t, worldOptions{flink: resttest.Options{Step: true}})
	d := w.start(t, nil)
	spec := JobSpec{
		Jar: jar(t, ""), EntryClass: mainClass, Args: []string{"--in", "a b", `"q"`, ""}, Parallelism: 2, Savepoint: "hdfs:///sp", AllowNonRestoredState: true, ClaimMode: "claim",
		Classpaths: []string{"file:///opt/a.jar", "http://h/b;c.jar"}, Configuration: map[string]string{"pipeline.name": "n"},
	}
	j, err := w.RunJob(t.Context(), d.Session(), spec)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := w.jm.Job(j.ID)
	if !ok || j.Session.RestURL != w.jm.URL {
		t.Fatalf("%+v %v", j, w.jm.Jobs())
	}
	if got.EntryClass != mainClass || got.Parallelism != 2 || got.SavepointPath != "hdfs:///sp" || !got.NonRestored || got.ClaimMode != "CLAIM" {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(spec.Args, got.ProgramArgs); diff != "" {
		t.Errorf("arguments (-want +got)\n%s", diff)
	}
	want := map[string]string{"pipeline.name": "n", "pipeline.classpaths": "file:///opt/a.jar;'http://h/b;c.jar'"}
	if diff := cmp.Diff(want, got.Configuration); diff != "" {
		t.Errorf("configuration (-want +got)\n%s", diff)
	}
	if len(w.jm.Jars()) != 0 {
		t.Errorf("the jar stays: %v", w.jm.Jars())
	}
	if len(spec.Configuration) != 1 {
		t.Errorf("the spec was changed: %v", spec.Configuration)
	}
}

func TestRunJobFromHDFS(t *testing.T) {
	w := newWorld(t, worldOptions{})
	content, err := os.ReadFile(jar(t, countManifest))
	if err != nil {
		t.Fatal(err)
	}
	w.put(t, "/user/alice/jobs/count.jar", string(content))
	var sent []byte
	hit := w.jm.Faults.Add(faults.Fault{Match: "POST /jars/*/run", Mode: faults.Hang})
	done := make(chan error, 1)
	go func() {
		_, err := w.RunJob(t.Context(), w.session(), JobSpec{Jar: "webhdfs://" + w.dfs.Address + "/user/alice/jobs/count.jar"})
		done <- err
	}()
	if err := hit.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if jars := w.jm.Jars(); len(jars) == 1 && strings.HasSuffix(jars[0].Name, "count.jar") {
		sent = jars[0].Content
	}
	hit.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sent, content) {
		t.Errorf("%d bytes were sent of %d", len(sent), len(content))
	}
	if _, err := w.RunJob(t.Context(), w.session(), JobSpec{Jar: "webhdfs://" + w.dfs.Address + "/nowhere.jar"}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a missing one: %v", err)
	}
}

// However the answer is lost, the job runs once.
func TestRunJobWhoseAnswerIsLost(t *testing.T) {
	for name, mode := range map[string]faults.Mode{"after": faults.LoseAnswer, "before": faults.Cut} {
		for _, version := range []string{"1.12.5", "1.20.5"} {
			t.Run(name+" in "+version, func(t *testing.T) {
				w := newWorld(t, worldOptions{flink: resttest.Options{Version: version}})
				w.jm.Faults.Add(faults.Fault{Match: "POST /jars/*/run", Mode: mode})
				j, err := w.RunJob(t.Context(), w.session(), JobSpec{Jar: jar(t, countManifest)})
				if err != nil {
					t.Fatal(err)
				}
				if jobs := w.jm.Jobs(); len(jobs) != 1 || jobs[0].ID != j.ID {
					t.Errorf("%+v, want %s", jobs, j.ID)
				}
				if len(w.jm.Jars()) != 0 {
					t.Error("the jar stays")
				}
			})
		}
	}
}

// A job that shows only between the question and the second request.
func TestRunJobTwice(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.jm.Faults.Add(faults.Fault{Match: "POST /jars/*/run", Mode: faults.LoseAnswer})
	w.jm.Faults.Add(faults.Fault{Match: "GET /jobs/*/status", Mode: faults.Answer, Code: 404, Body: `{"errors":["org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job"]}`})
	j, err := w.RunJob(t.Context(), w.session(), JobSpec{Jar: jar(t, countManifest)})
	if err != nil {
		t.Fatal(err)
	}
	if jobs := w.jm.Jobs(); len(jobs) != 1 || jobs[0].ID != j.ID {
		t.Errorf("%+v, want %s", jobs, j.ID)
	}
}

func TestRunJobFails(t *testing.T) {
	good := JobSpec{EntryClass: mainClass}
	for _, c := range []struct {
		name  string
		flink resttest.Options
		spec  JobSpec
		is    error
		words []string
		hint  string
	}{
		{name: "main method", flink: resttest.Options{Programs: map[string]resttest.Program{mainClass: {MainError: "java.lang.IllegalArgumentException: no input"}}},
			spec: good, is: rest.ErrProgramFailed, words: []string{"count.jar in the JobManager at http://", "IllegalArgumentException: no input"}},
		{name: "several jobs", spec: good, hint: "run -m yarn-cluster", words: []string{"more than one execute"},
			flink: resttest.Options{Programs: map[string]resttest.Program{mainClass: {MainError: "org.apache.flink.util.FlinkRuntimeException: Cannot have more than one execute() or executeAsync() call in a single environment."}}}},
		{name: "submission disabled", flink: resttest.Options{SubmitDisabled: true}, spec: good, is: rest.ErrSubmitDisabled, hint: "run -m yarn-cluster", words: []string{"web.submit.enable"}},
		{name: "class path in an old version", flink: resttest.Options{Version: "1.17.2"}, spec: JobSpec{EntryClass: mainClass, Classpaths: []string{"file:///a.jar"}}, is: rest.ErrUnsupported, hint: "run -m yarn-cluster", words: []string{"1.18", "1.17.2"}},
		{name: "configuration in an old version", flink: resttest.Options{Version: "1.12.5"}, spec: JobSpec{EntryClass: mainClass, Configuration: map[string]string{"a": "b"}}, is: rest.ErrUnsupported},
		{name: "claim mode in an old version", flink: resttest.Options{Version: "1.14.6"}, spec: JobSpec{EntryClass: mainClass, ClaimMode: "CLAIM"}, is: rest.ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{flink: c.flink})
			c.spec.Jar = jar(t, "")
			_, err := w.RunJob(t.Context(), w.session(), c.spec)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || errors.Is(err, ErrLeftBehind) {
				t.Fatalf("got %v", err)
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("no %q in %v", word, err)
				}
			}
			if !strings.Contains(hintOf(err), c.hint) {
				t.Errorf("the hint is %q", hintOf(err))
			}
			if len(w.jm.Jars())+len(w.jm.Jobs()) != 0 {
				t.Errorf("left: %v %v", w.jm.Jars(), w.jm.Jobs())
			}
		})
	}
}

func TestRunJobRefused(t *testing.T) {
	w := newWorld(t, worldOptions{})
	text := filepath.Join(t.TempDir(), "text.jar")
	if err := os.WriteFile(text, []byte("no zip"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spec  JobSpec
		words []string
	}{
		{"no such jar", JobSpec{Jar: "/nowhere/a.jar"}, []string{"the jar /nowhere/a.jar|no such file"}},
		{"a folder", JobSpec{Jar: filepath.Dir(text) + "/../" + filepath.Base(filepath.Dir(text))}, []string{"name ends with .jar"}},
		{"no zip", JobSpec{Jar: text}, []string{"text.jar|zip"}},
		{"no jar by its name", JobSpec{Jar: "hdfs:///a.zip"}, []string{"hdfs:///a.zip|.jar"}},
		{"no main class", JobSpec{Jar: jar(t, "Manifest-Version: 1.0\n")}, []string{"names no main class|-c"}},
		{"no manifest", JobSpec{Jar: jar(t, "")}, []string{"names no main class"}},
		{"no such class", JobSpec{Jar: jar(t, ""), EntryClass: "org.example.Cuont"}, []string{"org.example.Cuont|-c|not in"}},
		{"everything", JobSpec{Jar: jar(t, ""), EntryClass: "x.Y", Parallelism: -1, Classpaths: []string{"/a.jar"}, ClaimMode: "mine"},
			[]string{"parallelism -1|-p", `"/a.jar"|-C|file:///`, `"mine"|-cm`, "x.Y"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.RunJob(t.Context(), w.session(), c.spec)
			var invalid *ValidationError
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v", err)
			}
			var texts []string
			for _, p := range invalid.Problems {
				texts = append(texts, p.String())
			}
			matchTexts(t, "problem", texts, c.words)
		})
	}
	if requests := w.jm.Faults.Requests(); len(requests) > 0 {
		t.Errorf("the JobManager was asked %v", requests)
	}
}

func TestRunJobWhoseClassMayBeElsewhere(t *testing.T) {
	w := newWorld(t, worldOptions{})
	if _, err := w.RunJob(t.Context(), w.session(), JobSpec{Jar: jar(t, "", "lib/inner.jar"), EntryClass: "x.Y"}); err != nil {
		t.Errorf("a jar with jars in it: %v", err)
	}
}

func TestCancelJob(t *testing.T) {
	w := newWorld(t, worldOptions{flink: resttest.Options{Programs: map[string]resttest.Program{mainClass: {Endless: true}}}})
	j, err := w.RunJob(t.Context(), w.session(), JobSpec{Jar: jar(t, ""), EntryClass: mainClass})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.CancelJob(t.Context(), j); err != nil {
			t.Error(err)
		}
	}
	if got, _ := w.jm.Job(j.ID); got.State != rest.Canceled {
		t.Errorf("it is %s", got.State)
	}
	ended := &Job{ID: w.jm.AddJob(resttest.Job{State: rest.Finished}), Session: w.session()}
	if err := w.CancelJob(t.Context(), ended); err != nil {
		t.Errorf("an ended one: %v", err)
	}
	if err := w.CancelJob(t.Context(), &Job{ID: rest.NewJobID(), Session: w.session()}); !errors.Is(err, rest.ErrJobNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
}

func TestClientsOfOneJobManagerAreKept(t *testing.T) {
	w := newWorld(t, worldOptions{})
	var clients []*rest.Client
	for range 2 {
		for _, get := range []func(string) (*rest.Client, error){w.jobManager, w.jobManagerOnce} {
			c, err := get(w.jm.URL)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(clients, c) {
				clients = append(clients, c)
			}
		}
	}
	if len(clients) != 2 {
		t.Errorf("%d clients, want one that repeats and one that does not", len(clients))
	}
}
