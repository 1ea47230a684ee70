package standalone

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// stopping says which processes of a role are ended, and how.
type stopping struct {
	count int   // the last so many; 0 for all
	only  []int // these processes; nil for all
	force bool  // at once
	grace time.Duration
}

// Stopped is what became of one process.
type Stopped struct {
	Host string `json:"host"`
	Role Role   `json:"role"`
	PID  int    `json:"pid"`
	// Killed tells that it did not end in order.
	Killed bool `json:"killed"`
}

// stop ends processes on a host. Those that can't be ended are an error.
func (h *host) stop(ctx context.Context, facts *hostFacts, role Role, how stopping) ([]Stopped, error) {
	var s script
	facts.place(&s)
	s.set("role", role.daemon())
	count, force := "", ""
	if how.count > 0 {
		count = strconv.Itoa(how.count)
	}
	if how.force {
		force = "1"
	}
	s.set("count", count)
	s.set("force", force)
	s.set("grace", strconv.Itoa(int(how.grace/time.Second)))
	only := make([]string, len(how.only))
	for i, pid := range how.only {
		only[i] = strconv.Itoa(pid)
	}
	s.list("only", only)
	answers, err := h.run(ctx, "stop.sh", &s)
	killed := map[int]bool{}
	var stopped []Stopped
	for _, a := range answers {
		pid, _ := strconv.Atoi(a.value)
		switch a.key {
		case "killed":
			killed[pid] = true
		case "stopped":
			stopped = append(stopped, Stopped{Host: h.name, Role: role, PID: pid, Killed: killed[pid] || how.force})
		case "left":
			err = fmt.Errorf("process %d does not end, even when it is killed", pid)
		}
	}
	return stopped, err
}

// Stop ends the processes of the cluster on all its hosts, also those that the
// pid files have lost: TaskManagers, then JobManagers. A process that has not
// ended after 10 s is killed, with force each at once. That nothing runs is no
// error. Hosts that fail are an ErrIncomplete; the others are stopped.
func (c *Cluster) Stop(ctx context.Context, force bool) ([]Stopped, error) {
	names := c.o.hostNames()
	var mu sync.Mutex
	all := []Stopped{}
	failures := map[string]*Failure{}
	for _, role := range []Role{TaskManager, JobManager} {
		var group sync.WaitGroup
		for _, name := range names {
			group.Go(func() {
				stopped, err := c.stopOn(ctx, name, role, stopping{force: force, grace: stopGrace})
				mu.Lock()
				defer mu.Unlock()
				all = append(all, stopped...)
				if err != nil {
					failures[name] = &Failure{Host: name, Err: err}
				}
			})
		}
		group.Wait()
		if ctx.Err() != nil {
			return all, context.Cause(ctx)
		}
	}
	if len(failures) == 0 {
		return all, nil
	}
	e := &IncompleteError{Op: "stop the cluster", Some: len(failures) < len(names), Rest: "processes there may still run"}
	for _, name := range names {
		if f := failures[name]; f != nil {
			e.Failures = append(e.Failures, f)
		}
	}
	return all, e
}

func (c *Cluster) stopOn(ctx context.Context, name string, role Role, how stopping) ([]Stopped, error) {
	h := c.host(name)
	facts, err := h.inspect(ctx)
	if err != nil {
		return nil, err
	}
	stopped, err := h.stop(ctx, facts, role, how)
	for _, s := range stopped {
		state := "stopped"
		if s.Killed {
			state = "killed"
		}
		c.report(Event{Host: name, Role: role, PID: s.PID, State: state})
	}
	return stopped, err
}
