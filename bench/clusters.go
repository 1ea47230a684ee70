package main

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/yarn"
)

// first is session with nothing in ours' cache.
func (b *bench) first(ctx context.Context, c client, label string) (usage, error) {
	if err := b.servers.remove(ctx, path.Join(b.servers.staging, ".flink", "cache")); err != nil {
		return usage{}, err
	}
	return b.sessionWith(ctx, c, b.prefix+"first-"+label)
}

// provided is session, with the libraries where Java's client needs not send them.
func (b *bench) provided(ctx context.Context, c client, label string) (usage, error) {
	if b.lib == "" {
		// NodeManagers take them for all users only from where all may go.
		folder := b.providedFolder()
		home := b.mini.FlinkHome("")
		if _, err := b.mini.FS(ctx, "-mkdir", "-p", folder); err != nil {
			return usage{}, err
		}
		if _, err := b.mini.FS(ctx, "-put", filepath.Join(home, "lib"), filepath.Join(home, "plugins"), folder); err != nil {
			return usage{}, err
		}
		address := "hdfs://" + b.mini.NameNodeRPC() + folder
		b.lib = address + "/lib;" + address + "/plugins"
	}
	var more []string
	if c.name == javaName {
		more = []string{"-Dyarn.provided.lib.dirs=" + b.lib}
	}
	return b.sessionWith(ctx, c, b.prefix+"provided-"+label, more...)
}

func (b *bench) providedFolder() string { return "/tmp/" + b.prefix + "provided" }

// starts starts sessions, each killed as soon as it serves, and wants the staging folder to hold nothing afterwards that it did
// not hold after the first.
func (b *bench) starts(ctx context.Context, c client, label string) (total usage, err error) {
	if _, err := b.sessionWith(ctx, c, b.prefix+"starts-"+label+"-0"); err != nil {
		return usage{}, err
	}
	before, err := b.servers.length(ctx, b.servers.staging)
	if err != nil {
		return usage{}, err
	}
	var mu sync.Mutex
	var all []usage
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range 20 {
		group.Go(func() error {
			u, err := b.sessionWith(gctx, c, fmt.Sprintf("%sstarts-%s-%d", b.prefix, label, i+1))
			mu.Lock()
			defer mu.Unlock()
			all = append(all, u)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return usage{}, err
	}
	after, err := b.servers.length(ctx, b.servers.staging)
	switch {
	case err != nil:
		return usage{}, err
	case after > before:
		return usage{}, fmt.Errorf("the staging folder has grown from %d to %d bytes over 20 starts", before, after)
	}
	slices.SortFunc(all, func(x, y usage) int { return int(x.Wall - y.Wall) })
	return all[len(all)/2], nil
}

func (b *bench) clusterWithoutCache(ctx context.Context, c client, label string) (usage, error) {
	if c.name == oursName {
		return b.clusterWith(ctx, c, b.prefix+"nocache-"+label, "--no-cache")
	}
	return b.clusterWith(ctx, c, b.prefix+"nocache-"+label)
}

func (b *bench) cluster(ctx context.Context, c client, label string) (usage, error) {
	return b.clusterWith(ctx, c, b.prefix+"cluster-"+label)
}

// clusterWith runs WordCount in a cluster of its own, from the command to its end, and waits until that is gone.
func (b *bench) clusterWith(ctx context.Context, c client, name string, more ...string) (usage, error) {
	args := append([]string{"run", "-m", "yarn-cluster", "-yjm", "1024", "-ytm", "1024", "-ys", "2", "-ynm", name}, more...)
	u, _, err := execute(ctx, c.flinkCommand(append(args, "-c", wordCount, b.jar)...))
	if err != nil {
		return u, err
	}
	reports, err := b.servers.rm.Applications(ctx, yarn.Filter{Name: name})
	if err != nil {
		return u, err
	}
	if len(reports) != 1 {
		return u, fmt.Errorf("the client has ended, and YARN knows %d clusters called %s", len(reports), name)
	}
	for r := reports[0]; !r.State.IsFinal(); {
		if err := pause(ctx, pollInterval); err != nil {
			return u, err
		}
		if r, err = b.servers.rm.Application(ctx, r.ID); err != nil {
			return u, err
		}
	}
	return u, b.servers.end(ctx, reports[0].ID)
}

// fifty submits jobs to the warm session, several at a time: the sum of what the clients use.
func (b *bench) fifty(ctx context.Context, c client, _ string) (total usage, err error) {
	const jobs, atOnce = 50, 8
	before, err := b.warm.rest.Jobs(ctx)
	if err != nil {
		return total, err
	}
	var mu sync.Mutex
	started := time.Now()
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for range jobs {
		group.Go(func() error {
			args := append([]string{"run", "-d"}, b.inWarmSession()...)
			u, _, err := execute(gctx, c.flinkCommand(append(args, "-c", wordCount, b.jar)...))
			mu.Lock()
			defer mu.Unlock()
			total.CPU += u.CPU
			total.RSS = max(total.RSS, u.RSS)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return total, err
	}
	total.Wall = time.Since(started)
	return total, b.finishedAll(ctx, before, jobs)
}

// listAll lists the jobs of twenty sessions; Java's client does one at a time.
func (b *bench) listAll(ctx context.Context, c client, _ string) (total usage, err error) {
	if err := b.startTwenty(ctx); err != nil {
		return total, err
	}
	if c.name == oursName {
		u, _, err := execute(ctx, c.flinkCommand("list", "-Dyarn.properties-file.location="+filepath.Join(c.dir, "none")))
		return u, err
	}
	for _, s := range b.twenty {
		u, _, err := execute(ctx, c.flinkCommand("list", "-t", "yarn-session", "-Dyarn.application.id="+s.id.String()))
		if err != nil {
			return total, err
		}
		total.Wall += u.Wall
		total.CPU += u.CPU
		total.RSS = max(total.RSS, u.RSS)
	}
	return total, nil
}

// startTwenty starts the sessions that are listed, by ours, for that is fast; sweep ends them.
func (b *bench) startTwenty(ctx context.Context) error {
	if b.twenty != nil {
		return nil
	}
	all := make([]session, 20)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range all {
		group.Go(func() (err error) {
			name := fmt.Sprintf("%slisted-%d", b.prefix, i)
			if _, _, err := execute(gctx, b.clients[1].sessionCommand("-jm", "768m", "-tm", "1024m", "-d", "-nm", name)); err != nil {
				return err
			}
			all[i], err = b.servers.await(gctx, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	b.twenty = all
	return nil
}

// endTwenty makes room for what comes after.
func (b *bench) endTwenty(ctx context.Context) error {
	for _, s := range b.twenty {
		if err := b.servers.end(ctx, s.id); err != nil {
			return err
		}
	}
	b.twenty = nil
	return nil
}
