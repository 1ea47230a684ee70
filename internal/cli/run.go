package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

// cancelTimeout bounds the cancelling of a job after an interruption.
const cancelTimeout = 30 * time.Second

// runOptions are the options of `run`.
type runOptions struct {
	globalOptions
	Target targetOptions
	Job    submit.JobSpec
	// FromLatest is the job or the folder whose latest snapshot the job starts from.
	FromLatest   string
	Detached     bool
	CancelOnExit bool // -sae
	// Cluster is what a cluster for the job is started with, where one is.
	Cluster clusterOptions
	// OwnCluster tells that the command is run-application.
	OwnCluster bool
	// Notices are for options that have no effect on a job in a session.
	Notices []string
}

func newRunCommand(env *Env, name string, run func(context.Context, *runOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *runOptions) error { return runJob(ctx, env, o) }
	}
	return newCommand(name, func(ctx context.Context, line commandLine) error {
		o := &runOptions{
			globalOptions: line.globals(env),
			Target:        line.target(env),
			Job:           line.job(env),
			FromLatest:    line.value("from-latest"),
			Detached:      line.has("detached", "") || line.has("yarndetached", ""),
			CancelOnExit:  line.has("shutdownOnAttachedExit", ""),
			Cluster:       line.cluster(env),
			OwnCluster:    name == cmdRunApplication,
		}
		if err := o.Target.check(); err != nil {
			return err
		}
		if o.FromLatest != "" && o.Job.Savepoint != "" {
			return usagef("-s %s and --from-latest %s name a savepoint each", o.Job.Savepoint, o.FromLatest)
		}
		o.Notices = line.notices(starting)
		if o.RequestID != "" {
			o.Notices = append(o.Notices, "--request-id has no effect on a job in a session: it makes the start of an application repeatable")
		}
		noticeIgnored(env, line)
		return run(ctx, o)
	})
}

// job reads the job from the command line. Java: ProgramOptions.
func (l commandLine) job(env *Env) submit.JobSpec {
	words, jar := l.positional, l.value("jarfile")
	if jar == "" && len(words) > 0 && !l.isPython() {
		jar, words = words[0], words[1:]
	}
	return submit.JobSpec{
		Jar:                   env.abs(jar),
		Python:                l.python(),
		EntryClass:            l.value("class"),
		Args:                  append(l.values("arguments"), words...),
		Parallelism:           l.number("parallelism"),
		Savepoint:             l.value("fromSavepoint"),
		AllowNonRestoredState: l.has("allowNonRestoredState", ""),
		ClaimMode:             strings.ToUpper(cmp.Or(l.value("claimMode"), l.value("restoreMode"))),
		Classpaths:            l.values("classpath"),
		Configuration:         jobConfiguration(l.properties(env)),
	}
}

// jobConfiguration are the properties that belong to the job; those that only
// say where it runs don't.
func jobConfiguration(properties []setting) map[string]string {
	c := map[string]string{}
	for _, s := range properties {
		switch s.Key {
		case flink.ApplicationID.Key, flink.ExecutionTarget.Key, flink.ExecutionAttached.Key, flink.PropertiesFileLocation.Key,
			flink.RESTAddress.Key, flink.RESTPort.Key:
		default:
			c[s.Key] = s.Value
		}
	}
	if len(c) == 0 {
		return nil
	}
	return c
}

// targetClient finds the target and makes the client that can talk to it, and to
// HDFS where that is needed.
func (e *Env) targetClient(ctx context.Context, g globalOptions, t targetOptions, needsHDFS bool) (*submit.Client, submit.Target, error) {
	in, err := e.flinkInstallation(g, configurationNeeded)
	if err != nil {
		return nil, submit.Target{}, err
	}
	apply(in.configuration, t.Properties)
	target, err := t.resolve(e, in.configuration)
	if err != nil {
		return nil, target, err
	}
	client, err := e.client(ctx, g, in.configuration, onYARN(target) || needsHDFS)
	return client, target, err
}

// findLatest looks for what --from-latest means, and says what it is.
func (o *runOptions) findLatest(ctx context.Context, env *Env, client *submit.Client, session *submit.Session) error {
	switch {
	case o.FromLatest == "":
		return nil
	case o.DryRun == dryOffline:
		env.out.warn("--from-latest " + o.FromLatest + " is not looked for: that asks HDFS, as --dry-run=cluster does")
		return nil
	}
	snapshot, err := client.LatestSnapshot(ctx, o.FromLatest, session)
	if err != nil {
		return err
	}
	env.out.note("starting from the " + snapshot.String())
	o.Job.Savepoint = snapshot.Path
	return nil
}

func runJob(ctx context.Context, env *Env, o *runOptions) error {
	starts, err := o.startsCluster(env)
	switch {
	case err != nil:
		return err
	case starts:
		return runInCluster(ctx, env, o)
	}
	if o.Job.Python != nil {
		return o.Job.CheckSession()
	}
	for _, n := range o.Notices {
		env.out.note(n)
	}
	client, target, err := env.targetClient(ctx, o.globalOptions, o.Target, o.FromLatest != "" || onHDFS(o.Job.Jar))
	if err != nil {
		return err
	}
	defer client.Close()
	if o.DryRun == dryOffline {
		if err := o.findLatest(ctx, env, client, nil); err != nil {
			return err
		}
		return printJobPlan(env, target, o)
	}
	handOver, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	session, err := client.FindSession(handOver, target)
	if err == nil {
		err = o.findLatest(handOver, env, client, session)
	}
	if err != nil {
		return withCause(handOver, err)
	}
	if o.DryRun == dryCluster {
		return printJobPlan(env, submit.Target{RestURL: session.RestURL, Origin: target.Origin}, o)
	}
	job, err := client.RunJob(handOver, session, o.Job)
	if err != nil {
		return withCause(handOver, err)
	}
	cancel()
	if o.Detached {
		return env.out.result(submittedResult(job), func(w io.Writer) { printSubmitted(w, job) })
	}
	env.out.begin(func(w io.Writer) { printSubmitted(w, job) })
	return waitForJob(ctx, env, client, job, o)
}

// waitForJob follows the job to its end. From here on the job is on its own: an
// interruption leaves it running, unless -sae says otherwise.
func waitForJob(ctx context.Context, env *Env, client *submit.Client, job *submit.Job, o *runOptions) error {
	waiting, cancel := bounded(ctx, "--wait-timeout", o.WaitTimeout)
	defer cancel()
	result, err := client.WaitJob(waiting, job, func(state rest.JobState) {
		env.out.progress.show(submit.Progress{Message: fmt.Sprintf("job %s is %s", job.ID, state)})
	})
	if err != nil && waiting.Err() != nil {
		return leaveJob(waiting, env, client, job, o.CancelOnExit)
	}
	if err != nil {
		return err
	}
	return endJob(env, result)
}

// endJob prints how a job ended; the exit code says it, too.
func endJob(env *Env, result *submit.JobResult) error {
	if err := env.out.result(result, func(w io.Writer) { printJobResult(w, result) }); err != nil {
		return err
	}
	return result.Err()
}

// leaveJob ends the waiting for a job that goes on, or cancels it.
func leaveJob(ctx context.Context, env *Env, client *submit.Client, job *submit.Job, cancelJob bool) error {
	cause := context.Cause(ctx)
	var interrupted *interruption
	if !cancelJob || !errors.As(cause, &interrupted) {
		where := "-m " + strings.TrimPrefix(job.Session.RestURL, "http://")
		if job.Session.ApplicationID != nil {
			where = "-yid " + job.Session.ApplicationID.String()
		}
		return &failure{err: fmt.Errorf("%w: job %s goes on in %s", cause, job.ID, job.Session),
			hint: fmt.Sprintf("see it with: yarnflink list %s; cancel it with: yarnflink cancel %s %s", where, where, job.ID)}
	}
	env.out.note(fmt.Sprintf("cancelling job %s, as -sae says", job.ID))
	ctx, stop := context.WithTimeoutCause(context.WithoutCancel(ctx), cancelTimeout, errors.New("no answer in time"))
	defer stop()
	if err := client.CancelJob(ctx, job); err != nil {
		return fmt.Errorf("%w: job %s may go on in %s: %w", cause, job.ID, job.Session, err)
	}
	return fmt.Errorf("%w: job %s was cancelled", cause, job.ID)
}

// submittedResult is the result of a run that does not wait.
func submittedResult(job *submit.Job) *submit.JobResult {
	r := &submit.JobResult{JobID: job.ID, State: rest.Created, RestURL: job.Session.RestURL, Accumulators: map[string]string{}}
	if job.Session.ApplicationID != nil {
		r.ApplicationID = job.Session.ApplicationID.String()
	}
	return r
}

// The lines of printSubmitted and printJobResult are those of Flink's client,
// for scripts read them.
//
// Java: ClientUtils, CliFrontend, JobExecutionResult.toString.
func printSubmitted(w io.Writer, job *submit.Job) {
	fmt.Fprintf(w, "Job has been submitted with JobID %s\n", job.ID)
}

func printJobResult(w io.Writer, r *submit.JobResult) {
	if r.Err() != nil {
		fmt.Fprintf(w, "Job with JobID %s has ended as %s.\n", r.JobID, r.State)
		return
	}
	fmt.Fprintln(w, "Program execution finished")
	fmt.Fprintf(w, "Job with JobID %s has finished.\n", r.JobID)
	fmt.Fprintf(w, "Job Runtime: %d ms\n", r.DurationMs)
	if len(r.Accumulators) == 0 {
		return
	}
	fmt.Fprintln(w, "Accumulator Results: ")
	for _, name := range slices.Sorted(maps.Keys(r.Accumulators)) {
		fmt.Fprintf(w, "- %s: %s\n", name, r.Accumulators[name])
	}
}

// jobPlan is what `run --dry-run` prints. The keys are stable.
type jobPlan struct {
	Target        string            `json:"target"`
	TargetOrigin  string            `json:"targetOrigin"`
	Jar           string            `json:"jar"`
	EntryClass    string            `json:"entryClass"`
	Arguments     []string          `json:"arguments"`
	Parallelism   int               `json:"parallelism"`
	Savepoint     string            `json:"savepoint"`
	Classpaths    []string          `json:"classpaths"`
	Configuration map[string]string `json:"configuration"`
	Detached      bool              `json:"detached"`
}

func printJobPlan(env *Env, target submit.Target, o *runOptions) error {
	c := flink.NewConfiguration()
	for key, value := range o.Job.Configuration {
		c.Set(key, value, "-D")
	}
	masked := c.Masked()
	p := jobPlan{
		Target: targetText(target), TargetOrigin: target.Origin,
		Jar: o.Job.Jar, EntryClass: o.Job.EntryClass, Arguments: append([]string{}, o.Job.Args...),
		Parallelism: o.Job.Parallelism, Savepoint: o.Job.Savepoint, Classpaths: append([]string{}, o.Job.Classpaths...),
		Configuration: map[string]string{}, Detached: o.Detached,
	}
	for _, key := range masked.Keys() {
		p.Configuration[key] = masked.Get(key)
	}
	return env.out.result(p, func(w io.Writer) {
		rows := [][]string{
			{"Target:", fmt.Sprintf("%s (%s)", p.Target, p.TargetOrigin)},
			{"Jar:", p.Jar},
			{"Main class:", cmp.Or(p.EntryClass, "the manifest's")},
			{"Arguments:", fmt.Sprintf("%q", p.Arguments)},
		}
		for _, key := range slices.Sorted(maps.Keys(p.Configuration)) {
			rows = append(rows, []string{key + ":", p.Configuration[key]})
		}
		table(w, rows)
	})
}
