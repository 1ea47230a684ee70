package standalone

import (
	"context"
	"fmt"
	"path"
	"strconv"

	"github.com/yarnflink/yarnflink/flink"
)

// HistoryStatus is what runs of a history server on its host.
type HistoryStatus struct {
	Host        string           `json:"host"`
	ArchiveDirs []string         `json:"archiveDirs"`
	Processes   []HistoryProcess `json:"processes"`
	// Dead are entries of the pid file that no process belongs to.
	Dead []string `json:"deadPids"`
}

// HistoryProcess is one history server that runs.
type HistoryProcess struct {
	PID int `json:"pid"`
	// Seconds is how long it runs, -1 where that is not known.
	Seconds int64 `json:"seconds"`
	// FlinkVersion is that of the dist jar in its class path, "" where it names none.
	FlinkVersion string `json:"flinkVersion"`
	// Lost tells that the pid file does not have it, so that Flink's scripts would not stop it.
	Lost    bool   `json:"lost"`
	LogFile string `json:"logFile"`
	// WebURL is where it answers, "" where it does not; WebError says why.
	WebURL   string `json:"webUrl"`
	WebError string `json:"webError,omitempty"`
	// Jobs is how many it shows, -1 where that is not known.
	Jobs int `json:"jobs"`
}

// Status asks the host, and the history server how many jobs it shows. One that
// runs and does not answer is an ErrIncomplete beside the result. Where none runs
// the error is ErrNotRunning.
func (h *HistoryServer) Status(ctx context.Context) (*HistoryStatus, error) {
	s := &HistoryStatus{Host: h.host.name, ArchiveDirs: []string{}, Processes: []HistoryProcess{}, Dead: []string{}}
	facts, err := h.host.inspect(ctx)
	if err == nil {
		s.ArchiveDirs = append(s.ArchiveDirs, facts.archiveDirs()...)
		err = h.processes(ctx, facts, s)
	}
	if err == nil && len(s.Processes) > 0 {
		err = h.askWeb(ctx, facts, s)
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, &IncompleteError{Op: "look at the history server", Failures: []*Failure{{Host: h.host.name, Err: err}}}
	case len(s.Processes) == 0:
		return s, fmt.Errorf("the history server on %s: %w", h.host.name, ErrNotRunning)
	}
	e := &IncompleteError{Op: "look at the history server", Some: true}
	for _, p := range s.Processes {
		if p.WebURL == "" {
			e.Failures = append(e.Failures, &Failure{Host: h.host.name, Role: HistoryRole, Err: fmt.Errorf("process %d does not answer: %s", p.PID, p.WebError)})
		}
	}
	if len(e.Failures) > 0 {
		return s, e
	}
	return s, nil
}

func (h *HistoryServer) processes(ctx context.Context, facts *hostFacts, s *HistoryStatus) error {
	var in script
	facts.place(&in)
	in.list("roles", []string{HistoryRole.daemon()})
	answers, err := h.host.run(ctx, "status.sh", &in)
	if err != nil {
		return err
	}
	for _, a := range answers {
		value := a.value[min(len(HistoryRole.daemon())+1, len(a.value)):]
		if a.key == "dead" {
			s.Dead = append(s.Dead, value)
			continue
		}
		p, err := parseProcess(value)
		if err != nil {
			return err
		}
		one := HistoryProcess{PID: p.pid, Seconds: p.seconds, Lost: a.key == "lost", LogFile: p.logFile, WebError: "it listens at no port", Jobs: -1}
		if v, err := flink.ParseDistJarName(path.Base(p.distJar)); err == nil {
			one.FlinkVersion = v.String()
		}
		s.Processes = append(s.Processes, one)
	}
	return nil
}

// askWeb asks each process at the ports that it listens at.
func (h *HistoryServer) askWeb(ctx context.Context, facts *hostFacts, s *HistoryStatus) error {
	var in script
	var pids, logs []string
	for _, p := range s.Processes {
		pids, logs = append(pids, strconv.Itoa(p.PID)), append(logs, p.LogFile)
	}
	in.list("pids", pids)
	in.list("logs", logs)
	in.set("follow", "")
	answers, err := h.host.run(ctx, "listening.sh", &in)
	if err != nil {
		return err
	}
	known := &ports{}
	for _, a := range answers {
		known.take(a)
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		for _, l := range known.all() {
			if l.pid == p.PID && p.WebURL == "" {
				h.askProcess(ctx, facts, p, l.port)
			}
		}
	}
	return nil
}

func (h *HistoryServer) askProcess(ctx context.Context, facts *hostFacts, p *HistoryProcess, port int) {
	base, version, err := h.ask(ctx, facts, port)
	if err != nil {
		p.WebError = err.Error()
		return
	}
	p.WebURL, p.WebError = base, ""
	if version == "" {
		return // not from here
	}
	client, err := h.cluster.restClient(base)
	if err != nil {
		return // it was one a moment ago
	}
	if jobs, err := client.Jobs(ctx); err == nil {
		p.Jobs = len(jobs)
	}
}
