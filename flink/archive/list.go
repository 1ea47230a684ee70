package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/hdfs"
)

// Job is an archived job as its archive's overview tells of it.
type Job struct {
	rest.JobOverview
	// Application is the id of the application the job belonged to, in hexadecimal
	// digits; "" before Flink 2.3.
	Application string
	// Address is the archive's, Bytes its size, Archived when it was written.
	Address  string
	Bytes    int64
	Archived time.Time
	// Err is why the archive can't be read: ErrDamaged, or what the file system says.
	// The overview then has the job's id only.
	Err error
}

// newest is what the job is sorted by.
func (j Job) newest() time.Time {
	if !j.End.IsZero() {
		return j.End
	}
	return j.Archived
}

// Listing is what folders hold.
type Listing struct {
	Jobs []Job // newest first
	// Failed are the folders that can't be read, with the cause.
	Failed []*FolderError
	// More is how many archives the limit has left out.
	More int
}

// FolderError is a folder that can't be read.
type FolderError struct {
	Folder Folder
	Err    error
}

// Error names the folder and the cause.
func (e *FolderError) Error() string {
	return fmt.Sprintf("read the folder of archives %s: %v", e.Folder, e.Err)
}

// Unwrap is the cause.
func (e *FolderError) Unwrap() error { return e.Err }

// Hint says what a folder that is missing may mean.
func (e *FolderError) Hint() string {
	if errors.Is(e.Err, fs.ErrNotExist) {
		return "a JobManager makes jobmanager.archive.fs.dir when its first job ends; name another folder with --archive-dir"
	}
	var hinted interface{ Hint() string }
	if errors.As(e.Err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// atOnce is how many archives are read at a time. HDFS bounds its own connections.
const atOnce = 16

const overviewPath = "/jobs/overview"

// legacyOverviewPath is that of Flink before 1.5.
const legacyOverviewPath = "/joboverview"

// List reads the overviews of all archives in folders, or of the newest ones where
// limit is above 0. An archive that can't be read is one of the jobs, with the
// cause; a file system that is not reached fails its folder. The error is that of
// ctx.
func List(ctx context.Context, folders []Folder, limit int) (*Listing, error) {
	l := &Listing{Jobs: []Job{}}
	var found []place
	for _, f := range folders {
		places, err := find(ctx, f)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			l.Failed = append(l.Failed, &FolderError{f, err})
		}
		found = append(found, places...)
	}
	if limit > 0 && len(found) > limit {
		slices.SortFunc(found, func(a, b place) int { return cmp.Compare(b.file.ModificationTime, a.file.ModificationTime) })
		l.More = len(found) - limit
		found = found[:limit]
	}
	l.read(ctx, found)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	slices.SortFunc(l.Jobs, func(a, b Job) int {
		return cmp.Or(b.newest().Compare(a.newest()), cmp.Compare(a.Address, b.Address))
	})
	return l, nil
}

// read reads the overviews.
func (l *Listing) read(ctx context.Context, found []place) {
	var mu sync.Mutex
	gone := map[string]bool{} // addresses of folders whose file system is not reached
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, p := range found {
		group.Go(func() error {
			mu.Lock()
			over := gone[p.folder.String()] || ctx.Err() != nil
			mu.Unlock()
			if over {
				return nil
			}
			job := p.overview(ctx)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(job.Err, fs.ErrNotExist): // removed meanwhile
			case errors.Is(job.Err, hdfs.ErrUnreachable):
				if !gone[p.folder.String()] {
					gone[p.folder.String()] = true
					l.Failed = append(l.Failed, &FolderError{p.folder, job.Err})
				}
			default:
				l.Jobs = append(l.Jobs, job)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors stand in l
}

// place is an archive that a folder holds.
type place struct {
	folder      Folder
	file        hdfs.FileStatus
	id          rest.JobID
	application string
}

func (p place) address() string { return p.folder.URI + p.file.Path }

// hexID is the name of what Flink names by an id.
var hexID = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// The folders below the one of a cluster.
//
// Java: ArchivePathUtils (2.3).
const (
	applicationsFolder = "applications"
	jobsFolder         = "jobs"
)

// find lists the archives in a folder: files whose names are job ids, right in it
// or, since Flink 2.3, in CLUSTER/applications/APPLICATION/jobs.
func find(ctx context.Context, f Folder) ([]place, error) {
	children, err := f.List(ctx, f.Path)
	if err != nil {
		return nil, err
	}
	found := archives(f, children, "")
	clusters := slices.DeleteFunc(children, func(c hdfs.FileStatus) bool { return !c.IsDir || !hexID.MatchString(path.Base(c.Path)) })
	below := make([][]place, len(clusters))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, c := range clusters {
		group.Go(func() (err error) {
			below[i], err = findApplications(ctx, f, c.Path)
			return err
		})
	}
	err = group.Wait()
	return append(found, slices.Concat(below...)...), err
}

func findApplications(ctx context.Context, f Folder, cluster string) ([]place, error) {
	applications, err := f.List(ctx, path.Join(cluster, applicationsFolder))
	if err != nil {
		return nil, passOver(err)
	}
	var found []place
	for _, a := range applications {
		id := path.Base(a.Path)
		if !a.IsDir || !hexID.MatchString(id) {
			continue
		}
		children, err := f.List(ctx, path.Join(a.Path, jobsFolder))
		if err := passOver(err); err != nil {
			return found, err
		}
		found = append(found, archives(f, children, id)...)
	}
	return found, nil
}

// passOver drops the error of a folder that is not there: of an application
// without jobs, or one that was removed meanwhile.
func passOver(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, hdfs.ErrNotDirectory) {
		return nil
	}
	return err
}

func archives(f Folder, children []hdfs.FileStatus, application string) []place {
	var found []place
	for _, c := range children {
		if id, err := rest.ParseJobID(path.Base(c.Path)); err == nil && !c.IsDir {
			found = append(found, place{f, c, id, application})
		}
	}
	return found
}

// overview reads as much of an archive as tells of its job.
func (p place) overview(ctx context.Context) Job {
	job := p.job()
	err := p.folder.Read(ctx, p.file.Path, func(r io.Reader) error {
		found := false
		var overview rest.JobOverview
		var wrong error
		err := scan(r, isOverview, func(at string, answer []byte) bool {
			overview, wrong = decodeOverview(at, answer, p.id)
			found = true
			return true
		})
		switch {
		case err != nil:
			return p.explain(err)
		case wrong != nil:
			return wrong
		case !found:
			return damaged("it has no %s", overviewPath)
		}
		job.JobOverview = overview
		return nil
	})
	if err != nil {
		job.Err = err
	}
	return job
}

func (p place) job() Job {
	return Job{
		JobOverview: rest.JobOverview{ID: p.id}, Application: p.application, Address: p.address(),
		Bytes: p.file.Length, Archived: time.UnixMilli(p.file.ModificationTime),
	}
}

// explain says of an empty file what it may be.
func (p place) explain(err error) error {
	if p.file.Length == 0 && errors.Is(err, ErrDamaged) {
		return damaged("it is empty: it is being written, or its JobManager ended meanwhile")
	}
	return err
}

func isOverview(at string) bool { return at == overviewPath || at == legacyOverviewPath }
