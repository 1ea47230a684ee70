package submit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hdfs"
)

// TestMeterKnowsItsTotal: while more may be expected no total is told, for the first small file would be all of it.
func TestMeterKnowsItsTotal(t *testing.T) {
	w, _ := newCacheWorld(t)
	if err := w.dfs.MkdirAll(t.Context(), "/user/alice", 0o755); err != nil {
		t.Fatal(err)
	}
	var told []Progress
	m := &meter{tell: func(p Progress) { told = append(told, Progress{Done: p.Done, Total: p.Total}) }}
	send := func(name, content string) {
		t.Helper()
		if _, _, err := m.upload(t.Context(), w.dfs, "/user/alice/"+name, name, strings.NewReader(content), hdfs.CreateOptions{Size: int64(len(content))}, nil); err != nil {
			t.Fatal(err)
		}
	}
	m.expect(4)
	m.hold()
	send("config", "conf")
	m.expect(6)
	m.complete()
	m.complete()
	send("jar", "6 here")
	var before, after []Progress
	for _, p := range told {
		if p.Done <= 4 && p.Total == 0 {
			before = append(before, p)
		} else {
			after = append(after, p)
		}
	}
	if len(before) == 0 || len(after) == 0 || before[len(before)-1].Done != 4 {
		t.Fatalf("told %v", told)
	}
	for _, p := range after {
		if p.Total != 10 {
			t.Errorf("told %+v, want a total of 10", p)
		}
	}
	if diff := cmp.Diff(Progress{Done: 10, Total: 10}, after[len(after)-1]); diff != "" {
		t.Error(diff)
	}
}
