package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
)

// gcOptions are the options of `gc`.
type gcOptions struct {
	globalOptions
	Settings       []setting
	OlderThan      time.Duration // 0 is the default
	IncludeUnknown bool
}

func newGCCommand(env *Env, run func(context.Context, *gcOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *gcOptions) error { return collectGarbage(ctx, env, o) }
	}
	return newCommand(cmdGC, func(ctx context.Context, line commandLine) error {
		return run(ctx, &gcOptions{
			globalOptions:  line.globals(env),
			Settings:       line.settings(env),
			OlderThan:      line.duration("older-than"),
			IncludeUnknown: line.has("include-unknown", ""),
		})
	})
}

func collectGarbage(ctx context.Context, env *Env, o *gcOptions) error {
	client, _, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	result, err := client.CollectGarbage(ctx, submit.GCOptions{
		DryRun: o.DryRun != notDry, OlderThan: o.OlderThan, IncludeUnknown: o.IncludeUnknown,
	})
	for _, w := range result.Warnings {
		env.out.warn(w)
	}
	if err != nil && len(result.Removed) == 0 {
		return withCause(ctx, err)
	}
	if printErr := env.out.result(result, func(w io.Writer) { printCollected(w, result) }); printErr != nil {
		return printErr
	}
	return withCause(ctx, err)
}

func printCollected(w io.Writer, r submit.GCResult) {
	done := "removed"
	if r.DryRun {
		done = "would remove"
	}
	rows := [][]string{}
	for _, item := range r.Removed {
		rows = append(rows, []string{done, string(item.Kind), bytesText(item.Bytes), item.Path})
	}
	table(w, rows)
	fmt.Fprintf(w, "%s: %s %d items, %s\n", r.Folder, done, len(r.Removed), bytesText(r.Bytes))
}
