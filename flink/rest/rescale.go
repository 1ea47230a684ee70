package rest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/yarnflink/yarnflink/flink"
)

// Bounds says how many subtasks a vertex may run with: at least Lower, Upper
// where there are slots for them.
type Bounds struct {
	Lower, Upper int
}

// RescaleRequest says how many subtasks the vertices of a job shall have.
type RescaleRequest struct {
	// Parallelism is for all vertices, at most what each allows: one that can't
	// be parallel stays at 1. 0: they stay as they are.
	Parallelism int
	// Vertices overrides it by vertex id and is taken as it is.
	Vertices map[string]int
}

// rescaleByHand is the way out where a running job keeps its parallelism.
const rescaleByHand = "stop the job with a savepoint and start it from there with the parallelism wanted: stop JOB, then run -s SAVEPOINT -p N"

// boundsAnswer is the shape of bounds on the wire. Java:
// org.apache.flink.runtime.jobgraph.JobVertexResourceRequirements.
type boundsAnswer struct {
	Parallelism struct {
		Lower integer `json:"lowerBound"`
		Upper integer `json:"upperBound"`
	} `json:"parallelism"`
}

// ResourceRequirements returns the bounds of a running job by vertex id. v is
// the cluster's release; the zero Version asks the cluster. Before Flink 1.18,
// and in a cluster without jobmanager.scheduler = adaptive, it is
// ErrUnsupported; an unknown or ended job is ErrJobNotFound.
func (c *Client) ResourceRequirements(ctx context.Context, job JobID, v flink.Version) (map[string]Bounds, error) {
	return c.requirements(ctx, "resource requirements of job "+job.String(), job, v)
}

func (c *Client) requirements(ctx context.Context, op string, job JobID, v flink.Version) (map[string]Bounds, error) {
	v, err := c.release(ctx, op, v)
	if err != nil {
		return nil, err
	}
	if !v.AtLeast(1, 18) {
		// PATCH /jobs/<id>/rescaling of these releases is always refused.
		return nil, &UnsupportedError{
			Op: op, Feature: "another parallelism for a running job", Since: "1.18", Version: v, WayOut: rescaleByHand,
		}
	}
	var a map[string]boundsAnswer
	if err := c.get(ctx, op, &a, "jobs", job.String(), "resource-requirements"); err != nil {
		return nil, err
	}
	bounds := make(map[string]Bounds, len(a))
	for id, b := range a {
		bounds[id] = Bounds{Lower: int(b.Parallelism.Lower), Upper: int(b.Parallelism.Upper)}
	}
	return bounds, nil
}

// Rescale changes the parallelism of a running job and returns what was asked
// of the cluster, by vertex id. The job restarts from its latest checkpoint
// when there are slots for it, after this has returned; JobDetails tells what
// it runs with. Lower bounds stay, but never above the upper ones. Versions and
// errors are as ResourceRequirements says; the JobManager refuses what is
// above a vertex's maximum parallelism. The request is repeated as a read is.
func (c *Client) Rescale(ctx context.Context, job JobID, r RescaleRequest, v flink.Version) (map[string]Bounds, error) {
	op := "rescale job " + job.String()
	if err := r.check(op); err != nil {
		return nil, err
	}
	now, err := c.requirements(ctx, op, job, v)
	if err != nil {
		return nil, err
	}
	most, err := c.maxParallelism(ctx, job)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	wanted, err := r.bounds(op, now, most)
	if err != nil {
		return nil, err
	}
	body := make(map[string]boundsAnswer, len(wanted))
	for id, b := range wanted {
		var answer boundsAnswer
		answer.Parallelism.Lower, answer.Parallelism.Upper = integer(b.Lower), integer(b.Upper)
		body[id] = answer
	}
	// The JobManager answers once it has kept the bounds for its successor.
	err = c.call(ctx, request{
		op: op, method: http.MethodPut, path: []string{"jobs", job.String(), "resource-requirements"},
		body: body, slow: true, repeatable: true,
	}, nil)
	return wanted, err
}

func (r RescaleRequest) check(op string) error {
	if r.Parallelism < 0 || r.Parallelism == 0 && len(r.Vertices) == 0 {
		return fmt.Errorf("%s: parallelism %d: want 1 or more", op, r.Parallelism)
	}
	for _, id := range slices.Sorted(maps.Keys(r.Vertices)) {
		if r.Vertices[id] < 1 {
			return fmt.Errorf("%s: parallelism %d of vertex %s: want 1 or more", op, r.Vertices[id], id)
		}
	}
	return nil
}

// bounds are those of all vertices: the JobManager refuses a part of them.
func (r RescaleRequest) bounds(op string, now map[string]Bounds, most map[string]int) (map[string]Bounds, error) {
	for _, id := range slices.Sorted(maps.Keys(r.Vertices)) {
		if _, ok := now[id]; !ok {
			return nil, fmt.Errorf("%s: it has no vertex %s", op, id)
		}
	}
	wanted := make(map[string]Bounds, len(now))
	for id, b := range now {
		if r.Parallelism > 0 {
			b.Upper = r.Parallelism
			if m := most[id]; m > 0 {
				b.Upper = min(b.Upper, m)
			}
		}
		if n, ok := r.Vertices[id]; ok {
			b.Upper = n
		}
		b.Lower = min(b.Lower, b.Upper)
		wanted[id] = b
	}
	return wanted, nil
}

func (c *Client) maxParallelism(ctx context.Context, job JobID) (map[string]int, error) {
	d, err := c.Job(ctx, job)
	if err != nil {
		return nil, err
	}
	most := make(map[string]int, len(d.Vertices))
	for _, v := range d.Vertices {
		most[v.ID] = v.MaxParallelism
	}
	return most, nil
}
