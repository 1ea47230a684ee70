package submit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// ProgramPlan is the data flow of a program that was not run.
type ProgramPlan struct {
	Name string `json:"name"`
	// Type is STREAMING or BATCH, "" before Flink 1.15.
	Type string `json:"type"`
	// Plan is the JobManager's own JSON: {"jid", "name", "nodes": […]}.
	Plan json.RawMessage `json:"plan"`
}

// PlanJob brings a jar to a session's JobManager, which runs its main method up
// to where it would submit its job, and returns that job's data flow. Nothing is
// started, and the jar is deleted again. What main does before is done.
//
// Java: CliFrontend.info, whose main method runs in the client.
func (c *Client) PlanJob(ctx context.Context, s *Session, spec JobSpec) (*ProgramPlan, error) {
	r, err := c.newJobRun(ctx, s, spec, "plan")
	if err != nil {
		return nil, err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		return nil, r.takeBack(ctx, fmt.Errorf("plan %s in %s: %w", spec.Jar, s, err))
	}
	cleaning, cancel := afterwards(ctx, deleteTimeout)
	defer cancel()
	r.deleteJar(cleaning)
	return &ProgramPlan{Name: plan.Name, Type: plan.Type, Plan: plan.JSON}, nil
}

func (r *jobRun) plan(ctx context.Context) (rest.Plan, error) {
	if err := r.upload(ctx); err != nil {
		return rest.Plan{}, err
	}
	run := r.spec.request(r.id)
	r.client.progress(Progress{Phase: PhaseJob, Message: "planning the job"})
	return r.jm.PlanJar(ctx, r.jar, rest.PlanRequest{
		EntryClass: run.EntryClass, ProgramArgs: run.ProgramArgs, Parallelism: run.Parallelism, Configuration: run.Configuration,
	}, r.version)
}
