package submit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
)

// Snapshot is a complete savepoint or checkpoint in a file system.
type Snapshot struct {
	// Path is its qualified folder, as JobSpec.Savepoint takes it.
	Path string
	// Savepoint tells it from a checkpoint.
	Savepoint bool
	// Completed is when its metadata was written, by the file system's clock.
	Completed time.Time

	job string // its id, the six digits that a savepoint has of it, or "" where nothing tells
}

func (s Snapshot) String() string {
	kind := "checkpoint"
	if s.Savepoint {
		kind = "savepoint"
	}
	text := fmt.Sprintf("%s %s, completed %s", kind, s.Path, s.Completed.Format(time.RFC3339))
	if len(s.job) == jobDigits {
		text += " (of a job whose id begins with " + s.job + ": its name tells no more)"
	}
	return text
}

const (
	metadataFile  = "_metadata"
	snapshotLooks = 8 // at once
	jobDigits     = 6 // of the job's id in a savepoint's name
)

// The names of folders. Java: AbstractFsCheckpointStorageAccess.
var (
	checkpointName = regexp.MustCompile(`^chk-[0-9]+$`)
	savepointName  = regexp.MustCompile(`^savepoint-([0-9a-f]{6})-[0-9a-z]+$`)
	jobFolderName  = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// LatestSnapshot finds the newest complete savepoint or checkpoint: of a job, if
// of is its id, in the folders that the configuration of this client and of the
// JobManager of s name, and among what that JobManager remembers; or below a
// folder of a file system of Hadoop. s may be nil. A snapshot is complete when
// its metadata is there; the metadata's time decides.
//
// A *ValidationError says that there is none, or lists several of which nothing
// tells which is meant: of several jobs, or of one time.
func (c *Client) LatestSnapshot(ctx context.Context, of string, s *Session) (Snapshot, error) {
	l := &snapshotLook{client: c, of: of}
	var err error
	if id, parseErr := rest.ParseJobID(of); parseErr == nil {
		err = l.ofJob(ctx, id, s)
	} else {
		err = l.below(ctx, of)
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("look for the latest savepoint or checkpoint of %s: %w", of, err)
	}
	return l.newest()
}

// snapshotLook is one search. Its fields are guarded by mu once it has begun.
type snapshotLook struct {
	client *Client
	of     string

	mu       sync.Mutex
	found    []Snapshot
	searched []string
	// skipped are folders that are in no file system of Hadoop.
	skipped []string
}

// snapshotFolders are where a configuration puts checkpoints and savepoints.
type snapshotFolders struct {
	checkpoints, savepoints string
	// flat: checkpoints of all jobs lie in one folder.
	flat bool
}

func foldersOf(c *flink.Configuration) snapshotFolders {
	return snapshotFolders{
		checkpoints: c.Text(flink.CheckpointsDirectory), savepoints: c.Text(flink.SavepointsDirectory),
		flat: strings.EqualFold(c.Text(flink.CheckpointsCreateSubdir), "false"),
	}
}

// ofJob looks where configurations say that the job's snapshots are.
func (l *snapshotLook) ofJob(ctx context.Context, id rest.JobID, s *Session) error {
	var all []snapshotFolders
	if l.client.options.Flink != nil {
		all = append(all, foldersOf(l.client.options.Flink))
	}
	if s != nil {
		folders, err := l.ask(ctx, id, s)
		if err != nil {
			return err
		}
		all = append(all, folders)
	}
	done := map[string]bool{}
	for _, f := range all {
		checkpoints := f.checkpoints
		if checkpoints != "" && !f.flat {
			checkpoints = strings.TrimRight(checkpoints, "/") + "/" + id.String()
		}
		for _, dir := range []string{checkpoints, f.savepoints} {
			if dir == "" || done[dir] {
				continue
			}
			done[dir] = true
			if err := l.folder(ctx, dir, func(job string) bool { return job == "" || strings.HasPrefix(id.String(), job) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask asks the JobManager for its folders, and for what it remembers of the job.
func (l *snapshotLook) ask(ctx context.Context, id rest.JobID, s *Session) (snapshotFolders, error) {
	jm, err := l.client.jobManager(s.RestURL)
	if err != nil {
		return snapshotFolders{}, err
	}
	conf, err := jobManagerConfiguration(ctx, jm)
	if err != nil {
		return snapshotFolders{}, err
	}
	remembered, err := jm.Checkpoints(ctx, id)
	switch {
	case errors.Is(err, rest.ErrJobNotFound):
		return foldersOf(conf), nil
	case err != nil:
		return snapshotFolders{}, err
	}
	for _, known := range []*rest.Checkpoint{remembered.LatestCompleted, remembered.LatestSavepoint} {
		if known != nil && known.Path != "" && !known.Discarded {
			if err := l.candidates(ctx, known.Path, []candidate{{dir: known.Path, savepoint: known.Savepoint, job: id.String()}}); err != nil {
				return snapshotFolders{}, err
			}
		}
	}
	return foldersOf(conf), nil
}

// below looks through a folder that was named: of one snapshot, of a job, or of
// several jobs.
func (l *snapshotLook) below(ctx context.Context, dir string) error {
	if !onHadoop(dir) && !path.IsAbs(dir) {
		return &ValidationError{[]Problem{{What: fmt.Sprintf("%q", dir), Where: "--from-latest",
			Why: "it is neither a job id, which has 32 hexadecimal digits, nor a folder of a file system of Hadoop", Do: "name a savepoint or checkpoint elsewhere with -s"}}}
	}
	if err := l.folder(ctx, dir, func(string) bool { return true }); err != nil || len(l.found) > 0 {
		return err
	}
	// Nothing right here: it may hold the folders of jobs.
	list, err := l.list(ctx, dir)
	if err != nil {
		return err
	}
	for _, child := range list {
		if child.IsDir && jobFolderName.MatchString(path.Base(child.Path)) {
			if err := l.folder(ctx, strings.TrimRight(dir, "/")+"/"+path.Base(child.Path), func(string) bool { return true }); err != nil {
				return err
			}
		}
	}
	return nil
}

// hadoopSchemes are those of the file systems that this client reads and writes.
var hadoopSchemes = []string{"hdfs", "webhdfs", "swebhdfs", "viewfs"}

// onHadoop tells addresses of file systems that can be looked through.
func onHadoop(dir string) bool {
	scheme, _, ok := strings.Cut(dir, "://")
	return ok && slices.Contains(hadoopSchemes, scheme)
}

// list lists a folder; one that is missing, or elsewhere, holds nothing.
func (l *snapshotLook) list(ctx context.Context, dir string) ([]hdfs.FileStatus, error) {
	dfs, err := l.client.fileSystem(ctx, dir)
	if err != nil {
		return nil, err
	}
	list, err := dfs.List(ctx, pathOf(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return list, err
}

// candidate is a folder that is a snapshot if it has metadata.
type candidate struct {
	dir       string
	savepoint bool
	job       string
}

// folder looks at a folder and what lies right in it, for jobs that are wanted.
func (l *snapshotLook) folder(ctx context.Context, dir string, wanted func(job string) bool) error {
	if strings.Contains(dir, ":") && !onHadoop(dir) {
		l.skipped = append(l.skipped, dir)
		return nil
	}
	l.searched = append(l.searched, dir)
	list, err := l.list(ctx, dir)
	if err != nil {
		return err
	}
	dir = strings.TrimRight(dir, "/")
	job := ""
	if name := path.Base(dir); jobFolderName.MatchString(name) {
		job = name
	}
	var all []candidate
	for _, child := range list {
		name := path.Base(child.Path)
		switch digits := savepointName.FindStringSubmatch(name); {
		case name == metadataFile:
			base := path.Base(dir)
			return l.candidates(ctx, dir, []candidate{{dir: dir, savepoint: !checkpointName.MatchString(base)}})
		case !child.IsDir:
		case digits != nil && wanted(digits[1]):
			all = append(all, candidate{dir + "/" + name, true, digits[1]})
		case checkpointName.MatchString(name) && wanted(job):
			all = append(all, candidate{dir + "/" + name, false, job})
		}
	}
	return l.candidates(ctx, dir, all)
}

// candidates keeps those whose metadata is there.
func (l *snapshotLook) candidates(ctx context.Context, dir string, all []candidate) error {
	if len(all) == 0 || !onHadoop(dir) && strings.Contains(dir, ":") {
		return nil
	}
	dfs, err := l.client.fileSystem(ctx, dir)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(snapshotLooks)
	for _, c := range all {
		group.Go(func() error {
			status, err := dfs.Stat(ctx, path.Join(pathOf(c.dir), metadataFile))
			switch {
			case errors.Is(err, fs.ErrNotExist), err == nil && (status.Length == 0 || status.IsDir):
				return nil // not complete, or removed meanwhile
			case err != nil:
				return err
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			l.found = append(l.found, Snapshot{
				Path: dfs.URI() + path.Dir(status.Path), Savepoint: c.savepoint, Completed: time.UnixMilli(status.ModificationTime), job: c.job,
			})
			return nil
		})
	}
	return group.Wait()
}

// newest decides, or says why it can't.
func (l *snapshotLook) newest() (Snapshot, error) {
	slices.SortFunc(l.found, func(a, b Snapshot) int {
		return cmp.Or(b.Completed.Compare(a.Completed), strings.Compare(a.Path, b.Path))
	})
	l.found = slices.CompactFunc(l.found, func(a, b Snapshot) bool { return a.Path == b.Path })
	if len(l.found) == 0 {
		p := Problem{What: "no complete savepoint or checkpoint of " + l.of, Where: strings.Join(l.searched, ", "), Do: "name one with -s PATH, or the folder it is in"}
		switch {
		case len(l.skipped) > 0:
			p.Why = strings.Join(l.skipped, ", ") + " can't be looked through: it is in no file system of Hadoop"
		case len(l.searched) == 0:
			p.Why = fmt.Sprintf("neither %s nor %s is set", flink.CheckpointsDirectory.Key, flink.SavepointsDirectory.Key)
		}
		return Snapshot{}, &ValidationError{[]Problem{p}}
	}
	first := l.found[0]
	var others []string
	for _, s := range l.found[1:] {
		if s.Completed.Equal(first.Completed) || !sameJob(s.job, first.job) {
			others = append(others, s.String())
		}
	}
	if len(others) == 0 {
		return first, nil
	}
	const most = 10
	if n := len(others); n > most {
		others = append(others[:most], fmt.Sprintf("and %d more", n-most))
	}
	return Snapshot{}, &ValidationError{[]Problem{{
		What: "nothing tells which of these is meant by " + l.of, Why: first.String() + "; " + strings.Join(others, "; "),
		Do: "name one with -s PATH, or its job's id",
	}}}
}

// sameJob tells whether two snapshots can be of one job, as far as they tell.
func sameJob(a, b string) bool {
	n := min(len(a), len(b), jobDigits)
	return a[:n] == b[:n] && (len(a) < 32 || len(b) < 32 || a == b)
}
