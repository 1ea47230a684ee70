package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/yarn"
)

// readOptions are the options of `ps`, `nodes` and `queues`.
type readOptions struct {
	globalOptions
	Settings []setting
}

func newReadCommand(name string, env *Env, run func(context.Context, *readOptions) error) *cobra.Command {
	return newCommand(name, func(ctx context.Context, line commandLine) error {
		return run(ctx, &readOptions{line.globals(env), line.settings(env)})
	})
}

func newPsCommand(env *Env, run func(context.Context, *readOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *readOptions) error { return listApplications(ctx, env, o) }
	}
	return newReadCommand(cmdPs, env, run)
}

// listedApplication is a row of `ps`. The keys are stable.
type listedApplication struct {
	ApplicationID yarn.ApplicationID `json:"applicationId"`
	Name          string             `json:"name"`
	State         yarn.State         `json:"state"`
	Queue         string             `json:"queue"`
	Type          string             `json:"type"`
	User          string             `json:"user"`
	Tags          []string           `json:"tags"`
	Started       time.Time          `json:"started"`
	TrackingURL   string             `json:"trackingUrl"`
}

func listed(r yarn.ApplicationReport) listedApplication {
	return listedApplication{
		ApplicationID: r.ID, Name: r.Name, State: r.State, Queue: r.Queue, Type: r.Type, User: r.User,
		Tags: append([]string{}, r.Tags...), Started: r.Started.UTC(), TrackingURL: r.TrackingURL,
	}
}

func listApplications(ctx context.Context, env *Env, o *readOptions) error {
	client, _, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	return env.read(ctx, o.globalOptions, func(ctx context.Context) (view, error) {
		reports, err := client.Sessions(ctx)
		rows := make([]listedApplication, 0, len(reports))
		for _, r := range reports {
			rows = append(rows, listed(r))
		}
		return view{rows, func(w io.Writer) { printApplications(w, rows) }}, err
	})
}

func printApplications(w io.Writer, applications []listedApplication) {
	rows := [][]string{{"ID", "NAME", "STATE", "QUEUE", "STARTED", "WEB"}}
	for _, a := range applications {
		rows = append(rows, []string{a.ApplicationID.String(), a.Name, string(a.State), a.Queue, localTime(a.Started), orDash(a.TrackingURL)})
	}
	table(w, rows)
}

func localTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
