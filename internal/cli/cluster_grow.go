package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/standalone"
)

// growRoles are the words behind cluster add and cluster remove.
var growRoles = map[string]standalone.Role{"jobmanager": standalone.JobManager, "taskmanager": standalone.TaskManager}

// growWords reads "taskmanager HOST…" or "jobmanager HOST[:PORT]…".
func (o *standaloneOptions) growWords(words []string) error {
	known := slices.Sorted(maps.Keys(growRoles))
	if len(words) == 0 || growRoles[words[0]] == "" {
		word, hint := "", ""
		if len(words) > 0 {
			word = ", not " + words[0]
			if near := nearest(words[0], known); near != "" {
				hint = "did you mean cluster " + o.Action + " " + near + "?"
			}
		}
		return usageWithHint(hint, "cluster %s needs %s%s", o.Action, strings.Join(known, " or "), word)
	}
	o.Role = growRoles[words[0]]
	if len(words) == 1 {
		return usagef("cluster %s %s needs a host", o.Action, words[0])
	}
	for _, host := range words[1:] {
		hosts, err := flink.ParseHostsFile([]byte(host)).Hosts()
		if err != nil {
			return usagef("cluster %s: %w", o.Action, err)
		}
		if len(hosts) != 1 || hosts[0].String() != host || hosts[0].WebUIPort != 0 && o.Role == standalone.TaskManager {
			return usagef("cluster %s: %q is no name of a host", o.Action, host)
		}
		o.Hosts = append(o.Hosts, hosts[0])
	}
	return nil
}

// hostNames are the hosts without ports.
func (o *standaloneOptions) hostNames() []string {
	names := make([]string, len(o.Hosts))
	for i, h := range o.Hosts {
		names[i] = h.Host
	}
	return names
}

// hostsFile is the file that names the hosts of the role.
func (o *standaloneOptions) hostsFile(confDir string) string {
	if o.Role == standalone.JobManager {
		return filepath.Join(confDir, "masters")
	}
	return workersFile(confDir)
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
	var started *standalone.Started
	var err error
	if o.Role == standalone.JobManager {
		started, err = c.AddJobManagers(ctx, o.Hosts)
	} else {
		started, err = c.AddTaskManagers(ctx, o.hostNames())
	}
	if err != nil {
		env.printLogs(err)
		return withCause(ctx, refuseInvalid(err))
	}
	file := o.hostsFile(confDir)
	err = standalone.EditHosts(file, func(f *flink.HostsFile) {
		for _, host := range o.Hosts {
			f.Add(host)
		}
	})
	if err != nil {
		return fmt.Errorf("the %ss serve, but are not written down: %w", o.Role, err)
	}
	return env.out.result(started, func(w io.Writer) {
		fmt.Fprintf(w, "%d %ss added after %.1f s, and written into %s; ", len(o.Hosts), o.Role, started.Seconds, file)
		if o.Role == standalone.JobManager {
			fmt.Fprintln(w, "see which leads with: yarnflink cluster status")
			return
		}
		fmt.Fprintf(w, "the cluster has %d with %d slots\n", started.TaskManagers, started.Slots)
	})
}

// refuseInvalid is refuse for what a cluster refuses, and leaves all else as it is.
func refuseInvalid(err error) error {
	if errors.Is(err, standalone.ErrInvalid) && !errors.Is(err, standalone.ErrIncomplete) {
		return refuse(err)
	}
	return err
}

func (o *standaloneOptions) remove(ctx context.Context, env *Env, c *standalone.Cluster, confDir string) error {
	ctx, cancel := bounded(ctx, "--timeout", cmp.Or(o.Timeout, clusterTimeout))
	defer cancel()
	var stopped []standalone.Stopped
	var err error
	if o.Role == standalone.JobManager {
		stopped, err = c.RemoveJobManagers(ctx, o.Hosts, o.Force)
	} else {
		stopped, err = c.RemoveTaskManagers(ctx, o.hostNames(), o.Force)
	}
	if errors.Is(err, standalone.ErrInvalid) && len(stopped) == 0 {
		return refuse(err)
	}
	removed := o.gone(stopped)
	if err != nil && ctx.Err() == nil && o.Force {
		env.out.warn(err.Error())
		removed, err = o.Hosts, nil
	}
	if len(removed) > 0 {
		editErr := standalone.EditHosts(o.hostsFile(confDir), func(f *flink.HostsFile) {
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

// gone are the hosts to take out of the file: as many lines of each as processes
// were stopped there.
func (o *standaloneOptions) gone(stopped []standalone.Stopped) []flink.HostLine {
	left := map[string]int{}
	for _, s := range stopped {
		left[s.Host]++
	}
	var lines []flink.HostLine
	for _, h := range o.Hosts {
		if left[h.Host] > 0 {
			left[h.Host]--
			lines = append(lines, h)
		}
	}
	return lines
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
