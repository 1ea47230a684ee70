package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/internal/minicluster"
)

// roles are the words of the command line for what can fail over.
var roles = map[string]string{"rm": minicluster.ResourceManager, "nn": minicluster.NameNode}

func newFailoverCommand(dir *string) *cobra.Command {
	var crash bool
	cmd := &cobra.Command{
		Use:       "failover rm|nn",
		Short:     "Make the other ResourceManager or NameNode the active one, and wait until it is",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"rm", "nn"},
		RunE: func(cmd *cobra.Command, args []string) error {
			cluster, err := open(*dir)
			if err != nil {
				return err
			}
			failOver := cluster.Failover
			if crash {
				failOver = cluster.CrashAndRestart
			}
			active, err := failOver(cmd.Context(), roles[args[0]])
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), active)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&crash, "crash", false, "kill the active one (-9), and start it again when the other has taken over")
	return cmd
}
