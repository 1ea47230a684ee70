package cli

import (
	"context"

	"github.com/spf13/cobra"
)

// shells are those that a completion script is made for.
var shells = []string{"bash", "zsh", "fish"}

func newCompletionCommand(env *Env) *cobra.Command {
	var cmd *cobra.Command
	cmd = newCommand(cmdCompletion, func(_ context.Context, line commandLine) error {
		root := cmd.Root()
		switch shell := line.positional[0]; shell {
		case "bash":
			return root.GenBashCompletionV2(env.Stdout, true)
		case "zsh":
			return root.GenZshCompletion(env.Stdout)
		case "fish":
			return root.GenFishCompletion(env.Stdout, true)
		default:
			err := usagef("there is no completion for the shell %q", shell)
			err.hint = "the shells are bash, zsh and fish"
			return err
		}
	})
	return cmd
}
