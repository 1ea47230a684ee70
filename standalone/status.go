package standalone

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// Status is what a cluster looks like.
type Status struct {
	// RestURL is where a JobManager answers, "" where none does; RestError says why.
	RestURL   string `json:"restUrl"`
	RestError string `json:"restError,omitempty"`
	// Leader is the address of the JobManager that leads by ZooKeeper, "" without high availability and where that is
	// not known; LeaderError says why. One that has died is named until ZooKeeper has found out.
	Leader         string       `json:"leader"`
	LeaderError    string       `json:"leaderError,omitempty"`
	FlinkVersion   string       `json:"flinkVersion"`
	TaskManagers   int          `json:"taskManagers"` // registered
	Slots          int          `json:"slots"`
	SlotsAvailable int          `json:"slotsAvailable"`
	JobsRunning    int          `json:"jobsRunning"`
	Hosts          []HostStatus `json:"hosts"`

	seen       []rest.TaskManager
	properties []Property // of the command line of a JobManager that runs

	configuration *flink.Configuration // that the JobManagers go by
}

// HostStatus is what runs on one host.
type HostStatus struct {
	Host string `json:"host"`
	// Error is why the host can't be asked, "" where it was.
	Error string `json:"error,omitempty"`
	// JobManagers and TaskManagers are how many should run there.
	JobManagers  int             `json:"jobManagersWanted"`
	TaskManagers int             `json:"taskManagersWanted"`
	Processes    []ProcessStatus `json:"processes"`
	// Dead are entries of the pid files that no process belongs to.
	Dead []string `json:"deadPids"`

	err error
}

// ProcessStatus is one process that runs.
type ProcessStatus struct {
	Role Role `json:"role"`
	PID  int  `json:"pid"`
	// Seconds is how long it runs, -1 where that is not known.
	Seconds int64 `json:"seconds"`
	// FlinkVersion is that of the dist jar in its class path, "" where it names none.
	FlinkVersion string `json:"flinkVersion"`
	// Lost tells that the pid file does not have it, so that Flink's scripts would not stop it.
	Lost bool `json:"lost"`
	// ResourceID is the name by which a TaskManager registers, "" where it is not known.
	ResourceID string `json:"resourceId"`
	// Registered tells whether the JobManager has the TaskManager, with how many slots; nil where it is not known.
	Registered *bool `json:"registered"`
	Slots      int   `json:"slots"`
	// WebURL is where a JobManager listens, by its log; "" where that does not tell.
	WebURL string `json:"webUrl,omitempty"`
	// Leads tells whether a JobManager is the leader; nil where that is not known.
	Leads *bool `json:"leads,omitempty"`

	properties []Property
	master     flink.HostLine // with the port that a JobManager was started with
	urls       []string       // where a JobManager may be reached
}

// Status asks all hosts and the JobManager. Hosts that can't be asked are told in
// the result, and are an ErrIncomplete beside it; so is what is missing of the
// cluster. Where nothing runs at all the error is ErrNotRunning.
func (c *Cluster) Status(ctx context.Context) (*Status, error) {
	s := &Status{Hosts: make([]HostStatus, len(c.o.hostNames()))}
	var group sync.WaitGroup
	for i, name := range c.o.hostNames() {
		group.Go(func() { s.Hosts[i] = c.statusOf(ctx, name) })
	}
	group.Wait()
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	s.properties = s.propertiesOf()
	s.configuration = c.runningConfiguration(s)
	c.askLeader(ctx, s)
	c.askJobManager(ctx, s)
	s.mark()
	return s, s.problem()
}

// propertiesOf are those of the first JobManager that tells.
func (s *Status) propertiesOf() []Property {
	for _, h := range s.Hosts {
		for _, p := range h.Processes {
			if p.Role == JobManager && p.properties != nil {
				return p.properties
			}
		}
	}
	return nil
}

// statusOf asks one host.
func (c *Cluster) statusOf(ctx context.Context, name string) HostStatus {
	status := HostStatus{Host: name, JobManagers: c.o.count(name, JobManager), TaskManagers: c.o.count(name, TaskManager), Processes: []ProcessStatus{}, Dead: []string{}}
	h := c.host(name)
	facts, err := h.inspect(ctx)
	var answers []answer
	if err == nil {
		var s script
		facts.place(&s)
		s.list("roles", []string{JobManager.daemon(), TaskManager.daemon()})
		answers, err = h.run(ctx, "status.sh", &s)
	}
	if err != nil {
		status.Error, status.err = err.Error(), err
		return status
	}
	for _, a := range answers {
		daemon, value, _ := strings.Cut(a.value, " ")
		if a.key == "dead" {
			status.Dead = append(status.Dead, value)
			continue
		}
		p, err := parseProcess(value)
		if err != nil {
			status.Error, status.err = err.Error(), err
			continue
		}
		one := ProcessStatus{Role: TaskManager, PID: p.pid, Seconds: p.seconds, Lost: a.key == "lost", ResourceID: p.resourceID}
		if v, err := flink.ParseDistJarName(path.Base(p.distJar)); err == nil {
			one.FlinkVersion = v.String()
		}
		if daemon == JobManager.daemon() {
			one.Role, one.properties = JobManager, p.properties
			c.locate(facts, name, p, &one)
		}
		status.Processes = append(status.Processes, one)
	}
	return status
}

// locate tells where a JobManager may be reached: where its log says that it
// listens, and where its configuration and command line say that it should.
func (c *Cluster) locate(facts *hostFacts, name string, p process, one *ProcessStatus) {
	if one.WebURL = p.web; p.web != "" {
		one.urls = append(one.urls, fromHere(p.web, name))
	}
	line := flink.HostLine{Host: name}
	if i := slices.IndexFunc(c.o.Masters, func(m flink.HostLine) bool { return m.Host == name }); i >= 0 {
		line = c.o.Masters[i]
	}
	conf, line := withProperties(facts.configuration, p.properties, line)
	one.master = line
	for _, base := range restURLs(conf, line) {
		one.urls = addURL(one.urls, base)
	}
}

// askJobManager asks the JobManagers that run, the leader first.
func (c *Cluster) askJobManager(ctx context.Context, s *Status) {
	s.RestError = "no JobManager runs"
	if s.count("", JobManager) > 0 {
		s.RestError = "the log of the JobManager does not tell yet where it listens"
	}
	for _, base := range s.urls() {
		client, err := c.restClient(base)
		if err == nil {
			err = s.take(ctx, client)
		}
		if err == nil {
			s.RestURL, s.RestError = base, ""
			return
		}
		s.RestError = err.Error()
	}
}

// urls are the addresses of the JobManagers that run, the leader's first.
func (s *Status) urls() []string {
	var urls, others []string
	for _, h := range s.Hosts {
		for _, p := range h.Processes {
			switch {
			case p.Role != JobManager:
			case p.Leads != nil && *p.Leads:
				urls = append(urls, p.urls...)
			default:
				others = append(others, p.urls...)
			}
		}
	}
	return append(urls, others...)
}

func (s *Status) runs(host string, role Role) bool {
	return slices.ContainsFunc(s.Hosts, func(h HostStatus) bool {
		return h.Host == host && slices.ContainsFunc(h.Processes, func(p ProcessStatus) bool { return p.Role == role })
	})
}

// withProperties sets over a host's configuration what a JobManager was started with.
func withProperties(c *flink.Configuration, properties []Property, master flink.HostLine) (*flink.Configuration, flink.HostLine) {
	c = c.Clone()
	for _, p := range properties {
		switch p.Key {
		case "--webui-port":
			if n, err := strconv.Atoi(p.Value); err == nil {
				master.WebUIPort = n
			}
		case "--host":
		case flink.RESTPort.Key: // stands for the port in conf/masters since Flink 2.0
			if n, err := strconv.Atoi(p.Value); err == nil {
				master.WebUIPort = n
			}
			c.Set(p.Key, p.Value, "-D")
		default:
			c.Set(p.Key, p.Value, "-D")
		}
	}
	return c, master
}

func (s *Status) take(ctx context.Context, client *rest.Client) error {
	overview, err := client.Overview(ctx)
	if err != nil {
		return err
	}
	if s.seen, err = client.TaskManagers(ctx); err != nil {
		return err
	}
	s.FlinkVersion, s.JobsRunning = overview.FlinkVersion, overview.JobsRunning
	s.TaskManagers, s.Slots, s.SlotsAvailable = overview.TaskManagers, overview.SlotsTotal, overview.SlotsAvailable
	return nil
}

// mark tells of each TaskManager whether it is registered.
func (s *Status) mark() {
	for i := range s.Hosts {
		for j := range s.Hosts[i].Processes {
			p := &s.Hosts[i].Processes[j]
			if p.Role != TaskManager || p.ResourceID == "" || s.RestURL == "" {
				continue
			}
			at := slices.IndexFunc(s.seen, func(t rest.TaskManager) bool { return t.ID == p.ResourceID })
			registered := at >= 0
			p.Registered = &registered
			if registered {
				p.Slots = s.seen[at].Slots
			}
		}
	}
}

// count counts the processes of a role, on one host or on all ("").
func (s *Status) count(host string, role Role) (n int) {
	for _, h := range s.Hosts {
		for _, p := range h.Processes {
			if p.Role == role && (host == "" || h.Host == host) {
				n++
			}
		}
	}
	return n
}

// problem is what a cluster lacks.
func (s *Status) problem() error {
	e := &IncompleteError{Op: "look at the cluster", Some: true}
	for _, h := range s.Hosts {
		if h.err != nil {
			e.Failures = append(e.Failures, &Failure{Host: h.Host, Err: h.err})
		}
	}
	running := s.count("", JobManager) + s.count("", TaskManager)
	if running == 0 && len(e.Failures) == 0 {
		return fmt.Errorf("the cluster: %w", ErrNotRunning)
	}
	e.Some = running > 0
	for _, h := range s.Hosts {
		if h.err != nil {
			continue
		}
		for _, want := range []struct {
			role Role
			n    int
		}{{JobManager, h.JobManagers}, {TaskManager, h.TaskManagers}} {
			if n := s.count(h.Host, want.role); n < want.n {
				e.Failures = append(e.Failures, &Failure{Host: h.Host, Role: want.role, Err: fmt.Errorf("%d of %d run: %w", n, want.n, ErrNotRunning)})
			}
		}
		for _, p := range h.Processes {
			if p.Registered != nil && !*p.Registered {
				e.Failures = append(e.Failures, &Failure{Host: h.Host, Role: p.Role, Err: fmt.Errorf("process %d is not registered", p.PID)})
			}
		}
	}
	if s.RestURL == "" && s.count("", JobManager) > 0 {
		e.Failures = append(e.Failures, &Failure{Host: "the JobManager's REST API", Err: fmt.Errorf("%s", s.RestError)})
	}
	if len(e.Failures) == 0 {
		return nil
	}
	return e
}
