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

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/standalone"
)

const wordTaskManager = "taskmanager"

// growWords reads "taskmanager HOST…".
func (o *standaloneOptions) growWords(words []string) error {
	if len(words) == 0 || words[0] != wordTaskManager {
		word, hint := "", ""
		if len(words) > 0 {
			word = ", not " + words[0]
			if near := nearest(words[0], []string{wordTaskManager}); near != "" {
				hint = "did you mean cluster " + o.Action + " " + near + "?"
			}
		}
		return usageWithHint(hint, "cluster %s needs %s%s", o.Action, wordTaskManager, word)
	}
	o.Hosts = words[1:]
	if len(o.Hosts) == 0 {
		return usagef("cluster %s %s needs a host", o.Action, wordTaskManager)
	}
	for _, host := range o.Hosts {
		hosts, err := flink.ParseHostsFile([]byte(host)).Hosts()
		if err != nil {
			return usagef("cluster %s: %w", o.Action, err)
		}
		if len(hosts) != 1 || hosts[0].Host != host {
			return usagef("cluster %s: %q is no name of a host", o.Action, host)
		}
	}
	return nil
}

// workersFile is the file that names the workers: the old name where only that is there.
func workersFile(confDir string) string {
	path := filepath.Join(confDir, "workers")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if old := filepath.Join(confDir, "slaves"); fileExists(old) {
			return old
		}
	}
	return path
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (o *standaloneOptions) add(ctx context.Context, env *Env, c *standalone.Cluster, confDir string) error {
	ctx, cancel := bounded(ctx, "--timeout", cmp.Or(o.Timeout, clusterTimeout))
	defer cancel()
	started, err := c.AddTaskManagers(ctx, o.Hosts)
	if err != nil {
		env.printLogs(err)
		return withCause(ctx, err)
	}
	file := workersFile(confDir)
	err = standalone.EditHosts(file, func(f *flink.HostsFile) {
		for _, host := range o.Hosts {
			f.Add(flink.HostLine{Host: host})
		}
	})
	if err != nil {
		return fmt.Errorf("the TaskManagers serve, but are not written down: %w", err)
	}
	return env.out.result(started, func(w io.Writer) {
		fmt.Fprintf(w, "%d TaskManagers added after %.1f s, and written into %s; the cluster has %d with %d slots\n",
			len(o.Hosts), started.Seconds, file, started.TaskManagers, started.Slots)
	})
}

func (o *standaloneOptions) remove(ctx context.Context, env *Env, c *standalone.Cluster, confDir string) error {
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	stopped, err := c.RemoveTaskManagers(ctx, o.Hosts, o.Force)
	removed := make([]string, 0, len(o.Hosts))
	switch {
	case ctx.Err() != nil || err == nil || !o.Force:
		for _, s := range stopped {
			removed = append(removed, s.Host)
		}
	default:
		env.out.warn(err.Error())
		removed, err = o.Hosts, nil
	}
	if len(removed) > 0 {
		editErr := standalone.EditHosts(workersFile(confDir), func(f *flink.HostsFile) {
			for _, host := range removed {
				f.Remove(host)
			}
		})
		err = errors.Join(err, editErr)
	}
	if printErr := env.out.result(stopped, func(w io.Writer) { fmt.Fprintln(w, stoppedText(stopped)) }); printErr != nil {
		return printErr
	}
	return withCause(ctx, err)
}

func (o *standaloneOptions) restart(ctx context.Context, env *Env, c *standalone.Cluster) error {
	if !o.Rolling {
		if _, err := c.Stop(ctx, false); err != nil {
			return withCause(ctx, err)
		}
		return o.start(ctx, env, c)
	}
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	replaced, err := c.RestartTaskManagers(ctx)
	if printErr := env.out.result(replaced, func(w io.Writer) { fmt.Fprintf(w, "%d TaskManagers replaced\n", len(replaced)) }); printErr != nil {
		return printErr
	}
	if err != nil {
		env.printLogs(err)
	}
	return withCause(ctx, err)
}
