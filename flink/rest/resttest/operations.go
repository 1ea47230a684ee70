package resttest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// Operation is an asynchronous operation of the fake and what it was asked.
type Operation struct {
	Kind    rest.OperationKind
	Job     rest.JobID // zero for a disposal
	Trigger rest.TriggerID
	Target  string // folder for the savepoint, or the savepoint to dispose
	Format  string // of a savepoint, or the type of a checkpoint, as it was sent
	Cancel  bool   // the job is cancelled after its savepoint
	Drain   bool
	Status  rest.OperationStatus
}

// Operations returns all operations that the server remembers, the first one
// first. A request that was repeated with its trigger id is one of them.
func (s *Server) Operations() []Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Operation, 0, len(s.operations))
	for _, o := range s.operations {
		list = append(list, *o)
	}
	return list
}

// ForgetOperations drops all operations, as a JobManager does that restarts.
func (s *Server) ForgetOperations() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations = nil
}

// CompleteOperations ends what Options.HoldOperations keeps going on.
func (s *Server) CompleteOperations() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.operations {
		if !o.Status.Done {
			s.complete(o)
		}
	}
}

// Savepoints returns the paths of the savepoints that were taken and not
// disposed, the first one first.
func (s *Server) Savepoints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.savepoints)
}

// register keeps an operation and answers with its trigger id. One that is
// known already is not started again.
func (s *Server) register(w http.ResponseWriter, o Operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Trigger == (rest.TriggerID{}) {
		o.Trigger = rest.NewTriggerID()
	}
	if s.operation(o.Kind == rest.CheckpointOperation, o.Job, o.Trigger) == nil {
		s.operations = append(s.operations, &o)
		if !s.options.HoldOperations {
			s.complete(&o)
		}
	}
	answer(w, http.StatusAccepted, map[string]any{"request-id": o.Trigger})
}

// operation finds an operation; savepoints and stops share their ids,
// checkpoints have their own. s.mu is held.
func (s *Server) operation(checkpoint bool, job rest.JobID, trigger rest.TriggerID) *Operation {
	for _, o := range s.operations {
		if o.Trigger == trigger && o.Job == job && checkpoint == (o.Kind == rest.CheckpointOperation) {
			return o
		}
	}
	return nil
}

// complete does what an operation is for; s.mu is held.
func (s *Server) complete(o *Operation) {
	o.Status.Done = true
	if o.Kind == rest.DisposalOperation {
		s.dispose(o)
		return
	}
	j := s.find(o.Job)
	switch {
	case j == nil || j.State.IsFinal():
		o.Status.Failure = completionTrace(jobNotFoundException + ": Could not find Flink job (" + o.Job.String() + ")")
	case j.State != rest.Running:
		o.Status.Failure = checkpointTrace("Checkpoint triggering task Source: " + j.Name +
			" is not being executed at the moment. Aborting checkpoint. Failure reason: Not all required tasks are currently running.")
	case j.program.CheckpointFailure != "":
		o.Status.Failure = j.program.CheckpointFailure
	case strings.HasPrefix(o.Target, "file:///proc/"): // where nobody can write
		o.Status.Failure = checkpointTrace("An Exception occurred while triggering the checkpoint. IO-problem detected.")
	case o.Kind == rest.CheckpointOperation:
		j.checkpoints++
		j.latest = j.checkpoints
		o.Status.CheckpointID = j.checkpoints
	default:
		s.savepoint(o, j)
	}
}

func (s *Server) savepoint(o *Operation, j *Job) {
	j.checkpoints++
	path := fmt.Sprintf("%s/savepoint-%.6s-%012x", o.Target, j.ID, len(s.operations))
	j.savepoint, j.savepointID = path, j.checkpoints
	s.savepoints = append(s.savepoints, path)
	o.Status.Location = path
	switch {
	case o.Kind == rest.StopOperation:
		j.enter(rest.Finished)
	case o.Cancel:
		j.enter(rest.Canceled)
	}
}

func (s *Server) dispose(o *Operation) {
	before := len(s.savepoints)
	s.savepoints = slices.DeleteFunc(s.savepoints, func(path string) bool { return path == o.Target })
	if len(s.savepoints) == before {
		o.Status.Failure = trace("org.apache.flink.util.FlinkException", "Could not dispose savepoint "+o.Target+".") +
			"Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '" + o.Target + "' on file system 'file'.\n\t... 5 more\n"
	}
}

func completionTrace(cause string) string {
	return trace("java.util.concurrent.CompletionException", cause) + "Caused by: " + cause + "\n\t... 17 more\n"
}

func checkpointTrace(message string) string {
	return completionTrace("org.apache.flink.runtime.checkpoint.CheckpointException: " + message)
}
