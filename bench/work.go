package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// work is one thing that both clients do.
type work struct {
	name  string // as in -only
	title string // as in the report
	warm  bool   // needs the warm session
	rows  []row
	// rounds is how often at most each client does it; 0 is as often as asked for.
	rounds int
	// alone is the only client that does it, "" for both.
	alone   string
	measure func(b *bench, ctx context.Context, c client, label string) (usage, error)
}

// row is one line of the report: a figure of a work, and the most that ours may be of Java's; 0 means no target.
type row struct {
	figure figure
	target float64
}

// works are all works in the order in which they are measured. Those that need no session of their own come before the ones
// that do, and the sessions before the one that stays.
var works = []work{
	{name: "help", title: "`--help`", rows: []row{{wall, 0.02}, {cpu, 0}, {rss, 0}}, measure: (*bench).help},
	{name: "push", title: "`dist push` of Flink's libraries; `hdfs dfs -put`", rows: []row{{wall, 0.4}, {cpu, 0.5}, {rss, 0}, {staged, 0}}, measure: (*bench).push},
	{name: "push-web", title: "the same over WebHDFS", rows: []row{{wall, 0}, {cpu, 0}}, measure: (*bench).pushWeb},
	{name: "first", title: "`session -d`, nothing staged", rows: []row{{wall, 0.55}, {cpu, 0}, {rss, 0}, {staged, 0}}, measure: (*bench).first},
	{name: "session", title: "`session -d` again", rows: []row{{wall, 0.36}, {cpu, 0.05}, {rss, 0.2}, {staged, 0}, {owned, 0.1}}, measure: (*bench).session},
	{name: "provided", title: "`session -d` again, Java's with `yarn.provided.lib.dirs`", rows: []row{{wall, 0.7}, {cpu, 0}}, measure: (*bench).provided},
	{name: "starts", title: "a start of 20, four at a time", rounds: 1, alone: oursName, rows: []row{{wall, 0}, {cpu, 0}, {staged, 0}}, measure: (*bench).starts},
	{name: "cluster-nocache", title: "`run -m yarn-cluster`, WordCount; ours with `--no-cache`", rounds: 3, rows: []row{{wall, 0.6}, {cpu, 0}, {rss, 0}}, measure: (*bench).clusterWithoutCache},
	{name: "cluster", title: "`run -m yarn-cluster`, WordCount", rounds: 3, rows: []row{{wall, 0.5}, {cpu, 0}, {rss, 0}}, measure: (*bench).cluster},
	{name: "sessions", title: "`list` over 20 sessions; Java's one by one", rounds: 1, rows: []row{{wall, 0}, {cpu, 0}, {rss, 0}}, measure: (*bench).listAll},
	{name: "detached", title: "`run -d`, WordCount", warm: true, rows: []row{{wall, 0.25}, {cpu, 0}, {rss, 0}}, measure: (*bench).detached},
	{name: "attached", title: "`run`, WordCount", warm: true, rows: []row{{wall, 0.5}, {cpu, 0}, {rss, 0}}, measure: (*bench).attached},
	{name: "list", title: "`list -a`", warm: true, rows: []row{{wall, 0}, {cpu, 0}, {rss, 0}}, measure: (*bench).list},
	{name: "fifty", title: "50 of `run -d`, eight at a time", warm: true, rounds: 1, rows: []row{{wall, 0}, {cpu, 0.1}, {rss, 0}}, measure: (*bench).fifty},
	{name: "standalone", title: "`cluster start`, 1 JobManager and 4 TaskManagers; `start-cluster.sh`", rounds: 3, rows: []row{{wall, 0.7}, {cpu, 0}, {rss, 0}}, measure: (*bench).standalone},
	{name: "history", title: "`history list` of 1,000 archives; a history server until it shows them", rounds: 3, rows: []row{{wall, 0.1}}, measure: (*bench).history},
	{name: "ps", title: "`ps` among 10,000 applications", alone: oursName, rows: []row{{wall, 0}, {cpu, 0}, {rss, 0}}, measure: (*bench).ps},
}

func workNames() []string {
	var names []string
	for _, w := range works {
		names = append(names, w.name)
	}
	return names
}

func findWork(name string) (work, bool) {
	i := slices.IndexFunc(works, func(w work) bool { return w.name == name })
	if i < 0 {
		return work{}, false
	}
	return works[i], true
}

const wordCount = "org.apache.flink.streaming.examples.wordcount.WordCount"

func (b *bench) help(ctx context.Context, c client, _ string) (usage, error) {
	u, out, err := execute(ctx, c.flinkCommand("--help"))
	if err == nil && !strings.Contains(out, "run") {
		err = fmt.Errorf("--help of %s: it doesn't name the action run: %q", c.name, tail(out, 500))
	}
	return u, err
}

// session starts a session and ends it. The time counts until its JobManager answers, for both clients by the same poll,
// which begins when the client has ended.
func (b *bench) session(ctx context.Context, c client, label string) (u usage, err error) {
	return b.sessionWith(ctx, c, b.prefix+label)
}

func (b *bench) sessionWith(ctx context.Context, c client, name string, more ...string) (u usage, err error) {
	started := time.Now()
	running := b.servers.firstRunning(ctx, name)
	u, _, err = execute(ctx, c.sessionCommand(append([]string{"-jm", "1024m", "-tm", "1024m", "-s", "2", "-d", "-nm", name}, more...)...))
	if err != nil {
		return u, err
	}
	ended := time.Now()
	s, err := b.servers.await(ctx, name)
	if err != nil {
		return u, err
	}
	u.Wall = time.Since(started)
	between, err := running()
	if err != nil {
		return u, err
	}
	u.Owned = ended.Sub(started) - between
	if u.Staged, err = b.servers.stagedBytes(ctx, s.id); err != nil {
		return u, err
	}
	return u, b.servers.end(ctx, s.id)
}

func (b *bench) detached(ctx context.Context, c client, _ string) (usage, error) {
	return b.job(ctx, c, "run", "-d")
}

func (b *bench) attached(ctx context.Context, c client, _ string) (usage, error) {
	return b.job(ctx, c, "run")
}

// job runs WordCount on its built-in text in the warm session. It returns when the job has finished, also where the client
// didn't wait for it, so that the next one finds the slot free.
func (b *bench) job(ctx context.Context, c client, args ...string) (usage, error) {
	before, err := b.warm.rest.Jobs(ctx)
	if err != nil {
		return usage{}, err
	}
	args = append(args, b.inWarmSession()...)
	u, _, err := execute(ctx, c.flinkCommand(append(args, "-c", wordCount, b.jar)...))
	if err != nil {
		return u, err
	}
	return u, b.finished(ctx, before)
}

// finished waits until exactly one job has come to those before, and has finished.
func (b *bench) finished(ctx context.Context, before []rest.JobOverview) error {
	return b.finishedAll(ctx, before, 1)
}

// finishedAll waits until exactly so many jobs have come to those before, and have finished.
func (b *bench) finishedAll(ctx context.Context, before []rest.JobOverview, n int) error {
	for {
		jobs, err := b.warm.rest.Jobs(ctx)
		if err != nil {
			return err
		}
		jobs = slices.DeleteFunc(jobs, func(j rest.JobOverview) bool {
			return slices.ContainsFunc(before, func(old rest.JobOverview) bool { return old.ID == j.ID })
		})
		if len(jobs) != n {
			return fmt.Errorf("the clients have ended, and the session has %d new jobs, not %d", len(jobs), n)
		}
		left := 0
		for _, job := range jobs {
			if job.State.IsFinal() && job.State != rest.Finished {
				return fmt.Errorf("job %s is %s", job.ID, job.State)
			}
			if job.State != rest.Finished {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if err := pause(ctx, pollInterval); err != nil {
			return fmt.Errorf("wait for %d jobs: %w", left, err)
		}
	}
}

// list reads the jobs of the warm session, those that have ended included.
func (b *bench) list(ctx context.Context, c client, _ string) (usage, error) {
	jobs, err := b.warm.rest.Jobs(ctx)
	if err != nil {
		return usage{}, err
	}
	u, out, err := execute(ctx, c.flinkCommand(append([]string{"list", "-a"}, b.inWarmSession()...)...))
	if err != nil {
		return u, err
	}
	for _, job := range jobs {
		if !strings.Contains(out, job.ID.String()) {
			return u, fmt.Errorf("list of %s: it doesn't name job %s: %q", c.name, job.ID, tail(out, 500))
		}
	}
	return u, nil
}

// inWarmSession are the options that name the warm session to both clients.
func (b *bench) inWarmSession() []string {
	return []string{"-t", "yarn-session", "-Dyarn.application.id=" + b.warm.id.String()}
}
