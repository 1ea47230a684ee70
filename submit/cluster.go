package submit

import (
	"context"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

// Nodes lists the NodeManagers in all states, or in the given ones.
func (c *Client) Nodes(ctx context.Context, states ...yarn.NodeState) ([]yarn.Node, error) {
	rm, err := c.resourceManager()
	if err != nil {
		return nil, err
	}
	return rm.Nodes(ctx, states...)
}

// Queues lists the scheduler's queues, each parent before its children.
func (c *Client) Queues(ctx context.Context) (yarn.Scheduler, error) {
	rm, err := c.resourceManager()
	if err != nil {
		return yarn.Scheduler{}, err
	}
	return rm.Queues(ctx)
}

// Jobs lists all jobs that a session's JobManager knows, ended ones included.
func (c *Client) Jobs(ctx context.Context, s *Session) ([]rest.JobOverview, error) {
	jm, err := c.jobManager(s.RestURL)
	if err != nil {
		return nil, err
	}
	return jm.Jobs(ctx)
}
