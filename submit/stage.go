package submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
)

const (
	uploads        = 4 // at once; more does not make one disk faster
	uploadAttempts = 3 // of one file
	folderMode     = 0o700
	cachedMode     = 0o644 // below a folder that only the owner enters
	privateMode    = 0o600
)

// stage brings the plan's resources to where containers can fetch them: into
// the application's own folder. It returns what was sent, in bytes.
//
// Java: YarnApplicationFileUploader. Differs: several files at once, no second
// call for the replication, times read from the NameNode only.
func (l *launch) stage(ctx context.Context) (staged []Staged, sent int64, err error) {
	folder := l.plan.Folder(l.id)
	dfs, err := l.client.fileSystem(ctx, folder)
	if err != nil {
		return nil, 0, err
	}
	l.folder = folder
	if err := dfs.MkdirAll(ctx, pathOf(folder), folderMode); err != nil {
		return nil, 0, err
	}
	config, err := l.configuration()
	if err != nil {
		return nil, 0, err
	}
	if err := l.makeFolders(ctx, dfs); err != nil {
		return nil, 0, err
	}
	l.bytes = l.plan.bytes(int64(len(config)))
	s := &stager{launch: l, dfs: dfs, config: config, total: l.bytes}
	staged = make([]Staged, len(l.plan.Resources))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for _, i := range largestFirst(l.plan.Resources) {
		group.Go(func() (err error) {
			staged[i], err = s.resource(gctx, l.plan.Resources[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, 0, err
	}
	return staged, s.sent.Load(), nil
}

func (l *launch) configuration() ([]byte, error) {
	_, content, err := l.plan.ConfigurationFile(l.id)
	return content, err
}

// makeFolders makes the folders below the application's, each once.
func (l *launch) makeFolders(ctx context.Context, dfs hdfs.FileSystem) error {
	made := map[string]bool{pathOf(l.folder): true}
	for _, r := range l.plan.Resources {
		if r.Class == Remote {
			continue
		}
		dir := path.Dir(pathOf(l.plan.place(l.id, r).URL))
		if made[dir] {
			continue
		}
		made[dir] = true
		if err := dfs.MkdirAll(ctx, dir, folderMode); err != nil {
			return err
		}
	}
	return nil
}

// largestFirst orders the uploads so that the largest does not come last, alone.
func largestFirst(list []PlannedResource) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case list[a].Size > list[b].Size:
			return -1
		case list[a].Size < list[b].Size:
			return 1
		}
		return 0
	})
	return order
}

// stager sends the resources of one launch.
type stager struct {
	launch *launch
	dfs    hdfs.FileSystem
	config []byte
	total  int64
	sent   atomic.Int64
}

// resource brings one resource to its place. What lies in the file system
// already stays there.
func (s *stager) resource(ctx context.Context, r PlannedResource) (Staged, error) {
	at := s.launch.plan.place(s.launch.id, r)
	if r.Class == Remote {
		return Staged{r.Key, at}, nil
	}
	var status hdfs.FileStatus
	var err error
	for attempt := 1; ; attempt++ {
		status, err = s.send(ctx, r, pathOf(at.URL))
		if err == nil || ctx.Err() != nil || attempt == uploadAttempts || !hdfs.Retriable(err) {
			break
		}
		s.launch.client.options.Logger.Debug("upload again", "file", r.Source, "attempt", attempt, "error", err)
		if err := pause(ctx, time.Duration(attempt)*500*time.Millisecond); err != nil {
			return Staged{}, err
		}
	}
	if err != nil {
		return Staged{}, fmt.Errorf("stage %s: %w", r.Key, err)
	}
	at.Size, at.Timestamp = status.Length, status.ModificationTime
	return Staged{r.Key, at}, nil
}

// send writes one file. A file that has changed since the plan was made is an
// error: what was planned is what must run.
func (s *stager) send(ctx context.Context, r PlannedResource, to string) (hdfs.FileStatus, error) {
	content, size, err := s.open(r)
	if err != nil {
		return hdfs.FileStatus{}, err
	}
	defer content.Close()
	mode := fs.FileMode(cachedMode)
	if r.Class == Private {
		mode = privateMode
	}
	var before int64
	status, err := s.dfs.Create(ctx, to, content, hdfs.CreateOptions{
		Permission: mode, Size: size, Replication: s.launch.plan.replication,
		Progress: func(sent int64) {
			s.launch.client.progress(Progress{Phase: PhaseStage, Message: "uploading", Done: s.sent.Add(sent - before), Total: s.total})
			before = sent
		},
	})
	if err != nil {
		s.sent.Add(-before)
		return status, err
	}
	s.sent.Add(size - before)
	return status, nil
}

var errChanged = errors.New("the file has changed since it was looked at")

func (s *stager) open(r PlannedResource) (io.ReadCloser, int64, error) {
	if r.Source == "" {
		return io.NopCloser(bytes.NewReader(s.config)), int64(len(s.config)), nil
	}
	file, err := os.Open(r.Source)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && info.Size() != r.Size {
		err = &fs.PathError{Op: "read", Path: r.Source, Err: errChanged}
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, r.Size, nil
}
