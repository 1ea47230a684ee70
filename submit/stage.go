package submit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
)

const (
	uploads     = 8 // at once; more does not make one disk faster
	folderMode  = 0o700
	cachedMode  = 0o644 // below a folder that only the owner enters
	privateMode = 0o600
)

// stage brings the plan's resources to where containers can fetch them: those
// that are the same for many applications into the cache, the rest into the
// application's own folder. It returns what was sent, in bytes.
//
// Java: YarnApplicationFileUploader. Differs: what is there is not sent again,
// several files at once, no second call for the replication, times read from the
// NameNode only.
func (l *launch) stage(ctx context.Context) (staged []Staged, sent int64, err error) {
	folder := l.plan.Folder(l.id)
	dfs, err := l.client.fileSystem(ctx, folder)
	if err != nil {
		return nil, 0, err
	}
	l.folder = folder
	if l.client.options.SharedCache {
		// Others put their applications' folders beside.
		if err := dfs.MkdirAll(ctx, path.Dir(pathOf(folder)), sharedRootMode); err != nil {
			return nil, 0, err
		}
	}
	if err := dfs.MkdirAll(ctx, pathOf(folder), folderMode); err != nil {
		return nil, 0, err
	}
	config, err := l.configuration()
	if err == nil {
		err = l.keepLock(ctx, dfs)
	}
	if err != nil {
		return nil, 0, err
	}
	l.bytes = l.plan.bytes(int64(len(config)))
	cached, own := l.divide()
	made := map[string][]byte{l.plan.configKey: config}
	maps.Copy(made, l.keys.files())
	s := &stager{launch: l, dfs: dfs, made: made, meter: &meter{tell: l.client.progress}}
	staged = make([]Staged, len(l.plan.Resources))
	s.expect(own)
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.own(gctx, own, staged) })
	if len(cached) > 0 {
		s.meter.hold() // the configuration is sent before it is known what the cache lacks
		group.Go(func() error { return s.cached(gctx, cached, staged) })
	}
	if err := group.Wait(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, 0, err
	}
	return staged, s.meter.done(), nil
}

// divide tells the resources that go through the cache from the others, by their
// place in the plan.
func (l *launch) divide() (cached, own []int) {
	for i, r := range l.plan.Resources {
		if r.Class == Cached && !l.client.options.NoCache {
			cached = append(cached, i)
		} else {
			own = append(own, i)
		}
	}
	return cached, own
}

// expect counts what goes into the application's own folder.
func (s *stager) expect(own []int) {
	for _, i := range own {
		if r := s.launch.plan.Resources[i]; r.Source == "" {
			s.meter.expect(int64(len(s.made[r.Key])))
		} else if r.Class != Remote {
			s.meter.expect(r.Size)
		}
	}
}

// own brings resources into the application's own folder.
func (s *stager) own(ctx context.Context, list []int, staged []Staged) error {
	resources := s.launch.plan.Resources
	if err := s.makeFolders(ctx, list); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(resources[b].Size, resources[a].Size) })
	for _, i := range list {
		group.Go(func() (err error) {
			staged[i], err = s.resource(ctx, resources[i])
			return err
		})
	}
	return group.Wait()
}

// cached brings resources into the cache, where they are not there already.
func (s *stager) cached(ctx context.Context, list []int, staged []Staged) error {
	defer s.meter.complete()
	l := s.launch
	m, err := l.client.manifest(l.id)
	if err != nil {
		return err
	}
	l.cache = newStagingCache(cacheOptions{
		FS: s.dfs, Base: l.plan.StagingBase, Shared: l.client.options.SharedCache, Replication: l.plan.replication,
		Index: openHashIndex(l.client.options.HashIndex), Logger: l.client.options.Logger, Meter: s.meter,
	})
	resources := make([]PlannedResource, len(list))
	for j, i := range list {
		resources[j] = l.plan.Resources[i]
	}
	result, err := l.cache.Stage(ctx, pathOf(l.folder), m, resources)
	if err != nil {
		return err
	}
	for j, i := range list {
		staged[i] = result.Staged[j]
	}
	for _, w := range result.Warnings {
		l.client.options.Logger.Warn(w)
	}
	return nil
}

func (l *launch) configuration() ([]byte, error) {
	_, content, err := l.plan.ConfigurationFile(l.id)
	return content, err
}

// makeFolders makes the folders below the application's, each once.
func (s *stager) makeFolders(ctx context.Context, list []int) error {
	l := s.launch
	made := map[string]bool{pathOf(l.folder): true}
	for _, i := range list {
		r := l.plan.Resources[i]
		if r.Class == Remote {
			continue
		}
		dir := path.Dir(pathOf(l.plan.place(l.id, r).URL))
		if made[dir] {
			continue
		}
		made[dir] = true
		if err := s.dfs.MkdirAll(ctx, dir, folderMode); err != nil {
			return err
		}
	}
	return nil
}

// stager sends the resources of one launch.
type stager struct {
	launch *launch
	dfs    hdfs.FileSystem
	made   map[string][]byte // at this launch, by their keys
	meter  *meter
}

// resource brings one resource to its place. What lies in the file system
// already stays there.
func (s *stager) resource(ctx context.Context, r PlannedResource) (Staged, error) {
	at := s.launch.plan.place(s.launch.id, r)
	if r.Class == Remote {
		return Staged{r.Key, at}, nil
	}
	var status hdfs.FileStatus
	err := repeat(ctx, s.dfs, "upload", r.Source, func() (err error) {
		status, err = s.send(ctx, r, pathOf(at.URL))
		return err
	})
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
	options := hdfs.CreateOptions{Permission: mode, Size: size, Replication: s.launch.plan.replication}
	status, _, err := s.meter.upload(ctx, s.dfs, to, r.Key, content, options, nil)
	return status, err
}

var errChanged = errors.New("the file has changed since it was looked at")

func (s *stager) open(r PlannedResource) (io.ReadCloser, int64, error) {
	if r.Source == "" {
		content := s.made[r.Key]
		return io.NopCloser(bytes.NewReader(content)), int64(len(content)), nil
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
