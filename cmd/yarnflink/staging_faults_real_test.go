//go:build unix

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// stagingStep is an exchange of a start, or of a collection, at which it may be broken.
type stagingStep struct {
	name string
	at   func(*place) *faults.Injector
	// match is the exchange, see faults.Fault; {staging} is .flink, {cache} the cache, {big} the hash of the big file that is
	// shipped, {to} the cache as it stands in the query of a rename. skip lets so many pass.
	match string
	skip  int
	// after: it is carried out before it is broken. half: so many bytes of its body have been sent.
	after bool
	half  int64
	gc    bool
	// ci are the ways that are tried in each run of the tests, and not in the long one only.
	ci []string
}

// The steps, in the order in which they come.
var stagingSteps = []stagingStep{
	{name: "folder being made", at: (*place).files, match: "PUT {staging}/application_*?op=MKDIRS"},
	{name: "folder made", at: (*place).files, match: "PUT {staging}/application_*?op=MKDIRS", after: true},
	{name: "manifest or configuration being sent", at: (*place).files, match: "PUT {staging}/application_*/.tmp-*?op=CREATE", skip: 2, ci: []string{killed}},
	{name: "manifest named", at: (*place).files, match: "GET {staging}/application_*/.manifest?op=GETFILESTATUS", skip: 1},
	{name: "cache about to be listed", at: (*place).files, match: "GET {cache}?op=LISTSTATUS"},
	{name: "upload claimed", at: (*place).files, match: "PUT {cache}/.tmp-*?destination={to}/.sending-{big}", after: true, ci: []string{killed}},
	{name: "temporary folder made", at: (*place).files, match: "PUT {cache}/.tmp-*?op=MKDIRS", after: true},
	{name: "big file half sent", at: (*place).files, match: "PUT {cache}/.tmp-*/.tmp-*?blocksize={bigsize}", skip: 1, half: bigShipped / 2, ci: []string{killed, cut, interrupted}},
	{name: "big file sent, not named", at: (*place).files, match: "PUT {cache}/.tmp-*/.tmp-*?blocksize={bigsize}", skip: 1, after: true},
	{name: "entry about to be published", at: (*place).files, match: "PUT {cache}/.tmp-*?destination={to}/{big}", ci: []string{killed}},
	{name: "entry published", at: (*place).files, match: "PUT {cache}/.tmp-*?destination={to}/{big}", after: true, ci: []string{killed, lost}},
	{name: "claim given back", at: (*place).files, match: "DELETE {cache}/.sending-{big}?op=DELETE"},
	{name: "about to be submitted", at: (*place).yarn, match: "POST /ws/v1/cluster/apps"},
	{name: "submitted", at: (*place).yarn, match: "POST /ws/v1/cluster/apps", after: true, ci: []string{killed}},
	{name: "accepted", at: (*place).yarn, match: "GET /ws/v1/cluster/apps/application_*", skip: 1},
	{name: "running, not yet serving", at: (*place).flink, match: "GET /overview"},

	{gc: true, name: "gc: applications being listed", at: (*place).yarn, match: "GET /ws/v1/cluster/apps"},
	{gc: true, name: "gc: trash made", at: (*place).files, match: "PUT {cache}/.trash-*?op=MKDIRS", after: true},
	{gc: true, name: "gc: cache listed", at: (*place).files, match: "GET {cache}?op=LISTSTATUS", after: true},
	{gc: true, name: "gc: condemnation being named", at: (*place).files, match: "PUT {cache}/.tmp-*?op=RENAME"},
	{gc: true, name: "gc: condemnation named", at: (*place).files, match: "PUT {cache}/.tmp-*?op=RENAME", after: true, ci: []string{killed}},
	{gc: true, name: "gc: folders listed", at: (*place).files, match: "GET {staging}?op=LISTSTATUS", after: true},
	{gc: true, name: "gc: entry being taken", at: (*place).files, match: "PUT {cache}/[0-9a-f]*?op=RENAME"},
	{gc: true, name: "gc: entry taken", at: (*place).files, match: "PUT {cache}/[0-9a-f]*?op=RENAME", after: true, ci: []string{killed, lost}},
	{gc: true, name: "gc: trash being removed", at: (*place).files, match: "DELETE {cache}/.trash-*?op=DELETE"},
	{gc: true, name: "gc: trash removed", at: (*place).files, match: "DELETE {cache}/.trash-*?op=DELETE", after: true},
	{gc: true, name: "gc: condemnation removed", at: (*place).files, match: "DELETE {cache}/.condemned-*?op=DELETE", after: true},
}

// The ways of breaking.
const (
	killed      = "killed (-9)"
	interrupted = "interrupted"
	cut         = "connection cut"
	lost        = "answer lost"
	slowed      = "slowed by 2 s"
	unavailable = "answered 503"
)

// stagingFault is a row of the table.
type stagingFault struct {
	step stagingStep
	how  string
}

func (f stagingFault) String() string { return f.step.name + ", " + f.how }

// ways are the ones that make a difference at a step: what was not carried out can't have its answer lost, and what breaks
// after it was carried out is not cut before.
func (s stagingStep) ways() []string {
	all := []string{killed, interrupted}
	if s.after {
		return append(all, lost)
	}
	all = append(all, cut)
	if s.half == 0 {
		all = append(all, unavailable)
	}
	return append(all, slowed)
}

// stagingFaults are the rows: all of them, or those of every run.
func stagingFaults(long bool) []stagingFault {
	var list []stagingFault
	for _, s := range stagingSteps {
		for _, how := range s.ways() {
			if long || slices.Contains(s.ci, how) {
				list = append(list, stagingFault{s, how})
			}
		}
	}
	return list
}

// fault is what the row does to the exchange.
func (f stagingFault) fault(fill *strings.Replacer) faults.Fault {
	fault := faults.Fault{Match: fill.Replace(f.step.match), Skip: f.step.skip, AfterBytes: f.step.half}
	switch f.how {
	case killed, interrupted:
		fault.Mode = faults.Hang
		if f.step.after {
			fault.Mode = faults.HangAfter
		}
	case cut:
		fault.Mode = faults.Cut
	case lost:
		fault.Mode = faults.LoseAnswer
	case slowed:
		fault.Mode, fault.Delay, fault.AfterBytes = faults.Slow, 2*time.Second, 0
	case unavailable:
		fault.Mode, fault.Code, fault.Body = faults.Answer, http.StatusServiceUnavailable, "the gateway has nobody behind it"
	}
	return fault
}

// signal is what the program gets at the step; 0 for none.
func (f stagingFault) signal() syscall.Signal {
	return map[string]syscall.Signal{killed: syscall.SIGKILL, interrupted: syscall.SIGINT}[f.how]
}

// codes are the exit codes that the broken command may end with: a start gets over what breaks once, a collection may also
// leave the rest to the next one. A process that a signal has ended has the code -1.
func (f stagingFault) codes() []int {
	switch {
	case f.how == killed:
		return []int{-1}
	case f.how == interrupted:
		return []int{130}
	case f.step.gc:
		return []int{0, 1, 5}
	}
	return []int{0}
}

// stagingLanes is how many rows are tried at a time.
const stagingLanes = 3

// Whatever breaks a start or a collection at any step: no session is broken, no entry of the cache is incomplete, the next
// start of the same files comes up, and gc leaves what is used and nothing else.
func TestRealStagingFaults(t *testing.T) {
	t.Parallel()
	c := clustertest.ForTest(t)
	long := os.Getenv(clustertest.LongVariable) == "1"
	table := &faultTable{}
	todo := make(chan stagingFault)
	var lanes sync.WaitGroup
	for i := range stagingLanes {
		lane := newStagingLane(t, c, fmt.Sprintf("lane-%d", i))
		lanes.Go(func() {
			for f := range todo {
				t.Run(f.String(), func(t *testing.T) { table.add(f, lane.try(t, f)) })
			}
			lane.checkReferenceWorks(t)
		})
	}
	for _, f := range stagingFaults(long) {
		todo <- f
	}
	close(todo)
	lanes.Wait()
	if long {
		writePage(t, "staging-faults.md", table.markdown(len(stagingSteps)))
	}
}

// pagesVariable names the folder that gets the tables of the long run.
const pagesVariable = "YARNFLINK_FAULT_TABLES"

// writePage keeps the table of a long run that did not fail.
func writePage(t *testing.T, name, content string) {
	t.Helper()
	dir := os.Getenv(pagesVariable)
	if dir == "" || t.Failed() {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Error(err)
	}
}
