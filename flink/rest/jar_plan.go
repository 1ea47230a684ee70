package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/yarnflink/yarnflink/flink"
)

// PlanRequest says which program of a jar to plan. The zero value plans the
// class of the jar's manifest.
type PlanRequest struct {
	EntryClass  string   // "": the manifest's
	ProgramArgs []string // as they are, no quoting
	Parallelism int      // 0: the cluster's parallelism.default
	// Configuration overrides the cluster's. Flink 1.18 and newer.
	Configuration map[string]string
}

// Plan is the data flow of a program.
type Plan struct {
	JobID JobID
	Name  string
	Type  string // "STREAMING" or "BATCH"; "" before Flink 1.15
	Nodes []PlanNode
	// JSON is the plan as the JobManager wrote it, of which the above is a part.
	JSON json.RawMessage
}

// PlanNode is a vertex of the job that would run.
type PlanNode struct {
	ID          string
	Description string // of its operators, with "<br/>" between them
	Parallelism int
	Inputs      []PlanInput
}

// PlanInput is where a node takes its records from.
type PlanInput struct {
	ID           string // the node's
	ShipStrategy string // "HASH", "FORWARD", …
	Exchange     string // "pipelined_bounded", …
}

// PlanJar runs the main method of an uploaded jar on the JobManager up to the
// point where it would submit its job, and returns that job's data flow.
// Nothing is started. What the method does before that is done, so the request
// is not repeated once it can have arrived. v is the cluster's release; the
// zero Version asks the cluster. An unknown jar is ErrJarNotFound, a cluster
// with web.submit.enable = false ErrSubmitDisabled.
func (c *Client) PlanJar(ctx context.Context, id JarID, r PlanRequest, v flink.Version) (Plan, error) {
	op := "plan jar " + string(id)
	if err := id.check(); err != nil {
		return Plan{}, fmt.Errorf("%s: %w", op, err)
	}
	v, err := c.release(ctx, op, v)
	if err != nil {
		return Plan{}, err
	}
	body, err := RunJarRequest{
		EntryClass: r.EntryClass, ProgramArgs: r.ProgramArgs, Parallelism: r.Parallelism, Configuration: r.Configuration,
	}.body(op, v)
	if err != nil {
		return Plan{}, err
	}
	var a struct {
		Plan json.RawMessage `json:"plan"`
	}
	err = c.call(ctx, request{
		op: op, method: http.MethodPost, path: []string{"jars", string(id), "plan"}, body: body, slow: true,
	}, &a)
	if err != nil {
		return Plan{}, err
	}
	plan, err := parsePlan(a.Plan)
	if err != nil {
		return Plan{}, fmt.Errorf("%s: the plan in the answer of %s: %w", op, c.base.Host, err)
	}
	return plan, nil
}

func parsePlan(text json.RawMessage) (Plan, error) {
	var a struct {
		JobID JobID  `json:"jid"`
		Name  string `json:"name"`
		Type  string `json:"type"`
		Nodes []struct {
			ID          string  `json:"id"`
			Description string  `json:"description"`
			Parallelism integer `json:"parallelism"`
			Inputs      []struct {
				ID           string `json:"id"`
				ShipStrategy string `json:"ship_strategy"`
				Exchange     string `json:"exchange"`
			} `json:"inputs"`
		} `json:"nodes"`
	}
	if len(text) == 0 || text[0] != '{' {
		return Plan{}, errors.New("is missing")
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return Plan{}, err
	}
	plan := Plan{JobID: a.JobID, Name: a.Name, Type: a.Type, JSON: text}
	for _, n := range a.Nodes {
		node := PlanNode{ID: n.ID, Description: n.Description, Parallelism: int(n.Parallelism)}
		for _, in := range n.Inputs {
			node.Inputs = append(node.Inputs, PlanInput(in))
		}
		plan.Nodes = append(plan.Nodes, node)
	}
	return plan, nil
}
