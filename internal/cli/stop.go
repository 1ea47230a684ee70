package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

// newStopCommand makes `stop`: Flink's, which ends a job with a savepoint.
func newStopCommand(env *Env, run func(context.Context, *operationOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *operationOptions) error { return stopJob(ctx, env, o) }
	}
	return jobCommand(env, cmdStop, func(ctx context.Context, line commandLine, common jobOptions) error {
		id, path, err := line.jobAndPath("savepointPath")
		if err != nil {
			return err
		}
		common.Job = id
		return run(ctx, &operationOptions{jobOptions: common, Detached: line.has("detached", ""), Spec: submit.OperationSpec{
			Kind: rest.StopOperation, Job: id, Path: path, Format: line.value("type"), Drain: line.has("drain", ""),
		}})
	})
}

func stopJob(ctx context.Context, env *Env, o *operationOptions) error {
	if o.Spec.Drain {
		return o.operate(ctx, env, fmt.Sprintf("Draining job \"%s\" with a savepoint.", o.Job))
	}
	return o.operate(ctx, env, fmt.Sprintf("Suspending job \"%s\" with a savepoint.", o.Job))
}
