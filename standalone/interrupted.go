package standalone

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// InterruptedError is a start that the end of its context has ended. What it had
// started was stopped again.
type InterruptedError struct {
	Op    string
	Cause error // of the context's end
	// Missing says what was waited for, with the ends of logs.
	Missing []*Failure
	// Left names what may still run, StopBy the command that ends it.
	Left   []string
	StopBy string
}

// Error names the cause, what was missing and what may be left.
func (e *InterruptedError) Error() string {
	text := fmt.Sprintf("%s: %v", e.Op, e.Cause)
	for _, f := range e.Missing {
		text += "\n  - " + f.Error()
	}
	sep := "; "
	if len(e.Missing) > 0 {
		sep = "\n"
	}
	if len(e.Left) == 0 {
		return text + sep + "what was started has been stopped again"
	}
	return text + sep + leftText(e.Left, e.StopBy)
}

// Unwrap is the cause.
func (e *InterruptedError) Unwrap() error { return e.Cause }

func leftText(left []string, stopLine string) string {
	return "these may still run, end them with " + stopLine + ": " + strings.Join(left, ", ")
}

// interrupted takes back what was started. ctx has ended.
func (r *run) interrupted(ctx context.Context, op string) error {
	missing := r.missing(ctx)
	return &InterruptedError{Op: op, Cause: context.Cause(ctx), Missing: missing, Left: r.takeBack(ctx), StopBy: r.stopLine}
}

// missing says of each TaskManager that has not registered why, as far as its log
// tells. ctx has ended.
func (r *run) missing(ctx context.Context) []*Failure {
	failures := slices.Clone(r.failures)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), launchGrace)
	defer cancel()
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, p := range r.unregistered() {
		group.Go(func() {
			f := &Failure{Host: p.Host, Role: p.Role, Err: fmt.Errorf("process %d has not registered", p.PID), LogFile: p.LogFile}
			if p.Role != TaskManager {
				f.Err = fmt.Errorf("process %d does not answer", p.PID)
			}
			var s script
			s.list("pids", []string{strconv.Itoa(p.PID)})
			s.list("logs", []string{p.LogFile})
			if answers, err := r.cluster.host(p.Host).run(ctx, "words.sh", &s); err == nil && len(answers) == 1 {
				if e, err := parseEnded(answers[0]); err == nil {
					f.Log = e.log
					if cause := CauseInLog(e.log); cause != "" && p.Role == ZooKeeperPeer {
						f.Err = fmt.Errorf("%w: %s", f.Err, cause)
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			failures = append(failures, f)
		})
	}
	group.Wait()
	return failures
}

// takeBack stops what was started, also after ctx has ended, and names what may be left.
func (r *run) takeBack(ctx context.Context) (left []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace+launchGrace)
	defer cancel()
	var mu sync.Mutex
	add := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		left = append(left, text)
	}
	r.mu.Lock()
	pids := map[string]map[Role][]int{}
	for _, p := range r.processes {
		if p.Started && !r.failed[processKey(p.Host, p.PID)] {
			if pids[p.Host] == nil {
				pids[p.Host] = map[Role][]int{}
			}
			pids[p.Host][p.Role] = append(pids[p.Host][p.Role], p.PID)
		}
	}
	for _, name := range r.unknown {
		left = append(left, "what was being started on "+name)
	}
	r.mu.Unlock()
	var group sync.WaitGroup
	for name, roles := range pids {
		for role, list := range roles {
			group.Go(func() {
				h := r.cluster.host(name)
				_, err := h.stop(ctx, h.facts, role, stopping{only: list, grace: stopGrace})
				if err != nil {
					add(fmt.Sprintf("%s on %s (process %s)", role, name, joinInts(list)))
				}
				r.cluster.report(Event{Host: name, Role: role, State: "stopped again"})
			})
		}
	}
	group.Wait()
	slices.Sort(left)
	return left
}

func joinInts(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

// pollInterval is how often the JobManager is asked.
const pollInterval = 100 * time.Millisecond
