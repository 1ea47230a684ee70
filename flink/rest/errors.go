package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// What errors.Is finds in the errors of a Client.
var (
	// ErrUnreachable: no connection, a connection cut, no answer in time, or a JobManager that elects its leader.
	ErrUnreachable = errors.New("the JobManager is not reachable")
	// ErrJobNotFound: the JobManager does not know the job, or no longer.
	ErrJobNotFound = errors.New("job not found")
	// ErrJobExists: RunJar with the id of a job that was submitted before; before Flink 1.15, of one that still runs.
	ErrJobExists = errors.New("job has already been submitted")
	// ErrJobEnded: Cancel of a job that finished or failed before.
	ErrJobEnded = errors.New("job has already ended")
	// ErrJarNotFound: no uploaded jar has the id.
	ErrJarNotFound = errors.New("jar not found")
	// ErrSubmitDisabled: the cluster was started with web.submit.enable = false.
	ErrSubmitDisabled = errors.New("job submission over REST is disabled on this cluster")
	// ErrForbidden: whatever stands before the JobManager wants other credentials, or none will do.
	ErrForbidden = errors.New("not allowed")
	// ErrUnsupported: the cluster's release of Flink, or the scheduler it was started with, can't do what was asked.
	ErrUnsupported = errors.New("not supported by this cluster's Flink")
	// ErrProgramFailed: the main method of a program failed, before there was a job or while it submitted one.
	ErrProgramFailed = errors.New("the program failed")
	// ErrOperationLost: the JobManager does not know the asynchronous operation, or no longer.
	ErrOperationLost = errors.New("the JobManager does not know the operation")
	// ErrNoSavepointDirectory: neither the request nor the cluster's configuration names a folder for savepoints.
	ErrNoSavepointDirectory = errors.New("no folder for savepoints")
	// ErrNoCheckpoints: the JobManager keeps no statistics of checkpoints, for the job takes none.
	ErrNoCheckpoints = errors.New("checkpointing is not enabled")
)

var errNoAnswer = errors.New("no answer in time")

// ConnectionError is a request that got no answer. It is ErrUnreachable.
type ConnectionError struct {
	Op   string // what was tried
	Addr string // host:port
	Sent bool   // the request can have arrived
	Err  error
}

// Error names the operation, the address and the cause.
func (e *ConnectionError) Error() string {
	return fmt.Sprintf("%s: the JobManager at %s is not reachable: %v", e.Op, e.Addr, e.Err)
}

// Unwrap returns the cause.
func (e *ConnectionError) Unwrap() error { return e.Err }

// Is matches ErrUnreachable.
func (e *ConnectionError) Is(target error) bool { return target == ErrUnreachable }

// Hint says what to look at.
func (e *ConnectionError) Hint() string {
	return "check that the session is still running and that its JobManager's address can be reached from here"
}

// RemoteError is an answer of the JobManager other than success.
type RemoteError struct {
	Op       string   // what was tried
	Addr     string   // host:port
	Status   int      // HTTP status
	Messages []string // the server's words; Java stack traces mostly

	jars bool // the request was about jars
}

// newRemoteError reads {"errors":[…]}; of any other body, which a proxy sent,
// it keeps a short text.
func newRemoteError(q request, addr string, status int, body []byte) *RemoteError {
	e := &RemoteError{Op: q.op, Addr: addr, Status: status, jars: len(q.path) > 0 && q.path[0] == "jars"}
	var answer struct {
		Errors []string `json:"errors"`
	}
	if json.Unmarshal(body, &answer) == nil && len(answer.Errors) > 0 {
		e.Messages = answer.Errors
		return e
	}
	text := strings.TrimSpace(string(body))
	if text != "" && len(text) <= 500 && !strings.HasPrefix(text, "<") {
		e.Messages = []string{text}
	}
	return e
}

// maxWords bounds what an error tells of a root cause, in bytes.
const maxWords = 4 << 10

// Error names the operation, the address, the status and the root cause.
// The whole of the server's words is in Messages.
func (e *RemoteError) Error() string {
	words := e.RootCause()
	if len(words) > maxWords {
		words = strings.ToValidUTF8(words[:maxWords], "") + "…"
	}
	if words == "" {
		words = strings.ToLower(http.StatusText(e.Status))
	}
	return fmt.Sprintf("%s: %s answered %d: %s", e.Op, e.Addr, e.Status, words)
}

// RootCause returns the deepest cause that the server names, on one line.
func (e *RemoteError) RootCause() string {
	for i := len(e.Messages) - 1; i >= 0; i-- {
		if cause := RootCause(e.Messages[i]); cause != "" {
			return cause
		}
	}
	return ""
}

// Is maps the server's status and words to this package's errors.
func (e *RemoteError) Is(target error) bool {
	switch target {
	case ErrJobNotFound:
		return e.jobNotFound()
	case ErrJarNotFound:
		// Running an unknown jar is a 500, deleting one a 400.
		return e.says("Jar file ", " does not exist") || e.says("File ", " does not exist in ")
	case ErrJobExists:
		return e.says("DuplicateJobSubmissionException")
	case ErrJobEnded:
		return e.Status == http.StatusConflict && e.says("already reached another terminal state")
	case ErrSubmitDisabled:
		return e.jars && e.unknownEndpoint() ||
			e.Status == http.StatusBadRequest && e.says("POST request not allowed")
	case ErrForbidden:
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
	case ErrUnreachable:
		return e.Status == http.StatusServiceUnavailable
	case ErrUnsupported:
		return e.says("UnsupportedOperationException", " does not support changing the parallelism")
	case ErrNoSavepointDirectory:
		return e.Status == http.StatusBadRequest && e.says("Config key [", "] is not set. Property [target")
	case ErrNoCheckpoints:
		return e.Status == http.StatusNotFound && e.says("Checkpointing has not been enabled")
	case ErrOperationLost:
		return e.unknownOperation()
	case ErrProgramFailed:
		return e.jars && e.says("ProgramInvocationException: The main method caused an error")
	}
	return false
}

// unknownOperation covers savepoints and checkpoints, then disposals and
// everything before 1.15.
func (e *RemoteError) unknownOperation() bool {
	return e.Status == http.StatusNotFound &&
		(e.says("There is no ", " operation with triggerId=") || e.says("Operation not found under key"))
}

// jobNotFound covers a 500 of /jobs/<id>/status and two texts of 404.
func (e *RemoteError) jobNotFound() bool {
	return e.says("FlinkJobNotFoundException") || e.Status == http.StatusNotFound &&
		(e.says("Job could not be found") || e.says("NotFoundException: Job ", " not found"))
}

// unknownEndpoint says whether the server has no handler for the request: for
// GET it then looks for a file of its web pages. 1.12 says "Not found." only.
func (e *RemoteError) unknownEndpoint() bool {
	return e.Status == http.StatusNotFound &&
		(e.says("Unable to load requested file ") || e.says("Not found: ") || slices.Equal(e.Messages, []string{"Not found."}))
}

// says tells whether one message holds all the parts in this order.
func (e *RemoteError) says(parts ...string) bool {
	for _, m := range e.Messages {
		found := true
		for _, part := range parts {
			if _, m, found = strings.Cut(m, part); !found {
				break
			}
		}
		if found {
			return true
		}
	}
	return false
}

// Hint says what can be done, or "".
func (e *RemoteError) Hint() string {
	switch {
	case e.Is(ErrSubmitDisabled):
		return "the cluster was started with web.submit.enable: false; start a cluster of its own for the program: run -m yarn-cluster"
	case e.Is(ErrJobNotFound):
		return "list -a shows the jobs that the cluster knows; ended ones are forgotten after jobstore.expiration-time (1 hour)"
	case e.Is(ErrJarNotFound):
		return "a JobManager that was restarted has lost its uploads: upload the jar again"
	case e.Is(ErrNoSavepointDirectory):
		return "name a folder that the cluster can write to, or set execution.checkpointing.savepoint-dir (state.savepoints.dir before Flink 1.20)"
	case e.Is(ErrUnsupported):
		return "only a cluster started with jobmanager.scheduler: adaptive can; else " + rescaleByHand
	case e.Is(ErrForbidden):
		return "a proxy before the JobManager asks for credentials: a login to Kerberos where it asks for that, else headers"
	case e.Status == http.StatusRequestEntityTooLarge:
		return "the request is larger than rest.server.max-content-length of the cluster"
	case e.Status == http.StatusServiceUnavailable:
		return "the JobManager is electing its leader: try again in a moment"
	case e.Status >= 300 && e.Status <= 399:
		return "the address is not the JobManager's own: something redirects from it"
	}
	return ""
}

// UnsupportedError is a request that was not sent because the cluster's
// release of Flink would refuse or ignore it. It is ErrUnsupported.
type UnsupportedError struct {
	Op      string
	Feature string        // "configuration for one job"
	Version flink.Version // the cluster's
	Since   string        // "1.18"
	Until   string        // last release that has it, "": all have
	WayOut  string        // what to do instead
}

// Error names what is missing and which releases of Flink have it.
func (e *UnsupportedError) Error() string {
	if e.Until != "" {
		return fmt.Sprintf("%s: %s exists from Flink %s to %s, the cluster runs %s", e.Op, e.Feature, e.Since, e.Until, e.Version)
	}
	return fmt.Sprintf("%s: %s needs Flink %s or newer, the cluster runs %s", e.Op, e.Feature, e.Since, e.Version)
}

// Is matches ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// Hint says what to do instead.
func (e *UnsupportedError) Hint() string { return e.WayOut }
