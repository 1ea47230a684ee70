package submit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	pollJobFirst = 20 * time.Millisecond
	pollJobLast  = 500 * time.Millisecond
)

// lostFor is how long a JobManager that YARN calls running may be out of reach:
// as long as Flink's own client tries, 20 times with 3 seconds between.
const lostFor = time.Minute

// WaitJob follows a job to its end, whatever that is: JobResult.Err tells. Each
// new state is given to onState, which may be nil. When ctx ends, its cause is
// returned and the job is left alone. A session that ends meanwhile is an error
// that says how it ended; a JobManager that YARN starts again is found again, and so
// is the next leader of a cluster with high availability.
func (c *Client) WaitJob(ctx context.Context, j *Job, onState func(rest.JobState)) (*JobResult, error) {
	w := &wait{client: c, job: j, base: j.Session.RestURL}
	var last rest.JobState
	interval := pollJobFirst
	for {
		state, err := w.state(ctx)
		if err != nil {
			return nil, err
		}
		if w.ended != nil {
			return w.ended, nil
		}
		if state != "" && state != last {
			last = state
			if onState != nil {
				onState(state)
			}
		}
		if state.IsFinal() {
			result, err := w.result(ctx, state)
			if err == nil && w.job.OneOff {
				w.awaitEnd(ctx)
			}
			return result, err
		}
		if err := pause(ctx, interval); err != nil {
			return nil, err
		}
		interval = min(interval*3/2, w.longest())
	}
}

// endGrace is how long a cluster for one job may take to go after its job.
const endGrace = 10 * time.Second

// awaitEnd waits until the application of a cluster for one job is final, so
// that whoever is told of the job's end finds the cluster gone, too. How long
// that takes is no matter of the job's: nothing here is an error.
func (w *wait) awaitEnd(ctx context.Context) {
	rm, err := w.client.resourceManager()
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, endGrace)
	defer cancel()
	for {
		report, err := rm.Application(ctx, *w.job.Session.ApplicationID)
		if err == nil && report.State.IsFinal() {
			w.client.forgetLock(report.ID)
			return
		}
		if err != nil || pause(ctx, pollReport) != nil {
			return
		}
	}
}

// wait is the waiting for one job.
type wait struct {
	client *Client
	job    *Job
	// base is where the JobManager is now; lost is since when it is out of
	// reach, zero while it is not.
	base string
	lost time.Time
	told bool // that it is out of reach
	// ended is the result of a cluster for one job that has gone with it.
	ended *JobResult
}

// longest is the interval that the waiting grows to. A cluster for one job goes
// soon after its job, and with it what the job has counted.
func (w *wait) longest() time.Duration {
	if w.job.OneOff {
		return pollReport
	}
	return pollJobLast
}

// state asks the JobManager once; "" where it is out of reach for now.
func (w *wait) state(ctx context.Context) (rest.JobState, error) {
	jm, err := w.client.jobManagerOnce(w.base)
	if err != nil {
		return "", err
	}
	state, err := jm.JobStatus(ctx, w.job.ID)
	if !errors.Is(err, rest.ErrUnreachable) {
		w.lost, w.told = time.Time{}, false
		if errors.Is(err, rest.ErrJobNotFound) && w.base != w.job.Session.RestURL {
			err = fmt.Errorf("%w: it may have ended under the JobManager that led before, at %s", err, w.job.Session.RestURL)
		}
		return state, err
	}
	return "", w.find(ctx, err)
}

// find asks the ResourceManager what became of a session that is out of reach,
// and it or ZooKeeper for the address that its JobManager has now.
func (w *wait) find(ctx context.Context, cause error) error {
	if w.lost.IsZero() {
		w.lost = time.Now()
	}
	if id := w.job.Session.ApplicationID; id != nil {
		rm, err := w.client.resourceManager()
		if err != nil {
			return errors.Join(cause, err)
		}
		report, err := rm.Application(ctx, *id)
		if err != nil {
			return errors.Join(cause, err)
		}
		if report.State.IsFinal() && w.job.OneOff {
			w.client.forgetLock(report.ID)
			w.ended, err = w.client.applicationResult(ctx, w.job, report)
			return err
		}
		if report.State.IsFinal() {
			return sessionEnded(w.job.ID, report, w.client.lastWords(ctx, report))
		}
		if report.AMRPCAddress != "" {
			if w.base, err = w.client.movedURL(ctx, report, w.base); err != nil {
				return err
			}
		}
	}
	patience := lostFor
	if w.job.Session.led {
		patience = leaderTime
		if !w.told {
			w.told = true
			w.client.progress(Progress{Phase: PhaseJob, Message: fmt.Sprintf("the JobManager at %s is out of reach: waiting up to %s for another one to lead", w.base, leaderTime)})
		}
		w.base = w.client.nextLeader(ctx, w.base)
	}
	if time.Since(w.lost) > patience {
		return fmt.Errorf("job %s: no JobManager has answered for %s: %w", w.job.ID, patience, cause)
	}
	return nil
}

// sessionEnded says what the end of its session means for a job: Flink cancels
// the jobs of a session that is stopped in order.
func sessionEnded(id rest.JobID, r yarn.ApplicationReport, lastWords string) error {
	kind := ErrJobFailed
	switch r.State {
	case yarn.Killed:
		kind = ErrApplicationKilled
	case yarn.Finished:
		kind = ErrJobCancelled
	}
	return explained(fmt.Errorf("job %s: %w: its session %s is %s", id, kind, r.ID, r.State), strings.TrimSpace(r.Diagnostics), lastWords)
}

// result reads what the job left. A JobManager that has gone meanwhile takes the
// figures with it, not the result.
func (w *wait) result(ctx context.Context, state rest.JobState) (*JobResult, error) {
	id := w.job.ID
	result := &JobResult{JobID: id, State: state, RestURL: w.base, Accumulators: map[string]string{}}
	if application := w.job.Session.ApplicationID; application != nil {
		result.ApplicationID = application.String()
	}
	jm, err := w.client.jobManagerOnce(w.base)
	if err != nil {
		return nil, err
	}
	err = w.figures(ctx, jm, result)
	if err != nil && !errors.Is(err, rest.ErrUnreachable) {
		return nil, err
	}
	return result, context.Cause(ctx)
}

// figures completes a result.
func (w *wait) figures(ctx context.Context, jm *rest.Client, result *JobResult) error {
	ended, err := jm.JobResult(ctx, result.JobID)
	if err != nil {
		return err
	}
	result.DurationMs = ended.NetRuntime.Milliseconds()
	if result.State == rest.Failed {
		result.Failure = ended.RootCause()
	}
	accumulators, err := jm.Accumulators(ctx, result.JobID)
	for _, a := range accumulators {
		result.Accumulators[a.Name] = a.Value
	}
	return err
}
