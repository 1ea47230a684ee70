package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/yarnflink/yarnflink/hdfs"
)

// prepare makes the cache. A user who may not do without it: everything goes
// into the application's own folder then.
func (r *cacheRun) prepare(ctx context.Context) error {
	mode := fs.FileMode(folderMode)
	if r.Shared {
		mode = sharedRootMode
	}
	if err := r.FS.MkdirAll(ctx, r.root, mode); err != nil {
		return r.bypass(err)
	}
	status, err := r.FS.Stat(ctx, r.root)
	if err != nil {
		return r.bypass(err)
	}
	// Whoever can enter may use the cache, so whoever uses it has to say so where
	// all see it, also without Shared.
	if r.common = status.Permission.Perm()&0o077 != 0; r.common {
		if err := r.FS.MkdirAll(ctx, path.Join(r.root, referenceFolder), sharedRootMode); err != nil {
			return r.bypass(err)
		}
	}
	if r.Shared {
		return r.findPublic(ctx)
	}
	return r.findOwner(ctx, status)
}

// findOwner finds whose the start is, and keeps a superuser out of a cache whose
// owner could not see that he uses it.
func (r *cacheRun) findOwner(ctx context.Context, root hdfs.FileStatus) error {
	own, err := r.FS.Stat(ctx, r.folder)
	r.owner = own.Owner
	if err != nil || r.common || own.Owner == root.Owner {
		return err
	}
	return r.bypass(&fs.PathError{Op: "use", Path: r.root, Err: fmt.Errorf("%w: it is %s's own", fs.ErrPermission, root.Owner)})
}

// findPublic looks whether entries can be PUBLIC.
func (r *cacheRun) findPublic(ctx context.Context) error {
	closed, err := newOpenFolders(r.FS).closed(ctx, r.root)
	if err != nil {
		return err
	}
	if r.public = closed == nil; !r.public {
		r.warn("entries are PRIVATE, not PUBLIC: others may not enter %s (%v)", closed.Path, closed.Permission)
	}
	return nil
}

// bypass turns a denied access into a cache that is not used.
func (r *cacheRun) bypass(err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.unusable {
		r.unusable = true
		r.warnings = append(r.warnings, fmt.Sprintf("the cache %s is not used: %v", r.root, err))
	}
	return nil
}

func (r *cacheRun) bypassed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unusable
}
