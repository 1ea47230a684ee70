package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/standalone"
)

// standaloneOptions are the options of `cluster`.
type standaloneOptions struct {
	globalOptions
	Action     string           // a word of clusterActions
	Role       standalone.Role  // of add and remove
	Hosts      []flink.HostLine // of add and remove
	RemoteHome string
	Force      bool
	Rolling    bool
	Delete     bool // of push
	Settings   []setting
}

// clusterActions are the words behind cluster.
var clusterActions = []string{"start", "stop", "status", "restart", "push", "add", "remove"}

// clusterTimeout bounds a start that is given no --timeout.
const clusterTimeout = 5 * time.Minute

func newClusterCommand(env *Env, run func(context.Context, *standaloneOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *standaloneOptions) error { return o.do(ctx, env) }
	}
	return newCommand(cmdCluster, func(ctx context.Context, line commandLine) error {
		o := &standaloneOptions{
			globalOptions: line.globals(env), RemoteHome: line.value("flink-home-remote"), Force: line.has("force", ""), Rolling: line.has("rolling", ""), Delete: line.has("delete", ""), Settings: line.settings(env),
		}
		if err := o.words(line.positional); err != nil {
			return err
		}
		if o.Force && o.Action != "stop" && o.Action != "remove" {
			return usagef("--force belongs to cluster stop and cluster remove")
		}
		if o.Rolling && o.Action != "restart" {
			return usagef("--rolling belongs to cluster restart")
		}
		if o.Delete && o.Action != "push" {
			return usagef("--delete belongs to cluster push")
		}
		return run(ctx, o)
	})
}

// words reads the action.
func (o *standaloneOptions) words(words []string) error {
	o.Action = words[0]
	if err := checkAction(cmdCluster, o.Action, clusterActions); err != nil {
		return err
	}
	words = words[1:]
	if o.Action == "add" || o.Action == "remove" {
		return o.growWords(words)
	}
	if len(words) > 0 {
		return usagef("cluster %s: unexpected word %q", o.Action, words[0])
	}
	return nil
}

func (o *standaloneOptions) do(ctx context.Context, env *Env) error {
	options, err := o.cluster(env)
	if err != nil {
		return err
	}
	c, err := standalone.New(options)
	if err != nil {
		return refuse(err)
	}
	defer c.Close()
	switch o.Action {
	case "start":
		return o.start(ctx, env, c)
	case "stop":
		return o.stop(ctx, env, c)
	case "restart":
		return o.restart(ctx, env, c)
	case "push":
		return o.push(ctx, env, c)
	case "add":
		return o.add(ctx, env, c, options.ConfDir)
	case "remove":
		return o.remove(ctx, env, c, options.ConfDir)
	default:
		return env.read(ctx, o.globalOptions, func(ctx context.Context) (view, error) { return clusterView(ctx, env, c, o.Watch) })
	}
}

// cluster reads what the local machine says of the cluster.
func (o *standaloneOptions) cluster(env *Env) (standalone.Options, error) {
	options, err := o.hosts(env, "no conf/masters and conf/workers")
	if err != nil {
		return standalone.Options{}, err
	}
	if options.Masters, err = readHosts(options.ConfDir, "masters"); err != nil {
		return standalone.Options{}, err
	}
	options.ToStart = o.Action == "start" || o.Action == "restart" && !o.Rolling
	if options.Workers, err = readHosts(options.ConfDir, "workers", "slaves"); err != nil {
		return standalone.Options{}, err
	}
	return options, nil
}

// hosts reads how hosts are reached, and what they get. missing is what there is
// not without a configuration.
func (o *standaloneOptions) hosts(env *Env, missing string) (standalone.Options, error) {
	in, err := env.flinkInstallation(o.globalOptions, configurationNeeded)
	if err != nil {
		return standalone.Options{}, err
	}
	if in.file == "" {
		return standalone.Options{}, refusedf("set FLINK_HOME, or name the folder with --flink-conf", "no Flink configuration is named, and with it %s", missing)
	}
	apply(in.configuration, o.Settings)
	options := standalone.Options{
		Home: env.flinkHome(o.globalOptions), RemoteHome: o.RemoteHome, ConfDir: filepath.Dir(in.file), Configuration: in.configuration,
		Report: env.reportCluster, Logger: env.logger(),
		SSH: standalone.SSH{User: env.User, Home: env.Home, AgentSocket: env.getenv("SSH_AUTH_SOCK"), SystemConfig: systemSSHConfig},
	}
	for _, s := range o.Settings {
		options.Properties = append(options.Properties, standalone.Property{Key: s.Key, Value: s.Value})
	}
	return options, nil
}

// systemSSHConfig is where ssh looks behind the user's own configuration.
const systemSSHConfig = "/etc/ssh/ssh_config"

// readHosts reads the first of the files that is there.
func readHosts(dir string, names ...string) ([]flink.HostLine, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, refuse(err)
		}
		hosts, err := flink.ParseHostsFile(content).Hosts()
		if err != nil {
			return nil, refusedf("write one host into a line", "%s: %w", path, err)
		}
		return hosts, nil
	}
	return nil, refusedf("write the hosts into it, one into a line", "%s is missing", filepath.Join(dir, names[0]))
}

// reportCluster prints what happens on the hosts, a line for each change.
func (e *Env) reportCluster(event standalone.Event) {
	text := event.Host + ": "
	if event.Role != "" {
		text += string(event.Role) + " "
		if event.PID != 0 {
			text += fmt.Sprintf("%d ", event.PID)
		}
	}
	text += event.State
	if event.Detail != "" {
		text += ": " + event.Detail
	}
	e.out.progress.line(text)
}

func (o *standaloneOptions) start(ctx context.Context, env *Env, c *standalone.Cluster) error {
	ctx, cancel := bounded(ctx, "--timeout", cmp.Or(o.Timeout, clusterTimeout))
	defer cancel()
	started, err := c.Start(ctx)
	if err != nil {
		env.printLogs(err)
		return err
	}
	return env.out.result(started, func(w io.Writer) {
		fmt.Fprintf(w, "Flink %s serves at %s: %d TaskManagers, %d slots; ready after %.1f s\n",
			started.FlinkVersion, started.RestURL, started.TaskManagers, started.Slots, started.Seconds)
		fmt.Fprintf(w, "submit to it with: yarnflink run -m %s JAR\nstop it with:      yarnflink cluster stop\n", strings.TrimPrefix(started.RestURL, "http://"))
	})
}

// logLines is how much of a log is shown for a process that failed.
const logLines = 20

// printLogs shows the ends of the logs of what failed.
func (e *Env) printLogs(err error) {
	var failures []*standalone.Failure
	var incomplete *standalone.IncompleteError
	var interrupted *standalone.InterruptedError
	switch {
	case errors.As(err, &incomplete):
		failures = incomplete.Failures
	case errors.As(err, &interrupted):
		failures = interrupted.Missing
	}
	for _, f := range failures {
		lines := strings.Split(strings.TrimSpace(f.Log), "\n")
		if f.Log == "" {
			continue
		}
		lines = lines[max(len(lines)-logLines, 0):]
		e.out.stderr.end()
		fmt.Fprintf(e.out.stderr, "the end of %s on %s:\n    %s\n", f.LogFile, f.Host, strings.Join(lines, "\n    "))
	}
}

func (o *standaloneOptions) stop(ctx context.Context, env *Env, c *standalone.Cluster) error {
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	stopped, err := c.Stop(ctx, o.Force)
	if printErr := env.out.result(stopped, func(w io.Writer) { fmt.Fprintln(w, stoppedText(stopped)) }); printErr != nil {
		return printErr
	}
	return withCause(ctx, err)
}

func stoppedText(stopped []standalone.Stopped) string {
	counts := map[standalone.Role]int{}
	killed := 0
	for _, s := range stopped {
		counts[s.Role]++
		if s.Killed {
			killed++
		}
	}
	if len(stopped) == 0 {
		return "nothing was running"
	}
	text := fmt.Sprintf("%d TaskManagers and %d JobManagers stopped", counts[standalone.TaskManager], counts[standalone.JobManager])
	if killed > 0 {
		text += fmt.Sprintf(", %d of them killed", killed)
	}
	return text
}
