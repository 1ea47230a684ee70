package standalone

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/flink"
)

// running is a run on a cluster that serves already. What is started gets the
// properties that its JobManager has.
func (c *Cluster) running(ctx context.Context) (*run, *Status, error) {
	status, err := c.Status(ctx)
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if status.RestURL == "" {
		if err == nil || errors.Is(err, ErrNotRunning) {
			return nil, status, fmt.Errorf("%w: no JobManager answers: %s", ErrNotRunning, status.RestError)
		}
		return nil, status, err
	}
	r := newRun(c)
	r.serving, r.urls = true, []string{status.RestURL}
	c.adopt(status.properties)
	return r, status, nil
}

// adopt makes the properties of a running JobManager those of what is started
// from now on, where the caller has not set others. Those that its own memory
// model has made of its configuration are its alone.
func (c *Cluster) adopt(properties []Property) {
	var adopted []Property
	for _, p := range properties {
		known := slices.ContainsFunc(c.o.Properties, func(q Property) bool { return q.Key == p.Key })
		if !known && !isJobManagersOwn(p.Key) {
			adopted = append(adopted, p)
		}
	}
	c.o.Properties = append(adopted, c.o.Properties...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts = map[string]*host{} // their configurations have been read with other properties
}

// isJobManagersOwn tells of a property in a JobManager's command line whether it
// means that process only.
func isJobManagersOwn(key string) bool {
	for _, prefix := range []string{"jobmanager.memory.", "--"} {
		if len(key) > len(prefix) && key[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}

// AddTaskManagers starts one more TaskManager on each host, as many as it is
// named, and waits until they have registered. They get the properties that the
// running JobManager was started with. What becomes of failures, and of the end of
// ctx, is as for Start. Where no JobManager answers the error is ErrNotRunning.
func (c *Cluster) AddTaskManagers(ctx context.Context, hosts []string) (*Started, error) {
	began := time.Now()
	r, _, err := c.running(ctx)
	if err != nil {
		return nil, err
	}
	var group sync.WaitGroup
	for i, name := range hosts {
		if slices.Contains(hosts[:i], name) {
			continue
		}
		n := 0
		for _, other := range hosts {
			if other == name {
				n++
			}
		}
		group.Go(func() { r.more(ctx, flink.HostLine{Host: name}, n) })
	}
	group.Wait()
	return r.finish(ctx, "add TaskManagers", began)
}

// more starts n more TaskManagers on a host.
func (r *run) more(ctx context.Context, line flink.HostLine, n int) {
	h := r.cluster.host(line.Host)
	facts, err := h.inspect(ctx)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		var s *script
		if s, err = r.launchScript(h, facts, line, TaskManager, n); err == nil {
			s.set("count", "0")
			s.set("more", strconv.Itoa(n))
			err = r.runLaunch(ctx, newProcess(facts, line, TaskManager), s)
		}
	}
	if err != nil && ctx.Err() == nil {
		r.fail(&Failure{Host: line.Host, Role: TaskManager, Err: err})
	}
}

// RemoveTaskManagers ends the TaskManager that was started last on each host, as
// many as it is named. A host that has fewer is ErrIncomplete.
func (c *Cluster) RemoveTaskManagers(ctx context.Context, hosts []string, force bool) ([]Stopped, error) {
	all := []Stopped{}
	e := &IncompleteError{Op: "remove TaskManagers"}
	for i, name := range hosts {
		if slices.Contains(hosts[:i], name) {
			continue
		}
		n := 0
		for _, other := range hosts {
			if other == name {
				n++
			}
		}
		stopped, err := c.stopOn(ctx, name, TaskManager, stopping{count: n, force: force, grace: stopGrace})
		all = append(all, stopped...)
		if err == nil && len(stopped) < n {
			err = fmt.Errorf("%w: %d TaskManagers, and %d were to be removed", ErrNotRunning, len(stopped), n)
		}
		if ctx.Err() != nil {
			return all, context.Cause(ctx)
		}
		if err != nil {
			e.Failures = append(e.Failures, &Failure{Host: name, Role: TaskManager, Err: err})
		}
	}
	e.Some = len(all) > 0
	if len(e.Failures) > 0 {
		return all, e
	}
	return all, nil
}

// EditHosts changes a conf/masters or conf/workers. The file is replaced at once,
// with its mode; of a link, what it leads to.
func EditHosts(path string, edit func(*flink.HostsFile)) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	hosts := flink.ParseHostsFile(content)
	edit(hosts)
	temporary, err := os.CreateTemp(filepath.Dir(path), ".yarnflink-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(hosts.Content())
	err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		os.Remove(temporary.Name())
		return fmt.Errorf("rewrite %s: %w", path, err)
	}
	return nil
}
