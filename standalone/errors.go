package standalone

import (
	"errors"
	"fmt"
	"strings"

	"github.com/yarnflink/yarnflink/internal/sshclient"
)

// What errors.Is finds in the errors of a Cluster.
var (
	// ErrInvalid: refused before anything was done.
	ErrInvalid = errors.New("invalid")
	// ErrIncomplete: some processes are not what they should be, others are.
	ErrIncomplete = errors.New("the cluster is not complete")
	// ErrUnreachable: a host, or the JobManager, is not reached.
	ErrUnreachable = errors.New("not reachable")
	// ErrNotAllowed: a host lets the caller not in, or is not trusted.
	ErrNotAllowed = errors.New("not allowed")
	// ErrNotRunning: there is no such process.
	ErrNotRunning = errors.New("not running")
)

var errNoLeaderInTime = fmt.Errorf("ZooKeeper: %w: no answer in time", ErrUnreachable)

// Problem is something that is refused. It is ErrInvalid.
type Problem struct {
	Text   string
	Advice string
}

// Error says what is wrong.
func (p *Problem) Error() string { return p.Text }

// Is matches ErrInvalid.
func (p *Problem) Is(target error) bool { return target == ErrInvalid }

// Hint says what to do.
func (p *Problem) Hint() string { return p.Advice }

func problem(advice, format string, args ...any) error {
	return &Problem{Text: fmt.Sprintf(format, args...), Advice: advice}
}

// Failure is what went wrong on one host.
type Failure struct {
	Host string
	Role Role // "" where it concerns the host as a whole
	Err  error
	// LogFile is the log of the process on the host, Log its end; "" where there is none.
	LogFile, Log string
}

// Error names the host and the cause.
func (f *Failure) Error() string {
	what := f.Host
	if f.Role != "" {
		what = string(f.Role) + " on " + f.Host
	}
	return what + ": " + f.Err.Error()
}

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Is maps what SSH says to this package's errors.
func (f *Failure) Is(target error) bool {
	switch target {
	case ErrUnreachable:
		return errors.Is(f.Err, sshclient.ErrUnreachable)
	case ErrNotAllowed:
		var host *HostError
		return errors.Is(f.Err, sshclient.ErrNotAllowed) || errors.Is(f.Err, sshclient.ErrHostKey) || errors.As(f.Err, &host) && host.Kind == "denied"
	case ErrInvalid:
		return errors.Is(f.Err, sshclient.ErrOption)
	}
	return false
}

// IncompleteError tells what is missing of a cluster. It is ErrIncomplete where
// something of the cluster is there, and else what its failures are.
type IncompleteError struct {
	Op       string // "start the cluster"
	Failures []*Failure
	// Rest says what became of the others.
	Rest string
	// Some tells that some processes are as they should be.
	Some bool
}

// Error lists the failures.
func (e *IncompleteError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", e.Op)
	for i, f := range e.Failures {
		if len(e.Failures) > 1 {
			b.WriteString("\n  - ")
		} else if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.Error())
	}
	if e.Rest != "" {
		if len(e.Failures) > 1 {
			b.WriteString("\n" + e.Rest)
		} else {
			b.WriteString("; " + e.Rest)
		}
	}
	return b.String()
}

// Is matches ErrIncomplete where something is there.
func (e *IncompleteError) Is(target error) bool { return target == ErrIncomplete && e.Some }

// Unwrap are the failures.
func (e *IncompleteError) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		errs[i] = f
	}
	return errs
}

// HostError is a host's own words on why it can't do what is asked.
type HostError struct {
	Kind   string // a key of adviceFor
	Text   string
	Advice string
}

// Error is the host's text.
func (e *HostError) Error() string { return e.Text }

// Hint says what to do.
func (e *HostError) Hint() string { return e.Advice }

// adviceFor are the remedies for what hosts complain of.
var adviceFor = map[string]string{
	"java":   "set env.java.home in the configuration of that host, or JAVA_HOME in its user's profile",
	"folder": "make room there or name another folder: env.log.dir, env.pid.dir, io.tmp.dirs",
	"home":   "name FLINK_HOME on the hosts with --flink-home-remote, or copy it there with cluster push",
	"lock":   "wait for the other start or stop to end, then run the command again",
	"tools":  "install it there",
	"other":  "name another folder with --flink-home-remote, or empty that one",
	"write":  "make room there, or name another folder with --flink-home-remote",
	"denied": "let the user write there, or log in as another one: env.ssh.opts: -l USER",
	"cut":    "run the command again",
	"signal": "the process belongs to somebody else",
}
