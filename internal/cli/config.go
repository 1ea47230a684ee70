package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink"
)

// configOptions are the options of `config`.
type configOptions struct {
	globalOptions
	Settings   []setting
	ShowOrigin bool
}

func newConfigCommand(env *Env, run func(context.Context, *configOptions) error) *cobra.Command {
	if run == nil {
		run = func(_ context.Context, o *configOptions) error { return showConfiguration(env, o) }
	}
	return newCommand(cmdConfig, func(ctx context.Context, line commandLine) error {
		return run(ctx, &configOptions{
			globalOptions: line.globals(env),
			Settings:      line.settings(env),
			ShowOrigin:    line.has("show-origin", ""),
		})
	})
}

// originated is a value of `config --show-origin -o json`. The keys are stable.
type originated struct {
	Value  flink.Value  `json:"value"`
	Origin flink.Origin `json:"origin"`
}

func showConfiguration(env *Env, o *configOptions) error {
	in, err := env.flinkInstallation(o.globalOptions, configurationNeeded)
	if err != nil {
		return err
	}
	if in.file == "" && len(o.Settings) == 0 {
		return refusedf("name Flink's distribution with --flink-home or FLINK_HOME, or its configuration folder with --flink-conf", "no configuration is named")
	}
	apply(in.configuration, o.Settings)
	masked := in.configuration.Masked()
	var result any = masked
	if o.ShowOrigin {
		all := map[string]originated{}
		for _, key := range masked.Keys() {
			value, _ := masked.Lookup(key)
			all[key] = originated{value, masked.Origin(key)}
		}
		result = all
	}
	return env.out.result(result, func(w io.Writer) {
		var rows [][]string
		for _, key := range masked.Keys() {
			row := []string{key + ": " + masked.Get(key)}
			if o.ShowOrigin {
				row = append(row, fmt.Sprintf("# %s", masked.Origin(key)))
			}
			rows = append(rows, row)
		}
		table(w, rows)
	})
}
