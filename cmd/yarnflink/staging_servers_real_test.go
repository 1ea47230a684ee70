//go:build unix

package main

import (
	"context"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// A server of HDFS dies in the middle of an upload and comes back: the start gets over it, or says what happened and takes back
// what it can, and afterwards all is as after any other fault.
func TestLongServersDieDuringTheUpload(t *testing.T) {
	t.Parallel()
	c := clustertest.Own(t, minicluster.Options{})
	lane := newStagingLane(t, c, "servers")
	for _, transport := range []hdfs.Transport{hdfs.RPC, hdfs.WebHDFS} {
		for _, daemon := range []string{minicluster.NameNode, minicluster.DataNode} {
			t.Run(daemon+" over "+string(transport), func(t *testing.T) {
				row := lane.row(t)
				ship, _ := newShipped(t, 384<<20)
				row.settings = append(row.settings, "-t", ship)
				r := row.start(t, append([]string{"session", "-d", "--hdfs-transport", string(transport)}, row.settings...)...)
				lane.awaitUpload(t, r)
				if err := c.StopDaemon(t.Context(), daemon); err != nil {
					t.Fatal(err)
				}
				if err := c.StartDaemon(t.Context(), daemon); err != nil {
					t.Fatal(err)
				}
				t.Log(r.endsAs(t, []int{0, 1, 5}))
				if row.live(t) > 0 != (r.cmd.ProcessState.ExitCode() == 0) {
					t.Errorf("exit code %d, and %d applications live:\n%s", r.cmd.ProcessState.ExitCode(), row.live(t), r.stderr.String())
				}
				lane.goesOn(t, row)
			})
		}
	}
	lane.checkReferenceWorks(t)
}

// One of two DataNodes dies in the middle of an upload and stays away, while the NameNode goes on naming it: the start goes on with
// the other one, over WebHDFS, where clients can say which DataNodes they don't want. The copies that are missing are HDFS's business.
func TestLongDataNodeIsLostDuringTheUpload(t *testing.T) {
	t.Parallel()
	c := clustertest.Own(t, minicluster.Options{DataNodes: 2})
	lane := newStagingLane(t, c, "datanodes")
	for name, flags := range map[string][]string{"RPC at first": nil, "WebHDFS": {"--hdfs-transport", "webhdfs"}} {
		for _, daemon := range []string{minicluster.DataNode, minicluster.DataNode2} {
			t.Run(daemon+", "+name, func(t *testing.T) {
				row := lane.row(t)
				ship, _ := newShipped(t, 384<<20)
				row.settings = append(row.settings, "-t", ship)
				r := row.start(t, append(append([]string{"session", "-d"}, flags...), row.settings...)...)
				lane.awaitUpload(t, r)
				if err := c.StopDaemon(t.Context(), daemon); err != nil {
					t.Fatal(err)
				}
				r.ends(t, 0)
				t.Log(r.stderr.String())
				if live := row.live(t); live != 1 {
					t.Errorf("%d applications live", live)
				}
				if err := c.StartDaemon(t.Context(), daemon); err != nil {
					t.Fatal(err)
				}
				lane.goesOn(t, row)
			})
		}
	}
	lane.checkReferenceWorks(t)
}

// live counts the place's live applications.
func (p *place) live(t *testing.T) int {
	t.Helper()
	return len(p.applications(t, yarn.LiveStates()...))
}

// awaitUpload waits until the content of an entry is on its way.
func (l *stagingLane) awaitUpload(t *testing.T, r *process) {
	t.Helper()
	cache := l.base + "/.flink/cache"
	within(t, "an upload under way", func() (bool, error) {
		select {
		case <-r.done:
			t.Fatalf("it has ended:\n%s", r.stderr.String())
		default:
		}
		for _, name := range l.names(t, cache) {
			if !strings.HasPrefix(name, ".tmp-") {
				continue
			}
			for _, file := range l.names(t, path.Join(cache, name)) {
				if strings.HasPrefix(file, ".tmp-") || file == "big.bin" {
					return true, nil
				}
			}
		}
		return false, nil
	})
}

// Eight starts at once, and collections of all that is unused, whatever its age, one after the other beside them: every session
// comes up, and finds its files when its TaskManagers need them.
func TestLongCollectionsBesideEightStarts(t *testing.T) {
	t.Parallel()
	clustertest.Long(t)
	lane := newStagingLane(t, clustertest.ForTest(t), "eight")
	for name, same := range map[string]bool{"of the same files": true, "of files of their own": false} {
		t.Run(name, func(t *testing.T) {
			row := lane.row(t)
			ship, _ := newShipped(t, bigShipped)
			collections, stop := lane.collecting(t)
			var starts []*process
			for range 8 {
				if !same {
					ship, _ = newShipped(t, bigShipped)
				}
				starts = append(starts, row.start(t, append([]string{"session", "-d"}, append(row.settings, "-t", ship)...)...))
			}
			for _, r := range starts {
				r.ends(t, 0)
			}
			apps := row.applications(t, yarn.Running)
			if len(apps) != 8 {
				t.Errorf("%d sessions run", len(apps))
			}
			for _, a := range apps {
				row.start(t, "run", "-yid", a.ID.String(), "-c", wordCountClass, row.cluster.ExamplesJar("")).ends(t, 0)
			}
			stop()
			t.Logf("%d collections", collections())
			lane.end(t, row.name)
			lane.collect(t)
			lane.checkOnlyReference(t)
		})
	}
	lane.checkReferenceWorks(t)
}

// collecting collects without a pause until stop is called; collections then tells how often.
func (l *stagingLane) collecting(t *testing.T) (collections func() int, stop func()) {
	t.Helper()
	client, err := submit.NewClient(submit.Options{Hadoop: l.Hadoop, User: l.cluster.User(), StagingDirectory: l.base})
	if err != nil {
		t.Fatal(err)
	}
	n, ended, done := 0, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer client.Close()
		for ; ; n++ {
			select {
			case <-ended:
				return
			case <-time.After(50 * time.Millisecond):
			}
			if _, err := client.CollectGarbage(context.Background(), submit.GCOptions{OlderThan: -1}); err != nil {
				t.Error(err)
			}
		}
	}()
	var once sync.Once
	stop = func() { once.Do(func() { close(ended); <-done }) }
	t.Cleanup(stop)
	return func() int { return n }, stop
}
