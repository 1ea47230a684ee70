package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/internal/minicluster"
)

// cacheVariable names the cache where the flag --cache does not.
const cacheVariable = "YARNFLINK_MINICLUSTER_CACHE"

func newRootCommand(getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:           "minicluster",
		Short:         "A real single-node Hadoop with a real Flink on loopback",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	var dir string
	root.PersistentFlags().StringVar(&dir, "dir", "", "folder of the cluster (default: instance, in the cache)")
	root.AddCommand(newUpCommand(&dir, getenv), newDownCommand(&dir), newStatusCommand(&dir), newEnvCommand(&dir), newFailoverCommand(&dir))
	return root
}

func newUpCommand(dir *string, getenv func(string) string) *cobra.Command {
	var o minicluster.Options
	var set []string
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Assemble what is missing, start the daemons and wait until they serve",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.HadoopProperties, err = parseProperties(set); err != nil {
				return err
			}
			o.Dir, o.JavaHome, o.Log = *dir, getenv("JAVA_HOME"), cmd.ErrOrStderr()
			if o.CacheDir == "" {
				o.CacheDir = getenv(cacheVariable)
			}
			_, err = minicluster.Start(cmd.Context(), o)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.CacheDir, "cache", "", "folder of the downloaded distributions (default: $"+cacheVariable+", or yarnflink-minicluster in the user's cache)")
	flags.StringVar(&o.HadoopVersion, "hadoop", minicluster.DefaultHadoopVersion, "Hadoop version")
	flags.StringSliceVar(&o.FlinkVersions, "flink", []string{minicluster.DefaultFlinkVersion}, "Flink versions, the default one first")
	flags.BoolVar(&o.ZooKeeper, "zookeeper", false, "start a ZooKeeper too")
	flags.IntVar(&o.DataNodes, "datanodes", 1, "DataNodes, 1 or 2; every block is on each of them")
	flags.BoolVar(&o.HA, "ha", false, "start two ResourceManagers and two NameNodes, with automatic failover by a ZooKeeper")
	flags.BoolVar(&o.Secure, "secure", false, "start a KDC too, and have HDFS and YARN ask for Kerberos")
	flags.BoolVar(&o.TLS, "tls", false, "have the web servers of YARN and HDFS speak https, with a CA of its own")
	flags.StringVar(&o.DataProtection, "data-protection", "", "of a cluster that is secure and has TLS: authentication, integrity or privacy (default: authentication)")
	flags.DurationVar(&o.TicketLife, "ticket-life", 0, "longest life of a secure cluster's tickets (default: a day)")
	flags.DurationVar(&o.RenewableLife, "renewable-life", 0, "how long a secure cluster's tickets can be renewed (default: a week)")
	flags.StringArrayVar(&set, "set", nil, "a further Hadoop property, FILE:KEY=VALUE, as yarn-site.xml:yarn.resourcemanager.am.max-attempts=4; no VALUE removes it")
	flags.DurationVar(&o.DebugDelay, "debug-delay", 0, "how long the files of ended containers stay")
	flags.BoolVar(&o.VerifyHashes, "verify", false, "hash the downloaded distributions instead of comparing sizes")
	return cmd
}

func parseProperties(set []string) (map[string]map[string]string, error) {
	result := map[string]map[string]string{}
	for _, s := range set {
		file, assignment, ok1 := strings.Cut(s, ":")
		key, value, ok2 := strings.Cut(assignment, "=")
		if !ok1 || !ok2 || key == "" {
			return nil, fmt.Errorf("--set %s: want FILE:KEY=VALUE", s)
		}
		if result[file] == nil {
			result[file] = map[string]string{}
		}
		result[file][key] = value
	}
	return result, nil
}

func newDownCommand(dir *string) *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "End the daemons and their containers, and delete the folder",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cluster, err := open(*dir)
			if errors.Is(err, minicluster.ErrNoCluster) {
				fmt.Fprintln(cmd.ErrOrStderr(), "nothing to end:", err)
				return nil
			}
			if err != nil {
				return err
			}
			if keep {
				return cluster.Stop(cmd.Context())
			}
			return cluster.Remove(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the folder, with its files and logs")
	return cmd
}

// open attaches to the cluster in dir, or in the default folder.
func open(dir string) (*minicluster.Cluster, error) {
	if dir == "" {
		var err error
		if dir, err = minicluster.DefaultDir(); err != nil {
			return nil, err
		}
	}
	return minicluster.Open(dir)
}

func newStatusCommand(dir *string) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "List the daemons and whether they serve; exit code 1 if one does not",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cluster, err := open(*dir)
			if err != nil {
				return err
			}
			daemons, err := cluster.Status(cmd.Context())
			if err != nil {
				return err
			}
			if err := printStatus(cmd.OutOrStdout(), output, daemons); err != nil {
				return err
			}
			if i := slices.IndexFunc(daemons, func(d minicluster.DaemonStatus) bool { return !d.Serving }); i >= 0 {
				return fmt.Errorf("%s does not serve: %s", daemons[i].Name, daemons[i].Problem)
			}
			return nil
		},
	}
	addOutputFlag(cmd, &output)
	return cmd
}

func addOutputFlag(cmd *cobra.Command, output *string) {
	cmd.Flags().StringVarP(output, "output", "o", "text", "text or json")
}

func printStatus(w io.Writer, output string, daemons []minicluster.DaemonStatus) error {
	if output != "text" {
		return printJSON(w, output, daemons)
	}
	for _, d := range daemons {
		word := "serving"
		if d.Role != "" {
			word += ", " + d.Role
		}
		if !d.Serving {
			word = d.Problem
		}
		fmt.Fprintf(w, "%-16s %8d  %s\n", d.Name, d.PID, word)
	}
	return nil
}

func printJSON(w io.Writer, output string, value any) error {
	if output != "json" {
		return fmt.Errorf("--output %s: want text or json", output)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func newEnvCommand(dir *string) *cobra.Command {
	var output, flink string
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print the variables by which clients find the cluster, for the shell's eval",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cluster, err := open(*dir)
			if err != nil {
				return err
			}
			env, err := cluster.Environment(flink)
			if err != nil {
				return err
			}
			return printEnv(cmd.OutOrStdout(), output, env)
		},
	}
	addOutputFlag(cmd, &output)
	cmd.Flags().StringVar(&flink, "flink", "", "Flink version (default: the first the cluster was started with)")
	return cmd
}

func printEnv(w io.Writer, output string, env map[string]string) error {
	if output != "text" {
		return printJSON(w, output, env)
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(w, "export %s=%s\n", name, shellQuote(env[name]))
	}
	return nil
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
