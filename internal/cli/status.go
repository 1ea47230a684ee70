package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// statusOptions are the options of `status`.
type statusOptions struct {
	readOptions
	Session string // an id or a name
}

func newStatusCommand(env *Env, run func(context.Context, *statusOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *statusOptions) error { return status(ctx, env, o) }
	}
	return newCommand(cmdStatus, func(ctx context.Context, line commandLine) error {
		return run(ctx, &statusOptions{readOptions{line.globals(env), line.settings(env)}, line.positional[0]})
	})
}

func status(ctx context.Context, env *Env, o *statusOptions) error {
	target := namedSession(o.Session, "the command line")
	return readCluster(ctx, env, &o.readOptions, func(ctx context.Context, client *submit.Client) (view, error) {
		report, err := client.FindApplication(ctx, target)
		if err != nil {
			return view{}, err
		}
		// One that was found by its name is followed to its end by its id.
		target = submit.Target{ApplicationID: report.ID.String(), Origin: target.Origin}
		return statusView(ctx, client, report), nil
	})
}

// showStatus prints a look at one application.
func (e *Env) showStatus(ctx context.Context, client *submit.Client, report yarn.ApplicationReport) error {
	v := statusView(ctx, client, report)
	return e.out.result(v.value, v.text)
}

// applicationStatus is the result of `status`. The keys are stable.
type applicationStatus struct {
	submit.SessionStatus
	Queue    string     `json:"queue"`
	Type     string     `json:"type"`
	User     string     `json:"user"`
	Tags     []string   `json:"tags"`
	Priority int        `json:"priority"`
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished"`
	// Expires is when YARN kills it, null for never.
	Expires           *time.Time `json:"expires"`
	AllocatedMB       int64      `json:"allocatedMb"`
	AllocatedVCores   int64      `json:"allocatedVcores"`
	RunningContainers int64      `json:"runningContainers"`
	Logs              string     `json:"logs"`
}

func statusView(ctx context.Context, client *submit.Client, r yarn.ApplicationReport) view {
	a := applicationStatus{
		SessionStatus: client.Status(ctx, r), Queue: r.Queue, Type: r.Type, User: r.User, Tags: append([]string{}, r.Tags...), Priority: r.Priority,
		Started: r.Started.UTC(), AllocatedMB: r.AllocatedMB, AllocatedVCores: r.AllocatedVCores, RunningContainers: r.RunningContainers,
		Logs: r.AMContainerLogs,
	}
	if !r.Finished.IsZero() {
		finished := r.Finished.UTC()
		a.Finished = &finished
	}
	if !r.State.IsFinal() {
		// Releases before 2.10 don't know, and few sessions have a limit.
		if at, err := client.Expiry(ctx, r.ID); err == nil && !at.IsZero() {
			at = at.UTC()
			a.Expires = &at
		}
	}
	return view{a, func(w io.Writer) { printStatus(w, a) }}
}

func printStatus(w io.Writer, a applicationStatus) {
	rows := [][]string{
		{"Application:", fmt.Sprintf("%s (%s)", a.ApplicationID, a.Name)},
		{"State:", fmt.Sprintf("%s (%s)", a.State, cmp.Or(a.FinalStatus, yarn.StatusUndefined))},
		{"Queue:", orDash(a.Queue)},
		{"User, type:", a.User + ", " + a.Type},
		{"Started:", localTime(a.Started)},
	}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	if a.Finished != nil {
		add("Finished:", localTime(*a.Finished))
	}
	if a.Expires != nil {
		add("Killed at:", localTime(*a.Expires))
	}
	add("Tags:", strings.Join(a.Tags, ", "))
	add("Web:", a.TrackingURL)
	if a.State == yarn.Running {
		add("JobManager:", a.RestURL)
		add("Containers:", fmt.Sprintf("%d, %d MB, %d vcores", a.RunningContainers, a.AllocatedMB, a.AllocatedVCores))
		add("Flink:", a.FlinkVersion)
		add("Now:", activity(a.SessionStatus))
	}
	add("Logs:", a.Logs)
	add("YARN says:", a.Diagnostics)
	table(w, rows)
}

// statusLine is a status in a line: of an attached session.
func statusLine(s submit.SessionStatus) string {
	line := fmt.Sprintf("%s is %s", s.ApplicationID, s.State)
	switch {
	case s.State == "":
		return fmt.Sprintf("%s: %s", s.ApplicationID, s.Problem)
	case s.State == yarn.Running:
		return line + ": " + activity(s)
	case s.Diagnostics != "":
		return line + ": " + s.Diagnostics
	}
	return line
}

// activity says what a session that runs has and does.
func activity(s submit.SessionStatus) string {
	if s.Problem != "" {
		return "nothing newer is known: " + s.Problem
	}
	if !s.Serving {
		return "its JobManager has no address yet"
	}
	text := fmt.Sprintf("%s, %d of %d slots free, %s running", count(s.TaskManagers, "TaskManager"), s.SlotsFree, s.SlotsTotal, count(s.JobsRunning, "job"))
	for _, ended := range []struct {
		n    int
		word string
	}{{s.JobsFinished, "finished"}, {s.JobsCancelled, "cancelled"}, {s.JobsFailed, "failed"}} {
		if ended.n > 0 {
			text += fmt.Sprintf(", %d %s", ended.n, ended.word)
		}
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
