package submit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

// awaitJob waits until the job of a cluster for one job runs, or has ended.
func (l *launch) awaitJob(ctx context.Context, d *Deployment) error {
	l.client.progress(Progress{Phase: PhaseAwait, Message: "waiting for the program's job"})
	for {
		report, err := l.lookAtRegistered(ctx)
		if err != nil {
			return err
		}
		base, err := l.restURL(ctx, report)
		if err != nil {
			return err
		}
		if base != "" {
			d.RestURL = base
		}
		id, state, err := l.findJob(ctx, d.RestURL)
		switch {
		case err == nil && state != rest.Created && state != rest.Initializing:
			d.Job = &Job{ID: id, Session: d.Session(), OneOff: true}
			return nil
		case err != nil && !errors.Is(err, rest.ErrJobNotFound) && !errors.Is(err, rest.ErrUnreachable):
			return err
		}
		if err := pause(ctx, pollReady); err != nil {
			return err
		}
	}
}

// lookAtRegistered is look for a JobManager that has been RUNNING: it had told YARN
// of its REST endpoint, so what a cluster for one job fails for is the program.
func (l *launch) lookAtRegistered(ctx context.Context) (yarn.ApplicationReport, error) {
	report, err := l.look(ctx)
	if err != nil && l.plan.oneOff && report.State == yarn.Failed {
		err = fmt.Errorf("%w before it was there: %w", ErrJobFailed, err)
	}
	return report, err
}

// findJob asks for the job by the id that was chosen, else for the first one
// there is.
func (l *launch) findJob(ctx context.Context, base string) (rest.JobID, rest.JobState, error) {
	jm, err := l.client.jobManagerOnce(base)
	if err != nil {
		return l.job, "", err
	}
	if l.job != (rest.JobID{}) {
		state, err := jm.JobStatus(ctx, l.job)
		return l.job, state, err
	}
	jobs, err := jm.Jobs(ctx)
	if err != nil || len(jobs) == 0 {
		return l.job, rest.Created, err
	}
	first := jobs[0]
	for _, j := range jobs {
		if j.Start.Before(first.Start) {
			first = j
		}
	}
	return first.ID, first.State, nil
}

// applicationResult is how the job of a cluster for one job ended, by what the
// JobManager told YARN when it left. A JobManager that did not leave in order
// has told nothing: that is an error.
func (c *Client) applicationResult(ctx context.Context, j *Job, r yarn.ApplicationReport) (*JobResult, error) {
	result := &JobResult{
		ApplicationID: r.ID.String(), JobID: j.ID, RestURL: j.Session.RestURL, Accumulators: map[string]string{},
	}
	if r.State != yarn.Finished {
		return nil, sessionEnded(j.ID, r, c.lastWords(ctx, r))
	}
	switch r.FinalStatus {
	case yarn.StatusSucceeded:
		result.State = rest.Finished
	case yarn.StatusKilled:
		result.State = rest.Canceled
	default:
		result.State = rest.Failed
		result.Failure = strings.TrimSpace(rest.RootCause(r.Diagnostics))
	}
	return result, nil
}
