package yarntest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// startTime is when the fake's first ResourceManager was started, in ms.
const startTime int64 = 1700000000000

// Application is an application as the fake keeps it.
type Application struct {
	ID    yarn.ApplicationID
	User  string
	State yarn.State
	// Context is what was submitted, Body the request as it came.
	Context     yarn.ApplicationSubmissionContext
	Body        []byte
	FinalStatus yarn.FinalStatus
	Diagnostics string
	AMAddress   string
	// Submissions counts the requests that submitted it: 2 after a repetition.
	Submissions int
	// Expires is when it would be killed, zero for never; the fake doesn't.
	Expires time.Time

	killing           bool
	killsLeft         int
	started, finished time.Time
}

// cluster is what the ResourceManagers of a cluster share.
type cluster struct {
	options Options

	mu       sync.Mutex
	active   *Server
	gaveUp   bool
	started  int64 // ms
	lastID   int
	apps     map[yarn.ApplicationID]*Application
	confKeys map[string]string
}

func newCluster(o Options) *cluster {
	if o.Scheduler == "" {
		o.Scheduler = "capacityScheduler"
	}
	if len(o.Queues) == 0 {
		o.Queues = []Queue{{Path: "root.default", Capacity: 100}}
	}
	if o.Maximum.IsZero() {
		o.Maximum = yarn.Resource{MemoryMB: 8192, VCores: 4}
	}
	if o.Nodes == nil {
		o.Nodes = []yarn.Node{{ID: "localhost:45454", Host: "localhost", HTTPAddress: "localhost:8042", State: yarn.NodeRunning, Total: o.Maximum}}
	}
	if o.AMAddress == "" {
		o.AMAddress = "localhost:8081"
	}
	c := &cluster{options: o, started: startTime, apps: map[yarn.ApplicationID]*Application{}, confKeys: map[string]string{
		"yarn.resourcemanager.am.max-attempts":   "2",
		"yarn.scheduler.minimum-allocation-mb":   "128",
		"yarn.scheduler.maximum-allocation-mb":   fmt.Sprint(o.Maximum.MemoryMB),
		"hadoop.http.staticuser.user":            "dr.who",
		"hadoop.security.authentication":         "simple",
		"yarn.resourcemanager.ha.enabled":        "false",
		"hadoop.ssl.server.keystore.password.v2": "<redacted>",
	}}
	for k, v := range o.Conf {
		c.confKeys[k] = v
	}
	return c
}

func (c *cluster) dialect() Dialect { return c.options.Dialect }

// queue finds a queue by path or, like the Capacity scheduler, by its last name.
func (c *cluster) queue(name string) (Queue, bool) {
	i := slices.IndexFunc(c.options.Queues, func(q Queue) bool {
		return q.Path == name || q.Path == "root."+name || strings.HasSuffix(q.Path, "."+name)
	})
	if i < 0 {
		return Queue{}, false
	}
	return c.options.Queues[i], true
}

// step moves an application to its next state; final ones stay. mu is held.
func (c *cluster) step(a *Application) {
	switch a.State {
	case yarn.New:
		a.State = yarn.NewSaving
	case yarn.NewSaving:
		a.State = yarn.Submitted
	case yarn.Submitted:
		c.accept(a)
	case yarn.Accepted:
		a.State, a.AMAddress, a.Diagnostics = yarn.Running, c.options.AMAddress, ""
	}
}

// accept is where a queue is looked for: a submission to none is accepted at
// first, and fails then.
func (c *cluster) accept(a *Application) {
	q, ok := c.queue(a.Context.Queue)
	switch {
	case !ok:
		c.end(a, yarn.Failed, yarn.StatusFailed, fmt.Sprintf("Application %s submitted by user %s to unknown queue: %s", a.ID, a.User, a.Context.Queue))
	case q.Stopped:
		c.end(a, yarn.Failed, yarn.StatusFailed, fmt.Sprintf("org.apache.hadoop.security.AccessControlException: Queue %s is STOPPED. Cannot accept submission of application: %s", q.Path, a.ID))
	default:
		a.State, a.Diagnostics = yarn.Accepted, "AM container is launched, waiting for AM container to Register with RM"
	}
}

// end moves an application to a final state. mu is held.
func (c *cluster) end(a *Application, state yarn.State, status yarn.FinalStatus, diagnostics string) {
	a.State, a.FinalStatus, a.Diagnostics, a.finished = state, status, diagnostics, time.Now()
}

// edit runs f on an application that must exist.
func (s *Server) edit(id yarn.ApplicationID, f func(*Application)) {
	s.tb.Helper()
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	a := s.cluster.apps[id]
	if a == nil {
		s.tb.Errorf("no application %s", id)
		return
	}
	f(a)
}

// Applications returns copies of all applications, in the order of their ids.
func (s *Server) Applications() []Application {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	var all []Application
	for _, a := range s.cluster.sorted() {
		all = append(all, *a)
	}
	return all
}

// sorted returns the applications in the order of their ids. mu is held.
func (c *cluster) sorted() []*Application {
	apps := make([]*Application, 0, len(c.apps))
	for _, a := range c.apps {
		apps = append(apps, a)
	}
	slices.SortFunc(apps, func(a, b *Application) int { return a.ID.Compare(b.ID) })
	return apps
}

// Step moves an application to its next state: NEW_SAVING, SUBMITTED, ACCEPTED
// (or FAILED, for a queue that does not take it), RUNNING.
func (s *Server) Step(id yarn.ApplicationID) {
	s.tb.Helper()
	s.edit(id, s.cluster.step)
}

// SetState puts an application into a state. RUNNING registers
// Options.AMAddress; Finish is the way to a final state with its status.
func (s *Server) SetState(id yarn.ApplicationID, state yarn.State) {
	s.tb.Helper()
	s.edit(id, func(a *Application) {
		a.State = state
		if state == yarn.Running {
			a.AMAddress, a.Diagnostics = s.cluster.options.AMAddress, ""
		}
	})
}

// Finish ends an application.
func (s *Server) Finish(id yarn.ApplicationID, state yarn.State, status yarn.FinalStatus, diagnostics string) {
	s.tb.Helper()
	s.edit(id, func(a *Application) { s.cluster.end(a, state, status, diagnostics) })
}

// SetDiagnostics changes the text of an application's report.
func (s *Server) SetDiagnostics(id yarn.ApplicationID, diagnostics string) {
	s.tb.Helper()
	s.edit(id, func(a *Application) { a.Diagnostics = diagnostics })
}

// SetAMAddress says what ApplicationMasters register from now on, and changes
// what those that run have registered, as after a restart of theirs.
func (s *Server) SetAMAddress(hostPort string) {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	s.cluster.options.AMAddress = hostPort
	for _, a := range s.cluster.apps {
		if a.State == yarn.Running {
			a.AMAddress = hostPort
		}
	}
}

// Forget makes the cluster know nothing of an application, as after a restart
// of a ResourceManager that had not saved it.
func (s *Server) Forget(id yarn.ApplicationID) {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	delete(s.cluster.apps, id)
}

// SetConf sets a value of /conf.
func (s *Server) SetConf(key, value string) {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	s.cluster.confKeys[key] = value
}
