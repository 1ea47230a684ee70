package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
)

// infoOptions are the options of `info`.
type infoOptions struct {
	jobOptions
	Program submit.JobSpec
}

func newInfoCommand(env *Env, run func(context.Context, *infoOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *infoOptions) error { return info(ctx, env, o) }
	}
	return jobCommand(env, cmdInfo, func(ctx context.Context, line commandLine, common jobOptions) error {
		return run(ctx, &infoOptions{jobOptions: common, Program: line.job(env)})
	})
}

func info(ctx context.Context, env *Env, o *infoOptions) error {
	if o.Program.Python != nil {
		return o.Program.CheckSession()
	}
	if o.DryRun != notDry {
		return o.dryAction(ctx, env, "plan", o.Program.Jar)
	}
	client, target, err := env.targetClient(ctx, o.globalOptions, o.Target, onHDFS(o.Program.Jar))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	session, err := client.FindSession(ctx, target)
	if err != nil {
		return withCause(ctx, err)
	}
	plan, err := client.PlanJob(ctx, session, o.Program)
	if err != nil {
		return withCause(ctx, err)
	}
	return env.out.result(plan, func(w io.Writer) { printProgramPlan(w, plan) })
}

// The frame is that of Flink's client. Java: CliFrontend.info.
func printProgramPlan(w io.Writer, p *submit.ProgramPlan) {
	fmt.Fprintln(w, "----------------------- Execution Plan -----------------------")
	fmt.Fprintf(w, "%s\n", p.Plan)
	fmt.Fprintln(w, "--------------------------------------------------------------")
}
