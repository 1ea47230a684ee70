package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/archive"
	"github.com/yarnflink/yarnflink/flink/rest"
)

// folders opens the folders of archives; closing ends what was opened.
func (o *historyOptions) folders(ctx context.Context, env *Env) (folders []archive.Folder, closing func(), err error) {
	in, err := env.flinkInstallation(o.globalOptions, nothingNeeded)
	if err != nil {
		return nil, nil, err
	}
	apply(in.configuration, o.Settings)
	dirs, err := o.dirs(env, in.configuration)
	if err != nil {
		return nil, nil, err
	}
	closing = func() {}
	away := slices.DeleteFunc(slices.Clone(dirs), func(dir string) bool { return localDir(dir) != "" })
	if len(away) == 0 {
		for _, dir := range dirs {
			folders = append(folders, archive.Folder{FileSystem: archive.Local{}, Path: localDir(dir)})
		}
		return folders, closing, nil
	}
	client, err := env.client(ctx, o.globalOptions, in.configuration, true)
	if err != nil {
		return nil, nil, err
	}
	closing = func() { _ = client.Close() } // only reads
	for _, dir := range dirs {
		if local := localDir(dir); local != "" {
			folders = append(folders, archive.Folder{FileSystem: archive.Local{}, Path: local})
			continue
		}
		f, err := client.OpenFolder(ctx, dir)
		if err != nil {
			closing()
			return nil, nil, err
		}
		folders = append(folders, archive.Folder{FileSystem: f, URI: f.URI, Path: f.Path})
	}
	return folders, closing, nil
}

// dirs are the folders that are named, else those of the configuration, each once.
func (o *historyOptions) dirs(env *Env, c *flink.Configuration) ([]string, error) {
	if len(o.ArchiveDirs) > 0 {
		return unique(o.ArchiveDirs), nil
	}
	for _, option := range []flink.Option{flink.HistoryArchiveDirs, flink.JobManagerArchiveDir} {
		var dirs []string
		for dir := range strings.SplitSeq(c.Text(option), ",") {
			if dir = strings.TrimSpace(dir); dir == "" {
				continue
			}
			// Flink's own rule: a path without a scheme is on this machine, or in that file system.
			if scheme := c.Text(flink.DefaultScheme); scheme != "" && !strings.Contains(dir, ":/") {
				dir = strings.TrimSuffix(scheme, "/") + "/" + strings.TrimLeft(dir, "/")
			}
			dirs = append(dirs, dir)
		}
		if len(dirs) > 0 {
			return unique(dirs), nil
		}
	}
	return nil, refusedf("name the folder with --archive-dir, or set one of them in Flink's configuration",
		"no folder of archives is named: neither %s nor %s is set", flink.HistoryArchiveDirs.Key, flink.JobManagerArchiveDir.Key)
}

func unique(dirs []string) []string {
	var list []string
	for _, dir := range dirs {
		if !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	return list
}

// localDir is the path of a folder on this machine, "" for one elsewhere.
func localDir(dir string) string {
	if rest, ok := strings.CutPrefix(dir, "file:"); ok {
		return "/" + strings.TrimLeft(rest, "/")
	}
	if strings.Contains(dir, ":/") && !onDrive(dir) {
		return ""
	}
	return dir
}

// onDrive tells a path of Windows, "C:/archives", from an address.
func onDrive(dir string) bool { return strings.IndexByte(dir, ':') == 1 }

// archivedJob is a row of `history list`. The keys are stable.
type archivedJob struct {
	JobID rest.JobID `json:"jobId"`
	Name  string     `json:"name"`
	// State is "" where the archive can't be read; Error says why.
	State      rest.JobState  `json:"state"`
	Start      *time.Time     `json:"start"`
	End        *time.Time     `json:"end"`
	DurationMs int64          `json:"durationMs"`
	Tasks      map[string]int `json:"tasks"`
	// Application is the id that Flink 2.3 and later give what ran the job.
	Application string `json:"flinkApplication,omitempty"`
	Archive     string `json:"archive"`
	Bytes       int64  `json:"bytes"`
	Error       string `json:"error,omitempty"`
}

func newArchivedJob(j archive.Job) archivedJob {
	row := archivedJob{
		JobID: j.ID, Name: j.Name, State: j.State, Start: utc(j.Start), End: utc(j.End), DurationMs: j.Duration.Milliseconds(), Tasks: j.Tasks,
		Application: j.Application, Archive: j.Address, Bytes: j.Bytes,
	}
	if j.Err != nil {
		row.Error = j.Err.Error()
	}
	return row
}

// utc is nil for a time that is not known.
func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (o *historyOptions) list(ctx context.Context, env *Env) error {
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	folders, closing, err := o.folders(ctx, env)
	if err != nil {
		return withCause(ctx, err)
	}
	defer closing()
	listing, err := archive.List(ctx, folders, o.Limit)
	if err != nil {
		return withCause(ctx, err)
	}
	if len(listing.Failed) == len(folders) || len(listing.Failed) > 0 && len(listing.Jobs) == 0 {
		errs := make([]error, len(listing.Failed))
		for i, f := range listing.Failed {
			errs[i] = f
		}
		return errors.Join(errs...)
	}
	for _, f := range listing.Failed {
		env.out.warn(f.Error())
	}
	rows := []archivedJob{}
	for _, j := range listing.Jobs {
		rows = append(rows, newArchivedJob(j))
	}
	if err := env.out.result(rows, func(w io.Writer) { printArchived(w, listing.Jobs) }); err != nil {
		return err
	}
	if listing.More > 0 {
		env.out.note(fmt.Sprintf("%d older archives are left out (--limit %d)", listing.More, o.Limit))
	}
	return nil
}

func printArchived(w io.Writer, jobs []archive.Job) {
	rows := [][]string{{"JOB ID", "STATE", "STARTED", "ENDED", "DURATION", "NAME"}}
	for _, j := range jobs {
		if j.Err != nil {
			rows = append(rows, []string{j.ID.String(), "?", "-", "-", "-", fmt.Sprintf("%s can't be read: %s", j.Address, oneLine(j.Err.Error()))})
			continue
		}
		rows = append(rows, []string{j.ID.String(), orDash(oneLine(string(j.State))), localTime(j.Start), localTime(j.End), j.Duration.String(), oneLine(j.Name)})
	}
	table(w, rows)
}

// oneLine shows a text that anybody may have written in one line of a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
