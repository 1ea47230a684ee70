package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

// newCheckpointCommand makes `checkpoint`, which takes one beside those that a
// job takes by itself.
func newCheckpointCommand(env *Env, run func(context.Context, *operationOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *operationOptions) error {
			return o.operate(ctx, env, fmt.Sprintf("Triggering checkpoint for job %s.", o.Job))
		}
	}
	return jobCommand(env, cmdCheckpoint, func(ctx context.Context, line commandLine, common jobOptions) (err error) {
		if common.Job, err = parseJobID(cmdCheckpoint, line.positional[0]); err != nil {
			return err
		}
		o := &operationOptions{jobOptions: common, Spec: submit.OperationSpec{Kind: rest.CheckpointOperation, Job: common.Job}}
		if line.has("full", "") {
			o.Spec.Format = "full"
		}
		return run(ctx, o)
	})
}
