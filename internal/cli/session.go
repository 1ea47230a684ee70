package cli

import (
	"context"
	"fmt"
	"io"
	"time"

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
	// Attach and Stop name a session that runs, by its id or name, instead of one
	// to start. Query only asks for nodes and queues.
	Attach, Stop string
	Query        bool
	StopOnExit   bool
	Lifetime     time.Duration // --ttl; 0 is no limit
	Reservation  string
	Lock         bool
}

func newSessionCommand(env *Env, run func(context.Context, *sessionOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *sessionOptions) error { return o.do(ctx, env) }
	}
	return newCommand(cmdSession, func(ctx context.Context, line commandLine) error {
		noticeIgnored(env, line)
		o := &sessionOptions{
			globalOptions: line.globals(env),
			Settings:      line.settings(env),
			TaskManagers:  line.number("container"),
			Detached:      line.has("detached", "") || line.has("yarndetached", ""),
			ClampAttempts: line.has("clamp-attempts", ""),
			Attach:        line.value("applicationId"),
			Query:         line.has("query", ""),
			StopOnExit:    line.has("stop-on-exit", ""),
			Lifetime:      line.duration("ttl"),
			Reservation:   line.value("reservation"),
			Lock:          line.has("lock", ""),
		}
		if err := o.words(line.positional); err != nil {
			return err
		}
		return run(ctx, o)
	})
}

// words reads "attach ID|NAME" and "stop ID|NAME".
func (o *sessionOptions) words(words []string) error {
	if len(words) == 0 {
		return nil
	}
	named := map[string]*string{"attach": &o.Attach, "stop": &o.Stop}[words[0]]
	switch {
	case named == nil:
		err := noUse(cmdSession, words)
		if near := nearest(words[0], []string{"attach", "stop"}); near != "" {
			return &failure{kind: errUsage, err: err, hint: "did you mean session " + near + "?"}
		}
		return err
	case len(words) == 1:
		return usagef("session %s needs the id or the name of a session", words[0])
	case o.Attach != "":
		return usagef("session %s %s and -id %s name a session each", words[0], words[1], o.Attach)
	}
	*named = words[1]
	return nil
}

func (o *sessionOptions) do(ctx context.Context, env *Env) error {
	switch {
	case o.Query:
		return queryCluster(ctx, env, &readOptions{o.globalOptions, o.Settings})
	case o.Stop != "":
		return stopSession(ctx, env, o)
	case o.Attach != "":
		return attachSession(ctx, env, o)
	}
	return startSession(ctx, env, o)
}

func startSession(ctx context.Context, env *Env, o *sessionOptions) error {
	start, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	in, err := env.startInstallation(start, o.globalOptions, o.Settings)
	if err != nil {
		return withCause(start, err)
	}
	client, err := env.client(ctx, o.globalOptions, in.configuration, true)
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
		Reservation:   o.Reservation,
		Lock:          o.Lock,
		LegacyEnv:     env.legacyEnv(),
	}
	plan, err := planStart(start, client, spec, o.DryRun)
	if err != nil {
		return withCause(start, err)
	}
	for _, w := range plan.Warnings {
		env.out.warn(w)
	}
	if o.DryRun != notDry {
		return env.out.result(plan, func(w io.Writer) { printPlan(w, plan) })
	}
	d, err := client.Launch(start, plan)
	if err != nil {
		return withCause(start, err)
	}
	for _, w := range d.Warnings[len(plan.Warnings):] {
		env.out.warn(w)
	}
	if err := limitLifetime(start, env, client, d, o.Lifetime); err != nil {
		return withCause(start, err)
	}
	cancel()
	env.rememberSession(in.configuration, d.ApplicationID, o.Settings)
	if o.Detached {
		return env.out.result(d, func(w io.Writer) { printDeployment(w, d) })
	}
	env.out.begin(func(w io.Writer) { printDeployment(w, d) })
	// What an earlier start with the same request id made is not this one's to stop.
	a := &attachment{env: env, client: client, configuration: in.configuration, session: d.Session(), stops: !d.Existing || o.StopOnExit}
	return a.follow(ctx)
}

// limitLifetime sets --ttl. A session that an earlier start with the same
// request id made keeps the limit that it has.
func limitLifetime(ctx context.Context, env *Env, client *submit.Client, d *submit.Deployment, lifetime time.Duration) error {
	if lifetime == 0 || d.Existing {
		return nil
	}
	at, err := client.LimitLifetime(ctx, d, lifetime)
	if err == nil {
		env.out.note(fmt.Sprintf("YARN kills %s at %s", d.ApplicationID, localTime(at)))
	}
	return err
}

// planStart makes the plan from the cluster's facts, or without asking anyone.
func planStart(ctx context.Context, client *submit.Client, spec submit.Spec, dry dryRun) (*submit.Plan, error) {
	gather := client.Gather
	if dry == dryOffline {
		gather = func(_ context.Context, spec submit.Spec) (submit.Facts, error) { return client.LocalFacts(spec) }
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
	fmt.Fprintf(w, "The %s %q would be started as %s, with Flink %s.\n\n", p.Kind(), p.Name, p.User, p.Version())
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
	if d.Locked {
		fmt.Fprintln(w, "It is locked: only your commands get in. Browsers and Flink's own client don't, nor does the ResourceManager's proxy.")
	}
	rows := [][]string{
		{"Application:", fmt.Sprintf("%s (%s)", d.ApplicationID, d.Name)},
		{"Submit to it:", fmt.Sprintf("yarnflink run --session %s JAR", shellWord(d.Name))},
		{"By its id:", fmt.Sprintf("yarnflink run -yid %s JAR", d.ApplicationID)},
		{"Attach to it:", fmt.Sprintf("yarnflink session attach %s", d.ApplicationID)},
		{"Stop it:", fmt.Sprintf("yarnflink session stop %s", d.ApplicationID)},
	}
	if !d.CredentialsEnd.IsZero() {
		rows = append(rows, []string{"Containers:", fmt.Sprintf("can be started until %s, when its HDFS token ends", localTime(d.CredentialsEnd))})
	}
	table(w, rows)
}
