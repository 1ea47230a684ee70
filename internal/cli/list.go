package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// listOptions are the options of `list`. Neither Running nor Scheduled means both.
type listOptions struct {
	globalOptions
	Target                  targetOptions
	Running, Scheduled, All bool
}

func newListCommand(env *Env, run func(context.Context, *listOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *listOptions) error { return listJobs(ctx, env, o) }
	}
	return newCommand(cmdList, func(ctx context.Context, line commandLine) error {
		o := &listOptions{
			globalOptions: line.globals(env),
			Target:        line.target(env),
			Running:       line.has("running", ""),
			Scheduled:     line.has("scheduled", ""),
			All:           line.has("all", ""),
		}
		if err := o.Target.check(); err != nil {
			return err
		}
		noticeIgnored(env, line)
		return run(ctx, o)
	})
}

// listedJob is a row of `list`. The keys are stable.
type listedJob struct {
	JobID      rest.JobID    `json:"jobId"`
	Name       string        `json:"name"`
	State      rest.JobState `json:"state"`
	Start      time.Time     `json:"start"`
	DurationMs int64         `json:"durationMs"`
}

func listJobs(ctx context.Context, env *Env, o *listOptions) error {
	client, target, err := env.targetClient(o.globalOptions, o.Target, "")
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
	jobManager, err := rest.NewClient(rest.Options{BaseURL: session.RestURL, Logger: env.logger()})
	if err != nil {
		return err
	}
	jobs, err := jobManager.Jobs(ctx)
	if err != nil {
		return withCause(ctx, err)
	}
	listed := []listedJob{}
	for _, j := range jobs {
		if o.wants(j.State) {
			listed = append(listed, listedJob{j.ID, j.Name, j.State, j.Start.UTC(), j.Duration.Milliseconds()})
		}
	}
	return env.out.result(listed, func(w io.Writer) { printJobs(w, listed) })
}

// wants tells whether a job in that state is asked for.
//
// Java: CliFrontend.listJobs, where a job that isn't scheduled and has not ended is running.
func (o *listOptions) wants(state rest.JobState) bool {
	switch {
	case o.All:
		return true
	case state.IsFinal():
		return false
	case state.IsScheduled():
		return o.Scheduled || !o.Running
	}
	return o.Running || !o.Scheduled
}

func printJobs(w io.Writer, jobs []listedJob) {
	rows := [][]string{{"JOB ID", "STATE", "STARTED", "NAME"}}
	for _, j := range jobs {
		rows = append(rows, []string{j.JobID.String(), string(j.State), j.Start.Local().Format(time.DateTime), j.Name})
	}
	table(w, rows)
}
