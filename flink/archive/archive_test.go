package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
)

// testFolder is one of the folders of real archives: what JobManagers of that
// release have written, less what tells of their machine.
func testFolder(version string) Folder {
	return Folder{FileSystem: Local{}, Path: filepath.Join("testdata", version)}
}

func parseID(t *testing.T, s string) rest.JobID {
	t.Helper()
	id, err := rest.ParseJobID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestListReal(t *testing.T) {
	l, err := List(t.Context(), []Folder{testFolder("1.12.5"), testFolder("1.20.5"), testFolder("2.3.0")}, 0)
	if err != nil || len(l.Failed) > 0 {
		t.Fatal(err, l.Failed)
	}
	var got []string
	for _, j := range l.Jobs {
		if j.Err != nil || j.Bytes == 0 || j.Archived.IsZero() {
			t.Errorf("%+v", j)
		}
		got = append(got, fmt.Sprintf("%.6s %s %s %s %.6s %d", j.ID, j.State, j.Duration, j.Name, j.Application, j.Tasks["total"]))
	}
	want := []string{
		"c406c4 FAILED 403ms Streaming WordCount  3",
		"6a3c57 FINISHED 913ms Streaming WordCount  2",
		"2550f3 FINISHED 14.556s WordCount 7aa2f2 2",
		"d95f01 CANCELED 6.434s CarTopSpeedWindowingExample d95f01 2",
		"f05809 FAILED 290ms WordCount f05809 2",
		"abd0e3 FINISHED 13.244s WordCount abd0e3 2",
		"1a33ca FINISHED 9.795s WordCount  2",
		"45ae61 CANCELED 6.125s CarTopSpeedWindowingExample  2",
		"7139b9 FAILED 261ms WordCount  2",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestShowReal(t *testing.T) {
	for _, tt := range []struct {
		version, id string
		vertices    int
		cause       string // of the latest exception
		exceptions  int
		checkpoints int64
		cluster     bool
		jobType     string
	}{
		{version: "1.12.5", id: "6a3c574f855f785f731f0b35c77f4814", vertices: 2},
		{version: "1.12.5", id: "c406c4425aa47db7961689a75692ff0e", vertices: 3, exceptions: 1, cause: "java.io.FileNotFoundException: The provided file path file:/nowhere does not exist."},
		{version: "1.20.5", id: "1a33ca47470aeb3a2da94d1b0339b22a", vertices: 2, cluster: true, jobType: "STREAMING"},
		{version: "1.20.5", id: "45ae6164375132329646e54372173915", vertices: 2, cluster: true, jobType: "STREAMING"},
		{version: "1.20.5", id: "7139b9874b81b0a310e58a7f4f3c365e", vertices: 2, cluster: true, exceptions: 1, jobType: "STREAMING", cause: "java.io.FileNotFoundException: File does not exist: hdfs:/nowhere"},
		{version: "2.3.0", id: "d95f0198382c319a32a3667fb3bbe8a0", vertices: 2, cluster: true, checkpoints: 7, jobType: "STREAMING"},
		{version: "2.3.0", id: "F05809311F2719EB555A7CA8E00AF53A", vertices: 2, cluster: true, exceptions: 1, jobType: "STREAMING", cause: "java.io.FileNotFoundException: File does not exist: hdfs:/nowhere"},
	} {
		t.Run(tt.version+"/"+tt.id, func(t *testing.T) {
			d, err := Show(t.Context(), []Folder{testFolder(tt.version)}, parseID(t, tt.id))
			if err != nil || len(d.Problems) > 0 {
				t.Fatal(err, d)
			}
			if d.Config == nil || d.Config.Name != d.Name || d.Details.State != d.State || d.Details.End != d.End || d.Details.Type != tt.jobType {
				t.Errorf("parts differ: %+v", d)
			}
			cause := ""
			if len(d.Exceptions) > 0 {
				cause = rest.RootCause(d.Exceptions[0].StackTrace)
			}
			if len(d.Details.Vertices) != tt.vertices || len(d.Exceptions) != tt.exceptions || cause != tt.cause || (d.Cluster != nil) != tt.cluster {
				t.Errorf("%d vertices, %d exceptions (%s), cluster %v", len(d.Details.Vertices), len(d.Exceptions), cause, d.Cluster)
			}
			if tt.checkpoints > 0 && (d.Checkpoints == nil || d.Checkpoints.Completed != tt.checkpoints) {
				t.Errorf("checkpoints %+v", d.Checkpoints)
			}
		})
	}
}

func TestShowNone(t *testing.T) {
	_, err := Show(t.Context(), []Folder{testFolder("1.20.5"), testFolder("2.3.0")}, rest.JobID{1})
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "1.20.5") || !strings.Contains(err.Error(), "2.3.0") {
		t.Error(err)
	}
	// A folder that can't be read may have it.
	_, err = Show(t.Context(), []Folder{testFolder("nowhere"), testFolder("2.3.0")}, rest.JobID{1})
	if errors.Is(err, ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

const (
	aID = "0123456789abcdef0123456789abcdef"
	ok  = `{"path":"/jobs/overview","json":"{\"jobs\":[{\"jid\":\"0123456789abcdef0123456789abcdef\",\"name\":\"a\\nb\",\"state\":\"FINISHED\",\"start-time\":1,\"end-time\":2,\"duration\":1}]}"}`
)

// TestListDamaged: each is one row with its cause, and the good one is read.
func TestListDamaged(t *testing.T) {
	for name, tt := range map[string]struct{ content, want string }{
		"empty":               {"", "it is empty: it is being written, or its JobManager ended meanwhile"},
		"white space":         {" \n", "it ends in the middle"},
		"cut in a path":       {`{"archive":[{"path":"/jobs/ov`, "it ends in the middle"},
		"cut in an answer":    {`{"archive":[` + ok[:len(ok)-20], "it ends in the middle"},
		"cut behind a comma":  {`{"archive":[{"path":"/x","json":"{}"},`, "it ends in the middle"},
		"no archive":          {`{"jobs":[]}`, "it has no list of answers"},
		"a list":              {`[]`, `it is no archive: unexpected '['`},
		"binary":              {"PK\x03\x04", `it is no archive: unexpected 'P'`},
		"no overview":         {`{"archive":[{"path":"/x","json":"{}"}]}`, "it has no /jobs/overview"},
		"another job":         {strings.Replace(`{"archive":[`+ok+`]}`, `\"0123`, `\"ffff`, 1), "its /jobs/overview does not tell of the job"},
		"answer no JSON":      {`{"archive":[{"path":"/jobs/overview","json":"{"}]}`, "its answer of /jobs/overview: unexpected end of JSON input"},
		"answer is an object": {`{"archive":[{"path":"/jobs/overview","json":{}}]}`, `it is no archive: unexpected '{'`},
		"no answer":           {`{"archive":[{"path":"/jobs/overview"}]}`, "/jobs/overview has no answer"},
		"no path":             {`{"archive":[{"json":"{}"}]}`, "an answer has no path"},
		"wrong escape":        {`{"archive":[{"path":"\q","json":"{}"}]}`, "it has a text that is no JSON: invalid character 'q' in string escape code"},
		"null":                {`{"archive":null}`, `it is no archive: unexpected 'n'`},
		"endless path":        {`{"archive":[{"path":"` + strings.Repeat("a", 5000) + `","json":"{}"}]}`, "a path is longer than 4096 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, strings.Repeat("0", 32)), tt.content)
			if name == "another job" {
				write(t, filepath.Join(dir, aID), tt.content)
			} else {
				write(t, filepath.Join(dir, aID), `{"archive":[`+ok+`]}`)
			}
			write(t, filepath.Join(dir, "README"), "not looked at")
			l, err := List(t.Context(), []Folder{{FileSystem: Local{}, Path: dir}}, 0)
			if err != nil || len(l.Failed) > 0 || len(l.Jobs) != 2 {
				t.Fatal(err, l)
			}
			i := slices.IndexFunc(l.Jobs, func(j Job) bool { return j.ID == rest.JobID{} })
			if got := l.Jobs[i].Err; !errors.Is(got, ErrDamaged) || got.Error() != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
			if good := l.Jobs[1-i]; name != "another job" && (good.Err != nil || good.Name != "a\nb") {
				t.Errorf("the good one: %+v", good)
			}
		})
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestShapes: what is an archive all the same.
func TestShapes(t *testing.T) {
	legacy := `{"path":"/joboverview","json":"{\"running\":[],\"finished\":[{\"jid\":\"` + aID + `\",\"name\":\"old\",\"state\":\"FAILED\",\"start-time\":1,\"end-time\":2,\"duration\":1}]}"}`
	for name, content := range map[string]string{
		"blanks":                `{ "archive" : [ {"path" : "/x" , "json" : "{}" } , ` + strings.ReplaceAll(ok, `,"json":`, "\t,\n\"json\" :\r") + ` ] } `,
		"answer before path":    `{"archive":[{"json":"{}","path":"/x"},{"json":` + ok[strings.Index(ok, `"json":`)+7:len(ok)-1] + `,"path":"/jobs/overview"}]}`,
		"unknown members":       `{"version":{"a":[1,"]}",true,null,-1.5e3,{}]},"archive":[` + strings.Replace(ok, `{"path"`, `{"x":[[]],"y":"\\\"","path"`, 1) + `],"z":1}`,
		"escaped path":          `{"archive":[` + strings.Replace(ok, "/jobs/overview", `\/jobs\u002foverview`, 1) + `]}`,
		"cut behind the answer": `{"archive":[` + ok + `,{"pa`,
		"legacy":                `{"archive":[` + legacy + `]}`,
		"slashes at the seams":  `{"archive":[{"path":"/x","json":"` + strings.Repeat(`\\`, 70000) + `\""},` + ok + `]}`,
		"odd slashes":           `{"archive":[{"path":"/x","json":"a` + strings.Repeat(`\\`, 70001) + `\"\""},` + ok + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, aID), content)
			l, err := List(t.Context(), []Folder{{FileSystem: Local{}, Path: dir}}, 0)
			if err != nil || len(l.Jobs) != 1 || l.Jobs[0].Err != nil || l.Jobs[0].Duration.Milliseconds() != 1 {
				t.Fatalf("%v: %+v", err, l)
			}
		})
	}
}

// TestShowHalf: what was written of a cut archive is shown, with what is wrong.
func TestShowHalf(t *testing.T) {
	content, err := os.ReadFile("testdata/1.20.5/45ae6164375132329646e54372173915")
	if err != nil {
		t.Fatal(err)
	}
	id := parseID(t, "45ae6164375132329646e54372173915")
	dir := t.TempDir()
	file := filepath.Join(dir, id.String())
	show := func(content []byte) (*Details, error) {
		t.Helper()
		write(t, file, string(content))
		return Show(t.Context(), []Folder{{FileSystem: Local{}, Path: dir}}, id)
	}
	at := bytes.Index(content, []byte(`/exceptions"`))
	d, err := show(content[:at])
	if err != nil || d.State != rest.Canceled || d.Config == nil || d.Details.Vertices != nil || len(d.Problems) != 2 || !errors.Is(d.Problems[0], ErrDamaged) {
		t.Errorf("%v: %+v", err, d)
	}
	// Without an overview the job's own answer has the times.
	d, err = show(bytes.Replace(content, []byte("/jobs/overview"), []byte("/jobs/overvjew"), 1))
	if err != nil || d.State != rest.Canceled || d.Duration == 0 || d.Name == "" || len(d.Problems) != 0 {
		t.Errorf("%v: %+v", err, d)
	}
	for _, nothing := range [][]byte{nil, content[:30], []byte(`{"archive":[]}`)} {
		if d, err := show(nothing); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: %v: %+v", nothing, err, d)
		}
	}
}

func TestLimit(t *testing.T) {
	l, err := List(t.Context(), []Folder{testFolder("1.20.5"), testFolder("2.3.0")}, 2)
	if err != nil || len(l.Jobs) != 2 || l.More != 5 {
		t.Errorf("%v: %d jobs, %d more", err, len(l.Jobs), l.More)
	}
}

func TestFolders(t *testing.T) {
	l, err := List(t.Context(), []Folder{testFolder("nowhere"), testFolder("1.12.5")}, 0)
	if err != nil || len(l.Jobs) != 2 || len(l.Failed) != 1 || !errors.Is(l.Failed[0], fs.ErrNotExist) || l.Failed[0].Hint() == "" {
		t.Errorf("%v: %+v", err, l)
	}
	ended, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough of it")
	cancel(why)
	if _, err := List(ended, []Folder{testFolder("1.12.5")}, 0); !errors.Is(err, why) {
		t.Error(err)
	}
	if _, err := Show(ended, []Folder{testFolder("1.12.5")}, rest.JobID{1}); !errors.Is(err, why) {
		t.Error(err)
	}
}

// broken is a file system whose files can't be read.
type broken struct {
	Local
	err error
}

func (b broken) Read(_ context.Context, _ string, read func(io.Reader) error) error {
	return read(iotest.ErrReader(b.err))
}

// TestBroken: a file that can't be read is named, a file system that is away ends
// the reading of its folder.
func TestBroken(t *testing.T) {
	f := testFolder("1.20.5")
	f.FileSystem = broken{err: fs.ErrPermission}
	l, err := List(t.Context(), []Folder{f}, 0)
	if err != nil || len(l.Jobs) != 3 || !errors.Is(l.Jobs[0].Err, fs.ErrPermission) || errors.Is(l.Jobs[0].Err, ErrDamaged) {
		t.Errorf("%v: %+v", err, l)
	}
	f.FileSystem = broken{err: hdfs.ErrUnreachable}
	l, err = List(t.Context(), []Folder{f, testFolder("1.12.5")}, 0)
	if err != nil || len(l.Jobs) != 2 || len(l.Failed) != 1 || !errors.Is(l.Failed[0], hdfs.ErrUnreachable) {
		t.Errorf("%v: %+v", err, l)
	}
}

// TestBounded: an answer that nobody asked for takes no memory, and one that is
// asked for not more than is allowed.
func TestBounded(t *testing.T) {
	huge := func(at string) io.Reader {
		return io.MultiReader(strings.NewReader(`{"archive":[{"path":"`+at+`","json":"`), io.LimitReader(letters{}, 2*maxAnswer), strings.NewReader(`"},`+ok+`]}`))
	}
	overviews := 0
	count := func(string, []byte) bool { overviews++; return true }
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if err := scan(huge("/x"), isOverview, count); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if overviews == 0 || allocated > 1<<20 {
		t.Errorf("%d bytes were allocated", allocated)
	}
	if err := scan(huge(overviewPath), isOverview, count); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "larger than") {
		t.Error(err)
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// FuzzScan: whatever encoding/json reads as an archive is read the same here, and
// nothing panics.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"archive":[` + ok + `]}`))
	f.Add([]byte(`{"x":[{},"\\\"",-1e3],"archive":[{"json":"1","path":"/a"},{"path":"\u00e4","json":""}]}`))
	f.Add([]byte(`{"archive":[{"path":"/a","json":"\ud800"}]}`))
	content, err := os.ReadFile("testdata/1.12.5/6a3c574f855f785f731f0b35c77f4814")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		type entry struct {
			Path *string `json:"path"`
			JSON *string `json:"json"`
		}
		var got, want []entry
		err := scan(bytes.NewReader(content), func(string) bool { return true }, func(path string, answer []byte) bool {
			text := string(answer)
			got = append(got, entry{&path, &text})
			return false
		})
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%v is not ErrDamaged", err)
		}
		if !wellFormed(content) {
			return
		}
		var a struct {
			Archive []entry `json:"archive"`
		}
		if json.Unmarshal(content, &a) != nil || slices.ContainsFunc(a.Archive, func(e entry) bool { return e.Path == nil || e.JSON == nil || len(*e.Path) > maxPath/6 }) {
			return
		}
		want = a.Archive
		if d := cmp.Diff(want, got); err != nil || d != "" && len(want)+len(got) > 0 {
			t.Fatalf("%v: %s", err, d)
		}
	})
}

// wellFormed tells documents in which each member has one name, in Flink's
// spelling: encoding/json ignores its case, and takes the last of several.
func wellFormed(content []byte) bool {
	if !json.Valid(content) || bytes.Count(content, []byte(`"archive"`)) != 1 || !bytes.HasPrefix(bytes.TrimSpace(content), []byte(`{"archive":[`)) {
		return false
	}
	lower := bytes.ToLower(content)
	return bytes.Count(lower, []byte(`"path"`)) == bytes.Count(content, []byte(`"path"`)) && bytes.Count(lower, []byte(`"json"`)) == bytes.Count(content, []byte(`"json"`)) &&
		!bytes.Contains(content, []byte(`\u`)) && bytes.Count(content, []byte(`"path"`)) == bytes.Count(content, []byte(`{"path"`)) && bytes.Count(content, []byte(`,"json"`)) == bytes.Count(content, []byte(`"json"`))
}
