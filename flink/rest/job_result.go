package rest

import (
	"context"
	"time"
)

// JobResult is how a job ended. Accumulators come serialised by Java with it;
// [Client.Accumulators] has them as text.
type JobResult struct {
	Completed    bool     // the job has ended; else the rest is zero
	State        JobState // Finished, Failed or Canceled; "" when the JobManager doesn't know
	NetRuntime   time.Duration
	FailureClass string // Java class of a failed job's exception
	Failure      string // its stack trace
}

// RootCause returns the deepest cause of the failure on one line, or "".
func (r JobResult) RootCause() string {
	if r.Failure == "" {
		return r.FailureClass
	}
	return RootCause(r.Failure)
}

// JobResult returns how the job ended, at once: a job that still runs has a
// result that is not Completed. An unknown job is ErrJobNotFound.
func (c *Client) JobResult(ctx context.Context, id JobID) (JobResult, error) {
	var a struct {
		Status struct {
			ID string `json:"id"`
		} `json:"status"`
		Result *struct {
			ApplicationStatus string  `json:"application-status"`
			NetRuntime        integer `json:"net-runtime"`
			Failure           struct {
				Class      string `json:"class"`
				StackTrace string `json:"stack-trace"`
			} `json:"failure-cause"`
		} `json:"job-execution-result"`
	}
	if err := c.get(ctx, "result of job "+id.String(), &a, "jobs", id.String(), "execution-result"); err != nil {
		return JobResult{}, err
	}
	if a.Status.ID != "COMPLETED" || a.Result == nil {
		return JobResult{}, nil
	}
	return JobResult{
		Completed:    true,
		State:        endState(a.Result.ApplicationStatus),
		NetRuntime:   a.Result.NetRuntime.duration(),
		FailureClass: a.Result.Failure.Class,
		Failure:      a.Result.Failure.StackTrace,
	}, nil
}

// endState translates the words of an application to those of a job.
//
// Java: org.apache.flink.runtime.clusterframework.ApplicationStatus.
func endState(applicationStatus string) JobState {
	switch applicationStatus {
	case "SUCCEEDED":
		return Finished
	case "FAILED":
		return Failed
	case "CANCELED":
		return Canceled
	}
	return ""
}

// Accumulator is a value that a job gathered. Value is Java's text of it.
type Accumulator struct {
	Name, Type, Value string
}

// Accumulators returns the accumulators of a job, running or ended, in the
// server's order. An unknown job is ErrJobNotFound.
func (c *Client) Accumulators(ctx context.Context, id JobID) ([]Accumulator, error) {
	var a struct {
		Accumulators []struct {
			Name  string `json:"name"`
			Type  string `json:"type"`
			Value string `json:"value"`
		} `json:"user-task-accumulators"`
	}
	if err := c.get(ctx, "accumulators of job "+id.String(), &a, "jobs", id.String(), "accumulators"); err != nil {
		return nil, err
	}
	list := make([]Accumulator, 0, len(a.Accumulators))
	for _, acc := range a.Accumulators {
		list = append(list, Accumulator(acc))
	}
	return list, nil
}

// Exceptions returns the stack trace of the job's latest failure, "" when
// there was none; [RootCause] makes a line of it. A job that was restarted
// has one too. An unknown job is ErrJobNotFound.
func (c *Client) Exceptions(ctx context.Context, id JobID) (root string, err error) {
	var a exceptionsAnswer
	if err := c.get(ctx, "exceptions of job "+id.String(), &a, "jobs", id.String(), "exceptions"); err != nil {
		return "", err
	}
	return a.root(), nil
}

type exceptionsAnswer struct {
	Root    string `json:"root-exception"` // gone in Flink 2
	History struct {
		Entries []exceptionAnswer `json:"entries"` // the latest first; Flink 1.13 and newer
	} `json:"exceptionHistory"`
	// All is what older releases tell beside Root.
	All []olderExceptionAnswer `json:"all-exceptions"`
}

type exceptionAnswer struct {
	Name       string  `json:"exceptionName"`
	StackTrace string  `json:"stacktrace"`
	At         integer `json:"timestamp"`
	Task       string  `json:"taskName"`
	Location   string  `json:"location"`
	Endpoint   string  `json:"endpoint"` // instead of Location since Flink 1.19
}

type olderExceptionAnswer struct {
	StackTrace string  `json:"exception"`
	At         integer `json:"timestamp"`
	Task       string  `json:"task"`
	Location   string  `json:"location"`
}

func (a exceptionsAnswer) root() string {
	if a.Root == "" && len(a.History.Entries) > 0 {
		return a.History.Entries[0].StackTrace
	}
	return a.Root
}
