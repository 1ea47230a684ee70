package rest

import (
	"errors"
	"fmt"
	"strings"
)

// OperationError is an asynchronous operation that the JobManager accepted and
// that failed. It is ErrJobNotFound where the job is unknown or has ended.
type OperationError struct {
	Op      string // "savepoint of job <id>"
	Failure string // stack trace
}

// Error names the operation and the root cause; the whole trace is in Failure.
func (e *OperationError) Error() string { return e.Op + " failed: " + RootCause(e.Failure) }

// Is maps the failure's words to this package's errors.
func (e *OperationError) Is(target error) bool {
	return target == ErrJobNotFound && strings.Contains(e.Failure, "FlinkJobNotFoundException")
}

// Hint says what can be done, or "".
func (e *OperationError) Hint() string {
	switch {
	case e.Is(ErrJobNotFound):
		return "only a running job can do that; list -a shows the jobs that the cluster knows"
	case strings.Contains(e.Failure, "StopWithSavepointStoppingException"):
		return "the savepoint is complete although the job failed while it stopped: start the job from it"
	case strings.Contains(e.Failure, "Not all required tasks are currently running"):
		return "the job is starting, restarting or partly finished: try again when all its tasks run"
	case strings.Contains(e.Failure, "Checkpoint Coordinator is suspending"),
		strings.Contains(e.Failure, "CheckpointCoordinator shutdown"):
		// So ends a canonical savepoint of a job with asynchronous state, too: a
		// task fails over it, and only the job's exceptions tell.
		return "the job was restarted or ended meanwhile: its latest exception says why; Flink 2 jobs with asynchronous state take savepoints of type native only"
	case strings.Contains(e.Failure, "Could not dispose savepoint"):
		return "it may be gone already; check the path, and that the cluster may remove it"
	}
	return ""
}

// OperationLostError is an operation that the JobManager does not know, or no
// longer. It is ErrOperationLost.
type OperationLostError struct {
	Op      string
	Trigger TriggerID
	Err     error // the JobManager's answer
}

// Error names the operation and the id it was asked for by.
func (e *OperationLostError) Error() string {
	text := fmt.Sprintf("%s: the JobManager does not know operation %s", e.Op, e.Trigger)
	if remote := (*RemoteError)(nil); errors.As(e.Err, &remote) {
		text += " (any more), says " + remote.Addr
	}
	return text
}

// Unwrap returns the JobManager's answer.
func (e *OperationLostError) Unwrap() error { return e.Err }

// Is matches ErrOperationLost.
func (e *OperationLostError) Is(target error) bool { return target == ErrOperationLost }

// Hint says what may have happened.
func (e *OperationLostError) Hint() string {
	return "a JobManager that was restarted has forgotten it, whether it was complete or not, and outcomes are kept for" +
		" rest.async.store-duration (5 minutes) only: look at the job and at the target folder, then try again"
}
