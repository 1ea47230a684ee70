package submit

import (
	"context"
	"fmt"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// RescaleResult is what a JobManager was asked to run a job with.
type RescaleResult struct {
	// ApplicationID is "" for a JobManager that was named by its address.
	ApplicationID string     `json:"applicationId"`
	JobID         rest.JobID `json:"jobId"`
	// Vertices are the bounds by vertex id.
	Vertices map[string]ParallelismBounds `json:"vertices"`
	RestURL  string                       `json:"restUrl"`
}

// ParallelismBounds says how many subtasks a vertex may run with.
type ParallelismBounds struct {
	Lower int `json:"lower"`
	Upper int `json:"upper"`
}

// Rescale changes the parallelism of a running job and returns when the
// JobManager has agreed; the job restarts from its latest checkpoint when there
// are slots for it. It needs Flink 1.18 and jobmanager.scheduler adaptive, else
// it is rest.ErrUnsupported; an unknown or ended job is rest.ErrJobNotFound. A
// JobManager that YARN starts again meanwhile is asked again.
func (c *Client) Rescale(ctx context.Context, s *Session, id rest.JobID, parallelism int) (*RescaleResult, error) {
	f := c.follow(s)
	version, err := f.version(ctx)
	var bounds map[string]rest.Bounds
	if err == nil {
		err = f.call(ctx, func(jm *rest.Client) (err error) {
			bounds, err = jm.Rescale(ctx, id, rest.RescaleRequest{Parallelism: parallelism}, version)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", s, err)
	}
	r := &RescaleResult{ApplicationID: s.application(), JobID: id, Vertices: map[string]ParallelismBounds{}, RestURL: f.base}
	for vertex, b := range bounds {
		r.Vertices[vertex] = ParallelismBounds(b)
	}
	return r, nil
}
