package resttest

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// Job is a job of the fake and what it was asked to run.
type Job struct {
	ID            rest.JobID
	Name          string
	State         rest.JobState
	Entered       map[rest.JobState]time.Time // when each state was entered
	Started       time.Time
	Jar           rest.JarID // "" for a job of AddJob
	EntryClass    string
	ProgramArgs   []string
	Parallelism   int // 0: the cluster's default
	SavepointPath string
	NonRestored   bool   // allowNonRestoredState
	ClaimMode     string // also that of restoreMode
	Configuration map[string]string
	Failure       string // stack trace of a failed job
	Accumulators  []rest.Accumulator

	program     Program
	checkpoints int64  // id of the checkpoint or savepoint taken last
	latest      int64  // id of the checkpoint completed last
	savepoint   string // path of the savepoint taken last
	savepointID int64
}

func (j *Job) enter(state rest.JobState) {
	if j.Entered == nil {
		j.Entered = map[rest.JobState]time.Time{}
	}
	j.State = state
	j.Entered[state] = time.Now()
}

// advance moves the job one state on: created, running, ended.
func (j *Job) advance() {
	switch {
	case j.State == rest.Created:
		j.enter(rest.Running)
	case j.State == rest.Cancelling:
		j.enter(rest.Canceled)
	case j.State != rest.Running || j.program.Endless:
	case j.program.Failure != "":
		j.Failure = j.program.Failure
		j.enter(rest.Failed)
	default:
		j.enter(rest.Finished)
	}
}

func (j *Job) clone() Job {
	c := *j
	c.Entered = maps.Clone(j.Entered)
	c.ProgramArgs = slices.Clone(j.ProgramArgs)
	c.Configuration = maps.Clone(j.Configuration)
	c.Accumulators = slices.Clone(j.Accumulators)
	return c
}

// start fills in what a submitted job has. s.mu is held.
func (s *Server) start(j *Job) {
	j.program = s.options.Programs[j.EntryClass]
	if j.ID == (rest.JobID{}) {
		j.ID = rest.NewJobID()
	}
	if j.Name == "" {
		j.Name = j.program.name(j.EntryClass)
	}
	if j.Accumulators == nil {
		j.Accumulators = j.program.Accumulators
	}
	j.Started = time.Now()
	j.enter(rest.Created)
	s.jobs = append(s.jobs, j)
	if s.options.Step {
		return
	}
	j.advance()
	j.advance()
}

// name is what a job of the program is called.
func (p Program) name(entryClass string) string {
	if p.Name != "" {
		return p.Name
	}
	return strings.TrimPrefix(path.Ext("."+entryClass), ".")
}

// AddJob submits a job as if a client had and returns its id. A State other
// than "" is entered at once.
func (s *Server) AddJob(j Job) rest.JobID {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, state := j.clone(), j.State
	s.start(&job)
	if state != "" {
		job.enter(state)
	}
	return job.ID
}

// Jobs returns all jobs, in the order they were submitted in.
func (s *Server) Jobs() []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Job, 0, len(s.jobs))
	for _, j := range s.jobs {
		list = append(list, j.clone())
	}
	return list
}

// Job returns a job.
func (s *Server) Job(id rest.JobID) (Job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.find(id); j != nil {
		return j.clone(), true
	}
	return Job{}, false
}

// Advance moves a job one state on and returns the new one: CREATED, RUNNING,
// then FINISHED or FAILED as its program says; CANCELLING, then CANCELED. An
// ended or an endless running job stays; an unknown one has no state.
func (s *Server) Advance(id rest.JobID) rest.JobState {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.find(id)
	if j == nil {
		return ""
	}
	j.advance()
	return j.State
}

// SetState puts a job into a state, whatever it was in before.
func (s *Server) SetState(id rest.JobID, state rest.JobState) error {
	return s.change(id, func(j *Job) { j.enter(state) })
}

// Fail ends a job with a stack trace.
func (s *Server) Fail(id rest.JobID, trace string) error {
	return s.change(id, func(j *Job) {
		j.Failure = trace
		j.enter(rest.Failed)
	})
}

// SetAccumulators replaces what a job has gathered.
func (s *Server) SetAccumulators(id rest.JobID, list []rest.Accumulator) error {
	return s.change(id, func(j *Job) { j.Accumulators = slices.Clone(list) })
}

// Forget drops a job, as a JobManager does after jobstore.expiration-time.
func (s *Server) Forget(id rest.JobID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = slices.DeleteFunc(s.jobs, func(j *Job) bool { return j.ID == id })
}

func (s *Server) change(id rest.JobID, do func(*Job)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.find(id)
	if j == nil {
		return fmt.Errorf("job %s: %w", id, rest.ErrJobNotFound)
	}
	do(j)
	return nil
}

func (s *Server) find(id rest.JobID) *Job {
	for _, j := range s.jobs {
		if j.ID == id {
			return j
		}
	}
	return nil
}

const restHandlerException = "org.apache.flink.runtime.rest.handler.RestHandlerException"

// withJob runs do with the job of the path, or tells that there is none in the
// words of unknown; s.mu is held meanwhile.
func (s *Server) withJob(unknown func(http.ResponseWriter, rest.JobID), do func(http.ResponseWriter, *Job)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, ok := s.jobOf(w, r)
		if !ok {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if j := s.find(id); j != nil {
			do(w, j)
			return
		}
		unknown(w, id)
	}
}
