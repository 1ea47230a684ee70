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

// await follows the application until its JobManager's REST answers.
func (l *launch) await(ctx context.Context) (*Deployment, error) {
	report, err := l.awaitRunning(ctx)
	if err != nil {
		return nil, err
	}
	base, version, err := l.awaitReady(ctx)
	if err != nil {
		return nil, err
	}
	return &Deployment{
		ApplicationID: l.id, Name: report.Name, State: report.State, TrackingURL: report.TrackingURL, RestURL: base,
		Queue: report.Queue, User: report.User, FlinkVersion: version, Attempts: l.plan.MaxAttempts, Warnings: l.plan.Warnings,
	}, nil
}

// awaitRunning waits for RUNNING, or explains why it is not to be had.
//
// Java: YarnClusterDescriptor.startAppMaster, its loop over the report.
func (l *launch) awaitRunning(ctx context.Context) (yarn.ApplicationReport, error) {
	var last yarn.State
	since := time.Now()
	for {
		report, err := l.rm.Application(ctx, l.id)
		if err != nil {
			return report, err
		}
		l.report = &report
		if err := ended(report); err != nil {
			return report, err
		}
		if report.State == yarn.Running {
			return report, nil
		}
		if report.State != last {
			last = report.State
			l.client.progress(Progress{Phase: PhaseAwait, Message: fmt.Sprintf("%s is %s", l.id, report.State)})
		} else if time.Since(since) > stuckAfter {
			since = time.Now()
			l.client.progress(Progress{Phase: PhaseAwait, Message: l.waiting(ctx, report)})
		}
		if err := pause(ctx, pollReport); err != nil {
			return report, err
		}
	}
}

// ended is an error where the application is final.
func ended(r yarn.ApplicationReport) error {
	switch r.State {
	case yarn.Failed, yarn.Finished:
		return fmt.Errorf("%w: the application is %s (%s)", ErrDeploymentFailed, r.State, r.FinalStatus)
	case yarn.Killed:
		return fmt.Errorf("%w: somebody killed the application", ErrDeploymentFailed)
	}
	return nil
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
		report, err := l.rm.Application(ctx, l.id)
		if err != nil {
			return "", "", err
		}
		l.report = &report
		if err := ended(report); err != nil {
			return "", "", err
		}
		if base := restURL(report, l.plan.configuration); base != "" {
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
