//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// failoverLane is a highly available cluster with a session that lives through all failovers.
type failoverLane struct {
	cluster   *minicluster.Cluster
	reference *runningSession
	home      *place // of the reference
}

func newFailoverLane(t *testing.T, c *minicluster.Cluster) *failoverLane {
	t.Helper()
	home := newPlaceOn(t, c)
	home.env = append(home.env, "HADOOP_CONF_DIR="+c.HadoopConfDir())
	home.settings = append(home.settings, "-D", "resourcemanager.taskmanager-timeout=1000")
	return &failoverLane{cluster: c, home: home, reference: home.sessionWith(t, home.settings...)}
}

// Whichever master fails over at whatever step of a command: the command succeeds, what was started is there once, and a session
// beside it lives on.
func TestRealHA(t *testing.T) {
	lane := newFailoverLane(t, clustertest.HA(t))
	for _, f := range failovers(false) {
		t.Run(f.String(), func(t *testing.T) { lane.try(t, f) })
	}
	lane.others(t, map[string]func(*testing.T){
		"submission not saved": lane.notSaved, "upload over RPC": lane.uploadOverRPC(nnDies),
		"calls to YARN": lane.storm, "calls to HDFS": lane.stormOverHDFS,
	})
	lane.checkReference(t)
}

// others runs what is no row of the table.
func (l *failoverLane) others(t *testing.T, tests map[string]func(*testing.T)) {
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, tests[name])
	}
}

func TestLongHA(t *testing.T) {
	clustertest.Long(t)
	lane := newFailoverLane(t, clustertest.HA(t))
	lane.others(t, map[string]func(*testing.T){
		"ResourceManager hangs": lane.hangs, "NameNode hangs": lane.nameNodeHangs, "no NameNode active": lane.nobodyActive, "upload over RPC": lane.uploadOverRPC(nnMoves),
	})
	outcomes := map[string]string{}
	for _, f := range failovers(true) {
		if !t.Run(f.String(), func(t *testing.T) { outcomes[f.String()] = lane.try(t, f) }) {
			delete(outcomes, f.String())
		}
		// Also when the run does not come to its end.
		if dir := os.Getenv(pagesVariable); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "failover-faults.md"), failoverTable(outcomes), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	lane.checkReference(t)
}

// try carries out one row.
func (l *failoverLane) try(t *testing.T, f failover) string {
	p := newPlaceOn(t, l.cluster)
	ship, big := newShipped(t, bigShipped)
	p.settings = append(p.settings, "-t", ship)
	args := l.command(t, p, f.step.command)
	staging := p.base + "/.flink"
	match := strings.NewReplacer("{staging}", "/webhdfs/v1"+staging, "{cache}", "/webhdfs/v1"+staging+"/cache", "{to}", staging+"/cache",
		"{big}", big, "{bigsize}", fmt.Sprint(bigShipped)).Replace(f.step.match)
	fault := faults.Fault{Match: match, Skip: f.step.skip, AfterBytes: f.step.half, Mode: faults.Hang}
	if f.step.answer != heldBefore {
		fault.Mode = faults.HangAfter
	}
	hit := f.step.at(p).Add(fault)
	r := p.start(t, args...)
	r.reach(t, hit.C)
	release := hit.Release
	if f.step.answer == answerLost {
		release = hit.Drop
	}
	bringBack := f.change.happen(t, l.cluster, release)
	ended := r.endsAs(t, []int{0})
	bringBack()
	return ended + l.outcome(t, p, f.step.command)
}

// command prepares a command, and is its line.
func (l *failoverLane) command(t *testing.T, p *place, name string) []string {
	t.Helper()
	jar := []string{"-c", wordCountClass, l.cluster.ExamplesJar("")}
	web := []string{"--hdfs-transport", "webhdfs"}
	session := func() string { return p.sessionWith(t, append(web, p.settings...)...).ApplicationID.String() }
	switch name {
	case sessionStart:
		return slices.Concat([]string{"session", "-d"}, web, p.settings)
	case oneOff:
		p.settings[len(p.settings)-2] = "-yt" // where -t is the target
		return slices.Concat([]string{"run", "-m", "yarn-cluster"}, web, p.settings, jar)
	case "run -yid":
		return append([]string{"run", "-yid", l.reference.ApplicationID.String()}, jar...)
	case "run --session":
		return append([]string{"run", "--session", l.reference.Name}, jar...)
	case "list":
		return []string{"list", "--session", l.reference.Name}
	case "ps":
		return []string{"ps"}
	case "status":
		return []string{"status", l.reference.ApplicationID.String()}
	case "kill":
		return append([]string{"kill", session()}, web...)
	case "session stop":
		return append([]string{"session", "stop", session()}, web...)
	case "gc":
		p.start(t, "kill", session()).ends(t, 0)
		return append([]string{"gc", "--older-than", "1ms"}, web...)
	}
	t.Fatalf("no command %q", name)
	return nil
}

// outcome looks at what a command has left, says it, and ends it.
func (l *failoverLane) outcome(t *testing.T, p *place, command string) string {
	t.Helper()
	live, all := p.applications(t, yarn.LiveStates()...), p.applications(t)
	text := ""
	switch command {
	case sessionStart:
		if len(live) != 1 || len(all) != 1 {
			t.Fatalf("%d applications, of which %d live, want one:\n%v", len(all), len(live), all)
		}
		text = ", one application"
		p.start(t, "list", "-yid", live[0].ID.String()).ends(t, 0)
		p.start(t, "kill", live[0].ID.String()).ends(t, 0)
	case oneOff:
		if len(all) != 1 || all[0].FinalStatus != yarn.StatusSucceeded {
			t.Errorf("applications %v, want one that succeeded", all)
		}
		text = ", one application"
		within(t, "no folder", func() (bool, error) {
			list, err := p.dfs.List(context.Background(), p.base+"/.flink")
			return len(list) <= 1, err
		})
	default:
		if len(live) > 0 {
			t.Errorf("applications %v live", live)
		}
	}
	p.checkNothing(t)
	if report, err := l.home.rm.Application(t.Context(), l.reference.ApplicationID); err != nil || report.State.IsFinal() {
		t.Fatalf("the session beside is %s (%v)", report.State, err)
	}
	return text
}

// checkReference runs a job in the session that has seen all failovers.
func (l *failoverLane) checkReference(t *testing.T) {
	t.Helper()
	l.home.start(t, "run", "--session", l.reference.Name, "-c", wordCountClass, l.cluster.ExamplesJar("")).ends(t, 0)
	report, err := l.home.rm.Application(t.Context(), l.reference.ApplicationID)
	if err != nil || report.State != yarn.Running {
		t.Errorf("the session beside is %s (%v)", report.State, err)
	}
}

// failoverTable is the page in docs, in the order of the steps.
func failoverTable(outcomes map[string]string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What failovers do to commands

This page is written by `+"`make test-long`"+`: %d failovers during an exchange of a command, on a real cluster with two ResourceManagers
and two NameNodes. The exchange is held while the masters change. Where its answer is late or lost it was carried out before, else
it comes to the old master's address when another one is active, or, after a kill, when nobody is yet. Then was seen: the command succeeds; what it starts is there
exactly once, and works; after its end nothing is left of it; and a session beside lives on, and runs a job in the end.

| command | step | what happens | outcome |
| --- | --- | --- | --- |
`, len(outcomes))
	for _, f := range failovers(true) {
		if o, ok := outcomes[f.String()]; ok {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.step.command, f.step.name, f.change.name, o)
		}
	}
	return b.Bytes()
}
