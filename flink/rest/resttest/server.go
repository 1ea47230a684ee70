package resttest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

// DefaultVersion is the release that a Server with zero Options is of.
const DefaultVersion = "1.20.5"

// Options says what cluster is faked. The zero value is a session with one
// TaskManager of two slots whose jobs finish as soon as they are run.
type Options struct {
	// Version is the release of Flink; it decides the shapes of answers.
	// "" means DefaultVersion.
	Version string
	// SubmitDisabled is web.submit.enable = false: there are no /jars.
	SubmitDisabled bool
	// TaskManagers is the number of TaskManagers: 0 means 1, -1 none.
	TaskManagers int
	// Slots is the number of slots of each: 0 means 2.
	Slots int
	// Adaptive is jobmanager.scheduler = adaptive: running jobs can be rescaled.
	Adaptive bool
	// SavepointDirectory is the cluster's own folder for savepoints.
	SavepointDirectory string
	// HoldOperations leaves savepoints, checkpoints and disposals in progress
	// until Server.CompleteOperations.
	HoldOperations bool
	// Step leaves jobs CREATED; Server.Advance moves them on.
	Step bool
	// Programs says by entry class how jobs go. Others finish.
	Programs map[string]Program
	// Config is what the JobManager tells as its configuration.
	Config map[string]string
	// OnShutdown is called once, when the cluster was asked to end.
	OnShutdown func()
}

// Program is what becomes of a job of one entry class.
type Program struct {
	Name         string             // the job's; "" means the entry class without its package
	Endless      bool               // it stays RUNNING until it is cancelled
	Failure      string             // not "": it fails with this stack trace
	MainError    string             // not "": main throws this instead of submitting a job
	Accumulators []rest.Accumulator // what the job has gathered

	NoCheckpoints     bool   // the JobManager keeps no statistics of them, as for batch jobs
	CheckpointFailure string // not "": savepoints and checkpoints of it fail with this stack trace
}

// Server is a fake JobManager on loopback. It is safe for concurrent use and
// ends with its test.
type Server struct {
	// URL is the base URL, "http://127.0.0.1:port".
	URL string
	// Faults breaks requests on purpose.
	Faults *faults.Injector

	options Options
	version flink.Version
	http    *httptest.Server
	down    chan struct{}

	mu   sync.Mutex
	jars []Jar
	jobs []*Job
	last int // number of the jar uploaded last
	gone bool

	operations []*Operation
	savepoints []string
}

// New starts a fake JobManager.
func New(tb testing.TB, o Options) *Server {
	tb.Helper()
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	switch o.TaskManagers {
	case 0:
		o.TaskManagers = 1
	case -1:
		o.TaskManagers = 0
	}
	if o.Slots == 0 {
		o.Slots = 2
	}
	version, err := flink.ParseVersion(o.Version)
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{Faults: faults.New(tb), options: o, version: version, down: make(chan struct{})}
	s.http = httptest.NewServer(s.Faults.Handler(s.handler()))
	s.URL = s.http.URL
	tb.Cleanup(func() {
		s.http.CloseClientConnections()
		s.http.Close()
	})
	return s
}

// Address returns host:port, as a JobManager registers itself with YARN.
func (s *Server) Address() string { return strings.TrimPrefix(s.URL, "http://") }

// Client returns a client of the server that repeats nothing.
func (s *Server) Client(tb testing.TB) *rest.Client {
	tb.Helper()
	c, err := rest.NewClient(rest.Options{BaseURL: s.URL, RetryFor: -1})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// Down is closed when the cluster was asked to end. Connections are refused
// from then on.
func (s *Server) Down() <-chan struct{} { return s.down }

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	s.clusterEndpoints(mux)
	s.jobEndpoints(mux)
	s.jobStateEndpoints(mux)
	s.operationEndpoints(mux)
	if !s.options.SubmitDisabled {
		s.jarEndpoints(mux)
	}
	mux.HandleFunc("/", s.unknownEndpoint)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		gone := s.gone
		s.mu.Unlock()
		if gone {
			panic(http.ErrAbortHandler)
		}
		mux.ServeHTTP(w, r)
	})
}
