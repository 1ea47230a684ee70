package submit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/leader"
)

// ErrNoLeader: ZooKeeper names no JobManager that leads.
var ErrNoLeader = leader.ErrNone

const (
	// leaderTime is how long a leader that is lost, or does not answer, is waited
	// for: ZooKeeper names a dead one for a minute by Flink's default, and the next
	// one reads its jobs before it answers.
	leaderTime = 2 * time.Minute
	// electionTime is how long a cluster may be without any leader.
	electionTime = 10 * time.Second
	// pollElection is how often ZooKeeper is asked meanwhile.
	pollElection = 500 * time.Millisecond
)

// findLeader asks ZooKeeper, as the client's Flink configuration names it, for the
// web address of the JobManager that leads.
func (c *Client) findLeader(ctx context.Context) (string, error) {
	c.mu.Lock()
	if c.finder == nil {
		var err error
		if c.finder, err = leader.NewFinder(c.flinkConfiguration()); err != nil {
			c.mu.Unlock()
			return "", &ValidationError{[]Problem{{What: "high availability without a ZooKeeper", Where: flink.ZooKeeperQuorum.Key, Why: err.Error(), Do: "set it to the servers' host:port, separated by commas"}}}
		}
	}
	finder := c.finder
	c.mu.Unlock()
	return finder.Find(ctx)
}

// HasLeader tells whether ZooKeeper answers and names a leader.
func (c *Client) HasLeader(ctx context.Context) bool {
	_, err := c.findLeader(ctx)
	if err != nil {
		c.options.Logger.Debug("look for a leader", "error", err)
	}
	return err == nil
}

func (c *Client) flinkConfiguration() *flink.Configuration {
	if c.options.Flink == nil {
		return flink.NewConfiguration()
	}
	return c.options.Flink
}

// sessionOfLeader returns the JobManager that leads once it answers. ErrNoLeader
// is a cluster that does not run, rest.ErrUnreachable one whose leader is dead and
// has no successor.
//
// Java: RestClusterClient.getWebMonitorBaseUrl; differs: the leader that is found has to answer.
func (c *Client) sessionOfLeader(ctx context.Context) (*Session, error) {
	began := time.Now()
	told := "nothing yet"
	for {
		base, err := c.findLeader(ctx)
		patience := electionTime
		switch {
		case err == nil:
			patience = leaderTime
			if err = c.answers(ctx, base); err == nil {
				return &Session{RestURL: base, led: true}, nil
			}
			if !errors.Is(err, rest.ErrUnreachable) {
				return nil, err
			}
		case !errors.Is(err, ErrNoLeader):
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if time.Since(began) > patience {
			return nil, withHint(fmt.Errorf("find the JobManager that leads: %w", err), "see what runs with `yarnflink cluster status`, or name a JobManager with -m HOST:PORT")
		}
		if base != told {
			told = base
			message := fmt.Sprintf("the JobManager at %s leads and does not answer: waiting up to %s for another one to take over", base, patience)
			if base == "" {
				message = fmt.Sprintf("no JobManager leads: waiting up to %s for one", patience)
			}
			c.progress(Progress{Phase: PhaseJob, Message: message})
		}
		if err := pause(ctx, pollElection); err != nil {
			return nil, err
		}
	}
}

// answers asks a JobManager once whether it is there.
func (c *Client) answers(ctx context.Context, base string) error {
	jm, err := c.jobManagerOnce(base)
	if err != nil {
		return err
	}
	_, err = jm.Config(ctx)
	return err
}

// nextLeader is where the leader is now: the address of before where there is no
// news. That there is none, or that ZooKeeper can't be asked, is no news.
func (c *Client) nextLeader(ctx context.Context, before string) string {
	base, err := c.findLeader(ctx)
	if err != nil {
		c.options.Logger.Debug("look for the leader", "error", err)
		return before
	}
	if base != before {
		c.progress(Progress{Phase: PhaseJob, Message: fmt.Sprintf("the JobManager at %s leads now, after the one at %s", base, before)})
	}
	return base
}
