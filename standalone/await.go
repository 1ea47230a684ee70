package standalone

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// await returns when every TaskManager that has not failed is registered, or when
// no JobManager is left. ctx ending is told by ctx.
func (r *run) await(ctx context.Context) (*Started, error) {
	var seen []rest.TaskManager
	told := map[string]bool{}
	answered := false
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		alive := r.alive()
		if !r.hasJobManager() {
			return nil, nil //nolint:nilnil // the failures tell
		}
		base, list, err := r.ask(ctx)
		if err == nil {
			if !answered && !r.serving {
				answered = true
				r.cluster.report(Event{Host: hostOf(base), Role: JobManager, State: "answers", Detail: base})
			}
			seen = list
			r.tellRegistered(alive, seen, told)
			if complete(alive, seen) && r.listen(ctx, alive) {
				return r.started(ctx, base, seen)
			}
		} else if errors.Is(err, rest.ErrForbidden) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			r.note(func() { r.processes = markRegistered(r.processes, seen) })
			return nil, nil //nolint:nilnil // ctx tells
		case <-r.changed:
		case <-ticker.C:
		}
	}
}

// awaitAnswer returns when a JobManager that this run has started answers, and soon
// at any rate. A TaskManager that does not find one asks again only after
// cluster.registration.error-delay, ten seconds.
func (r *run) awaitAnswer(ctx context.Context) {
	if !slices.ContainsFunc(r.of(JobManager), func(p Process) bool { return p.Started }) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerGrace)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if _, _, err := r.ask(ctx); err == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Hostname()
}

// ask asks the addresses in turn for the TaskManagers; the first that answers counts.
func (r *run) ask(ctx context.Context) (base string, list []rest.TaskManager, err error) {
	r.mu.Lock()
	urls := slices.Clone(r.urls)
	r.mu.Unlock()
	urls = append(urls, r.webAddresses(ctx)...)
	err = errors.New("no address of a JobManager is known")
	for _, base = range urls {
		var client *rest.Client
		if client, err = r.cluster.restClient(base); err != nil {
			continue
		}
		if list, err = client.TaskManagers(ctx); err == nil {
			return base, list, nil
		}
	}
	return base, nil, err
}

// listen tells whether the JobManagers that were added to a cluster which serves
// answer, too.
func (r *run) listen(ctx context.Context, alive []Process) bool {
	for _, p := range alive {
		if p.Role != JobManager || !r.serving || !p.Started {
			continue
		}
		urls := p.urls
		if p.anyPort {
			urls = []string{r.cluster.webAddress(ctx, p)}
		}
		if !slices.ContainsFunc(urls, func(base string) bool { return base != "" && r.cluster.serves(ctx, base) == nil }) {
			return false
		}
	}
	return true
}

func (r *run) tellRegistered(alive []Process, seen []rest.TaskManager, told map[string]bool) {
	for _, p := range alive {
		i := slices.IndexFunc(seen, func(t rest.TaskManager) bool { return t.ID == p.ResourceID })
		if p.Role != TaskManager || i < 0 || seen[i].Slots == 0 || told[p.ResourceID] {
			continue
		}
		told[p.ResourceID] = true
		r.cluster.report(Event{Host: p.Host, Role: TaskManager, PID: p.PID, State: "registered", Detail: slotsText(seen[i].Slots)})
	}
}

func slotsText(n int) string {
	if n == 1 {
		return "1 slot"
	}
	return fmt.Sprintf("%d slots", n)
}

// complete tells whether all processes are registered with their slots. Those
// whose name is not known count by their number.
func complete(alive []Process, seen []rest.TaskManager) bool {
	nameless, known := 0, 0
	for _, p := range alive {
		if p.Role != TaskManager {
			continue
		}
		if p.ResourceID == "" {
			nameless++
			continue
		}
		i := slices.IndexFunc(seen, func(t rest.TaskManager) bool { return t.ID == p.ResourceID })
		if i < 0 || p.Started && seen[i].Slots < p.slots {
			return false
		}
		known++
	}
	return len(seen)-known >= nameless
}

// markRegistered gives nameless processes and those that are registered a mark, so
// that what is missing can be told.
func markRegistered(processes []Process, seen []rest.TaskManager) []Process {
	marked := slices.Clone(processes)
	for i, p := range marked {
		if slices.ContainsFunc(seen, func(t rest.TaskManager) bool { return t.ID == p.ResourceID }) {
			marked[i].registered = true
		}
	}
	return marked
}

// unregistered are the processes that were waited for in vain: a JobManager where
// none answered, or which was to join others, else TaskManagers.
func (r *run) unregistered() []Process {
	anybody := slices.ContainsFunc(r.processes, func(p Process) bool { return p.registered })
	var list []Process
	for _, p := range r.alive() {
		if !p.registered && (p.Role != JobManager || r.serving && p.Started || !anybody && len(r.of(TaskManager)) > 0) {
			list = append(list, p)
		}
	}
	return list
}

// started describes the cluster that serves.
func (r *run) started(ctx context.Context, base string, seen []rest.TaskManager) (*Started, error) {
	client, err := r.cluster.restClient(base)
	if err != nil {
		return nil, err
	}
	overview, err := client.Overview(ctx)
	if err != nil {
		return nil, err
	}
	s := &Started{RestURL: base, FlinkVersion: overview.FlinkVersion, TaskManagers: len(seen), Processes: r.alive()}
	for _, t := range seen {
		s.Slots += t.Slots
	}
	slices.SortFunc(s.Processes, compareProcesses)
	return s, nil
}

func compareProcesses(a, b Process) int {
	switch {
	case a.Role != b.Role && a.Role == JobManager:
		return -1
	case a.Role != b.Role:
		return 1
	case a.Host < b.Host:
		return -1
	case a.Host > b.Host:
		return 1
	}
	return a.PID - b.PID
}
