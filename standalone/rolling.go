package standalone

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// Replaced is a TaskManager that another one has taken the place of.
type Replaced struct {
	Host string `json:"host"`
	Old  int    `json:"oldPid"`
	New  int    `json:"newPid"`
}

// RestartTaskManagers replaces all TaskManagers one after another: the new one has
// registered before the old one ends, so that there are never fewer slots, and the
// JobManager has let go of the old one before the next is begun. Jobs restart from
// their latest checkpoint each time one of their TaskManagers ends, if they have
// one. Hosts need room for one more TaskManager meanwhile. The first failure ends
// it; what is not done goes on as it was.
func (c *Cluster) RestartTaskManagers(ctx context.Context) ([]Replaced, error) {
	done := []Replaced{}
	_, status, err := c.running(ctx)
	if err != nil {
		return done, err
	}
	for _, h := range status.Hosts {
		for _, p := range h.Processes {
			if p.Role != TaskManager {
				continue
			}
			one, err := c.replace(ctx, status.RestURL, h.Host, p)
			if err != nil {
				return done, fmt.Errorf("replace TaskManager %d on %s: %w", p.PID, h.Host, err)
			}
			done = append(done, one)
		}
	}
	return done, nil
}

func (c *Cluster) replace(ctx context.Context, base, name string, old ProcessStatus) (Replaced, error) {
	r := newRun(c)
	r.serving, r.urls = true, []string{base}
	r.more(ctx, flink.HostLine{Host: name}, 1)
	// Those that run besides are not waited for.
	began := slices.DeleteFunc(r.of(TaskManager), func(p Process) bool { return !p.Started })
	r.processes = began
	if _, err := r.finish(ctx, "start its successor", time.Now()); err != nil {
		return Replaced{}, err
	}
	h := c.host(name)
	if _, err := h.stop(ctx, h.facts, TaskManager, stopping{only: []int{old.PID}, grace: stopGrace}); err != nil {
		return Replaced{}, err
	}
	c.report(Event{Host: name, Role: TaskManager, PID: old.PID, State: "replaced", Detail: fmt.Sprintf("by %d", began[0].PID)})
	return Replaced{Host: name, Old: old.PID, New: began[0].PID}, c.awaitGone(ctx, base, old.ResourceID)
}

// awaitGone waits until the JobManager has let go of a TaskManager.
func (c *Cluster) awaitGone(ctx context.Context, base, id string) error {
	client, err := c.restClient(base)
	if err != nil || id == "" {
		return err
	}
	for {
		list, err := client.TaskManagers(ctx)
		if err == nil && !slices.ContainsFunc(list, func(t rest.TaskManager) bool { return t.ID == id }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pollInterval):
		}
	}
}
