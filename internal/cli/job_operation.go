package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

// operationOptions are the options of what a JobManager does in its own time:
// `stop`, `savepoint`, `checkpoint`.
type operationOptions struct {
	jobOptions
	Spec     submit.OperationSpec
	Detached bool
}

var savepointFormats = []string{"canonical", "native"}

// operate asks for the operation, follows it unless it is detached, and prints
// what became of it. begun is the first line.
func (o *operationOptions) operate(ctx context.Context, env *Env, begun string) error {
	if o.DryRun != notDry {
		return o.dryAction(ctx, env, string(o.Spec.Kind), o.Spec.Path)
	}
	env.out.begin(func(w io.Writer) { fmt.Fprintln(w, begun) })
	return o.follow(ctx, env, func(r *submit.OperationResult) error {
		return env.out.result(r, func(w io.Writer) { printOperation(w, r, o.Spec) })
	})
}

// follow asks for the operation within --timeout, and waits for its end within
// --wait-timeout. From the answer on it goes on without this command.
func (o *operationOptions) follow(ctx context.Context, env *Env, done func(*submit.OperationResult) error) error {
	client, target, err := env.targetClient(ctx, o.globalOptions, o.Target, false)
	if err != nil {
		return err
	}
	defer client.Close()
	handOver, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	session, err := client.FindSession(handOver, target)
	if err != nil {
		return withCause(handOver, err)
	}
	operation, err := client.StartOperation(handOver, session, o.Spec)
	if err != nil {
		return withCause(handOver, err)
	}
	cancel()
	if o.Detached {
		return done(operation.Result())
	}
	waiting, stop := bounded(ctx, "--wait-timeout", o.WaitTimeout)
	defer stop()
	result, err := client.AwaitOperation(waiting, operation)
	if err != nil {
		return withCause(waiting, err)
	}
	return done(result)
}

// printOperation prints the lines of Flink's client, for scripts read them.
//
// Java: CliFrontend.stopWithDetachedSavepoint, triggerSavepoint, disposeSavepoint, triggerCheckpoint.
func printOperation(w io.Writer, r *submit.OperationResult, spec submit.OperationSpec) {
	switch {
	case !r.Done && r.Operation == rest.StopOperation:
		fmt.Fprintf(w, "Successfully trigger stop-with-savepoint in detached mode, triggerId: %s\n", r.TriggerID)
	case !r.Done:
		fmt.Fprintf(w, "Successfully trigger manual savepoint, triggerId: %s\n", r.TriggerID)
	case r.Operation == rest.DisposalOperation:
		fmt.Fprintf(w, "Savepoint '%s' disposed.\n", spec.Path)
	case r.Operation == rest.CheckpointOperation:
		kind := ""
		if spec.Format != "" {
			kind = "(" + strings.ToUpper(spec.Format) + ")"
		}
		fmt.Fprintf(w, "Checkpoint%s %d for job %s completed.\n", kind, r.CheckpointID, r.JobID)
	default:
		fmt.Fprintf(w, "Savepoint completed. Path: %s\n", r.Path)
	}
	if r.Done && r.Operation == rest.SavepointOperation {
		fmt.Fprintln(w, "You can resume your program from this savepoint with the run command.")
	}
}
