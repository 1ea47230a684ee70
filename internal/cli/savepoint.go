package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

// newSavepointCommand makes `savepoint`, which takes one or disposes of one.
func newSavepointCommand(env *Env, run func(context.Context, *operationOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *operationOptions) error { return savepoint(ctx, env, o) }
	}
	return jobCommand(env, cmdSavepoint, func(ctx context.Context, line commandLine, common jobOptions) (err error) {
		o := &operationOptions{jobOptions: common, Detached: line.has("detached", "")}
		if o.Spec, err = line.savepoint(); err != nil {
			return err
		}
		o.Job = o.Spec.Job
		return run(ctx, o)
	})
}

// savepoint reads what shall be done: Flink's -d takes the path of the savepoint
// to dispose of, else the words are a job and a folder.
func (l commandLine) savepoint() (submit.OperationSpec, error) {
	words := l.positional
	if dispose := l.value("dispose"); dispose != "" {
		if len(words) > 0 {
			return submit.OperationSpec{}, usagef("savepoint --dispose removes %s, and has no use for %q", dispose, words[0])
		}
		return submit.OperationSpec{Kind: rest.DisposalOperation, Path: dispose}, nil
	}
	if len(words) == 0 {
		return submit.OperationSpec{}, usagef("savepoint needs a job id: yarnflink %s", findCommand(cmdSavepoint).usage)
	}
	id, err := parseJobID(cmdSavepoint, words[0])
	spec := submit.OperationSpec{Kind: rest.SavepointOperation, Job: id, Format: l.value("type")}
	if len(words) > 1 {
		spec.Path = words[1]
	}
	return spec, err
}

func savepoint(ctx context.Context, env *Env, o *operationOptions) error {
	if o.Spec.Kind == rest.DisposalOperation {
		return o.operate(ctx, env, fmt.Sprintf("Disposing savepoint '%s'.", o.Spec.Path))
	}
	return o.operate(ctx, env, fmt.Sprintf("Triggering savepoint for job %s.", o.Job))
}
