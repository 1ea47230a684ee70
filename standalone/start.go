package standalone

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/flink"
)

const (
	// launchGrace is how long a launch that has begun is waited for after the caller gave up.
	launchGrace = 20 * time.Second
	// answerGrace is how long TaskManagers are held back for a JobManager that comes up.
	answerGrace = 10 * time.Second
	// stopGrace is how long a process may take to end in order, as in Flink's scripts.
	stopGrace = 10 * time.Second
)

// Process is a process of a cluster.
type Process struct {
	Host string `json:"host"`
	Role Role   `json:"role"`
	PID  int    `json:"pid"`
	// Started tells that this call started it; else it ran before.
	Started bool `json:"started"`
	// ResourceID is the name by which a TaskManager registers, "" where it is not known.
	ResourceID string `json:"resourceId"`
	LogFile    string `json:"logFile"`

	urls       []string // of a JobManager
	anyPort    bool     // none of them is known beforehand
	slots      int      // that it should have
	registered bool     // it is, as far as is known
}

// Started is a cluster that serves.
type Started struct {
	RestURL      string    `json:"restUrl"`
	FlinkVersion string    `json:"flinkVersion"`
	TaskManagers int       `json:"taskManagers"`
	Slots        int       `json:"slots"`
	Seconds      float64   `json:"seconds"`
	Processes    []Process `json:"processes"`
}

// run is one start: what it has started, and what went wrong.
type run struct {
	cluster *Cluster
	// serving tells that a JobManager answers that this run has nothing to do with.
	serving bool
	// explain makes more of a failure than its process's log says; nil leaves it.
	explain func(*Failure)

	mu        sync.Mutex
	processes []Process
	failures  []*Failure
	unknown   []string // hosts of which it isn't known whether they started something
	failed    map[string]bool
	urls      []string      // where REST may be
	stopLine  string        // the command that ends what may be left
	changed   chan struct{} // holds a token after something was noted
}

func newRun(c *Cluster) *run {
	return &run{cluster: c, stopLine: "yarnflink cluster stop", failed: map[string]bool{}, changed: make(chan struct{}, 1)}
}

func (r *run) note(f func()) {
	r.mu.Lock()
	f()
	r.mu.Unlock()
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *run) fail(f *Failure) {
	if r.explain != nil {
		r.explain(f)
	}
	r.note(func() { r.failures = append(r.failures, f) })
	r.cluster.report(Event{Host: f.Host, Role: f.Role, State: "failed", Detail: f.Err.Error()})
}

// Start starts what is missing of the cluster, and returns when every TaskManager
// has registered with all its slots. What runs already is left alone.
//
// Where hosts fail the others are left running, and the error is ErrIncomplete
// with the cause and the end of the log of each; without any JobManager, or when
// ctx ends, what this call has started is stopped again, and hosts that can't be
// asked any more are named.
func (c *Cluster) Start(ctx context.Context) (*Started, error) {
	began := time.Now()
	r := newRun(c)
	r.launchAll(ctx, c.o.Masters, c.o.Workers)
	return r.finish(ctx, "start the cluster", began)
}

// launchAll starts JobManagers, then TaskManagers; each host is asked what it has
// from the beginning.
func (r *run) launchAll(ctx context.Context, masters, workers []flink.HostLine) {
	names := r.cluster.o.hostNames()
	for _, name := range names {
		r.cluster.report(Event{Host: name, State: "asked"})
	}
	var asking sync.WaitGroup
	for _, name := range names {
		asking.Go(func() { _, _ = r.cluster.host(name).inspect(ctx) }) // the launch gets the same answer
	}
	var group sync.WaitGroup
	for i, m := range masters {
		if !slices.Contains(masters[:i], m) {
			group.Go(func() { r.launch(ctx, m, JobManager) })
		}
	}
	group.Wait()
	if len(masters) > 0 && len(r.of(JobManager)) == 0 {
		return
	}
	r.awaitAnswer(ctx)
	for i, w := range workers {
		if !slices.Contains(workers[:i], w) {
			group.Go(func() { r.launch(ctx, w, TaskManager) })
		}
	}
	group.Wait()
	asking.Wait()
}

func (r *run) of(role Role) []Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.processes), func(p Process) bool { return p.Role != role })
}

// launch starts what is missing of one role on one host.
func (r *run) launch(ctx context.Context, line flink.HostLine, role Role) {
	h := r.cluster.host(line.Host)
	facts, err := h.inspect(ctx)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = r.launchOn(ctx, h, facts, line, role)
	}
	if err != nil && ctx.Err() == nil {
		r.fail(&Failure{Host: h.name, Role: role, Err: err})
	}
}

func (r *run) launchOn(ctx context.Context, h *host, facts *hostFacts, line flink.HostLine, role Role) error {
	count, several := r.cluster.o.count(h.name, role), false
	if role == JobManager {
		all := count
		count = r.cluster.o.countLine(line)
		several = count < all
	}
	s, err := r.launchScript(h, facts, line, role, count)
	if err != nil {
		return err
	}
	if several {
		s.list("mark", facts.portWords(line))
	}
	s.set("count", strconv.Itoa(count))
	s.set("more", "")
	return r.runLaunch(ctx, newProcess(facts, line, role), s)
}

// newProcess is what is known of a process before it is there.
func newProcess(facts *hostFacts, line flink.HostLine, role Role) Process {
	p := Process{Host: line.Host, Role: role}
	switch role {
	case JobManager:
		p.urls = restURLs(facts.configuration, line)
		p.anyPort = len(p.urls) == 0
	case TaskManager:
		p.slots = facts.slots()
	}
	return p
}

// launchScript prepares the start of up to n processes.
func (r *run) launchScript(h *host, facts *hostFacts, line flink.HostLine, role Role, n int) (*script, error) {
	var names []string
	if role == TaskManager && !facts.configuration.IsSet(flink.TaskManagerResourceID) {
		names = resourceIDs(h.name, n)
	}
	if role == JobManager {
		r.note(func() { r.urls = append(r.urls, restURLs(facts.configuration, line)...) })
	}
	return facts.launchScript(role, names, r.cluster.o, line)
}

// runLaunch runs start.sh, for processes like one. Once it has begun its end is waited for.
func (r *run) runLaunch(ctx context.Context, like Process, s *script) error {
	h := r.cluster.host(like.Host)
	launching, cancel := lingering(ctx, launchGrace)
	defer cancel()
	answers, err := h.run(launching, "start.sh", s)
	var refused *HostError
	if err != nil && !errors.As(err, &refused) {
		r.note(func() { r.unknown = append(r.unknown, h.name) })
	}
	return errors.Join(err, r.take(like, answers))
}

// take notes the processes that a host has told of.
func (r *run) take(like Process, answers []answer) error {
	for _, a := range answers {
		if a.key != "started" && a.key != "running" {
			continue
		}
		p, err := parseProcess(a.value)
		if err != nil {
			return err
		}
		one := like
		one.PID, one.Started, one.ResourceID, one.LogFile = p.pid, a.key == "started", p.resourceID, p.logFile
		state := "runs already"
		if one.Started {
			state = "started"
		}
		r.note(func() { r.processes = append(r.processes, one) })
		r.cluster.report(Event{Host: one.Host, Role: one.Role, PID: p.pid, State: state})
	}
	return nil
}

// resourceIDs are names by which TaskManagers of a host register, never twice the same.
func resourceIDs(host string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		ids[i] = host + "-" + hex.EncodeToString(b[:])
	}
	return ids
}

// finish waits until what was started serves, and decides what becomes of it if
// something does not.
func (r *run) finish(ctx context.Context, op string, began time.Time) (*Started, error) {
	var result *Started
	var err error
	if ctx.Err() == nil && r.hasJobManager() && (!r.serving || slices.ContainsFunc(r.alive(), func(p Process) bool { return p.Role == TaskManager || p.Started })) {
		r.watching(ctx, func() { result, err = r.await(ctx) })
	}
	switch {
	case ctx.Err() != nil:
		return nil, r.interrupted(ctx, op)
	case err != nil:
		return nil, errors.Join(err, r.incomplete(ctx, op))
	case len(r.failures) > 0 || result == nil:
		return nil, r.incomplete(ctx, op)
	}
	result.Seconds = time.Since(began).Seconds()
	return result, nil
}

// watching does something while the processes are watched.
func (r *run) watching(ctx context.Context, do func()) {
	ctx, cancel := context.WithCancel(ctx)
	watched := r.watchAll(ctx)
	do()
	cancel()
	<-watched
}

// incomplete makes the error, after taking back what is of no use.
func (r *run) incomplete(ctx context.Context, op string) error {
	e := &IncompleteError{Op: op, Failures: r.failures}
	alive := r.alive()
	if !r.hasJobManager() {
		e.Rest = "there is no JobManager, so nothing is left running"
		if left := r.takeBack(ctx); len(left) > 0 {
			e.Rest = "there is no JobManager; " + leftText(left, r.stopLine)
		} else if !slices.ContainsFunc(alive, func(p Process) bool { return !p.Started }) && len(r.of(TaskManager)) == 0 {
			e.Rest = "nothing was started"
		}
		// A JobManager that was there and died is a failed start, not a host out of reach.
		e.Some = len(r.processes) > 0
		return e
	}
	e.Some = true
	e.Rest = fmt.Sprintf("the other %d processes are left running; when the cause is mended, the same command starts what is missing", len(alive))
	return e
}

// hasJobManager tells whether there is a JobManager that has not failed.
func (r *run) hasJobManager() bool {
	return r.serving || slices.ContainsFunc(r.alive(), func(p Process) bool { return p.Role == JobManager })
}

// alive are the processes that did not fail.
func (r *run) alive() []Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.processes), func(p Process) bool { return r.failed[processKey(p.Host, p.PID)] })
}

func processKey(host string, pid int) string { return fmt.Sprintf("%s %d", host, pid) }
