package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

// cancelOptions are the options of `cancel`.
type cancelOptions struct {
	jobOptions
	WithSavepoint bool
	Path          string // -s, "" for the cluster's folder
	Format        string // -type
}

func newCancelCommand(env *Env, run func(context.Context, *cancelOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *cancelOptions) error { return cancelJob(ctx, env, o) }
	}
	return jobCommand(env, cmdCancel, func(ctx context.Context, line commandLine, common jobOptions) (err error) {
		o := &cancelOptions{jobOptions: common, WithSavepoint: line.has("withSavepoint", ""), Format: line.value("type")}
		if o.Job, o.Path, err = line.jobAndPath("withSavepoint"); err != nil {
			return err
		}
		return run(ctx, o)
	})
}

func cancelJob(ctx context.Context, env *Env, o *cancelOptions) error {
	switch {
	case o.DryRun != notDry && o.WithSavepoint:
		return o.dryAction(ctx, env, "cancel with savepoint", o.Path)
	case o.DryRun != notDry:
		return o.dryAction(ctx, env, "cancel", "")
	case o.WithSavepoint:
		return cancelWithSavepoint(ctx, env, o)
	}
	return env.inSession(ctx, o.globalOptions, o.Target, func(ctx context.Context, client *submit.Client, session *submit.Session) error {
		result, err := client.Cancel(ctx, session, o.Job)
		if err != nil {
			return err
		}
		if result.AlreadyEnded {
			env.out.note(fmt.Sprintf("job %s had ended already: it is %s", result.JobID, result.State))
		}
		return env.out.result(result, func(w io.Writer) { printCancelled(w, result) })
	})
}

// The lines are those of Flink's client. Java: CliFrontend.cancel.
func printCancelled(w io.Writer, r *submit.CancelResult) {
	switch {
	case r.AlreadyEnded:
		fmt.Fprintf(w, "Job %s is %s.\n", r.JobID, r.State)
	case r.Savepoint != "":
		fmt.Fprintf(w, "Cancelled job %s. Savepoint stored in %s.\n", r.JobID, r.Savepoint)
	default:
		fmt.Fprintf(w, "Cancelled job %s.\n", r.JobID)
	}
}

func cancelWithSavepoint(ctx context.Context, env *Env, o *cancelOptions) error {
	env.out.note("cancel -s may process records after the savepoint; stop takes one after which none is seen")
	spec := submit.OperationSpec{Kind: rest.SavepointOperation, Job: o.Job, Path: o.Path, Format: o.Format, CancelJob: true}
	operation := &operationOptions{jobOptions: o.jobOptions, Spec: spec}
	return operation.follow(ctx, env, func(r *submit.OperationResult) error {
		result := &submit.CancelResult{ApplicationID: r.ApplicationID, JobID: o.Job, State: rest.Canceled, Savepoint: r.Path, RestURL: r.RestURL}
		return env.out.result(result, func(w io.Writer) { printCancelled(w, result) })
	})
}
