package submit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	// askAgain is when a JobManager that was asked to end is asked once more.
	askAgain = 5 * time.Second
	// folderWait is how long the JobManager of a session that has ended may take
	// to remove its folder: it does so after YARN calls it finished.
	folderWait = 3 * time.Second
	// slowEnd is from when on a JobManager that ends is waited for with an explanation.
	slowEnd = 10 * time.Second
)

// StopResult is how a session that was stopped has ended.
type StopResult struct {
	ApplicationID string           `json:"applicationId"`
	Name          string           `json:"name"`
	State         yarn.State       `json:"state"`
	FinalStatus   yarn.FinalStatus `json:"finalStatus"`
	// StagingRemoved tells that no staging folder is left, whoever removed it.
	StagingRemoved bool `json:"stagingRemoved"`
	// Warnings say what could not be looked after, and how to do it.
	Warnings []string `json:"warnings,omitempty"`
}

// StopSession ends a live session in order, as Stop does.
func (c *Client) StopSession(ctx context.Context, id yarn.ApplicationID) error {
	if _, err := c.sessionByID(ctx, Target{ApplicationID: id.String(), Origin: "the caller"}); err != nil {
		return err
	}
	_, err := c.Stop(ctx, id)
	return err
}

// Stop ends a session in order: its JobManager cancels the jobs, gives its
// containers back and removes its data. Stop returns when YARN calls the
// application final and its staging folder is gone; one that the JobManager has
// left is removed, as is what it has left of its high availability data. An application that has ended already only has its folder
// looked after. A JobManager that YARN starts again meanwhile is asked again.
//
// Java: FlinkYarnSessionCli.shutdownCluster.
func (c *Client) Stop(ctx context.Context, id yarn.ApplicationID) (*StopResult, error) {
	rm, err := c.resourceManager()
	if err != nil {
		return nil, err
	}
	s := &stopping{client: c, id: id}
	for {
		report, err := rm.Application(ctx, id)
		if err != nil {
			return nil, err
		}
		if report.State.IsFinal() {
			result, err := c.stopped(ctx, report)
			if err == nil {
				s.cleanHighAvailability(ctx, report, result)
			}
			return result, err
		}
		if err := s.ask(ctx, report); err != nil {
			return nil, err
		}
		s.explain()
		if err := pause(ctx, pollReport); err != nil {
			return nil, fmt.Errorf("stop %s: %w (it was asked to end, but has not ended yet)", id, err)
		}
	}
}

// stopping is the asking of a JobManager to end.
type stopping struct {
	client *Client
	id     yarn.ApplicationID
	// asked is when it was asked last; lost since when it can't be, zero while it can.
	asked, lost time.Time
	// data is what the session keeps for high availability, nil where it is
	// nothing, or a namespace that others may share.
	data *HighAvailabilityData
	// agreed is when it agreed first; explained, that slowEnd later it was said what it waits for.
	agreed    time.Time
	explained bool
}

// explain says once what a JobManager does that has agreed to end and does not: it keeps the outcomes of operations until
// they were asked for.
//
// Java: CompletedOperationCache.closeAsync.
func (s *stopping) explain() {
	if s.explained || s.agreed.IsZero() || time.Since(s.agreed) < slowEnd {
		return
	}
	s.explained = true
	s.client.progress(Progress{Phase: PhaseAwait, Message: fmt.Sprintf("%s has agreed to end; its JobManager may wait up to 5 minutes (rest.async.store-duration) for the outcome of a detached savepoint to be"+
		" asked for; `yarnflink kill %s` ends it at once", s.id, s.id)})
}

// ask asks the JobManager to end, if it has an address and was not asked just now.
func (s *stopping) ask(ctx context.Context, report yarn.ApplicationReport) error {
	if time.Since(s.asked) < askAgain {
		return nil
	}
	base, err := s.client.restURL(ctx, report, nil)
	if err != nil || base == "" {
		return err
	}
	jm, err := s.client.jobManagerOnce(base)
	if err != nil {
		return err
	}
	if s.asked.IsZero() {
		// Once it has ended, nobody tells.
		if data, err := s.client.highAvailability(ctx, report); err == nil && data != nil && data.alone() {
			s.data = data
		}
	}
	asking := time.Now()
	err = jm.ShutdownCluster(ctx)
	switch {
	case err == nil:
		s.asked, s.lost = asking, time.Time{}
		if s.agreed.IsZero() {
			s.agreed = asking
		}
		return nil
	case !s.asked.IsZero() && ctx.Err() == nil:
		return nil // it has agreed before, and is ending
	case !errors.Is(err, rest.ErrUnreachable):
		return fmt.Errorf("stop %s: %w", s.id, err)
	case s.lost.IsZero():
		s.lost = asking
	}
	// A lost answer shows as the end of the application.
	if time.Since(s.lost) > lostFor {
		return withHint(fmt.Errorf("stop %s: %w", s.id, err), "kill it with `yarnflink kill "+s.id.String()+"`")
	}
	return nil
}

// cleanHighAvailability removes what the JobManager of a session that was ended
// in order has left: it removes most of it by itself.
func (s *stopping) cleanHighAvailability(ctx context.Context, report yarn.ApplicationReport, result *StopResult) {
	if s.data == nil || report.FinalStatus != yarn.StatusSucceeded {
		return
	}
	if err := s.client.removeHighAvailability(ctx, s.data); err != nil {
		result.Warnings = append(result.Warnings, fmt.Sprintf("it is not known whether the JobManager has removed its high availability data, %s: %v; make sure with: %s",
			s.data, err, s.data.RemoveLine()))
	}
}

// stopped looks after the folder of a session that has ended.
func (c *Client) stopped(ctx context.Context, report yarn.ApplicationReport) (*StopResult, error) {
	result := &StopResult{ApplicationID: report.ID.String(), Name: report.Name, State: report.State, FinalStatus: report.FinalStatus}
	folder, err := c.folderOf(report)
	if err != nil {
		return result, err
	}
	if err := c.awaitNoFolder(ctx, folder, report); err != nil {
		return result, fmt.Errorf("%s is %s, but its folder %s is left: %w", report.ID, report.State, folder, err)
	}
	result.StagingRemoved = true
	c.forgetLock(report.ID)
	return result, nil
}

// awaitNoFolder gives the JobManager the time to remove its folder, then
// removes it.
func (c *Client) awaitNoFolder(ctx context.Context, folder string, report yarn.ApplicationReport) error {
	deadline := report.Finished.Add(folderWait)
	if late := time.Now().Add(folderWait); deadline.After(late) {
		deadline = late // another clock than ours
	}
	for report.State == yarn.Finished && time.Now().Before(deadline) {
		there, err := c.folderExists(ctx, folder)
		if err != nil || !there {
			return err
		}
		if err := pause(ctx, pollReport); err != nil {
			return err
		}
	}
	_, err := c.removeFolder(ctx, folder)
	return err
}
