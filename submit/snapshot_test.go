package submit

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
)

const (
	aJob       = "aaaaaa11111111111111111111111111"
	anotherJob = "bbbbbb22222222222222222222222222"
)

// inOrder writes files, each at least a millisecond after the one before; those whose names end in ! are empty.
func (w *world) inOrder(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		for before := time.Now().UnixMilli(); time.Now().UnixMilli() == before; {
		}
		content := "metadata"
		if empty := strings.TrimSuffix(name, "!"); empty != name {
			name, content = empty, ""
		}
		w.put(t, name, content)
	}
}

func TestLatestSnapshot(t *testing.T) {
	const checkpoints, savepoints = "/tmp/checkpoints", "/tmp/savepoints"
	of := func(job string, n int) string { return fmt.Sprintf("%s/%s/chk-%d/_metadata", checkpoints, job, n) }
	saved := func(digits string) string {
		return fmt.Sprintf("%s/savepoint-%s-0123456789ab/_metadata", savepoints, digits)
	}
	for _, c := range []struct {
		name, of string
		files    []string
		// want is the path of the snapshot; refused are words of the refusal.
		want    string
		refused []string
	}{
		{name: "a job's newest checkpoint", of: aJob, files: []string{of(aJob, 9), of(aJob, 10), of(anotherJob, 11)}, want: checkpoints + "/" + aJob + "/chk-10"},
		{name: "a later savepoint wins", of: aJob, files: []string{of(aJob, 9), saved("aaaaaa"), saved("bbbbbb")}, want: savepoints + "/savepoint-aaaaaa-0123456789ab"},
		{name: "an earlier one doesn't", of: aJob, files: []string{saved("aaaaaa"), of(aJob, 9)}, want: checkpoints + "/" + aJob + "/chk-9"},
		{name: "of any case", of: strings.ToUpper(aJob), files: []string{of(aJob, 1)}, want: checkpoints + "/" + aJob + "/chk-1"},
		{name: "what is not complete does not count", of: aJob, files: []string{of(aJob, 1), of(aJob, 2) + "!", checkpoints + "/" + aJob + "/chk-3/state"}, want: checkpoints + "/" + aJob + "/chk-1"},
		{name: "none of the job", of: aJob, files: []string{of(anotherJob, 1), saved("bbbbbb")}, refused: []string{"no complete savepoint or checkpoint of " + aJob, checkpoints + "/" + aJob, savepoints}},
		{name: "a snapshot's own folder", of: "{fs}" + savepoints + "/mine", files: []string{savepoints + "/mine/_metadata"}, want: savepoints + "/mine"},
		{name: "a job's folder", of: "{fs}" + checkpoints + "/" + aJob + "/", files: []string{of(aJob, 1), of(aJob, 2)}, want: checkpoints + "/" + aJob + "/chk-2"},
		{name: "a folder with one job", of: "{fs}" + checkpoints, files: []string{of(aJob, 1), of(aJob, 2)}, want: checkpoints + "/" + aJob + "/chk-2"},
		{name: "a folder with two", of: "{fs}" + checkpoints, files: []string{of(aJob, 1), of(anotherJob, 2)}, refused: []string{"nothing tells which", aJob + "/chk-1", anotherJob + "/chk-2", "-s PATH"}},
		{name: "savepoints of two jobs", of: "{fs}" + savepoints, files: []string{saved("aaaaaa"), saved("bbbbbb")}, refused: []string{"savepoint-aaaaaa", "savepoint-bbbbbb"}},
		{name: "a folder without any", of: "{fs}/tmp", files: []string{"/tmp/other/file"}, refused: []string{"no complete savepoint or checkpoint"}},
		{name: "a folder that is not there", of: "{fs}/nowhere", refused: []string{"no complete savepoint or checkpoint", "/nowhere"}},
		{name: "neither an id nor a folder", of: "latest", refused: []string{`"latest"`, "32 hexadecimal digits", "-s"}},
		{name: "a folder elsewhere", of: "s3://bucket/savepoints", refused: []string{"s3://bucket/savepoints", "file system of Hadoop"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := flink.NewConfiguration()
			w := newWorld(t, worldOptions{options: func(o *Options) { o.Flink = conf }})
			uri := "webhdfs://" + w.dfs.Address
			conf.Set("state.checkpoints.dir", uri+checkpoints, "test")
			conf.Set("state.savepoints.dir", uri+savepoints, "test")
			w.inOrder(t, c.files...)
			got, err := w.LatestSnapshot(t.Context(), strings.Replace(c.of, "{fs}", uri, 1), nil)
			if len(c.refused) == 0 {
				if err != nil || got.Path != uri+c.want {
					t.Errorf("got %+v (%v), want %s", got, err, c.want)
				}
				return
			}
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("got %+v, %v", got, err)
			}
			for _, word := range c.refused {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %v, want %q in it", err, word)
				}
			}
		})
	}
}

func TestLatestSnapshotOfNoFolders(t *testing.T) {
	w := newWorld(t, worldOptions{})
	_, err := w.LatestSnapshot(t.Context(), aJob, nil)
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "execution.checkpointing.dir") {
		t.Errorf("got %v", err)
	}
}

// Two of the same time are a question, not a toss-up.
func TestLatestSnapshotOfOneTime(t *testing.T) {
	at := time.UnixMilli(1700000000000)
	l := snapshotLook{of: aJob, found: []Snapshot{{Path: "hdfs:///b", Completed: at, job: aJob}, {Path: "hdfs:///a", Completed: at, job: "aaaaaa", Savepoint: true}, {Path: "hdfs:///a", Completed: at}}}
	if got, err := l.newest(); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "hdfs:///a") || !strings.Contains(err.Error(), "hdfs:///b") {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLatestSnapshotWithoutHDFS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.dfs.Faults.Add(faults.Fault{Match: "GET /webhdfs/v1/tmp/*", Mode: faults.Cut, Times: -1})
	if _, err := w.LatestSnapshot(t.Context(), "webhdfs://"+w.dfs.Address+"/tmp/savepoints", nil); !errors.Is(err, hdfs.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}
