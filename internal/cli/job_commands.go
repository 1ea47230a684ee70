package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/submit"
)

// jobOptions are the options that all commands on a job have.
type jobOptions struct {
	globalOptions
	Target targetOptions
	Job    rest.JobID
}

// jobCommand makes a command on a job. read completes the options it is given;
// it may take the job's id out of the line itself.
func jobCommand(env *Env, name string, read func(ctx context.Context, line commandLine, o jobOptions) error) *cobra.Command {
	return newCommand(name, func(ctx context.Context, line commandLine) error {
		o := jobOptions{globalOptions: line.globals(env), Target: line.target(env)}
		if err := o.Target.check(); err != nil {
			return err
		}
		noticeIgnored(env, line)
		return read(ctx, line, o)
	})
}

// jobAndPath returns the job's id and the value of an option that may lack one.
// Such an option swallows the word that follows: where no other word is left it
// was the job's id.
//
// Java: CliFrontend.cancel, CliFrontend.stop.
func (l commandLine) jobAndPath(long string) (rest.JobID, string, error) {
	words, path := l.positional, l.value(long)
	if len(words) == 0 && path != "" {
		words, path = []string{path}, ""
	}
	if len(words) == 0 {
		return rest.JobID{}, "", usagef("%s needs a job id: yarnflink %s", l.command, findCommand(l.command).usage)
	}
	id, err := parseJobID(l.command, words[0])
	return id, path, err
}

func parseJobID(command, word string) (rest.JobID, error) {
	id, err := rest.ParseJobID(word)
	if err != nil {
		return id, usageWithHint("see the ids of jobs with: yarnflink list", "%s: %w", command, err)
	}
	return id, nil
}

// inSession finds the session that a command on a job means.
func (e *Env) inSession(ctx context.Context, g globalOptions, t targetOptions, do func(context.Context, *submit.Client, *submit.Session) error) error {
	client, target, err := e.targetClient(ctx, g, t, false)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", g.Timeout)
	defer cancel()
	session, err := client.FindSession(ctx, target)
	if err == nil {
		err = do(ctx, client, session)
	}
	return withCause(ctx, err)
}

// plannedAction is what --dry-run prints of a command on a job. The keys are stable.
type plannedAction struct {
	Action       string `json:"action"`
	JobID        string `json:"jobId"` // "" for what is about no job
	Path         string `json:"path"`  // of a savepoint, or its folder; "" for the cluster's
	Target       string `json:"target"`
	TargetOrigin string `json:"targetOrigin"`
	// State is the job's, "" where the cluster was not asked.
	State rest.JobState `json:"state"`
}

// dryAction prints what would be done.
func (o jobOptions) dryAction(ctx context.Context, env *Env, action, path string) error {
	p := plannedAction{Action: action, Path: path}
	if o.Job != (rest.JobID{}) {
		p.JobID = o.Job.String()
	}
	client, target, err := env.targetClient(ctx, o.globalOptions, o.Target, false)
	if err != nil {
		return err
	}
	defer client.Close()
	p.Target, p.TargetOrigin = targetText(target), target.Origin
	if o.DryRun == dryCluster {
		ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
		defer cancel()
		session, err := client.FindSession(ctx, target)
		if err == nil && p.JobID != "" {
			p.State, err = client.JobState(ctx, session, o.Job)
		}
		if err != nil {
			return withCause(ctx, err)
		}
		p.Target = session.RestURL
	}
	return env.out.result(p, func(w io.Writer) {
		rows := [][]string{{"Would be done:", p.Action}}
		for _, row := range [][]string{{"Job:", p.JobID}, {"State:", string(p.State)}, {"Path:", p.Path}} {
			if row[1] != "" {
				rows = append(rows, row)
			}
		}
		table(w, append(rows, []string{"Target:", fmt.Sprintf("%s (%s)", p.Target, p.TargetOrigin)}))
	})
}
