package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/submit"
)

// sessionOptions are the options of `session`.
type sessionOptions struct {
	globalOptions
	Settings      []setting
	TaskManagers  int
	Detached      bool
	ClampAttempts bool
}

func newSessionCommand(env *Env, run func(context.Context, *sessionOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *sessionOptions) error { return startSession(ctx, env, o) }
	}
	return newCommand(cmdSession, func(ctx context.Context, line commandLine) error {
		noticeIgnored(env, line)
		o := &sessionOptions{
			globalOptions: line.globals(env),
			Settings:      line.settings(env),
			TaskManagers:  line.number("container"),
			Detached:      line.has("detached", ""),
			ClampAttempts: line.has("clamp-attempts", ""),
		}
		if !o.Detached && o.DryRun == notDry {
			err := usagef("an attached session is not there in this version")
			err.hint = "add -d: the command ends once the session serves, and leaves it running"
			return err
		}
		return run(ctx, o)
	})
}

func startSession(ctx context.Context, env *Env, o *sessionOptions) error {
	in, err := env.flinkInstallation(o.globalOptions, distributionNeeded)
	if err != nil {
		return err
	}
	apply(in.configuration, o.Settings)
	client, err := env.client(o.globalOptions, in.configuration, true)
	if err != nil {
		return err
	}
	defer client.Close()

	spec := submit.SessionSpec{
		Distribution:  in.distribution,
		Configuration: in.configuration,
		TaskManagers:  o.TaskManagers,
		ClampAttempts: o.ClampAttempts,
		RequestID:     o.RequestID,
		LegacyEnv:     env.legacyEnv(),
	}
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	plan, err := planSession(ctx, client, spec, o.DryRun)
	if err != nil {
		return withCause(ctx, err)
	}
	for _, w := range plan.Warnings {
		env.out.warn(w)
	}
	if o.DryRun != notDry {
		return env.out.result(plan, func(w io.Writer) { printPlan(w, plan) })
	}
	d, err := client.Launch(ctx, plan)
	if err != nil {
		return withCause(ctx, err)
	}
	env.rememberSession(in.configuration, d.ApplicationID, o.Settings)
	return env.out.result(d, func(w io.Writer) { printDeployment(w, d) })
}

// planSession makes the plan from the cluster's facts, or without asking anyone.
func planSession(ctx context.Context, client *submit.Client, spec submit.SessionSpec, dry dryRun) (*submit.Plan, error) {
	gather := client.Gather
	if dry == dryOffline {
		gather = func(_ context.Context, spec submit.SessionSpec) (submit.Facts, error) { return client.LocalFacts(spec) }
	}
	facts, err := gather(ctx, spec)
	if err != nil {
		return nil, err
	}
	return submit.NewPlan(spec, facts)
}

func (e *Env) legacyEnv() flink.LegacyEnv {
	return flink.LegacyEnv{JobManagerHeap: e.getenv("FLINK_JM_HEAP"), TaskManagerHeap: e.getenv("FLINK_TM_HEAP")}
}

func printPlan(w io.Writer, p *submit.Plan) {
	fmt.Fprintf(w, "The session %q would be started as %s, with Flink %s.\n\n", p.Name, p.User, p.Version())
	rows := [][]string{{"FIGURE", "VALUE", "REASON"}}
	for _, r := range p.Reasons {
		rows = append(rows, []string{r.Figure, r.Value, r.Why})
	}
	table(w, rows)
	fmt.Fprintf(w, "\nFiles: %d, %s\nCommand: %s\n", len(p.Resources), bytesText(p.Bytes()), p.Command)
	for _, u := range p.Unchecked {
		fmt.Fprintf(w, "Not checked: %s\n", u)
	}
}

// printDeployment keeps the line that scripts look for in the output of
// yarn-session.sh, and ends with what to do next.
func printDeployment(w io.Writer, d *submit.Deployment) {
	if d.Existing {
		fmt.Fprintln(w, "The request id belongs to a session that is running already.")
	}
	address := d.TrackingURL
	if d.RestURL != "" {
		address = d.RestURL
	}
	fmt.Fprintf(w, "JobManager Web Interface: %s\n", address)
	rows := [][]string{
		{"Application:", fmt.Sprintf("%s (%s)", d.ApplicationID, d.Name)},
		{"Submit to it:", fmt.Sprintf("yarnflink run --session %s JAR", shellWord(d.Name))},
		{"By its id:", fmt.Sprintf("yarnflink run -yid %s JAR", d.ApplicationID)},
		{"Stop it:", fmt.Sprintf("yarnflink kill %s", d.ApplicationID)},
	}
	table(w, rows)
}
