package submit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

const (
	pollJobFirst = 20 * time.Millisecond
	pollJobLast  = 500 * time.Millisecond
)

// WaitJob follows a job to its end, whatever that is: JobResult.Err tells. Each
// new state is given to onState, which may be nil. When ctx ends, its cause is
// returned and the job is left alone. A session that ends meanwhile is an error
// that says how it ended.
func (c *Client) WaitJob(ctx context.Context, j *Job, onState func(rest.JobState)) (*JobResult, error) {
	var last rest.JobState
	wait := pollJobFirst
	for {
		state, err := c.jobState(ctx, j)
		if err != nil {
			return nil, err
		}
		if state != last {
			last = state
			if onState != nil {
				onState(state)
			}
		}
		if state.IsFinal() {
			return c.jobResult(ctx, j, state)
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
		wait = min(wait*3/2, pollJobLast)
	}
}

// jobState asks the JobManager; where it can't be reached, the ResourceManager
// is asked what became of the session, and for the address it has now.
func (c *Client) jobState(ctx context.Context, j *Job) (rest.JobState, error) {
	jm, err := c.jobManager(j.Session.RestURL)
	if err != nil {
		return "", err
	}
	state, err := jm.JobStatus(ctx, j.ID)
	if err == nil || j.Session.ApplicationID == nil || !errors.Is(err, rest.ErrUnreachable) {
		return state, err
	}
	rm, rmErr := c.resourceManager()
	if rmErr != nil {
		return "", errors.Join(err, rmErr)
	}
	report, rmErr := rm.Application(ctx, *j.Session.ApplicationID)
	if rmErr != nil {
		return "", errors.Join(err, rmErr)
	}
	if report.State.IsFinal() {
		return "", fmt.Errorf("job %s: %w: %s is %s: %s", j.ID, ErrApplicationKilled, report.ID, report.State, report.Diagnostics)
	}
	return "", err
}

func (c *Client) jobResult(ctx context.Context, j *Job, state rest.JobState) (*JobResult, error) {
	jm, err := c.jobManager(j.Session.RestURL)
	if err != nil {
		return nil, err
	}
	result := &JobResult{JobID: j.ID, State: state, RestURL: j.Session.RestURL, Accumulators: map[string]string{}}
	if j.Session.ApplicationID != nil {
		result.ApplicationID = j.Session.ApplicationID.String()
	}
	accumulators, err := jm.Accumulators(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range accumulators {
		result.Accumulators[a.Name] = a.Value
	}
	ended, err := jm.JobResult(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	result.DurationMs = ended.NetRuntime.Milliseconds()
	if state == rest.Failed {
		result.Failure = rest.RootCause(ended.Failure)
	}
	return result, nil
}
