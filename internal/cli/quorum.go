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
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/standalone"
)

// quorumActions are the words behind quorum.
var quorumActions = []string{"start", "stop", "status"}

// quorumTimeout bounds a start that is given no --timeout.
const quorumTimeout = 2 * time.Minute

func newQuorumCommand(env *Env, run func(context.Context, *standaloneOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *standaloneOptions) error { return o.doQuorum(ctx, env) }
	}
	return newCommand(cmdQuorum, func(ctx context.Context, line commandLine) error {
		o := &standaloneOptions{
			globalOptions: line.globals(env), Action: line.positional[0], RemoteHome: line.value("flink-home-remote"), Force: line.has("force", ""), Settings: line.settings(env),
		}
		if err := checkAction(cmdQuorum, o.Action, quorumActions); err != nil {
			return err
		}
		if o.Force && o.Action != "stop" {
			return usagef("--force belongs to quorum stop")
		}
		return run(ctx, o)
	})
}

func (o *standaloneOptions) doQuorum(ctx context.Context, env *Env) error {
	q, err := o.quorum(env)
	if err != nil {
		return err
	}
	defer q.Close()
	switch o.Action {
	case "start":
		return o.startQuorum(ctx, env, q)
	case "stop":
		return o.stopQuorum(ctx, env, q)
	default:
		return env.read(ctx, o.globalOptions, func(ctx context.Context) (view, error) {
			status, err := q.Status(ctx)
			if ctx.Err() != nil {
				return view{}, err
			}
			return env.pictured(view{status, func(w io.Writer) { printQuorum(w, status) }}, err, o.Watch)
		})
	}
}

// quorum reads conf/zoo.cfg.
func (o *standaloneOptions) quorum(env *Env) (*standalone.Quorum, error) {
	options, err := o.hosts(env, "no conf/zoo.cfg")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(options.ConfDir, "zoo.cfg")
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refusedf("write the servers into it: server.1=HOST:2888:3888", "%s is missing", file)
	}
	if err != nil {
		return nil, refuse(err)
	}
	q, err := standalone.NewQuorum(options, file, content)
	if err != nil {
		return nil, refuse(err)
	}
	for _, w := range q.Warnings() {
		env.out.warn(w)
	}
	return q, nil
}

func (o *standaloneOptions) startQuorum(ctx context.Context, env *Env, q *standalone.Quorum) error {
	ctx, cancel := bounded(ctx, "--timeout", cmp.Or(o.Timeout, quorumTimeout))
	defer cancel()
	status, err := q.Start(ctx)
	if err != nil {
		env.printLogs(err)
		return withCause(ctx, refuseInvalid(err))
	}
	return env.out.result(status, func(w io.Writer) { printQuorum(w, status) })
}

func (o *standaloneOptions) stopQuorum(ctx context.Context, env *Env, q *standalone.Quorum) error {
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	stopped, err := q.Stop(ctx, o.Force)
	printErr := env.out.result(stopped, func(w io.Writer) {
		killed := 0
		for _, s := range stopped {
			if s.Killed {
				killed++
			}
		}
		switch {
		case len(stopped) == 0:
			fmt.Fprintln(w, "nothing was running")
		case killed > 0:
			fmt.Fprintf(w, "%d peers stopped, %d of them killed\n", len(stopped), killed)
		default:
			fmt.Fprintf(w, "%d peers stopped\n", len(stopped))
		}
	})
	if printErr != nil {
		return printErr
	}
	return withCause(ctx, err)
}

func printQuorum(w io.Writer, s *standalone.QuorumStatus) {
	serving := 0
	for _, p := range s.Peers {
		if p.Serving {
			serving++
		}
	}
	version := ""
	if s.Version != "" {
		version = " " + s.Version
	}
	fmt.Fprintf(w, "ZooKeeper%s: %d of %d peers serve\n", version, serving, len(s.Peers))
	rows := [][]string{{"ID", "HOST", "PID", "UP", "CLIENTS AT", "SERVES", "MODE", "REMARK"}}
	for _, p := range s.Peers {
		rows = append(rows, peerRow(p))
	}
	table(w, rows)
}

func peerRow(p standalone.PeerStatus) []string {
	row := []string{strconv.Itoa(p.ID), p.Host, "", "", p.ClientAddress, "", "", ""}
	var remarks []string
	switch {
	case p.Error != "":
		row[2], remarks = "?", append(remarks, p.Error)
	case p.PID == 0:
		row[5], remarks = "no", append(remarks, "not running")
	default:
		row[2], row[3], row[5], row[6] = strconv.Itoa(p.PID), uptime(p.Seconds), "yes", cmp.Or(p.Mode, "?")
		if !p.Serving {
			row[5], remarks = "no", append(remarks, p.SessionError)
		}
		if p.ModeError != "" && p.Serving {
			remarks = append(remarks, "its mode is not known: "+p.ModeError)
		}
		if p.Lost {
			remarks = append(remarks, "not in the pid file")
		}
	}
	if len(p.Dead) > 0 {
		remarks = append(remarks, "dead entries in the pid file: "+strings.Join(p.Dead, ", "))
	}
	row[7] = strings.Join(remarks, "; ")
	return row
}
