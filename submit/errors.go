package submit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/yarnflink/yarnflink/yarn"
)

// Sentinels to test for with errors.Is.
var (
	// ErrInvalid: refused before anything was started.
	ErrInvalid = errors.New("refused before anything was started")
	// ErrDeploymentFailed: YARN or Flink ended the application before it was handed over.
	ErrDeploymentFailed = errors.New("the deployment failed")
	// ErrJobFailed: the job ended as FAILED.
	ErrJobFailed = errors.New("the job failed")
	// ErrJobCancelled: the job ended as CANCELED.
	ErrJobCancelled = errors.New("the job was cancelled")
	// ErrApplicationKilled: the application that ran the job was killed.
	ErrApplicationKilled = errors.New("the application was killed")
	// ErrSessionNotFound: no such session is running.
	ErrSessionNotFound = errors.New("no such session")
	// ErrAmbiguous: several sessions answer to what was asked for.
	ErrAmbiguous = errors.New("more than one session fits")
	// ErrLeftBehind: something could not be taken back; the error says what and how to remove it.
	ErrLeftBehind = errors.New("something was left behind")
)

// Problem is one thing that keeps a start from being made.
type Problem struct {
	// What is wrong, Where the value comes from, Why it can't work, and what to Do.
	What, Where, Why, Do string
}

func (p Problem) String() string {
	s := p.What
	if p.Where != "" {
		s += " (" + p.Where + ")"
	}
	if p.Why != "" {
		s += ": " + p.Why
	}
	if p.Do != "" {
		s += "; " + p.Do
	}
	return s
}

// ValidationError holds every problem that was found. It is ErrInvalid.
type ValidationError struct{ Problems []Problem }

func (e *ValidationError) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, fmt.Sprintf("%d problems:", len(e.Problems)))
	for _, p := range e.Problems {
		lines = append(lines, "  - "+p.String())
	}
	return strings.Join(lines, "\n")
}

// Is makes errors.Is(err, ErrInvalid) true.
func (e *ValidationError) Is(target error) bool { return target == ErrInvalid }

// DeploymentError is the failure of a launch after the application id was taken.
type DeploymentError struct {
	ID yarn.ApplicationID
	// Step is what was being done: stage, submit, await.
	Step string
	// Report is the last one seen, nil before the submission.
	Report *yarn.ApplicationReport
	// Err is the cause.
	Err error
	// LastWords are what the JobManager's log says of its end, "" where that is not known.
	LastWords string
	// TakenBack tells that neither the application nor its folder is left; Left says what is, when it is not.
	TakenBack bool
	Left      []string
}

func (e *DeploymentError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %v", e.Step, e.ID, e.Err)
	if e.Report != nil && strings.TrimSpace(e.Report.Diagnostics) != "" && errors.Is(e.Err, ErrDeploymentFailed) {
		fmt.Fprintf(&b, "\nYARN says: %s", strings.TrimSpace(e.Report.Diagnostics))
	}
	b.WriteString(saidByLog(e.LastWords))
	if e.TakenBack {
		b.WriteString("\nnothing is left: no application, no staging folder")
	}
	for _, l := range e.Left {
		fmt.Fprintf(&b, "\nleft behind: %s", l)
	}
	return b.String()
}

// Unwrap gives the cause, and ErrLeftBehind where something is left.
func (e *DeploymentError) Unwrap() []error {
	if len(e.Left) > 0 {
		return []error{e.Err, ErrLeftBehind}
	}
	return []error{e.Err}
}

// Hint says where to look further.
func (e *DeploymentError) Hint() string {
	if errors.Is(e.Err, ErrDeploymentFailed) && e.Report != nil && e.Report.AMContainerLogs != "" {
		return fmt.Sprintf("the JobManager's logs: %s, or `yarn logs -applicationId %s` where log aggregation is on", e.Report.AMContainerLogs, e.ID)
	}
	return hintOf(e.Err)
}

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }
func (h *hinted) Hint() string  { return h.hint }

func withHint(err error, hint string) error { return &hinted{err, hint} }

// hintOf returns the advice of the first error in err's tree that has any.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
