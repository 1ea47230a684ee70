package standalone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// ended is a process that is gone, with the ends of its log and its output.
type ended struct {
	pid      int
	log, out string
}

func parseEnded(a answer) (ended, error) {
	words := strings.Split(a.value, " ")
	if len(words) != 3 {
		return ended{}, fmt.Errorf("%w: %q", errAnswer, a.value)
	}
	var e ended
	var err error
	if e.pid, err = strconv.Atoi(words[0]); err == nil {
		if e.log, err = decode(words[1]); err == nil {
			e.out, err = decode(words[2])
		}
	}
	// What the JVM itself says stands in its output only.
	if strings.TrimSpace(e.log) == "" {
		e.log = e.out
	}
	return e, err
}

// watchAll notes processes that end, until ctx does. The channel is closed when
// nobody is watched any more.
func (r *run) watchAll(ctx context.Context) <-chan struct{} {
	byHost := map[string][]Process{}
	for _, p := range r.processes {
		byHost[p.Host] = append(byHost[p.Host], p)
	}
	var group sync.WaitGroup
	for name, list := range byHost {
		group.Go(func() { r.watch(ctx, r.cluster.host(name), list) })
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	return done
}

// watch notes which processes of one host end.
func (r *run) watch(ctx context.Context, h *host, list []Process) {
	r.follow(ctx, h, list, "watch.sh", func(a answer) {
		if a.key == "ended" {
			r.noteEnd(h.name, list, a)
		}
	})
}

// follow runs a script that tells of the processes of one host until ctx ends.
// That it can't is no failure of theirs.
func (r *run) follow(ctx context.Context, h *host, list []Process, name string, each func(answer)) {
	var s script
	var pids, logs []string
	for _, p := range list {
		pids, logs = append(pids, strconv.Itoa(p.PID)), append(logs, p.LogFile)
	}
	s.list("pids", pids)
	s.list("logs", logs)
	s.set("follow", "1")
	text, err := s.text(name)
	if err != nil {
		return // the scripts are part of the program; a test reads them all
	}
	// The script watches as long as its input is open.
	hold, release := io.Pipe()
	stop := context.AfterFunc(ctx, func() { release.Close() })
	defer stop()
	defer release.Close()
	lines := &lineWriter{each: func(line string) {
		if a, ok := parseAnswer(line); ok {
			each(a)
		}
	}}
	err = h.stream(ctx, io.MultiReader(strings.NewReader(text), hold), lines)
	if err != nil && ctx.Err() == nil {
		r.cluster.report(Event{Host: h.name, State: "not watched", Detail: err.Error()})
	}
}

func (r *run) noteEnd(name string, list []Process, a answer) {
	e, err := parseEnded(a)
	if err != nil {
		return
	}
	for _, p := range list {
		if p.PID != e.pid {
			continue
		}
		cause := CauseInLog(e.log)
		if cause == "" {
			cause = "its log tells no cause"
		}
		r.fail(&Failure{Host: name, Role: p.Role, Err: errors.New("the process has ended: " + cause), LogFile: p.LogFile, Log: e.log})
		// Only now: who finds no process left looks for the failure.
		r.note(func() { r.failed[processKey(name, p.PID)] = true })
	}
}

// lineWriter calls each for every whole line that is written to it.
type lineWriter struct {
	each func(line string)
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		w.each(string(line))
		w.rest = rest
	}
}
