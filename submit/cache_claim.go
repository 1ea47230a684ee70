package submit

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
)

const (
	// claimSize is from where on it pays to ask whether somebody else is sending
	// the same content.
	claimSize = 8 << 20
	// A sender is waited for as long as one takes that was slow to begin and has a
	// slow line; then it counts as dead.
	minPatience   = 10 * time.Second
	slowLine      = 20 << 20 // bytes a second
	firstPollWait = 50 * time.Millisecond
	maxPollWait   = time.Second
)

func senderPatience(size int64) time.Duration {
	return minPatience + time.Duration(size/slowLine)*time.Second
}

// claim says to other starts that this one sends a big file. If somebody else
// does so already, claim waits, and returns the entry that the other has made.
// A claim saves sending and nothing else: whether it is kept, lost or left over
// changes nothing about what is published.
func (r *cacheRun) claim(ctx context.Context, view cacheView, item cacheItem) (release func(), made *hdfs.FileStatus, err error) {
	nothing := func() {}
	if item.resource.Size < claimSize {
		return nothing, nil, nil
	}
	name := path.Join(r.root, sendingPrefix+item.hash)
	for {
		_, err := r.FS.Create(ctx, name, strings.NewReader(""), hdfs.CreateOptions{Permission: cachedMode})
		switch {
		case ctx.Err() != nil:
			return nothing, nil, context.Cause(ctx)
		case err == nil:
			// Who had the claim before may have made the entry since we looked.
			made := r.madeMeanwhile(ctx, item)
			release := func() { r.removeTemporary(ctx, []string{name}) }
			if made != nil {
				release()
				release = nothing
			}
			return release, made, nil
		case !errors.Is(err, fs.ErrExist):
			return nothing, nil, nil
		}
		gone, made, err := r.awaitSender(ctx, view, item, name)
		if !gone || made != nil {
			return nothing, made, err
		}
	}
}

// awaitSender waits until the entry is there, the claim is gone, or it is too
// old to be waited for.
func (r *cacheRun) awaitSender(ctx context.Context, view cacheView, item cacheItem, claim string) (gone bool, made *hdfs.FileStatus, err error) {
	for wait := firstPollWait; ; wait = min(2*wait, maxPollWait) {
		if made := r.madeMeanwhile(ctx, item); made != nil {
			return false, made, nil
		}
		status, err := r.FS.Stat(ctx, claim)
		switch {
		case ctx.Err() != nil:
			return false, nil, context.Cause(ctx)
		case errors.Is(err, fs.ErrNotExist):
			return true, r.madeMeanwhile(ctx, item), nil
		case err != nil:
			return false, nil, nil
		}
		age := time.Duration(view.announced.now()-status.ModificationTime) * time.Millisecond
		if age > r.Patience(item.resource.Size) {
			return false, nil, nil
		}
		if err := pause(ctx, wait); err != nil {
			return false, nil, err
		}
	}
}

// madeMeanwhile returns the entry's file if it is there and fits the item.
func (r *cacheRun) madeMeanwhile(ctx context.Context, item cacheItem) *hdfs.FileStatus {
	status, err := r.entryStatus(ctx, item.hash)
	if err != nil || status.Length != item.resource.Size {
		return nil
	}
	return &status
}
