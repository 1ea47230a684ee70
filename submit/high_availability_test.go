package submit

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/zookeeper"
	"github.com/yarnflink/yarnflink/yarn"
)

var someID = yarn.ApplicationID{ClusterTimestamp: 1700000000000, ID: 1}

func TestHighAvailabilityData(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     map[string]string
		node    string
		folders []string
		alone   bool
		refused string
	}{
		{name: "none", set: map[string]string{}},
		{name: "not in ZooKeeper", set: map[string]string{"high-availability.type": "org.example.Factory"}},
		{
			name: "the application's own", set: map[string]string{"high-availability.storageDir": "hdfs:///ha/"}, alone: true,
			node: "/flink/application_1700000000000_0001", folders: []string{"hdfs:///ha/application_1700000000000_0001", "hdfs:///ha/job-result-store/application_1700000000000_0001"},
		},
		{
			name: "by old names", set: map[string]string{"recovery.zookeeper.path.root": "old/", "recovery.zookeeper.path.namespace": "/ns/"},
			node: "/old/ns",
		},
		{name: "id that leads out", set: map[string]string{"high-availability.cluster-id": "a/../.."}, refused: "cluster-id"},
		{name: "ZooKeeper's own", set: map[string]string{"high-availability.cluster-id": "zookeeper", "high-availability.zookeeper.path.root": "/"}, refused: "own data"},
		{
			name: "checkpoints below it", refused: "state.checkpoints.dir",
			set: map[string]string{"high-availability.storageDir": "hdfs:///ha", "high-availability.cluster-id": "x", "state.checkpoints.dir": "hdfs:///ha/x/cp"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := flink.NewConfiguration()
			if len(c.set) > 0 {
				conf.Set("high-availability.type", "zookeeper", "test")
				conf.Set("high-availability.zookeeper.quorum", "a:1, b:2", "test")
			}
			for key, value := range c.set {
				conf.Set(key, value, "test")
			}
			d, err := highAvailabilityData(conf, someID, "the test")
			switch {
			case c.refused != "":
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("error %v, want %s in it", err, c.refused)
				}
				return
			case err != nil:
				t.Fatal(err)
			case c.node == "":
				if d != nil {
					t.Errorf("got %+v", d)
				}
				return
			}
			if d.Node != c.node || d.alone() != c.alone || !cmp.Equal(d.Folders, c.folders) || !cmp.Equal(d.Quorum, []string{"a:1", "b:2"}) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// What the printed line sets means the same data again.
func TestRemoveLineMeansTheSame(t *testing.T) {
	conf := flink.NewConfiguration()
	for key, value := range map[string]string{
		"high-availability": "zookeeper", "high-availability.zookeeper.quorum": "a:1,b:2", "high-availability.zookeeper.path.root": "/r/s",
		"high-availability.cluster-id": "one/two", "high-availability.storageDir": "hdfs://nn/ha",
	} {
		conf.Set(key, value, "test")
	}
	want, err := highAvailabilityData(conf, someID, "x")
	if err != nil {
		t.Fatal(err)
	}
	again := flink.NewConfiguration()
	words := strings.Fields(want.RemoveLine())
	for _, w := range words {
		if setting, ok := strings.CutPrefix(w, "-D"); ok {
			key, value, _ := strings.Cut(setting, "=")
			again.Set(key, value, "-D")
		}
	}
	got, err := highAvailabilityData(again, someID, "x")
	if err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(HighAvailabilityData{})) || words[len(words)-1] != someID.String() {
		t.Errorf("%q\nmeans %+v (%v), want %+v", words, got, err, want)
	}
}

// haSettings are those of a session whose ZooKeeper can't be reached.
func haSettings() map[string]string {
	return map[string]string{
		"high-availability.type": "zookeeper", "high-availability.zookeeper.quorum": "127.0.0.1:1", "high-availability.storageDir": "hdfs:///ha",
	}
}

func TestKillSaysWhatStays(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, haSettings())
	r, text := w.killOne(t, d.ApplicationID)
	if r.Err != nil || !strings.Contains(text, `"highAvailabilityRemoved":false`) {
		t.Errorf("got %s, %v", text, r.Err)
	}
	if data := r.HighAvailability; data == nil || data.Node != "/flink/"+d.ApplicationID.String() || !strings.Contains(data.Origin, ".flink/") {
		t.Errorf("got %+v", data)
	}
	w.nothingIsLeft(t)
}

// The folder stays, for what is in it says where the rest is.
func TestKillThatCannotCleanKeepsTheFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	d := w.start(t, haSettings())
	r := w.Kill(t.Context(), []yarn.ApplicationID{d.ApplicationID}, KillOptions{CleanHighAvailability: true})[0]
	if !errors.Is(r.Err, zookeeper.ErrUnreachable) || r.State != yarn.Killed || *r.HighAvailabilityRemoved || r.StagingRemoved != nil {
		t.Errorf("got %+v", r)
	}
	if there, err := w.folderExists(t.Context(), "/user/alice/.flink/"+d.ApplicationID.String()); err != nil || !there {
		t.Errorf("the folder is gone (%v)", err)
	}
}

// Of an application without a folder, this machine's configuration tells; where
// it does not speak of high availability, there is nothing to clean.
func TestKillCleansByThisMachinesConfiguration(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]map[string]string{"on": haSettings(), "off": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conf := flink.NewConfiguration()
			for key, value := range set {
				conf.Set(key, value, "test")
			}
			w := newWorld(t, worldOptions{options: func(o *Options) { o.Flink = conf }})
			d := w.start(t, nil)
			w.killOne(t, d.ApplicationID)
			r := w.Kill(t.Context(), []yarn.ApplicationID{d.ApplicationID}, KillOptions{CleanHighAvailability: true})[0]
			if got := errors.Is(r.Err, zookeeper.ErrUnreachable); got != (len(set) > 0) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestStopSaysWhatItCouldNotLookAfter(t *testing.T) {
	t.Parallel()
	w, d := stoppableWith(t, yarn.StatusSucceeded, haSettings())
	r, err := w.Stop(t.Context(), d.ApplicationID)
	if err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "yarnflink kill --clean-ha") {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestByHand(t *testing.T) {
	d := HighAvailabilityData{Quorum: []string{"a:1", "b:2"}, Node: "/flink/x", Folders: []string{"hdfs:///ha/x"}}
	if got, want := d.byHand(), "as a user who may: zkCli.sh -server a:1,b:2 deleteall /flink/x; hdfs dfs -rm -r hdfs:///ha/x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
