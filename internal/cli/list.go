package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
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
	JobID rest.JobID `json:"jobId"`
	Name  string     `json:"name"`
	// ApplicationID is "" for a JobManager that was named by its address.
	ApplicationID string        `json:"applicationId"`
	State         rest.JobState `json:"state"`
	Start         time.Time     `json:"start"`
	DurationMs    int64         `json:"durationMs"`
}

func listJobs(ctx context.Context, env *Env, o *listOptions) error {
	client, target, err := env.listClient(ctx, o)
	if err != nil {
		return err
	}
	defer client.Close()
	if target == (submit.Target{}) {
		return env.read(ctx, o.globalOptions, func(ctx context.Context) (view, error) { return o.allSessions(ctx, env, client) })
	}
	return env.read(ctx, o.globalOptions, func(ctx context.Context) (view, error) {
		session, err := client.FindSession(ctx, target)
		if err != nil {
			return view{}, err
		}
		jobs, err := o.jobs(ctx, client, session)
		return view{jobs, func(w io.Writer) { printJobs(w, jobs) }}, err
	})
}

// listClient finds the target as run does, but for a JobManager that nobody has
// named: the configuration of every distribution has an address. Then all
// sessions of the user are meant, or the standalone cluster of leaderOrSessions.
func (e *Env) listClient(ctx context.Context, o *listOptions) (*submit.Client, submit.Target, error) {
	in, err := e.flinkInstallation(o.globalOptions, configurationNeeded)
	if err != nil {
		return nil, submit.Target{}, err
	}
	apply(in.configuration, o.Target.Properties)
	c := in.configuration
	named := o.Target.JobManager != "" || o.Target.ApplicationID != "" || o.Target.Session != "" || o.Target.Execution != "" ||
		c.Text(flink.ApplicationID) != "" || c.Text(flink.ExecutionTarget) != "" || c.Origin(flink.RESTAddress.Key) == "-D"
	var target submit.Target
	if named {
		target, err = o.Target.resolve(e, c)
	} else {
		target, err = e.lastTarget(c)
	}
	if err == nil && target == (submit.Target{}) && followsLeader(c) {
		target, err = e.leaderOrSessions(ctx, o.globalOptions, c)
	}
	if err != nil {
		return nil, target, err
	}
	client, err := e.client(ctx, o.globalOptions, c, onYARN(target))
	return client, target, err
}

// leaderOrSessions decides what is listed where the configuration has high
// availability, which sessions on YARN use as well as standalone clusters: the
// jobs of a standalone cluster if one runs, or if there is no YARN; else, by no
// target, those of all sessions.
func (e *Env) leaderOrSessions(ctx context.Context, g globalOptions, c *flink.Configuration) (submit.Target, error) {
	target, err := configuredTarget(c)
	if err != nil {
		return target, err
	}
	user, _, err := e.hadoopUser()
	if err != nil {
		return target, err
	}
	if _, err := e.hadoopConfiguration(g, c, user); err != nil {
		return target, nil //nolint:nilerr // there is no YARN
	}
	client, err := e.client(ctx, g, c, false)
	if err != nil {
		return target, err
	}
	defer client.Close()
	if client.HasLeader(ctx) {
		return target, nil
	}
	return submit.Target{}, context.Cause(ctx)
}

// jobs asks one JobManager.
func (o *listOptions) jobs(ctx context.Context, client *submit.Client, session *submit.Session) ([]listedJob, error) {
	jobs, err := client.Jobs(ctx, session)
	if err != nil {
		return nil, err
	}
	application := ""
	if session.ApplicationID != nil {
		application = session.ApplicationID.String()
	}
	listed := []listedJob{}
	for _, j := range jobs {
		if o.wants(j.State) {
			listed = append(listed, listedJob{j.ID, j.Name, application, j.State, j.Start.UTC(), j.Duration.Milliseconds()})
		}
	}
	return listed, nil
}

const (
	// sessionsAtOnce is how many JobManagers are asked at the same time.
	sessionsAtOnce = 8
	// sessionTimeout is how long the jobs of one of many sessions are waited for.
	sessionTimeout = 10 * time.Second
)

// allSessions asks the JobManagers of all sessions that run. One that does not
// answer is a warning.
func (o *listOptions) allSessions(ctx context.Context, env *Env, client *submit.Client) (view, error) {
	reports, err := client.Sessions(ctx)
	if err != nil {
		return view{}, err
	}
	reports = slices.DeleteFunc(reports, func(r yarn.ApplicationReport) bool { return r.State != yarn.Running || r.AMRPCAddress == "" })
	found, failed := make([][]listedJob, len(reports)), make([]error, len(reports))
	var group errgroup.Group
	group.SetLimit(sessionsAtOnce)
	for i, r := range reports {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
			defer cancel()
			session, err := client.FindSession(ctx, submit.Target{ApplicationID: r.ID.String()})
			if err == nil {
				found[i], err = o.jobs(ctx, client, session)
			}
			failed[i] = err
			return nil
		})
	}
	_ = group.Wait() // the errors stand in failed
	for i, err := range failed {
		if err != nil && ctx.Err() == nil {
			env.out.warn(fmt.Sprintf("the jobs of %s (%s) are missing: %v", reports[i].ID, reports[i].Name, err))
		}
	}
	jobs := append([]listedJob{}, slices.Concat(found...)...)
	return view{jobs, func(w io.Writer) { printJobsOf(w, jobs) }}, ctx.Err()
}

func printJobsOf(w io.Writer, jobs []listedJob) {
	rows := [][]string{{"JOB ID", "STATE", "STARTED", "SESSION", "NAME"}}
	for _, j := range jobs {
		rows = append(rows, []string{j.JobID.String(), string(j.State), j.Start.Local().Format(time.DateTime), j.ApplicationID, j.Name})
	}
	table(w, rows)
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
