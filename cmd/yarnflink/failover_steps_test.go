//go:build unix

package main

import (
	"slices"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster"
)

// change is what befalls the masters of a highly available cluster.
type change struct {
	name  string
	roles []string
	crash bool
}

var (
	rmMoves  = change{"the ResourceManager fails over", []string{minicluster.ResourceManager}, false}
	rmDies   = change{"the ResourceManager is killed (-9)", []string{minicluster.ResourceManager}, true}
	nnMoves  = change{"the NameNode fails over", []string{minicluster.NameNode}, false}
	nnDies   = change{"the NameNode is killed (-9)", []string{minicluster.NameNode}, true}
	bothMove = change{"both fail over", []string{minicluster.ResourceManager, minicluster.NameNode}, false}
	bothDie  = change{"both are killed (-9)", []string{minicluster.ResourceManager, minicluster.NameNode}, true}
)

// answer is what becomes of the exchange during which the masters change.
type answer int

const (
	heldBefore answer = iota // it reaches the old master's address only when another one is active
	answerLate               // it was carried out before, and is answered after
	answerLost               // it was carried out before, and never answered
)

// failoverStep is an exchange of a command during which the masters change.
type failoverStep struct {
	command string
	name    string
	at      func(*place) *faults.Injector
	// match is the exchange, see faults.Fault; in it stand {staging} for .flink, {cache} for the cache, {big} for the hash of the
	// big file that is shipped, {bigsize} for its size, and {to} for the cache as it stands in the query of a rename.
	match   string
	skip    int
	half    int64
	answer  answer
	changes []change
	ci      []change // those that are tried in each run of the tests
}

const (
	sessionStart = "session -d"
	oneOff       = "run -m yarn-cluster"
)

var (
	changesOfYARN = []change{rmMoves, rmDies}
	changesOfHDFS = []change{nnMoves, nnDies}
)

// failoverSteps are the rows of the table, in the order of the commands and in which the steps come.
func failoverSteps() []failoverStep {
	const apps = "/ws/v1/cluster/apps"
	return []failoverStep{
		{command: sessionStart, name: "limits being asked", at: (*place).yarn, match: "GET /ws/v1/cluster/scheduler", changes: []change{rmMoves}},
		{command: sessionStart, name: "id being taken", at: (*place).yarn, match: "POST " + apps + "/new-application", changes: changesOfYARN},
		{command: sessionStart, name: "id taken, answer lost", at: (*place).yarn, match: "POST " + apps + "/new-application", answer: answerLost, changes: changesOfYARN},
		{command: sessionStart, name: "folder being made", at: (*place).files, match: "PUT {staging}/application_*?op=MKDIRS", changes: changesOfHDFS},
		{command: sessionStart, name: "folder made, answer lost", at: (*place).files, match: "PUT {staging}/application_*?op=MKDIRS", answer: answerLost, changes: changesOfHDFS},
		{command: sessionStart, name: "manifest or configuration being sent", at: (*place).files, match: "PUT {staging}/application_*/.tmp-*?op=CREATE", skip: 2, changes: []change{nnDies}},
		{command: sessionStart, name: "big file half sent", at: (*place).files, match: "PUT {cache}/.tmp-*/.tmp-*?blocksize={bigsize}", skip: 1, half: bigShipped / 2,
			changes: []change{nnMoves, nnDies, rmMoves, rmDies, bothMove, bothDie}, ci: []change{bothDie}},
		{command: sessionStart, name: "big file sent, answer lost", at: (*place).files, match: "PUT {cache}/.tmp-*/.tmp-*?blocksize={bigsize}", skip: 1, answer: answerLost, changes: changesOfHDFS},
		{command: sessionStart, name: "entry being published", at: (*place).files, match: "PUT {cache}/.tmp-*?destination={to}/{big}", changes: changesOfHDFS},
		{command: sessionStart, name: "entry published, answer lost", at: (*place).files, match: "PUT {cache}/.tmp-*?destination={to}/{big}", answer: answerLost,
			changes: changesOfHDFS, ci: []change{nnDies}},
		{command: sessionStart, name: "submission under way", at: (*place).yarn, match: "POST " + apps, changes: changesOfYARN, ci: []change{rmMoves}},
		{command: sessionStart, name: "submitted, answer late", at: (*place).yarn, match: "POST " + apps, answer: answerLate, changes: []change{rmMoves}},
		{command: sessionStart, name: "submitted, answer lost", at: (*place).yarn, match: "POST " + apps, answer: answerLost, changes: changesOfYARN, ci: []change{rmDies}},
		{command: sessionStart, name: "waiting for RUNNING", at: (*place).yarn, match: "GET " + apps + "/application_*", skip: 3, changes: changesOfYARN, ci: []change{rmMoves}},
		{command: sessionStart, name: "running, JobManager not yet serving", at: (*place).flink, match: "GET /overview", changes: append(changesOfYARN, nnDies), ci: []change{rmDies}},

		{command: oneOff, name: "submitted, answer lost", at: (*place).yarn, match: "POST " + apps, answer: answerLost, changes: changesOfYARN},
		{command: oneOff, name: "job running", at: (*place).flink, match: "GET /jobs/*/status", changes: append(changesOfYARN, nnMoves), ci: []change{rmMoves}},

		{command: "run -yid", name: "session being looked for", at: (*place).yarn, match: "GET " + apps + "/application_*", changes: changesOfYARN},
		{command: "run -yid", name: "jar being sent", at: (*place).flink, match: "POST /jars/upload", changes: []change{rmDies}},
		{command: "run --session", name: "session being looked for", at: (*place).yarn, match: "GET " + apps, changes: []change{rmMoves}},
		{command: "list", name: "session being looked for", at: (*place).yarn, match: "GET " + apps, changes: []change{rmMoves}},
		{command: "ps", name: "being asked", at: (*place).yarn, match: "GET " + apps, changes: changesOfYARN, ci: []change{rmMoves}},
		{command: "status", name: "being asked", at: (*place).yarn, match: "GET " + apps + "/application_*", answer: answerLost, changes: []change{rmDies}},

		{command: "kill", name: "being asked", at: (*place).yarn, match: "PUT " + apps + "/application_*/state", changes: changesOfYARN},
		{command: "kill", name: "asked, answer lost", at: (*place).yarn, match: "PUT " + apps + "/application_*/state", answer: answerLost, changes: changesOfYARN, ci: []change{rmDies}},
		{command: "kill", name: "folder being removed", at: (*place).files, match: "DELETE {staging}/application_*?op=DELETE", changes: changesOfHDFS},
		{command: "session stop", name: "JobManager asked", at: (*place).flink, match: "DELETE /cluster", answer: answerLost, changes: append(changesOfYARN, nnDies)},

		{command: "gc", name: "applications being listed", at: (*place).yarn, match: "GET " + apps, changes: changesOfYARN},
		{command: "gc", name: "condemnation named, answer lost", at: (*place).files, match: "PUT {cache}/.tmp-*?op=RENAME", answer: answerLost, changes: changesOfHDFS},
		{command: "gc", name: "entry taken, answer lost", at: (*place).files, match: "PUT {cache}/[0-9a-f]*?op=RENAME", answer: answerLost, changes: changesOfHDFS, ci: []change{nnMoves}},
		{command: "gc", name: "trash being removed", at: (*place).files, match: "DELETE {cache}/.trash-*?op=DELETE", changes: changesOfHDFS},
	}
}

// failover is a row of the table.
type failover struct {
	step   failoverStep
	change change
}

func (f failover) String() string { return f.step.command + ": " + f.step.name + ", " + f.change.name }

// failovers are the rows: all of them, or those of every run.
func failovers(long bool) []failover {
	var list []failover
	for _, s := range failoverSteps() {
		for _, c := range s.changes {
			if long || slices.ContainsFunc(s.ci, func(ci change) bool { return ci.name == c.name }) {
				list = append(list, failover{s, c})
			}
		}
	}
	return list
}

// happen changes the masters of the cluster, and returns when others are active. What it has killed is brought back by bringBack.
// release lets the exchange go on that is held: after a change in order, and at once after a kill, when nobody is active yet.
func (ch change) happen(t *testing.T, c *minicluster.Cluster, release func()) (bringBack func()) {
	t.Helper()
	killed, others := []string{}, []string{}
	for _, role := range ch.roles {
		if !ch.crash {
			if _, err := c.Failover(t.Context(), role); err != nil {
				t.Fatal(err)
			}
			continue
		}
		active, other, err := c.Active(t.Context(), role)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.StopDaemon(t.Context(), active); err != nil {
			t.Fatal(err)
		}
		killed, others = append(killed, active), append(others, other)
	}
	release()
	for _, name := range others {
		if err := c.AwaitActive(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, name := range killed {
			if err := c.StartDaemon(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.AwaitWhole(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
