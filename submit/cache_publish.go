package submit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

// sendAll sends what is missing, the largest first.
func (r *cacheRun) sendAll(ctx context.Context, view cacheView, missing []missingItem) error {
	size := func(m missingItem) int64 { return m.items[0].resource.Size }
	slices.SortStableFunc(missing, func(a, b missingItem) int { return cmp.Compare(size(b), size(a)) })
	var total int64
	for _, m := range missing {
		if m.own {
			for _, item := range m.items {
				total += item.resource.Size
			}
		} else {
			total += size(m)
		}
	}
	if total > 0 {
		r.Meter.expect(total)
	}
	r.Meter.complete()
	group, ctx := errgroup.WithContext(ctx)
	for _, m := range missing {
		group.Go(func() error {
			if m.own {
				return r.sendOwn(ctx, m.items)
			}
			return r.publishAll(ctx, view, m.items)
		})
	}
	return group.Wait()
}

// acquire waits until one more file may be sent.
func (r *cacheRun) acquire(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sendOwn sends resources into the application's own folder, where each has a
// place of its own.
func (r *cacheRun) sendOwn(ctx context.Context, items []cacheItem) error {
	for _, item := range items {
		if err := r.acquire(ctx); err != nil {
			return err
		}
		to := stagedPath(r.folder, item.resource.Key)
		err := r.FS.MkdirAll(ctx, path.Dir(to), folderMode)
		var status hdfs.FileStatus
		if err == nil {
			status, err = r.sendTo(ctx, item, to)
		}
		<-r.slots
		if err != nil {
			return fmt.Errorf("stage %s: %w", item.resource.Key, err)
		}
		r.place(item, status, yarn.VisibilityPrivate)
		r.own.Add(1)
	}
	return nil
}

// sendTo sends a resource to a path of the application's own folder. There a
// remembered hash that is wrong only means that the file is read once more.
func (r *cacheRun) sendTo(ctx context.Context, item cacheItem, to string) (hdfs.FileStatus, error) {
	place := func() (string, error) { return to, nil }
	status, err := r.send(ctx, item, place)
	if !errors.Is(err, errWrongHash) {
		return status, err
	}
	r.Index.forget(item.resource.Source)
	if err := r.Index.hash(ctx, &item); err != nil {
		return hdfs.FileStatus{}, err
	}
	return r.send(ctx, item, place)
}

// publishAll makes an entry and uses it for all that have its content. An item
// whose remembered hash was wrong begins again with the right one.
func (r *cacheRun) publishAll(ctx context.Context, view cacheView, items []cacheItem) error {
	first := items[0]
	status, err := r.publish(ctx, view, first)
	switch {
	case errors.Is(err, errWrongHash):
		r.Meter.expect(-first.resource.Size)
		for _, item := range items {
			r.Index.forget(item.resource.Source)
			if err := r.again(ctx, item); err != nil {
				return err
			}
		}
		return nil
	case errors.Is(err, errForeign):
		r.warnForeign(err)
		return r.sendOwn(ctx, items)
	case errors.Is(err, fs.ErrPermission) && r.common, errors.Is(err, errDamaged), errors.Is(err, errVanished):
		r.warn("%s goes into the application's own folder: %v", first.resource.Key, err)
		return r.sendOwn(ctx, items)
	case err != nil:
		return fmt.Errorf("stage %s: %w", first.resource.Key, err)
	}
	for _, item := range items {
		if !fits(item.resource, status.Path) {
			if err := r.sendOwn(ctx, []cacheItem{item}); err != nil {
				return err
			}
			continue
		}
		if err := r.placeEntry(ctx, item, status); err != nil {
			return err
		}
	}
	return nil
}

var (
	errWrongHash = errors.New("the remembered hash of the file is wrong")
	errVanished  = errors.New("the entry vanished while it was being made")
)

// publish makes the entry of an item, or waits for who is making it.
func (r *cacheRun) publish(ctx context.Context, view cacheView, item cacheItem) (hdfs.FileStatus, error) {
	release, made, err := r.claim(ctx, view, item)
	if err != nil {
		return hdfs.FileStatus{}, err
	}
	if made != nil {
		r.hits.Add(1)
		r.Meter.expect(-item.resource.Size)
		return *made, nil
	}
	defer release()
	if err := r.acquire(ctx); err != nil {
		return hdfs.FileStatus{}, err
	}
	defer func() { <-r.slots }()
	folders := []string{}
	defer func() { r.removeTemporary(ctx, folders) }()
	status, err := r.send(ctx, item, func() (string, error) {
		folder := path.Join(r.root, temporaryPrefix+uuid.NewString())
		folders = append(folders, folder)
		return path.Join(folder, entryName(item.resource.Source)), r.FS.MkdirAll(ctx, folder, r.folderMode())
	})
	if err != nil {
		return hdfs.FileStatus{}, err
	}
	last := len(folders) - 1
	status, won, err := r.giveName(ctx, folders[last], item, status)
	if won {
		folders = folders[:last]
		r.published.Add(1)
	}
	return status, err
}

// removeTemporary removes what was not published, also when ctx has ended.
func (r *cacheRun) removeTemporary(ctx context.Context, folders []string) {
	if len(folders) == 0 {
		return
	}
	ctx, cancel := afterwards(ctx, takeBackTimeout)
	defer cancel()
	for _, folder := range folders {
		if err := r.FS.RemoveAll(ctx, folder); err != nil {
			r.Logger.Debug("a temporary folder is left to gc", "folder", folder, "error", err)
		}
	}
}

// giveName renames a complete folder to its hash. If somebody else was first,
// theirs is used.
func (r *cacheRun) giveName(ctx context.Context, folder string, item cacheItem, sent hdfs.FileStatus) (status hdfs.FileStatus, won bool, err error) {
	err = renameTo(ctx, r.FS, folder, r.entry(item.hash))
	switch {
	case err == nil:
		won = true
	case !errors.Is(err, fs.ErrExist):
		return hdfs.FileStatus{}, false, err
	}
	status, err = r.entryStatus(ctx, item.hash)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return status, won, errVanished
	case err == nil && status.Length != item.resource.Size:
		err = fmt.Errorf("%s has %d bytes, not %d: %w", status.Path, status.Length, item.resource.Size, errDamaged)
	case err == nil && won && status.ModificationTime != sent.ModificationTime:
		err = fmt.Errorf("%s changed while it got its name: %w", status.Path, errDamaged)
	}
	return status, won, err
}

// renameTo gives a complete folder its name. A rename never overwrites: where
// something is, it is fs.ErrExist; where the folder never was, fs.ErrNotExist. When the
// answer is lost, the folder tells: if it is gone, it has its name.
func renameTo(ctx context.Context, dfs hdfs.FileSystem, folder, to string) error {
	asked := false
	return repeat(ctx, dfs, "rename", folder, func() error {
		err := dfs.Rename(ctx, folder, to)
		if err == nil || errors.Is(err, fs.ErrExist) || ctx.Err() != nil || !asked && errors.Is(err, fs.ErrNotExist) {
			return err
		}
		asked = true
		if _, statErr := dfs.Stat(ctx, folder); errors.Is(statErr, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// send writes one file and makes sure that what was sent has the hash and the
// size it should have. place gives the path, anew for each attempt. Files that
// were sent and turn out to be wrong are removed.
func (r *cacheRun) send(ctx context.Context, item cacheItem, place func() (string, error)) (status hdfs.FileStatus, err error) {
	err = repeat(ctx, r.FS, "upload", item.resource.Source, func() error {
		to, err := place()
		if err == nil {
			status, err = r.sendOnce(ctx, item, to)
		}
		return err
	})
	return status, err
}

func (r *cacheRun) sendOnce(ctx context.Context, item cacheItem, to string) (hdfs.FileStatus, error) {
	content, err := openSource(ctx, item.resource)
	if err != nil {
		return hdfs.FileStatus{}, err
	}
	// Create may return, when ctx ends, while a last Read is under way: that one
	// fails on the closed file.
	defer content.Close()
	options := hdfs.CreateOptions{Permission: cachedMode, Size: item.resource.Size, Replication: r.Replication}
	status, sent, err := r.Meter.upload(ctx, r.FS, to, item.resource.Key, content, options, func(status hdfs.FileStatus) error {
		if err := verifySent(content, item, status); err != nil {
			return errors.Join(err, r.FS.RemoveAll(ctx, to))
		}
		return nil
	})
	r.sent.Add(sent)
	return status, err
}

// verifySent compares what was sent with what was to be sent.
func verifySent(content *sourceFile, item cacheItem, status hdfs.FileStatus) error {
	switch {
	case status.Length != item.resource.Size:
		return fmt.Errorf("%s has %d bytes, %d were sent: %w", status.Path, status.Length, item.resource.Size, errDamaged)
	case content.sum() == item.hash:
		return nil
	case item.remembered:
		return errWrongHash
	}
	return changed(item.resource.Source)
}
