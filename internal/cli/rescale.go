package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
)

// rescaleOptions are the options of `rescale`.
type rescaleOptions struct {
	jobOptions
	Parallelism int
}

func newRescaleCommand(env *Env, run func(context.Context, *rescaleOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *rescaleOptions) error { return rescale(ctx, env, o) }
	}
	return jobCommand(env, cmdRescale, func(ctx context.Context, line commandLine, common jobOptions) (err error) {
		o := &rescaleOptions{jobOptions: common, Parallelism: line.number("parallelism")}
		if o.Job, err = parseJobID(cmdRescale, line.positional[0]); err != nil {
			return err
		}
		if o.Parallelism == 0 {
			return usagef("rescale needs the parallelism: yarnflink %s", findCommand(cmdRescale).usage)
		}
		return run(ctx, o)
	})
}

func rescale(ctx context.Context, env *Env, o *rescaleOptions) error {
	if o.DryRun != notDry {
		return o.dryAction(ctx, env, fmt.Sprintf("rescale to %d", o.Parallelism), "")
	}
	return env.inSession(ctx, o.globalOptions, o.Target, func(ctx context.Context, client *submit.Client, session *submit.Session) error {
		result, err := client.Rescale(ctx, session, o.Job, o.Parallelism)
		if err != nil {
			return err
		}
		return env.out.result(result, func(w io.Writer) { printRescaled(w, result) })
	})
}

func printRescaled(w io.Writer, r *submit.RescaleResult) {
	fmt.Fprintf(w, "Job %s is asked to run with another parallelism; it restarts when there are slots for it.\n", r.JobID)
	rows := [][]string{{"VERTEX", "LEAST", "MOST"}}
	for _, id := range slices.Sorted(maps.Keys(r.Vertices)) {
		rows = append(rows, []string{id, fmt.Sprint(r.Vertices[id].Lower), fmt.Sprint(r.Vertices[id].Upper)})
	}
	table(w, rows)
}
