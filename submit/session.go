package submit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// Session is a JobManager that jobs can be submitted to.
type Session struct {
	// ApplicationID is nil for a JobManager that was named by its address.
	ApplicationID *yarn.ApplicationID
	Name, User    string
	RestURL       string

	led bool // RestURL is that of the leader in ZooKeeper, which may change
}

// String names the session for people.
func (s *Session) String() string {
	if s.ApplicationID == nil {
		return "the JobManager at " + s.RestURL
	}
	return fmt.Sprintf("session %s (%s)", s.ApplicationID, s.Name)
}

// SessionType is the application type of Flink on YARN.
const SessionType = "Apache Flink"

// Sessions lists the user's live applications of the type Apache Flink, and
// those that carry one of our tags.
func (c *Client) Sessions(ctx context.Context) ([]yarn.ApplicationReport, error) {
	rm, err := c.resourceManager()
	if err != nil {
		return nil, err
	}
	return rm.Applications(ctx, yarn.Filter{States: yarn.LiveStates(), User: c.options.User, Match: func(r yarn.ApplicationReport) bool {
		return r.Type == SessionType || slices.ContainsFunc(r.Tags, func(t string) bool { return strings.HasPrefix(t, RequestTagPrefix) })
	}})
}

// FindSession finds the JobManager that a target means. ErrSessionNotFound and
// ErrAmbiguous name what there is; of a leader the errors are those of ZooKeeper and ErrNoLeader.
func (c *Client) FindSession(ctx context.Context, t Target) (*Session, error) {
	switch {
	case t.RestURL != "":
		return &Session{RestURL: t.RestURL}, nil
	case t.Leader:
		return c.sessionOfLeader(ctx)
	case t.ApplicationID != "":
		return c.sessionByID(ctx, t)
	case t.Name != "":
		return c.sessionByName(ctx, t.Name)
	}
	return nil, withHint(fmt.Errorf("%w was named", ErrSessionNotFound), "name one by -yid, --session or -m host:port")
}

func (c *Client) sessionByID(ctx context.Context, t Target) (*Session, error) {
	report, err := c.applicationByID(ctx, t)
	if err != nil {
		return nil, err
	}
	if report.State.IsFinal() {
		return nil, withHint(fmt.Errorf("%w: %s, named by %s, is %s", ErrSessionNotFound, report.ID, t.Origin, report.State), "name a running session by -yid or --session, or start one with `yarnflink session -d`")
	}
	return c.session(ctx, report)
}

func (c *Client) sessionByName(ctx context.Context, name string) (*Session, error) {
	report, err := c.applicationByName(ctx, name)
	if err != nil {
		return nil, err
	}
	return c.session(ctx, report)
}

const registrationWait = 30 * time.Second

// session waits for a live application's JobManager to have an address.
func (c *Client) session(ctx context.Context, report yarn.ApplicationReport) (*Session, error) {
	rm, err := c.resourceManager()
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(registrationWait)
	for {
		if report.State.IsFinal() {
			return nil, fmt.Errorf("%w: %s is %s", ErrSessionNotFound, report.ID, report.State)
		}
		base, err := c.restURL(ctx, report, nil)
		if err != nil {
			return nil, err
		}
		if report.State == yarn.Running && base != "" {
			return &Session{ApplicationID: &report.ID, Name: report.Name, User: report.User, RestURL: base}, nil
		}
		if time.Now().After(deadline) {
			return nil, withHint(fmt.Errorf("%w: %s is %s and its JobManager has no address", ErrSessionNotFound, report.ID, report.State), "try again when it is RUNNING")
		}
		if err := pause(ctx, pollReport); err != nil {
			return nil, err
		}
		if report, err = rm.Application(ctx, report.ID); err != nil {
			return nil, err
		}
	}
}
