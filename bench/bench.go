package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/yarn"
)

// runLimit bounds one run of one client, with what is waited for after it.
const runLimit = 5 * time.Minute

// bench is one run of the benchmark.
type bench struct {
	servers *servers
	mini    *minicluster.Cluster
	clients []client // Java's, then ours
	jar     string   // holds WordCount
	prefix  string   // begins the names of all its sessions, and no others
	options options
	log     io.Writer
	warm    session   // in which both clients run their jobs
	twenty  []session // that are listed
	// archived tells that the archives of history are there.
	archived bool
	lib      string // Flink's libraries and plugins in HDFS, as yarn.provided.lib.dirs has them; "" before they are needed
}

func newBench(c *minicluster.Cluster, binary, scratch string, o options, log io.Writer) (*bench, error) {
	prefix := fmt.Sprintf("bench-%d-%d-", time.Now().Unix(), os.Getpid())
	servers, err := newServers(c, path.Join("/user", c.User(), prefix+"staging"))
	if err != nil {
		return nil, err
	}
	clients, err := newClients(c, binary, scratch, servers.staging, os.Environ())
	if err != nil {
		return nil, err
	}
	return &bench{servers: servers, mini: c, clients: clients, jar: c.ExamplesJar(""), prefix: prefix, options: o, log: log}, nil
}

// measureAll does the works that were chosen, each with both clients.
func (b *bench) measureAll(ctx context.Context) ([]result, error) {
	var results []result
	for _, w := range works {
		if len(b.options.only) > 0 && !slices.Contains(b.options.only, w.name) {
			continue
		}
		if w.warm && b.warm.rest == nil {
			if err := b.startWarmSession(ctx); err != nil {
				return nil, fmt.Errorf("start the session for the jobs: %w", err)
			}
		}
		r, err := b.alternate(ctx, w)
		if err == nil {
			err = b.endTwenty(ctx)
		}
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// alternate lets the clients take turns at a work, so that whatever changes on the machine meanwhile meets both.
func (b *bench) alternate(ctx context.Context, w work) (result, error) {
	usages := make([][]usage, len(b.clients))
	rounds := b.options.rounds
	if w.rounds > 0 {
		rounds = min(rounds, w.rounds)
	}
	for round := 1; round <= rounds; round++ {
		for i, c := range b.clients {
			if w.alone != "" && w.alone != c.name {
				continue
			}
			u, err := b.once(ctx, w, c, fmt.Sprintf("%s-%d", c.name, round))
			if err != nil {
				return result{}, fmt.Errorf("%s, %s, run %d: %w", w.name, c.name, round, err)
			}
			usages[i] = append(usages[i], u)
			fmt.Fprintf(b.log, "%-8s  %d/%d  %-9s  wall %s, CPU %s, RSS %s\n", w.name, round, rounds, c.name,
				wall.format(wall.of(u)), cpu.format(cpu.of(u)), rss.format(rss.of(u)))
		}
	}
	return result{Work: w, Java: usages[0], Ours: usages[1]}, nil
}

func (b *bench) once(ctx context.Context, w work, c client, label string) (usage, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, runLimit, fmt.Errorf("not done in %s", runLimit))
	defer cancel()
	return w.measure(b, ctx, c, label)
}

// startWarmSession starts the session that both clients run their jobs in, by Java's client, and runs a job in it. Its
// TaskManagers stay, however long the next job takes to come.
func (b *bench) startWarmSession(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, runLimit, fmt.Errorf("not done in %s", runLimit))
	defer cancel()
	java, name := b.clients[0], b.prefix+"warm"
	_, _, err := execute(ctx, java.sessionCommand("-jm", "1024m", "-tm", "1024m", "-s", "2", "-d", "-nm", name,
		"-Dresourcemanager.taskmanager-timeout=86400000"))
	if err != nil {
		return err
	}
	if b.warm, err = b.servers.await(ctx, name); err != nil {
		return err
	}
	_, err = b.attached(ctx, java, "")
	return err
}

// sweep ends whatever the run has left on the cluster: the warm session, and after an error or Ctrl-C any other. Java's client
// leaves its folder behind when it is ended before it has submitted.
func (b *bench) sweep(ctx context.Context) error {
	reports, err := b.servers.rm.Applications(ctx, yarn.Filter{States: yarn.LiveStates()})
	if err != nil {
		return fmt.Errorf("look for what is left: %w", err)
	}
	var errs []error
	for _, r := range reports {
		if strings.HasPrefix(r.Name, b.prefix) {
			errs = append(errs, b.servers.end(ctx, r.ID))
		}
	}
	for _, folder := range []string{b.servers.staging, b.providedFolder()} {
		errs = append(errs, b.servers.remove(ctx, folder))
	}
	return errors.Join(errs...)
}
