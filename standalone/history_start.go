package standalone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// HistoryStarted is a history server that serves.
type HistoryStarted struct {
	Host string `json:"host"`
	PID  int    `json:"pid"`
	// Started tells that this call started it; else it ran before.
	Started      bool     `json:"started"`
	WebURL       string   `json:"webUrl"`
	FlinkVersion string   `json:"flinkVersion"` // "" where it can't be asked from here
	ArchiveDirs  []string `json:"archiveDirs"`
	LogFile      string   `json:"logFile"`
	Seconds      float64  `json:"seconds"`
	// Warnings are what lets it serve and show nothing.
	Warnings []string `json:"-"`
}

const startHistory = "start the history server"

// Start starts the history server unless it runs, and returns when its web side
// answers: at the port that the process listens at, whatever the configuration
// says. What can be refused by the host's configuration is ErrInvalid.
//
// A process that ends is ErrIncomplete, with the cause and the end of its log.
// When ctx ends, what this call has started is stopped again.
func (h *HistoryServer) Start(ctx context.Context) (*HistoryStarted, error) {
	began := time.Now()
	r := newRun(h.cluster)
	r.stopLine = "yarnflink history stop " + h.host.name
	h.cluster.report(Event{Host: h.host.name, State: "asked"})
	facts, err := h.host.inspect(ctx)
	if err == nil {
		r.explain = facts.explain
		if refused := facts.historyProblem(h.host.name); refused != nil {
			return nil, refused
		}
		err = r.runLaunch(ctx, Process{Host: h.host.name, Role: HistoryRole}, facts.historyScript())
	}
	if err != nil && ctx.Err() == nil {
		r.fail(&Failure{Host: h.host.name, Role: HistoryRole, Err: err})
	}
	var started *HistoryStarted
	if ctx.Err() == nil && len(r.failures) == 0 {
		started, err = h.await(ctx, r, facts)
	}
	switch {
	case ctx.Err() != nil:
		missing := h.missing(ctx, r)
		return nil, &InterruptedError{Op: startHistory, Cause: context.Cause(ctx), Missing: missing, Left: r.takeBack(ctx), StopBy: r.stopLine}
	case len(r.failures) > 0:
		return nil, &IncompleteError{Op: startHistory, Failures: r.failures, Some: len(r.processes) > 0}
	case err != nil:
		return nil, err
	}
	started.Seconds, started.Warnings = time.Since(began).Seconds(), facts.historyWarnings()
	return started, nil
}

// explain finds the cause in the log of a history server that has ended: what it
// complains of while it stops comes after it. Hadoop's classes are the usual one.
func (f *hostFacts) explain(failed *Failure) {
	before, _, stopping := strings.Cut(failed.Log, "Stopping history server.")
	if cause := CauseInLog(before); stopping && cause != "" {
		failed.Err = errors.New("the process has ended: " + cause)
	}
	if dir := f.needsHadoop(); dir != "" && strings.Contains(failed.Log, "Hadoop is not in the classpath") {
		failed.Err = &HostError{Kind: "hadoop", Text: "the process has ended: Hadoop is not in its class path, which " + dir + " needs",
			Advice: "set HADOOP_CLASSPATH to what `hadoop classpath` prints, in the profile of that host's user"}
	}
}

// missing says of a process that did not answer in time what its log tells.
func (h *HistoryServer) missing(ctx context.Context, r *run) []*Failure {
	failures := slices.Clone(r.failures)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), launchGrace)
	defer cancel()
	for _, p := range r.alive() {
		f := &Failure{Host: p.Host, Role: p.Role, Err: fmt.Errorf("process %d does not answer", p.PID), LogFile: p.LogFile}
		var s script
		s.list("pids", []string{strconv.Itoa(p.PID)})
		s.list("logs", []string{p.LogFile})
		if answers, err := h.host.run(ctx, "words.sh", &s); err == nil && len(answers) == 1 {
			if e, err := parseEnded(answers[0]); err == nil {
				f.Log = e.log
			}
		}
		failures = append(failures, f)
	}
	return failures
}

// ports collects where processes listen.
type ports struct {
	mu   sync.Mutex
	list []listening
}

type listening struct{ pid, port int }

func (p *ports) take(a answer) {
	var l listening
	if _, err := fmt.Sscanf(a.value, "%d %d", &l.pid, &l.port); err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, l)
}

func (p *ports) all() []listening {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.list)
}

// await returns when one of the processes answers, or none is left; ctx ending is
// told by ctx.
func (h *HistoryServer) await(ctx context.Context, r *run, facts *hostFacts) (*HistoryStarted, error) {
	known := &ports{}
	watching, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	processes := r.of(HistoryRole)
	go func() {
		defer close(watched)
		r.followPorts(watching, h.host, processes, known)
	}()
	defer func() {
		cancel()
		<-watched
	}()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for len(r.alive()) > 0 {
		for _, l := range known.all() {
			base, version, err := h.ask(ctx, facts, l.port)
			if errors.Is(err, rest.ErrForbidden) {
				return nil, err
			}
			i := slices.IndexFunc(processes, func(p Process) bool { return p.PID == l.pid })
			if err == nil && i >= 0 {
				p := processes[i]
				return &HistoryStarted{Host: p.Host, PID: p.PID, Started: p.Started, WebURL: base, FlinkVersion: version, ArchiveDirs: facts.archiveDirs(), LogFile: p.LogFile}, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, nil //nolint:nilnil // ctx tells
		case <-r.changed:
		case <-ticker.C:
		}
	}
	return nil, nil //nolint:nilnil // the failures tell
}

// followPorts notes where processes listen, and which of them end.
func (r *run) followPorts(ctx context.Context, h *host, list []Process, known *ports) {
	r.follow(ctx, h, list, "listening.sh", func(a answer) {
		switch a.key {
		case "ended":
			r.noteEnd(h.name, list, a)
		case "listens":
			r.note(func() { known.take(a) })
		}
	})
}

// ask asks what listens at a port of the host for its release. One that listens at
// its host's loopback address only can't be asked from elsewhere: that the port is
// the configured one has to do.
func (h *HistoryServer) ask(ctx context.Context, facts *hostFacts, port int) (base, version string, err error) {
	host, away := facts.historyAddress(h.host.name)
	u := url.URL{Scheme: flink.HistoryScheme(facts.configuration), Host: net.JoinHostPort(host, strconv.Itoa(port))}
	base = u.String()
	if away {
		if wanted := facts.configuration.Text(flink.HistoryWebPort); wanted != "0" && wanted != strconv.Itoa(port) {
			return base, "", fmt.Errorf("it is not port %s", wanted)
		}
		return base, "", nil
	}
	client, err := h.cluster.restClient(base)
	if err != nil {
		return base, "", err
	}
	config, err := client.Config(ctx)
	return base, config.FlinkVersion, err
}

// historyAddress is where the history server of a host is reached, and whether
// that is from the host itself only.
func (f *hostFacts) historyAddress(hostName string) (address string, away bool) {
	address = f.configuration.Text(flink.HistoryWebAddress)
	if ip := net.ParseIP(address); address == "" || ip != nil && ip.IsUnspecified() {
		return hostName, false
	}
	return address, isLoopback(address) && !isLoopback(hostName)
}
