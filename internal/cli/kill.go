package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// killOptions are the options of `kill`.
type killOptions struct {
	globalOptions
	submit.KillOptions
	Settings     []setting
	Applications []yarn.ApplicationID
}

func newKillCommand(env *Env, run func(context.Context, *killOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *killOptions) error { return killApplications(ctx, env, o) }
	}
	return newCommand(cmdKill, func(ctx context.Context, line commandLine) error {
		o := &killOptions{
			globalOptions: line.globals(env),
			KillOptions:   submit.KillOptions{CleanHighAvailability: line.has("clean-ha", "")},
			Settings:      line.settings(env),
		}
		var errs []error
		for _, word := range line.positional {
			id, err := yarn.ParseApplicationID(word)
			if err != nil {
				errs = append(errs, usagef("kill: %w", err))
				continue
			}
			if !slices.Contains(o.Applications, id) {
				o.Applications = append(o.Applications, id)
			}
		}
		if err := problems(errUsage, errs); err != nil {
			return err
		}
		return run(ctx, o)
	})
}

func killApplications(ctx context.Context, env *Env, o *killOptions) error {
	if o.DryRun != notDry {
		return env.out.result(o.Applications, func(w io.Writer) {
			for _, id := range o.Applications {
				fmt.Fprintf(w, "%s would be killed and its staging folder removed.\n", id)
			}
		})
	}
	client, _, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	results := client.Kill(ctx, o.Applications, o.KillOptions)
	noteHighAvailability(env, results)
	if err := env.out.result(results, func(w io.Writer) { printKilled(w, results) }); err != nil {
		return err
	}
	return withCause(ctx, killErrors(results))
}

// killError is what went wrong with some of several applications; the worst of
// it decides the exit code.
type killError struct {
	worst error
	all   error
}

func (k *killError) Error() string { return k.all.Error() }
func (k *killError) Unwrap() error { return k.worst }

func killErrors(results []submit.KillResult) error {
	var errs []error
	for _, r := range results {
		if r.Err != nil {
			errs = append(errs, r.Err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &killError{worst: worst(errs), all: errors.Join(errs...)}
}

// noteHighAvailability says what stays of applications that were killed, and how
// to remove it.
func noteHighAvailability(env *Env, results []submit.KillResult) {
	for _, r := range results {
		if left := r.HighAvailabilityRemoved; left == nil || *left {
			continue
		}
		env.out.note(fmt.Sprintf("the high availability data of %s stays: %s; remove it with: %s", r.ApplicationID, r.HighAvailability, r.HighAvailability.RemoveLine()))
	}
}

func printKilled(w io.Writer, results []submit.KillResult) {
	for _, r := range results {
		if r.State == "" {
			continue // nothing is known of it but the error
		}
		staging := "it has no staging folder"
		if r.StagingRemoved != nil {
			staging = "its staging folder is removed"
			if !*r.StagingRemoved {
				staging = "its staging folder is left"
			}
		}
		if removed := r.HighAvailabilityRemoved; removed != nil && *removed {
			staging += ", and its high availability data"
		}
		fmt.Fprintf(w, "%s is %s (%s); %s.\n", r.ApplicationID, r.State, cmp.Or(r.FinalStatus, "UNDEFINED"), staging)
	}
}
