package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/standalone"
)

// historyOptions are the options of `history`.
type historyOptions struct {
	globalOptions
	Action     string // a word of historyActions
	Host       string // of start, stop and status
	RemoteHome string
	Job        rest.JobID // of show
	// ArchiveDirs are the folders of list and show; none for the configured ones.
	ArchiveDirs []string
	Limit       int // of list, 0 for all
	Settings    []setting
}

// historyActions are the words behind history.
var historyActions = []string{"start", "stop", "status", "list", "show"}

// historyTimeout bounds a start that is given no --timeout.
const historyTimeout = 2 * time.Minute

func newHistoryCommand(env *Env, run func(context.Context, *historyOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *historyOptions) error { return o.do(ctx, env) }
	}
	return newCommand(cmdHistory, func(ctx context.Context, line commandLine) error {
		o := &historyOptions{
			globalOptions: line.globals(env), RemoteHome: line.value("flink-home-remote"), Settings: line.settings(env),
		}
		for _, dirs := range line.values("archive-dir") {
			o.ArchiveDirs = append(o.ArchiveDirs, namedDirs(env, dirs)...)
		}
		if err := o.words(line); err != nil {
			return err
		}
		return run(ctx, o)
	})
}

// namedDirs reads folders of the command line; a relative one is on this machine.
func namedDirs(env *Env, dirs string) []string {
	var list []string
	for dir := range strings.SplitSeq(dirs, ",") {
		switch {
		case strings.TrimSpace(dir) == "":
			continue
		case !strings.Contains(dir, ":/"):
			dir = env.abs(dir)
		}
		list = append(list, strings.TrimSpace(dir))
	}
	return list
}

// words reads the action and what follows it.
func (o *historyOptions) words(line commandLine) (err error) {
	words := line.positional
	o.Action = words[0]
	if err := checkAction(cmdHistory, o.Action, historyActions); err != nil {
		return err
	}
	reads := o.Action == "list" || o.Action == "show"
	switch {
	case !reads && len(o.ArchiveDirs) > 0:
		return usagef("--archive-dir belongs to history list and history show; a history server reads %s of its host", flink.HistoryArchiveDirs.Key)
	case reads && o.RemoteHome != "":
		return usagef("--flink-home-remote belongs to history start, stop and status")
	case line.has("limit", "") && o.Action != "list":
		return usagef("--limit belongs to history list")
	}
	if limit := line.value("limit"); limit != "" {
		if o.Limit, err = strconv.Atoi(limit); err != nil || o.Limit < 1 {
			return usagef("--limit %s: a number above 0 is expected", limit)
		}
	}
	return o.operands(words[1:])
}

func (o *historyOptions) operands(words []string) (err error) {
	most := 1
	switch {
	case o.Action == "list":
		most = 0
	case o.Action == "show" && len(words) == 0:
		return usagef("history show needs a job id: yarnflink history show JOBID")
	case o.Action == "show":
		o.Job, err = rest.ParseJobID(words[0])
		if err != nil {
			return usageWithHint("see the ids of jobs with: yarnflink history list", "history show: %w", err)
		}
	default:
		o.Host = "localhost"
		if len(words) > 0 {
			o.Host = words[0]
		}
		if strings.ContainsAny(o.Host, " \t/") {
			return usagef("history %s: %q is no host", o.Action, o.Host)
		}
	}
	if len(words) > most {
		return usagef("history %s: unexpected word %q", o.Action, words[most])
	}
	return nil
}

func (o *historyOptions) do(ctx context.Context, env *Env) error {
	switch o.Action {
	case "list":
		return o.list(ctx, env)
	case "show":
		return o.show(ctx, env)
	}
	server, err := o.server(env)
	if err != nil {
		return refuse(err)
	}
	defer server.Close()
	switch o.Action {
	case "start":
		return o.start(ctx, env, server)
	case "stop":
		return o.stop(ctx, env, server)
	default:
		return env.read(ctx, o.globalOptions, func(ctx context.Context) (view, error) { return historyView(ctx, env, server, o.Watch) })
	}
}

// server reads what this machine says of the history server's host.
func (o *historyOptions) server(env *Env) (*standalone.HistoryServer, error) {
	in, err := env.flinkInstallation(o.globalOptions, configurationNeeded)
	if err != nil {
		return nil, err
	}
	apply(in.configuration, o.Settings)
	options := standalone.Options{
		Home: env.flinkHome(o.globalOptions), RemoteHome: o.RemoteHome, Configuration: in.configuration,
		Report: env.reportCluster, Logger: env.logger(),
		SSH: standalone.SSH{User: env.User, Home: env.Home, AgentSocket: env.getenv("SSH_AUTH_SOCK"), SystemConfig: systemSSHConfig},
	}
	if in.file != "" {
		options.ConfDir = filepath.Dir(in.file)
	}
	if _, options.TLS, err = env.tls(o.globalOptions, in.configuration, nil); err != nil {
		return nil, err
	}
	for _, s := range o.Settings {
		options.Properties = append(options.Properties, standalone.Property{Key: s.Key, Value: s.Value})
	}
	return standalone.NewHistoryServer(options, o.Host)
}

func (o *historyOptions) start(ctx context.Context, env *Env, server *standalone.HistoryServer) error {
	ctx, cancel := bounded(ctx, "--timeout", cmp.Or(o.Timeout, historyTimeout))
	defer cancel()
	started, err := server.Start(ctx)
	if err != nil {
		env.printLogs(err)
		return err
	}
	for _, w := range started.Warnings {
		env.out.warn(w)
	}
	return env.out.result(started, func(w io.Writer) {
		release := "the history server"
		if started.FlinkVersion != "" {
			release = "Flink " + started.FlinkVersion + "'s history server"
		}
		verb := "serves"
		if !started.Started {
			verb = "serves already"
		}
		fmt.Fprintf(w, "%s %s at %s; ready after %.1f s\nit reads:     %s\n", release, verb, started.WebURL, started.Seconds, strings.Join(started.ArchiveDirs, ", "))
		fmt.Fprintf(w, "stop it with: %s\n", onHost("yarnflink history stop", started.Host))
	})
}

// onHost is a command for a history server.
func onHost(command, host string) string {
	if host == "localhost" {
		return command
	}
	return command + " " + host
}

func (o *historyOptions) stop(ctx context.Context, env *Env, server *standalone.HistoryServer) error {
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	stopped, err := server.Stop(ctx)
	if err != nil {
		return withCause(ctx, err)
	}
	return env.out.result(stopped, func(w io.Writer) {
		if len(stopped) == 0 {
			fmt.Fprintln(w, "nothing was running")
		}
		for _, s := range stopped {
			how := "stopped"
			if s.Killed {
				how = "killed"
			}
			fmt.Fprintf(w, "the history server on %s is %s (process %d)\n", s.Host, how, s.PID)
		}
	})
}

// historyView is what `history status` shows. While it watches, a history server
// that does not run or answer is shown and no error.
func historyView(ctx context.Context, env *Env, server *standalone.HistoryServer, watching bool) (view, error) {
	status, err := server.Status(ctx)
	if status == nil {
		return view{}, err
	}
	v := view{status, func(w io.Writer) { printHistoryStatus(w, status) }}
	if err == nil || watching {
		return v, nil
	}
	// The picture is worth showing, and the error tells what is wrong in it.
	if printErr := env.out.result(v.value, v.text); printErr != nil {
		return v, printErr
	}
	return v, err
}

func printHistoryStatus(w io.Writer, s *standalone.HistoryStatus) {
	if len(s.Processes)+len(s.Dead) == 0 {
		return
	}
	rows := [][]string{{"HOST", "PID", "UP", "VERSION", "JOBS", "ADDRESS", "REMARK"}}
	for _, p := range s.Processes {
		var remarks []string
		if p.Lost {
			remarks = append(remarks, "not in the pid file")
		}
		if p.WebURL == "" {
			remarks = append(remarks, "does not answer: "+p.WebError)
		}
		jobs := "?"
		if p.Jobs >= 0 {
			jobs = strconv.Itoa(p.Jobs)
		}
		rows = append(rows, []string{s.Host, strconv.Itoa(p.PID), uptime(p.Seconds), cmp.Or(p.FlinkVersion, "?"), jobs, orDash(p.WebURL), strings.Join(remarks, "; ")})
	}
	if len(s.Dead) > 0 {
		rows = append(rows, []string{s.Host, "", "", "", "", "", "dead entries in the pid file: " + strings.Join(s.Dead, ", ")})
	}
	table(w, rows)
}
