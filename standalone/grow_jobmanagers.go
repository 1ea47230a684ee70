package standalone

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/flink"
)

// AddJobManagers starts one more JobManager for each line, a host with the port of
// its REST, and waits until it answers: it stands by for the one that leads, with
// whose properties it is started. Without high availability it is refused, as is a
// line that is there already, before anything is done; ErrInvalid. What becomes of
// failures, and of the end of ctx, is as for Start.
func (c *Cluster) AddJobManagers(ctx context.Context, lines []flink.HostLine) (*Started, error) {
	began := time.Now()
	if err := c.o.newMasters(lines); err != nil {
		return nil, err
	}
	r, status, err := c.running(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	// A running cluster may have high availability by its command line only.
	if !flink.IsHighAvailability(status.configuration) {
		return nil, problem("set high-availability.type: zookeeper with high-availability.zookeeper.quorum and high-availability.storageDir, and start the cluster anew",
			"a JobManager more: without high availability only one can lead")
	}
	if err != nil {
		return nil, err
	}
	var group sync.WaitGroup
	for i, line := range lines {
		if !slices.Contains(lines[:i], line) {
			group.Go(func() { r.moreJobManagers(ctx, line, lines) })
		}
	}
	group.Wait()
	return r.finish(ctx, "add JobManagers", began)
}

// newMasters refuses lines that would stand twice in conf/masters.
func (o Options) newMasters(lines []flink.HostLine) error {
	var errs []error
	for i, line := range lines {
		if line.WebUIPort == 0 {
			continue // any free port each
		}
		if slices.Contains(o.Masters, line) {
			errs = append(errs, problem("start it with cluster start if it does not run", "conf/masters names %s already", line))
		}
		if slices.Contains(lines[:i], line) {
			errs = append(errs, problem("give each JobManager of a host a port of its own", "%s is named twice", line))
		}
	}
	return errors.Join(errs...)
}

// moreJobManagers starts those of one line. One that runs at the line's port is
// taken for it.
func (r *run) moreJobManagers(ctx context.Context, line flink.HostLine, lines []flink.HostLine) {
	facts, err := r.cluster.host(line.Host).inspect(ctx)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		var s *script
		if s, err = facts.launchScript(JobManager, nil, r.cluster.o, line); err == nil {
			s.set("count", "1")
			s.set("more", "")
			if line.WebUIPort == 0 {
				n := len(slices.DeleteFunc(slices.Clone(lines), func(l flink.HostLine) bool { return l != line }))
				s.set("more", strconv.Itoa(n))
			}
			s.list("mark", facts.portWords(line))
			err = r.runLaunch(ctx, newProcess(facts, line, JobManager), s)
		}
	}
	if err != nil && ctx.Err() == nil {
		r.fail(&Failure{Host: line.Host, Role: JobManager, Err: err})
	}
}

// RemoveJobManagers ends JobManagers that conf/masters names, each a host, with its
// port where the host has several. Where the leader is among them, another one
// leads and answers when the call returns. Removing the last one, or all that run,
// is ErrInvalid, before anything is done; force lets those go that don't run or
// whose host is not reached.
func (c *Cluster) RemoveJobManagers(ctx context.Context, lines []flink.HostLine, force bool) ([]Stopped, error) {
	if err := c.o.fewerMasters(lines); err != nil {
		return nil, err
	}
	status, err := c.Status(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if errors.Is(err, ErrNotRunning) && !errors.Is(err, ErrIncomplete) && !force {
		return nil, err
	}
	chosen, leads := status.choose(c.o, lines)
	n := 0
	for _, pids := range chosen {
		n += len(pids)
	}
	if n > 0 && n == status.count("", JobManager) {
		return nil, problem("start the others with cluster start, or end the cluster with cluster stop", "no other JobManager runs that could take over")
	}
	stopped, err := c.stopChosen(ctx, lines, chosen, force)
	if err != nil || !leads {
		return stopped, err
	}
	return stopped, c.awaitLeader(ctx, status)
}

// fewerMasters refuses what conf/masters does not have, and to leave none.
func (o Options) fewerMasters(lines []flink.HostLine) error {
	left := slices.Clone(o.Masters)
	var errs []error
	for _, line := range lines {
		same := func(m flink.HostLine) bool {
			return m.Host == line.Host && (line.WebUIPort == 0 || m.WebUIPort == line.WebUIPort)
		}
		i := slices.IndexFunc(left, same)
		switch {
		case i < 0:
			errs = append(errs, problem("see conf/masters for the hosts", "conf/masters does not name %s", line))
		case line.WebUIPort == 0 && o.severalPorts(line.Host):
			errs = append(errs, problem("name it with its port, as in conf/masters", "conf/masters names several JobManagers on %s", line.Host))
		default:
			left = slices.Delete(left, i, i+1)
		}
	}
	if len(errs) == 0 && len(left) == 0 {
		errs = append(errs, problem("end the cluster with cluster stop, or add another JobManager first", "a cluster needs a JobManager, and none would be left in conf/masters"))
	}
	return errors.Join(errs...)
}

// severalPorts tells whether the JobManagers of a host can be told apart by their
// ports, and need be.
func (o Options) severalPorts(host string) bool {
	ports := map[int]bool{}
	for _, m := range o.Masters {
		if m.Host == host {
			ports[m.WebUIPort] = true
		}
	}
	return len(ports) > 1
}

// choose finds the processes of lines by host, and whether one of them leads, or
// may: where nobody knows, it does.
func (s *Status) choose(o Options, lines []flink.HostLine) (chosen map[string][]int, leads bool) {
	chosen = map[string][]int{}
	for _, h := range s.Hosts {
		for _, line := range lines {
			if line.Host != h.Host {
				continue
			}
			for _, p := range h.Processes {
				if p.Role != JobManager || slices.Contains(chosen[h.Host], p.PID) || o.severalPorts(h.Host) && p.master.WebUIPort != line.WebUIPort {
					continue
				}
				chosen[h.Host] = append(chosen[h.Host], p.PID)
				leads = leads || p.Leads == nil || *p.Leads
				break
			}
		}
	}
	return chosen, leads
}

// stopChosen ends processes, and says which lines have none.
func (c *Cluster) stopChosen(ctx context.Context, lines []flink.HostLine, chosen map[string][]int, force bool) ([]Stopped, error) {
	all := []Stopped{}
	e := &IncompleteError{Op: "remove JobManagers"}
	for i, line := range lines {
		if slices.ContainsFunc(lines[:i], func(l flink.HostLine) bool { return l.Host == line.Host }) {
			continue
		}
		pids := chosen[line.Host]
		var stopped []Stopped
		err := fmt.Errorf("%w: no such JobManager", ErrNotRunning)
		if _, asked := c.host(line.Host).inspect(ctx); asked != nil {
			err = asked
		}
		if len(pids) > 0 {
			stopped, err = c.stopOn(ctx, line.Host, JobManager, stopping{only: pids, force: force, grace: stopGrace})
		}
		all = append(all, stopped...)
		if ctx.Err() != nil {
			return all, context.Cause(ctx)
		}
		if err != nil {
			e.Failures = append(e.Failures, &Failure{Host: line.Host, Role: JobManager, Err: err})
		}
	}
	e.Some = len(all) > 0
	if len(e.Failures) > 0 {
		return all, e
	}
	return all, nil
}

// awaitLeader waits until a JobManager leads that is none of those that led before,
// and answers.
func (c *Cluster) awaitLeader(ctx context.Context, before *Status) error {
	c.report(Event{Host: "ZooKeeper", Role: JobManager, State: "waiting for another one to lead"})
	var last error
	for {
		web, err := c.findLeader(ctx, before.configuration)
		if err == nil {
			if base := before.standby(web); base != "" {
				if err = c.serves(ctx, base); err == nil {
					c.report(Event{Host: hostOf(base), Role: JobManager, State: "leads", Detail: base})
					return nil
				}
			} else {
				err = fmt.Errorf("ZooKeeper still names the one at %s", web)
			}
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: no other JobManager leads yet: %w", context.Cause(ctx), last)
		case <-time.After(pollInterval):
		}
	}
}

// standby is the caller's address of a leader that did not lead before; "" of the
// one that did.
func (s *Status) standby(web string) string {
	if sameAddress(web, s.Leader) {
		return ""
	}
	for _, h := range s.Hosts {
		for _, p := range h.Processes {
			if p.Role != JobManager || !slices.ContainsFunc(append([]string{p.WebURL}, p.urls...), func(one string) bool { return sameAddress(one, web) }) {
				continue
			}
			if p.Leads != nil && *p.Leads {
				return ""
			}
			return p.urls[0]
		}
	}
	return web
}

// serves tells whether a JobManager answers for its cluster.
func (c *Cluster) serves(ctx context.Context, base string) error {
	client, err := c.restClient(base)
	if err != nil {
		return err
	}
	_, err = client.Overview(ctx)
	return err
}
