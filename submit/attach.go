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
	// After a change a session is looked at soon again, then less and less often.
	watchFirst = 100 * time.Millisecond
	watchLast  = time.Second
	// overviewTimeout bounds the question to the JobManager: one that hangs must
	// not hide what YARN says.
	overviewTimeout = 3 * time.Second
)

// ErrSessionFailed: a session ended, and not because it was told to.
var ErrSessionFailed = errors.New("the session failed")

// SessionStatus is what is known of a session at one time. It is comparable.
type SessionStatus struct {
	ApplicationID yarn.ApplicationID `json:"applicationId"`
	Name          string             `json:"name"`
	State         yarn.State         `json:"state"`
	FinalStatus   yarn.FinalStatus   `json:"finalStatus"`
	TrackingURL   string             `json:"trackingUrl"`
	// RestURL is the JobManager's own address, the last one known. It changes
	// when YARN starts the JobManager again.
	RestURL string `json:"restUrl"`
	// Serving tells that the JobManager has answered. Where it has not, the
	// numbers are those of its last answer.
	Serving       bool   `json:"serving"`
	FlinkVersion  string `json:"flinkVersion"`
	TaskManagers  int    `json:"taskManagers"`
	SlotsTotal    int    `json:"slotsTotal"`
	SlotsFree     int    `json:"slotsFree"`
	JobsRunning   int    `json:"jobsRunning"`
	JobsFinished  int    `json:"jobsFinished"`
	JobsCancelled int    `json:"jobsCancelled"`
	JobsFailed    int    `json:"jobsFailed"`
	// Problem says why nothing newer is known, "" while all is.
	Problem string `json:"problem"`
	// Diagnostics are YARN's words on a session that waits or has ended.
	Diagnostics string `json:"diagnostics"`
}

// Watch follows a session on YARN until it has ended. each gets the status at
// first and whenever it has changed. A JobManager that YARN starts again is
// followed to its new address; servers that are out of reach are asked on and
// on, which the status tells. The error is nil for a session that was ended in
// order, whoever did that; ErrApplicationKilled or ErrSessionFailed, with YARN's
// words, for one that was not; what ended ctx, with the session left alone; or
// that the ResourceManager refuses to tell.
//
// Java: FlinkYarnSessionCli.runInteractiveCli, YarnApplicationStatusMonitor.
func (c *Client) Watch(ctx context.Context, s *Session, each func(SessionStatus)) error {
	if s.ApplicationID == nil {
		return withHint(fmt.Errorf("%w: %s is not known to be a session on YARN", ErrSessionNotFound, s), "name it by its application id or its name")
	}
	w := &sessionWatch{client: c, session: s}
	var last SessionStatus
	interval := watchFirst
	for first := true; ; first = false {
		now, err := w.look(ctx)
		if err != nil {
			return err
		}
		if first || now.differs(last) {
			last, interval = now, watchFirst
			each(now)
		}
		if now.State.IsFinal() {
			return now.err(c.lastWords(ctx, w.report))
		}
		if err := pause(ctx, interval); err != nil {
			return err
		}
		interval = min(interval*3/2, watchLast)
	}
}

// differs tells whether there is something to tell. A problem in other words is
// the same problem.
func (s SessionStatus) differs(last SessionStatus) bool {
	if s.Problem != "" && last.Problem != "" {
		last.Problem = s.Problem
	}
	return s != last
}

// sessionWatch is the following of one session.
type sessionWatch struct {
	client  *Client
	session *Session
	status  SessionStatus // the last one
	report  yarn.ApplicationReport
}

// look asks YARN, then the JobManager.
func (w *sessionWatch) look(ctx context.Context) (SessionStatus, error) {
	rm, err := w.client.resourceManager()
	if err != nil {
		return w.status, err
	}
	report, err := rm.Application(ctx, *w.session.ApplicationID)
	switch {
	case err != nil && ctx.Err() != nil:
		return w.status, context.Cause(ctx)
	case errors.Is(err, yarn.ErrUnreachable):
		w.status.ApplicationID, w.status.Name = *w.session.ApplicationID, w.session.Name
		w.status.Problem = err.Error()
		return w.status, nil
	case err != nil:
		return w.status, err
	}
	w.report = report
	if report.State.IsFinal() {
		w.client.forgetLock(report.ID)
	}
	w.see(ctx, report)
	return w.status, nil
}

// see puts what YARN reports and the JobManager tells into the status.
func (w *sessionWatch) see(ctx context.Context, r yarn.ApplicationReport) {
	w.status.take(r)
	base, err := w.base(ctx, r)
	switch {
	case err != nil:
		w.status.Serving, w.status.Problem = false, err.Error()
		return
	case base != "":
		w.status.RestURL = base
	}
	w.ask(ctx, r)
}

// take puts the report of YARN into the status.
func (s *SessionStatus) take(r yarn.ApplicationReport) {
	s.ApplicationID, s.Name, s.State, s.FinalStatus = r.ID, r.Name, r.State, r.FinalStatus
	s.TrackingURL, s.Problem, s.Diagnostics = r.TrackingURL, "", ""
	if r.State != yarn.Running {
		s.Diagnostics = strings.TrimSpace(r.Diagnostics)
	}
}

// base is the JobManager's address, with the scheme that the session was found by,
// else the one that this machine's configuration says.
func (w *sessionWatch) base(ctx context.Context, r yarn.ApplicationReport) (string, error) {
	if w.session.RestURL != "" {
		return w.client.movedURL(ctx, r, w.session.RestURL)
	}
	return w.client.restURL(ctx, r, nil)
}

// ask puts what the JobManager tells into the status.
func (w *sessionWatch) ask(ctx context.Context, report yarn.ApplicationReport) {
	s := &w.status
	s.Serving = false
	if report.State != yarn.Running || report.AMRPCAddress == "" {
		return
	}
	overview, err := w.client.overview(ctx, s.RestURL)
	if err != nil {
		s.Problem = err.Error()
		return
	}
	s.Serving, s.FlinkVersion = true, overview.FlinkVersion
	s.TaskManagers, s.SlotsTotal, s.SlotsFree = overview.TaskManagers, overview.SlotsTotal, overview.SlotsAvailable
	s.JobsRunning, s.JobsFinished, s.JobsCancelled, s.JobsFailed = overview.JobsRunning, overview.JobsFinished, overview.JobsCancelled, overview.JobsFailed
}

// overview asks a JobManager once, for a short time.
func (c *Client) overview(ctx context.Context, base string) (rest.ClusterOverview, error) {
	jm, err := c.jobManagerOnce(base)
	if err != nil {
		return rest.ClusterOverview{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, overviewTimeout, errNoAnswer)
	defer cancel()
	return jm.Overview(ctx)
}

// Status looks at an application once: what YARN reports of it, and what its
// JobManager tells where it has one that answers.
func (c *Client) Status(ctx context.Context, r yarn.ApplicationReport) SessionStatus {
	w := &sessionWatch{client: c, session: &Session{ApplicationID: &r.ID, Name: r.Name, User: r.User}}
	w.see(ctx, r)
	return w.status
}

// err says how a session has ended, with its JobManager's last words.
func (s SessionStatus) err(lastWords string) error {
	var kind error
	switch {
	case s.State == yarn.Killed:
		kind = ErrApplicationKilled
	case s.State == yarn.Failed || s.FinalStatus == yarn.StatusFailed:
		kind = ErrSessionFailed
	default:
		return nil
	}
	err := explained(fmt.Errorf("%w: %s is %s (%s)", kind, s.ApplicationID, s.State, s.FinalStatus), s.Diagnostics, lastWords)
	return withHint(err, fmt.Sprintf("its logs: `yarn logs -applicationId %s` where log aggregation is on", s.ApplicationID))
}
