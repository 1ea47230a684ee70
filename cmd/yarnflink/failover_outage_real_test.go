//go:build unix

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster"
)

// notSaved kills a ResourceManager that has answered a submission and not saved it: its store stands still meanwhile.
func (l *failoverLane) notSaved(t *testing.T) {
	p := newPlaceOn(t, l.cluster)
	posted := p.ResourceManager.Add(faults.Fault{Match: "POST /ws/v1/cluster/apps", Mode: faults.Hang})
	asked := p.ResourceManager.Add(faults.Fault{Match: "GET /ws/v1/cluster/apps/application_*", Mode: faults.Hang})
	r := p.session(t)
	r.reach(t, posted.C)
	if err := l.cluster.Pause(minicluster.ZooKeeper); err != nil {
		t.Fatal(err)
	}
	defer l.resume(t, minicluster.ZooKeeper) // also when this fails in between
	posted.Release()
	r.reach(t, asked.C)
	bringBack := rmDies.happen(t, l.cluster, func() { l.resume(t, minicluster.ZooKeeper); asked.Release() })
	r.endsAs(t, []int{0})
	bringBack()
	l.outcome(t, p, sessionStart)
	posts := slices.DeleteFunc(p.ResourceManager.Requests(), func(r string) bool { return !strings.HasPrefix(r, "POST /ws/v1/cluster/apps?") })
	if len(posts) < 2 {
		t.Errorf("submitted %d times, so the ResourceManager has saved it, and this shows nothing", len(posts))
	}
}

func (l *failoverLane) resume(t *testing.T, daemon string) {
	t.Helper()
	if err := l.cluster.Resume(daemon); err != nil {
		t.Error(err)
	}
}

// nobodyActive leaves HDFS without an active NameNode for a while: it is waited for with a word, and gone on with.
func (l *failoverLane) nobodyActive(t *testing.T) {
	for _, transport := range []hdfs.Transport{hdfs.RPC, hdfs.WebHDFS} {
		t.Run(string(transport), func(t *testing.T) {
			p, r := l.sending(t, transport)
			active, other, err := l.cluster.Active(t.Context(), minicluster.NameNode)
			if err != nil {
				t.Fatal(err)
			}
			elector := electorOf(other)
			if err := l.cluster.Pause(elector); err != nil {
				t.Fatal(err)
			}
			defer l.resume(t, elector)
			if err := l.cluster.StopDaemon(t.Context(), active); err != nil {
				t.Fatal(err)
			}
			within(t, "a word of the wait", func() (bool, error) {
				return strings.Contains(r.stderr.String(), "HDFS fails, trying again"), nil
			})
			l.resume(t, elector)
			if err := l.cluster.AwaitActive(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			r.endsAs(t, []int{0})
			if err := l.cluster.StartDaemon(t.Context(), active); err != nil {
				t.Fatal(err)
			}
			if err := l.cluster.AwaitWhole(t.Context()); err != nil {
				t.Fatal(err)
			}
			l.outcome(t, p, sessionStart)
		})
	}
}

// hangs lets the active ResourceManager stand still until another one has taken over, and go on in the middle of a submission.
func (l *failoverLane) hangs(t *testing.T) {
	p := newPlaceOn(t, l.cluster)
	posted := p.ResourceManager.Add(faults.Fault{Match: "POST /ws/v1/cluster/apps", Mode: faults.Hang})
	r := p.session(t)
	r.reach(t, posted.C)
	active, other, err := l.cluster.Active(t.Context(), minicluster.ResourceManager)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cluster.Pause(active); err != nil {
		t.Fatal(err)
	}
	defer l.resume(t, active)
	posted.Release() // it has the request, and does nothing with it
	if err := l.cluster.AwaitActive(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	within(t, "submitted to the other one", func() (bool, error) { return len(p.applications(t)) == 1, nil })
	l.resume(t, active) // only now the NodeManager turns to the other one
	r.endsAs(t, []int{0})
	if err := l.cluster.AwaitWhole(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.outcome(t, p, sessionStart)
}

// nameNodeHangs lets the active NameNode stand still in the middle of an upload until another one has taken over: its connections
// stay open, and nobody answers there. With WebHDFS it is killed then, as sshfence does it: a DataNode that is asked to write is a
// client of HDFS too, and would wait for it for two minutes at each request (ipc.client.rpc-timeout.ms).
func (l *failoverLane) nameNodeHangs(t *testing.T) {
	for _, transport := range []hdfs.Transport{hdfs.RPC, hdfs.WebHDFS} {
		t.Run(string(transport), func(t *testing.T) {
			p, r := l.sending(t, transport)
			active, other, err := l.cluster.Active(t.Context(), minicluster.NameNode)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{electorOf(active), active} {
				if err := l.cluster.Pause(name); err != nil {
					t.Fatal(err)
				}
				defer l.resume(t, name)
			}
			if err := l.cluster.AwaitActive(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			if transport == hdfs.RPC {
				r.endsAs(t, []int{0})
			}
			// It would still take itself for the active one, and end at the first look at the journal.
			if err := l.cluster.StopDaemon(t.Context(), active); err != nil {
				t.Fatal(err)
			}
			r.endsAs(t, []int{0})
			l.resume(t, electorOf(active))
			if err := l.cluster.StartDaemon(t.Context(), active); err != nil {
				t.Fatal(err)
			}
			if err := l.cluster.AwaitWhole(t.Context()); err != nil {
				t.Fatal(err)
			}
			l.outcome(t, p, sessionStart)
		})
	}
}

// sending is a start in the middle of an upload.
func (l *failoverLane) sending(t *testing.T, transport hdfs.Transport) (*place, *process) {
	t.Helper()
	p := newPlaceOn(t, l.cluster)
	p.env = append(p.env, "HADOOP_CONF_DIR="+l.cluster.HadoopConfDir())
	ship, _ := newShipped(t, 128<<20)
	r := p.start(t, slices.Concat([]string{"session", "-d", "--hdfs-transport", string(transport)}, p.settings, []string{"-t", ship})...)
	p.awaitSending(t, r)
	return p, r
}

// electorOf is the daemon that makes a NameNode the active one.
func electorOf(nameNode string) string {
	return map[string]string{minicluster.NameNode: minicluster.ZKFC, minicluster.NameNode2: minicluster.ZKFC2}[nameNode]
}
