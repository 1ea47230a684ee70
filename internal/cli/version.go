package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCommand(env *Env) *cobra.Command {
	return newCommand(cmdVersion, func(context.Context, commandLine) error { return printVersion(env) })
}

// versionResult is what `version` prints. The keys are stable.
type versionResult struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func printVersion(env *Env) error {
	v := versionResult{
		Version: cmp.Or(env.Version, "devel"), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	return env.out.result(v, func(w io.Writer) {
		fmt.Fprintf(w, "yarnflink %s, %s, %s\n", v.Version, v.Go, v.Platform)
	})
}
