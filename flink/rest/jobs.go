package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// JobOverview is a job in the list of jobs.
type JobOverview struct {
	ID         JobID
	Name       string
	State      JobState
	Start, End time.Time // End is zero while the job has not ended
	Duration   time.Duration
	Tasks      map[string]int // by state, as in "running"; "total" is their sum
}

// Jobs lists all jobs that the JobManager knows, ended ones included.
func (c *Client) Jobs(ctx context.Context) ([]JobOverview, error) {
	var a jobsAnswer
	if err := c.get(ctx, "list jobs", &a, "jobs", "overview"); err != nil {
		return nil, err
	}
	return a.jobs(), nil
}

type jobsAnswer struct {
	Jobs []struct {
		ID       JobID              `json:"jid"`
		Name     string             `json:"name"`
		State    JobState           `json:"state"`
		Start    integer            `json:"start-time"`
		End      integer            `json:"end-time"`
		Duration integer            `json:"duration"`
		Tasks    map[string]integer `json:"tasks"`
	} `json:"jobs"`
}

func (a jobsAnswer) jobs() []JobOverview {
	jobs := make([]JobOverview, 0, len(a.Jobs))
	for _, j := range a.Jobs {
		jobs = append(jobs, JobOverview{
			ID: j.ID, Name: j.Name, State: j.State,
			Start: j.Start.time(), End: j.End.time(), Duration: j.Duration.duration(), Tasks: counts(j.Tasks),
		})
	}
	return jobs
}

// JobDetails is all about one job that people ask for.
type JobDetails struct {
	ID             JobID
	Name           string
	Type           string // "STREAMING" or "BATCH"; "" before Flink 1.20
	State          JobState
	Start, End     time.Time // End is zero while the job has not ended
	Duration       time.Duration
	Timestamps     map[JobState]time.Time // when each state was entered last; states never entered are absent
	Vertices       []Vertex
	MaxParallelism int // -1: not set
}

// Vertex is a step of a job: a chain of operators that run in one task.
type Vertex struct {
	ID          string
	Name        string
	State       string
	Parallelism int
	// MaxParallelism bounds Parallelism; 0: the release doesn't tell.
	MaxParallelism int
	Start, End     time.Time
	Duration       time.Duration
	Tasks          map[string]int // by state, as in "RUNNING"
}

// Job reports one job. An unknown one is ErrJobNotFound.
func (c *Client) Job(ctx context.Context, id JobID) (JobDetails, error) {
	a := newJobAnswer()
	if err := c.get(ctx, "job "+id.String(), &a, "jobs", id.String()); err != nil {
		return JobDetails{}, err
	}
	return a.details(), nil
}

type jobAnswer struct {
	ID             JobID                `json:"jid"`
	Name           string               `json:"name"`
	Type           string               `json:"job-type"`
	State          JobState             `json:"state"`
	Start          integer              `json:"start-time"`
	End            integer              `json:"end-time"`
	Duration       integer              `json:"duration"`
	MaxParallelism integer              `json:"maxParallelism"`
	Timestamps     map[JobState]integer `json:"timestamps"`
	Vertices       []vertexAnswer       `json:"vertices"`
}

func newJobAnswer() jobAnswer { return jobAnswer{MaxParallelism: -1} }

func (a jobAnswer) details() JobDetails {
	d := JobDetails{
		ID: a.ID, Name: a.Name, Type: a.Type, State: a.State,
		Start: a.Start.time(), End: a.End.time(), Duration: a.Duration.duration(),
		MaxParallelism: int(a.MaxParallelism), Timestamps: map[JobState]time.Time{},
	}
	for state, at := range a.Timestamps {
		if at > 0 {
			d.Timestamps[state] = at.time()
		}
	}
	for _, v := range a.Vertices {
		d.Vertices = append(d.Vertices, v.vertex())
	}
	return d
}

type vertexAnswer struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Status      string             `json:"status"`
	Parallelism integer            `json:"parallelism"`
	MaxParallel integer            `json:"maxParallelism"`
	Start       integer            `json:"start-time"`
	End         integer            `json:"end-time"`
	Duration    integer            `json:"duration"`
	Tasks       map[string]integer `json:"tasks"`
}

func (v vertexAnswer) vertex() Vertex {
	return Vertex{
		ID: v.ID, Name: v.Name, State: v.Status, Parallelism: int(v.Parallelism), MaxParallelism: int(v.MaxParallel),
		Start: v.Start.time(), End: v.End.time(), Duration: v.Duration.duration(), Tasks: counts(v.Tasks),
	}
}

func counts(m map[string]integer) map[string]int {
	if m == nil {
		return nil
	}
	out := make(map[string]int, len(m))
	for k, v := range m {
		out[k] = int(v)
	}
	return out
}

// JobStatus returns the state of a job; it is the cheapest way to follow one.
// An unknown job is ErrJobNotFound.
func (c *Client) JobStatus(ctx context.Context, id JobID) (JobState, error) {
	var a struct {
		Status JobState `json:"status"`
	}
	err := c.get(ctx, "status of job "+id.String(), &a, "jobs", id.String(), "status")
	var remote *RemoteError
	if errors.As(err, &remote) && remote.unknownEndpoint() {
		// Older releases, 1.12 for one, have no such endpoint.
		d, err := c.Job(ctx, id)
		return d.State, err
	}
	return a.Status, err
}

// Cancel asks the JobManager to cancel the job and returns when it has agreed;
// the job is CANCELED later. A job that is cancelled already is no error, one
// that finished or failed is ErrJobEnded, an unknown one ErrJobNotFound.
func (c *Client) Cancel(ctx context.Context, id JobID) error {
	op := "cancel job " + id.String()
	err := c.call(ctx, request{
		op: op, method: http.MethodPatch, path: []string{"jobs", id.String()}, query: url.Values{"mode": {"cancel"}},
	}, nil)
	if !errors.Is(err, ErrJobNotFound) {
		return err
	}
	// Flink before 1.15 says "not found" of jobs that have ended, too.
	state, statusErr := c.JobStatus(ctx, id)
	switch {
	case statusErr != nil || !state.IsFinal():
		return err
	case state == Canceled:
		return nil
	}
	return fmt.Errorf("%s: %w: it is %s", op, ErrJobEnded, state)
}
