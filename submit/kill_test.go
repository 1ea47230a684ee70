package submit

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

func (w *world) killOne(t *testing.T, id yarn.ApplicationID) (KillResult, string) {
	t.Helper()
	results := w.Kill(t.Context(), []yarn.ApplicationID{id}, KillOptions{})
	if len(results) != 1 || results[0].ApplicationID != id.String() {
		t.Fatalf("%+v", results)
	}
	text, err := json.Marshal(results[0])
	if err != nil {
		t.Fatal(err)
	}
	return results[0], string(text)
}

func TestKill(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	r, text := w.killOne(t, d.ApplicationID)
	if want := `{"applicationId":"` + d.ApplicationID.String() + `","state":"KILLED","finalStatus":"KILLED","stagingRemoved":true}`; r.Err != nil || text != want {
		t.Errorf("got %s, %v", text, r.Err)
	}
	w.nothingIsLeft(t)
	if got := w.rm.Applications()[0].Diagnostics; got == "" {
		t.Error("the report does not say who killed it")
	}
}

func TestKillEnded(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	w.rm.Finish(d.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "")
	r, text := w.killOne(t, d.ApplicationID)
	if want := `{"applicationId":"` + d.ApplicationID.String() + `","state":"FINISHED","finalStatus":"SUCCEEDED","stagingRemoved":true}`; r.Err != nil || text != want {
		t.Errorf("got %s, %v", text, r.Err)
	}
	r, _ = w.killOne(t, d.ApplicationID)
	if r.Err != nil || r.State != yarn.Finished || r.StagingRemoved != nil {
		t.Errorf("the second time: %+v", r)
	}
}

func TestKillUnknown(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	results := w.Kill(t.Context(), []yarn.ApplicationID{{ClusterTimestamp: 1, ID: 9}, d.ApplicationID}, KillOptions{})
	if !errors.Is(results[0].Err, yarn.ErrApplicationNotFound) || results[0].StagingRemoved != nil {
		t.Errorf("%+v", results[0])
	}
	if results[1].Err != nil || results[1].State != yarn.Killed {
		t.Errorf("%+v", results[1])
	}
}

func TestKillWhoseFolderStays(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	w.dfs.Faults.Add(faults.Fault{Match: "DELETE /webhdfs/v1/user/alice/.flink/*", Mode: faults.Answer, Code: http.StatusForbidden, Times: -1,
		Body: `{"RemoteException":{"exception":"AccessControlException","javaClassName":"org.apache.hadoop.security.AccessControlException","message":"no"}}`})
	r, _ := w.killOne(t, d.ApplicationID)
	if r.Err == nil || r.State != yarn.Killed || r.StagingRemoved == nil || *r.StagingRemoved {
		t.Errorf("%+v", r)
	}
}

// The folder of an application is below the home directory of its own user.
func TestKillRemovesTheFolderOfTheOwner(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	admin, err := NewClient(Options{Hadoop: w.options.Hadoop, User: "hdfs"})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	r := admin.Kill(t.Context(), []yarn.ApplicationID{d.ApplicationID}, KillOptions{})[0]
	if r.Err != nil || r.StagingRemoved == nil || !*r.StagingRemoved {
		t.Errorf("%+v", r)
	}
	w.nothingIsLeft(t)
}
