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
	name    string // as in -only
	title   string // as in the report
	warm    bool   // needs the warm session
	rows    []row
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
	{"help", "`--help`", false, []row{{wall, 0.02}, {cpu, 0}, {rss, 0}}, (*bench).help},
	{"session", "`session -d`", false, []row{{wall, 0.8}, {cpu, 0.15}, {rss, 0.3}, {staged, 0}}, (*bench).session},
	{"detached", "`run -d`, WordCount", true, []row{{wall, 0.25}, {cpu, 0}, {rss, 0}}, (*bench).detached},
	{"attached", "`run`, WordCount", true, []row{{wall, 0.5}, {cpu, 0}, {rss, 0}}, (*bench).attached},
	{"list", "`list -a`", true, []row{{wall, 0}, {cpu, 0}, {rss, 0}}, (*bench).list},
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
	name := b.prefix + label
	started := time.Now()
	u, _, err = execute(ctx, c.sessionCommand("-jm", "1024m", "-tm", "1024m", "-s", "2", "-d", "-nm", name))
	if err != nil {
		return u, err
	}
	s, err := b.servers.await(ctx, name)
	if err != nil {
		return u, err
	}
	u.Wall = time.Since(started)
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
	for {
		jobs, err := b.warm.rest.Jobs(ctx)
		if err != nil {
			return err
		}
		jobs = slices.DeleteFunc(jobs, func(j rest.JobOverview) bool {
			return slices.ContainsFunc(before, func(old rest.JobOverview) bool { return old.ID == j.ID })
		})
		if len(jobs) != 1 {
			return fmt.Errorf("the client has ended, and the session has %d new jobs", len(jobs))
		}
		switch state := jobs[0].State; {
		case state == rest.Finished:
			return nil
		case state.IsFinal():
			return fmt.Errorf("job %s is %s", jobs[0].ID, state)
		}
		if err := pause(ctx, pollInterval); err != nil {
			return fmt.Errorf("wait for job %s: %w", jobs[0].ID, err)
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
