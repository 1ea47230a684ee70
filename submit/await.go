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
	pollReport = 100 * time.Millisecond
	pollReady  = 50 * time.Millisecond
	// stuckAfter is when the reasons YARN gives for waiting are passed on, and how often.
	stuckAfter = 30 * time.Second
)

// await follows the application to its hand-over: until its JobManager's REST
// answers, and the job of a cluster for one job runs.
func (l *launch) await(ctx context.Context) (*Deployment, error) {
	d := &Deployment{ApplicationID: l.id, Attempts: l.plan.MaxAttempts, Warnings: l.plan.Warnings}
	err := l.awaitRunning(ctx)
	if err == nil {
		d.RestURL, d.FlinkVersion, err = l.awaitReady(ctx)
	}
	if err == nil && l.plan.oneOff {
		err = l.awaitJob(ctx, d)
	}
	if errors.Is(err, errJobEnded) {
		d.Job = &Job{ID: l.job, Session: d.Session(), OneOff: true}
		d.Result, err = l.client.applicationResult(ctx, d.Job, *l.report)
		l.client.forgetLock(l.id)
	}
	if err != nil {
		return nil, err
	}
	d.Name, d.State, d.TrackingURL = l.report.Name, l.report.State, l.report.TrackingURL
	d.Queue, d.User, d.Locked = l.report.Queue, l.report.User, isLocked(*l.report)
	return d, nil
}

// awaitRunning waits for RUNNING, or explains why it is not to be had.
//
// Java: YarnClusterDescriptor.startAppMaster, its loop over the report.
func (l *launch) awaitRunning(ctx context.Context) error {
	var last yarn.State
	since := time.Now()
	for {
		report, err := l.look(ctx)
		if err != nil {
			return err
		}
		if report.State == yarn.Running {
			return nil
		}
		if report.State != last {
			last = report.State
			l.client.progress(Progress{Phase: PhaseAwait, Message: fmt.Sprintf("%s is %s", l.id, report.State)})
		} else if time.Since(since) > stuckAfter {
			since = time.Now()
			l.client.progress(Progress{Phase: PhaseAwait, Message: l.waiting(ctx, report)})
		}
		if err := pause(ctx, pollReport); err != nil {
			return err
		}
	}
}

// errJobEnded tells that the application of a cluster for one job has ended by
// itself, with its job.
var errJobEnded = errors.New("the job has ended")

// look asks for the report; an application that is final is an error.
func (l *launch) look(ctx context.Context) (yarn.ApplicationReport, error) {
	r, err := l.ask(ctx)
	if err != nil {
		return r, err
	}
	l.report = &r
	switch {
	case r.State == yarn.Finished && l.plan.oneOff:
		return r, errJobEnded
	case r.State == yarn.Failed, r.State == yarn.Finished:
		return r, fmt.Errorf("%w: the application is %s (%s)", ErrDeploymentFailed, r.State, r.FinalStatus)
	case r.State == yarn.Killed:
		return r, fmt.Errorf("%w: somebody killed the application", ErrDeploymentFailed)
	}
	return r, nil
}

// ask asks for the report. Until the submission is saved a ResourceManager that
// takes over may never have heard of it.
func (l *launch) ask(ctx context.Context) (yarn.ApplicationReport, error) {
	if l.submission == nil {
		return l.rm.Application(ctx, l.id)
	}
	r, err := l.rm.Submitted(ctx, *l.submission)
	if err == nil && r.State != yarn.New && r.State != yarn.NewSaving {
		l.submission = nil
	}
	return r, err
}

// waiting says why an application does not start, in YARN's words and figures.
func (l *launch) waiting(ctx context.Context, r yarn.ApplicationReport) string {
	message := fmt.Sprintf("%s is still %s", l.id, r.State)
	if d := strings.TrimSpace(r.Diagnostics); d != "" {
		message += ": " + d
	}
	if m, err := l.rm.Metrics(ctx); err == nil {
		message += fmt.Sprintf(" (the cluster has %d active nodes, %d MB available)", m.ActiveNodes, m.Available.MemoryMB)
	}
	return message
}

// awaitReady waits until the JobManager answers. Its address comes with the
// report; it is read again meanwhile, for a JobManager that dies now.
func (l *launch) awaitReady(ctx context.Context) (base, version string, err error) {
	l.client.progress(Progress{Phase: PhaseAwait, Message: "waiting for the JobManager's REST endpoint"})
	for {
		report, err := l.lookAtRegistered(ctx)
		if err != nil {
			return "", "", err
		}
		base, err := l.restURL(ctx, report)
		if err != nil {
			return "", "", err
		}
		if base != "" {
			version, err := l.client.ready(ctx, base)
			if err == nil {
				return base, version, nil
			}
			if !errors.Is(err, rest.ErrUnreachable) {
				return "", "", err
			}
		}
		if err := pause(ctx, pollReady); err != nil {
			return "", "", err
		}
	}
}

// ready asks the JobManager once.
func (c *Client) ready(ctx context.Context, base string) (version string, err error) {
	jm, err := c.jobManagerOnce(base)
	if err != nil {
		return "", err
	}
	overview, err := jm.Overview(ctx)
	return overview.FlinkVersion, err
}
