package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/submit"
)

// clusterOptions are the options of `run` that a cluster for the job is started with.
type clusterOptions struct {
	Settings      []setting
	TaskManagers  int
	ClampAttempts bool
	SeveralJobs   bool
	Reservation   string
	Lock          bool
	Lifetime      time.Duration // --ttl; 0 is no limit
}

// cluster reads them. The job's own options stand in runOptions.Job.
func (l commandLine) cluster(env *Env) clusterOptions {
	return clusterOptions{
		Settings:      append(l.settingsOf(env, starting), l.properties(env)...),
		TaskManagers:  l.number("yarncontainer"),
		ClampAttempts: l.has("clamp-attempts", ""),
		SeveralJobs:   l.has("several-jobs", ""),
		Reservation:   l.value("reservation"),
		Lock:          l.has("lock", ""),
		Lifetime:      l.duration("ttl"),
	}
}

// startsCluster tells whether a cluster is wanted for the job: by -m, -t, or the
// target that the configuration names.
func (o *runOptions) startsCluster(env *Env) (bool, error) {
	t := o.Target
	target := strings.ToLower(strings.TrimSpace(t.Execution))
	switch {
	case t.JobManager != "" && t.JobManager != yarnCluster, t.ApplicationID != "", t.Session != "":
		return false, nil
	case t.JobManager == yarnCluster && target == "":
		return true, nil
	case target == "":
		in, err := env.flinkInstallation(o.globalOptions, configurationNeeded)
		if err != nil {
			return false, err
		}
		apply(in.configuration, t.Properties)
		target = strings.ToLower(in.configuration.Text(flink.ExecutionTarget))
	}
	if target == yarnApplication || target == yarnPerJob {
		return true, nil
	}
	if o.OwnCluster {
		return false, usageWithHint("add -t yarn-application", "run-application starts a cluster for the job, and no target says so")
	}
	return false, nil
}

// runInCluster starts a cluster for the job and follows it.
func runInCluster(ctx context.Context, env *Env, o *runOptions) error {
	handOver, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	in, err := env.startInstallation(handOver, o.globalOptions, o.Cluster.Settings)
	if err != nil {
		return withCause(handOver, err)
	}
	client, err := env.client(ctx, o.globalOptions, in.configuration, true)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := o.findLatest(handOver, env, client, nil); err != nil {
		return withCause(handOver, err)
	}
	plan, err := planStart(handOver, client, o.applicationSpec(env, in), o.DryRun)
	if err != nil {
		return withCause(handOver, err)
	}
	for _, w := range plan.Warnings {
		env.out.warn(w)
	}
	if o.DryRun != notDry {
		return env.out.result(plan, func(w io.Writer) { printPlan(w, plan) })
	}
	env.out.note("the program's main method runs in the cluster: of this machine's files it sees those that are shipped")
	d, err := client.Launch(handOver, plan)
	if err != nil {
		return withCause(handOver, err)
	}
	if d.Result == nil { // else it has ended already
		if err := limitLifetime(handOver, env, client, d, o.Cluster.Lifetime); err != nil {
			return withCause(handOver, err)
		}
	}
	cancel()
	switch {
	case d.Result != nil:
		return endJob(env, d.Result)
	case o.Detached:
		return env.out.result(submittedResult(d.Job), func(w io.Writer) { printCluster(w, d) })
	}
	env.out.begin(func(w io.Writer) { printCluster(w, d) })
	return waitForJob(ctx, env, client, d.Job, o)
}

func (o *runOptions) applicationSpec(env *Env, in *installation) submit.ApplicationSpec {
	job := o.Job
	job.Configuration = nil // the cluster's own, for one job
	return submit.ApplicationSpec{
		Cluster: submit.SessionSpec{
			Distribution:  in.distribution,
			Configuration: in.configuration,
			TaskManagers:  o.Cluster.TaskManagers,
			ClampAttempts: o.Cluster.ClampAttempts,
			RequestID:     o.RequestID,
			Reservation:   o.Cluster.Reservation,
			Lock:          o.Cluster.Lock,
			LegacyEnv:     env.legacyEnv(),
		},
		Job: job, Detached: o.Detached, CancelOnExit: o.CancelOnExit, SeveralJobs: o.Cluster.SeveralJobs,
	}
}

// printCluster says which application runs the job, and how to end it.
func printCluster(w io.Writer, d *submit.Deployment) {
	printSubmitted(w, d.Job)
	fmt.Fprintf(w, "JobManager Web Interface: %s\n", d.RestURL)
	fmt.Fprintf(w, "Application: %s (%s); kill it with: yarnflink kill %s\n", d.ApplicationID, d.Name, d.ApplicationID)
}
