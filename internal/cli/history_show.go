package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/archive"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// archivedDetails is the result of `history show`. The keys are stable. What the
// archive has not is null.
type archivedDetails struct {
	archivedJob
	Type        string                      `json:"type"` // "" before Flink 1.20
	Timestamps  map[rest.JobState]time.Time `json:"timestamps"`
	Vertices    []archivedVertex            `json:"vertices"`
	Exceptions  []archivedException         `json:"exceptions"` // the latest first
	Config      *archivedConfig             `json:"config"`
	Checkpoints *archivedCheckpoints        `json:"checkpoints"`
	// Cluster is the JobManager's configuration, secrets masked.
	Cluster  map[string]string `json:"clusterConfig"`
	Problems []string          `json:"problems"`
}

type archivedVertex struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	State       string         `json:"state"`
	Parallelism int            `json:"parallelism"`
	Start       *time.Time     `json:"start"`
	End         *time.Time     `json:"end"`
	DurationMs  int64          `json:"durationMs"`
	Tasks       map[string]int `json:"tasks"`
}

type archivedException struct {
	Class      string     `json:"class"`
	RootCause  string     `json:"rootCause"`
	At         *time.Time `json:"at"`
	Task       string     `json:"task"`
	Location   string     `json:"location"`
	StackTrace string     `json:"stackTrace"`
}

type archivedConfig struct {
	Parallelism     int               `json:"parallelism"`
	RestartStrategy string            `json:"restartStrategy"`
	ObjectReuse     bool              `json:"objectReuse"`
	Parameters      map[string]string `json:"parameters"`
}

type archivedCheckpoints struct {
	Completed       int64  `json:"completed"`
	Failed          int64  `json:"failed"`
	Restored        int64  `json:"restored"`
	LatestCompleted string `json:"latestCompleted"` // path, "" where it has none
	LatestSavepoint string `json:"latestSavepoint"`
	StateBytes      int64  `json:"stateBytes"` // of the latest completed checkpoint
}

func newArchivedDetails(d *archive.Details) archivedDetails {
	r := archivedDetails{archivedJob: newArchivedJob(d.Job), Type: d.Details.Type, Timestamps: map[rest.JobState]time.Time{}, Vertices: []archivedVertex{}, Exceptions: []archivedException{}, Problems: []string{}}
	for state, at := range d.Details.Timestamps {
		r.Timestamps[state] = at.UTC()
	}
	for _, v := range d.Details.Vertices {
		r.Vertices = append(r.Vertices, archivedVertex{v.ID, v.Name, v.State, v.Parallelism, utc(v.Start), utc(v.End), v.Duration.Milliseconds(), v.Tasks})
	}
	for _, e := range d.Exceptions {
		r.Exceptions = append(r.Exceptions, archivedException{e.Class, rest.RootCause(e.StackTrace), utc(e.At), e.Task, e.Location, e.StackTrace})
	}
	if c := d.Config; c != nil {
		r.Config = &archivedConfig{c.Parallelism, c.RestartStrategy, c.ObjectReuse, masked(c.Parameters)}
	}
	if c := d.Checkpoints; c != nil {
		r.Checkpoints = &archivedCheckpoints{Completed: c.Completed, Failed: c.Failed, Restored: c.Restored}
		if l := c.LatestCompleted; l != nil {
			r.Checkpoints.LatestCompleted, r.Checkpoints.StateBytes = l.Path, l.StateBytes
		}
		if l := c.LatestSavepoint; l != nil {
			r.Checkpoints.LatestSavepoint = l.Path
		}
	}
	r.Cluster = masked(d.Cluster)
	for _, p := range d.Problems {
		r.Problems = append(r.Problems, p.Error())
	}
	return r
}

// masked hides what the JobManager should have hidden already.
func masked(config map[string]string) map[string]string {
	config = maps.Clone(config)
	for key := range config {
		if flink.IsSecretKey(key) {
			config[key] = flink.HiddenValue
		}
	}
	return config
}

func (o *historyOptions) show(ctx context.Context, env *Env) error {
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	folders, closing, err := o.folders(ctx, env)
	if err != nil {
		return withCause(ctx, err)
	}
	defer closing()
	details, err := archive.Show(ctx, folders, o.Job)
	if err != nil {
		return withCause(ctx, notArchived(err))
	}
	r := newArchivedDetails(details)
	for _, p := range r.Problems {
		env.out.warn("the archive " + r.Archive + ": " + oneLine(p))
	}
	return env.out.result(r, func(w io.Writer) { printArchivedDetails(w, r) })
}

// notArchived says what it may mean that there is no archive.
func notArchived(err error) error {
	if errors.Is(err, archive.ErrNotFound) && !errors.Is(err, fs.ErrNotExist) {
		return &failure{err: err, hint: "a job that still runs is shown by: yarnflink list; one whose JobManager has no jobmanager.archive.fs.dir leaves nothing"}
	}
	return err
}

func printArchivedDetails(w io.Writer, r archivedDetails) {
	rows := [][]string{{"Job:", fmt.Sprintf("%s (%s)", r.JobID, oneLine(r.Name))}, {"State:", oneLine(string(r.State))}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, oneLine(value)})
		}
	}
	add("Type:", r.Type)
	add("Started:", timeText(r.Start))
	add("Ended:", timeText(r.End))
	add("Duration:", (time.Duration(r.DurationMs) * time.Millisecond).String())
	add("Application:", r.Application)
	if c := r.Config; c != nil {
		add("Restarts:", c.RestartStrategy)
		for _, key := range slices.Sorted(maps.Keys(c.Parameters)) {
			add("Parameter:", key+" = "+c.Parameters[key])
		}
	}
	if c := r.Checkpoints; c != nil && c.Completed+c.Failed > 0 {
		add("Checkpoints:", fmt.Sprintf("%d completed, %d failed, %d restored", c.Completed, c.Failed, c.Restored))
		add("Latest:", c.LatestCompleted)
		add("Savepoint:", c.LatestSavepoint)
	}
	if r.Cluster != nil {
		add("Configuration:", fmt.Sprintf("%d keys of the JobManager's, with -o json", len(r.Cluster)))
	}
	add("Archive:", fmt.Sprintf("%s, %s", r.Archive, bytesText(r.Bytes)))
	table(w, rows)
	if len(r.Vertices) > 0 {
		fmt.Fprintln(w)
		rows = [][]string{{"VERTEX", "STATE", "PARALLELISM", "STARTED", "DURATION", "NAME"}}
		for _, v := range r.Vertices {
			rows = append(rows, []string{oneLine(v.ID), oneLine(v.State), strconv.Itoa(v.Parallelism), timeText(v.Start), (time.Duration(v.DurationMs) * time.Millisecond).String(), oneLine(v.Name)})
		}
		table(w, rows)
	}
	printExceptions(w, r.Exceptions)
}

// printExceptions shows the latest as a whole, and of those before it the cause.
func printExceptions(w io.Writer, exceptions []archivedException) {
	for i, e := range exceptions {
		if i == 0 {
			fmt.Fprintln(w)
		}
		where := strings.TrimSpace(timeText(e.At) + "  " + oneLine(e.Task+" "+e.Location))
		if i > 0 {
			fmt.Fprintf(w, "%s  %s\n", where, oneLine(e.RootCause))
			continue
		}
		fmt.Fprintln(w, where)
		for line := range strings.Lines(e.StackTrace) {
			fmt.Fprintf(w, "    %s\n", oneLine(strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")))
		}
		if len(exceptions) > 1 {
			fmt.Fprintf(w, "\n%s before it:\n", count(len(exceptions)-1, "exception"))
		}
	}
}

func timeText(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return localTime(*t)
}
