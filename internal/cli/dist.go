package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
)

// distOptions are the options of `dist`.
type distOptions struct {
	globalOptions
	Settings []setting
	Push     bool // else list
	// At is the address that is listed, or pushed to; "" is the folder for them in
	// the home directory.
	At string
}

func newDistCommand(env *Env, run func(context.Context, *distOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *distOptions) error { return o.do(ctx, env) }
	}
	return newCommand(cmdDist, func(ctx context.Context, line commandLine) error {
		o := &distOptions{globalOptions: line.globals(env), Settings: line.settings(env), At: line.value("to")}
		if err := o.words(env, line.positional); err != nil {
			return err
		}
		return run(ctx, o)
	})
}

// words reads "push [FLINK_HOME]" and "list [ADDRESS]".
func (o *distOptions) words(env *Env, words []string) error {
	switch word := words[0]; {
	case word == "push":
		o.Push = true
		if len(words) > 1 {
			if o.FlinkHome != "" {
				return usagef("dist push %s and --flink-home name a distribution each", words[1])
			}
			o.FlinkHome = env.abs(words[1])
		}
	case word != "list":
		hint := ""
		if near := nearest(word, []string{"push", "list"}); near != "" {
			hint = "did you mean dist " + near + "?"
		}
		return usageWithHint(hint, "dist needs push or list, not %q", word)
	case o.At != "":
		return usagef("--to belongs to dist push; dist list takes the address as a word")
	case len(words) > 1:
		o.At = words[1]
	}
	return nil
}

func (o *distOptions) do(ctx context.Context, env *Env) error {
	if o.Push {
		return pushDistribution(ctx, env, o)
	}
	client, _, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	list, err := client.ListDistributions(ctx, o.At)
	if err != nil {
		return withCause(ctx, err)
	}
	return env.out.result(list, func(w io.Writer) { printDistributions(w, list) })
}

func pushDistribution(ctx context.Context, env *Env, o *distOptions) error {
	in, err := env.flinkInstallation(o.globalOptions, distributionNeeded)
	if err != nil {
		return err
	}
	apply(in.configuration, o.Settings)
	client, err := env.client(ctx, o.globalOptions, in.configuration, true)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	result, err := client.PushDistribution(ctx, submit.PushOptions{Distribution: in.distribution, To: o.At, DryRun: o.DryRun != notDry})
	if err != nil {
		return withCause(ctx, refuseFlink(err))
	}
	for _, w := range result.Warnings {
		env.out.warn(w)
	}
	return env.out.result(result, func(w io.Writer) { printPushed(w, result, o.DryRun != notDry) })
}

func printPushed(w io.Writer, r *submit.PushResult, dry bool) {
	done := fmt.Sprintf("sent in %.1f s", r.Seconds)
	switch {
	case r.Existing:
		done = "there already"
	case dry:
		done = "would be sent"
	}
	fmt.Fprintf(w, "%s: Flink %s, %d files, %s; %s\n", r.Address, r.FlinkVersion, r.Files, bytesText(r.Bytes), done)
	fmt.Fprintf(w, "start from it with: yarnflink session --flink-dist %s\n", shellWord(r.Address))
	fmt.Fprintf(w, "or with Flink's own client and -Dyarn.provided.lib.dirs=%s\n", shellWord(strings.Join(r.LibDirs, ";")))
}

func printDistributions(w io.Writer, list []submit.DistributionReport) {
	rows := [][]string{{"ADDRESS", "FLINK", "FILES", "SIZE", "PUSHED", "FOR"}}
	for _, d := range list {
		whom := "its owner"
		if d.Public {
			whom = "everybody"
		}
		rows = append(rows, []string{d.Address, d.FlinkVersion, strconv.Itoa(d.Files), bytesText(d.Bytes), localTime(d.ModificationTime), whom})
	}
	table(w, rows)
}
