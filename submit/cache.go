package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	cacheFolder     = "cache"
	referenceFolder = "refs"
	// What else lies in the cache begins with a dot, and is listed before the
	// entries for that.
	temporaryPrefix = ".tmp-"               // a folder that is being filled by one start
	sendingPrefix   = ".sending-"           // a file: somebody sends the entry named after it
	condemnedPrefix = ".condemned"          // a file: the entries that one collection may remove
	trashPrefix     = ".trash-"             // a folder: what that collection has taken
	sharedRootMode  = 0o777 | fs.ModeSticky // everybody adds entries, and removes only his own
	sharedMode      = 0o755

	lookUps = 8        // at once
	bigFile = 32 << 20 // bytes; hashing one takes longer than a look at the cache
	// maxEntryName leaves room for what HDFS allows in a name, 255 bytes.
	maxEntryName = 200
)

// cacheOptions say where the cache is and who wants to hear of the work.
type cacheOptions struct {
	FS hdfs.FileSystem
	// Base is the qualified folder that holds .flink, as Plan.StagingBase.
	Base string
	// Shared makes entries that everybody may read.
	Shared bool
	// Replication of new files; 0 means the file system's default.
	Replication int
	// Index may be nil.
	Index *hashIndex
	// Patience is how long a start waits for another one that sends the same
	// file of so many bytes; nil means a minimum and the time a slow line takes.
	Patience func(size int64) time.Duration
	// Logger must not be nil.
	Logger *slog.Logger
	// Meter counts what is sent; nil is one of the cache's own.
	Meter *meter
}

// stagingCache is the content-addressed cache below a staging folder: one folder
// for each content, named by its sha256, with one file in it. How starts and
// collections get on with each other is written down in docs/staging-protocol.md.
// It is safe for concurrent use.
type stagingCache struct {
	cacheOptions
	prefix string // scheme and authority of addresses
	root   string // path of the cache
}

func newStagingCache(o cacheOptions) *stagingCache {
	if o.Meter == nil {
		o.Meter = &meter{}
	}
	if o.Patience == nil {
		o.Patience = senderPatience
	}
	base := pathOf(o.Base)
	return &stagingCache{cacheOptions: o, prefix: strings.TrimSuffix(o.Base, base), root: path.Join(base, ".flink", cacheFolder)}
}

func (c *stagingCache) entry(hash string) string { return path.Join(c.root, hash) }

// folderMode is what entries and the folders that are to become entries have.
func (c *stagingCache) folderMode() fs.FileMode {
	if c.Shared {
		return sharedMode
	}
	return folderMode
}

// cacheResult is what Stage has done.
type cacheResult struct {
	// Staged are the resources in their order.
	Staged []Staged
	// Sent is in bytes, what had to be sent twice counted twice.
	Sent int64
	// Hits were in the cache; Published were put there; Own went into the
	// application's own folder.
	Hits, Published, Own int
	// Warnings say what was not as it should be, and was got round.
	Warnings []string
}

// Stage brings cached resources to where containers find them: into the cache,
// or into folder, the path of the application's own folder, where the cache
// can't be used. folder must exist. The manifest, whose hashes Stage fills in,
// is there before the cache is looked at and protects what Stage returns until
// folder is removed.
//
// On an error nothing is left but complete entries and what lies in folder.
func (c *stagingCache) Stage(ctx context.Context, folder string, m manifest, list []PlannedResource) (cacheResult, error) {
	run := &cacheRun{
		stagingCache: c, folder: folder, manifest: m,
		staged: make([]Staged, len(list)), slots: make(chan struct{}, uploads),
	}
	if err := run.prepare(ctx); err != nil {
		return cacheResult{}, err
	}
	err := run.stageAll(ctx, list)
	if saveErr := c.Index.save(); saveErr != nil {
		c.Logger.Debug("the hashes of local files are not kept", "error", saveErr)
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return cacheResult{}, err
	}
	return cacheResult{
		Staged: run.staged, Sent: run.sent.Load(), Hits: int(run.hits.Load()),
		Published: int(run.published.Load()), Own: int(run.own.Load()), Warnings: run.warnings,
	}, nil
}

// Confirm makes sure, right before an application is submitted, that a
// collection has not taken its folder for one that was given up: that can happen
// to a start that stood still for a day.
func (c *stagingCache) Confirm(ctx context.Context, folder string) error {
	if _, err := c.FS.Stat(ctx, path.Join(folder, manifestPrefix)); err != nil {
		return fmt.Errorf("the staged files are not there any more: %w", err)
	}
	return nil
}

// cacheRun is one call of Stage.
type cacheRun struct {
	*stagingCache
	folder   string
	manifest manifest
	staged   []Staged
	slots    chan struct{} // uploads under way
	rounds   atomic.Int32
	sent     atomic.Int64

	hits, published, own atomic.Int32

	mu       sync.Mutex
	warnings []string
	unusable bool // the cache, by this user
	foreign  bool // entries were found, and told of

	// Set by prepare: others can enter the cache, so that references are needed;
	// all can, so that entries can be PUBLIC.
	common, public bool
	owner          string // of the application's folder, without Shared
}

// cacheItem is one resource with its hash.
type cacheItem struct {
	at       int // index in staged
	resource PlannedResource
	hash     string
	// remembered hashes come from the index and may be wrong.
	remembered bool
}

func (r *cacheRun) warn(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// stageAll goes in rounds: one for everything whose hash is known or soon is,
// and one for each big file when its hash is known, so that sending begins while
// the next one is being hashed.
func (r *cacheRun) stageAll(ctx context.Context, list []PlannedResource) error {
	known, later := r.remembered(list)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		items, err := r.Index.hashAll(ctx, known)
		if err != nil {
			return err
		}
		return r.round(ctx, items)
	})
	group.Go(func() error {
		rounds, ctx := errgroup.WithContext(ctx)
		for _, item := range later {
			if err := r.Index.hash(ctx, &item); err != nil {
				return errors.Join(err, rounds.Wait())
			}
			rounds.Go(func() error { return r.round(ctx, []cacheItem{item}) })
		}
		return rounds.Wait()
	})
	return group.Wait()
}

// round stages items whose hashes are known. Its order is the protocol: the
// manifest first, then the condemnations, then the entries.
func (r *cacheRun) round(ctx context.Context, items []cacheItem) error {
	seen, err := r.announce(ctx, items)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return nil
	}
	view, err := r.look(ctx)
	if err != nil {
		return err
	}
	view.announced = seen
	missing, err := r.lookUpAll(ctx, view, items)
	if err != nil {
		return err
	}
	return r.sendAll(ctx, view, missing)
}

// announced is when the file system saw a manifest, by its clock and ours.
type announced struct {
	remote int64 // ms since 1970
	local  time.Time
}

// now is the file system's time, in ms since 1970.
func (a announced) now() int64 { return a.remote + time.Since(a.local).Milliseconds() }

// announce writes the manifest of a round: the first one's is ".manifest".
func (r *cacheRun) announce(ctx context.Context, items []cacheItem) (announced, error) {
	name := manifestPrefix
	n := r.rounds.Add(1)
	if n > 1 {
		name += "-" + strconv.Itoa(int(n))
	}
	m := r.manifest
	for _, item := range items {
		m.Hashes = append(m.Hashes, item.hash)
	}
	status, err := writeManifest(ctx, r.FS, path.Join(r.folder, name), m, privateMode)
	if err != nil {
		return announced{}, err
	}
	seen := announced{remote: status.ModificationTime, local: time.Now()}
	if r.common && !r.bypassed() {
		reference := path.Join(r.root, referenceFolder, m.ApplicationID.String()+strings.TrimPrefix(name, manifestPrefix))
		_, err = writeManifest(ctx, r.FS, reference, m, cachedMode)
		// Without a reference that others see, nothing of the cache may be used.
		err = r.bypass(err)
	}
	return seen, err
}

// place returns a resource at its address.
func (r *cacheRun) place(item cacheItem, status hdfs.FileStatus, visibility yarn.Visibility) {
	r.staged[item.at] = Staged{item.resource.Key, yarn.LocalResource{
		URL: r.prefix + status.Path, Size: status.Length, Timestamp: status.ModificationTime,
		Type: item.resource.Type, Visibility: visibility,
	}}
}

// placeEntry returns a resource at an entry's file. It is PUBLIC only if all may
// read it: another start, without Shared, may have made it.
func (r *cacheRun) placeEntry(ctx context.Context, item cacheItem, status hdfs.FileStatus) error {
	visibility := yarn.VisibilityPrivate
	if r.public {
		folder, err := r.FS.Stat(ctx, path.Dir(status.Path))
		if err != nil {
			return err
		}
		if folder.Permission.Perm()&0o005 == 0o005 && status.Permission.Perm()&0o004 != 0 {
			visibility = yarn.VisibilityPublic
		}
	}
	r.place(item, status, visibility)
	return nil
}

// entryName is the name of the file in an entry: the local one's, without what
// an address or a shell would read in a way of its own. Its end is kept, by
// which NodeManagers tell the kind of an archive.
func entryName(source string) string {
	name := strings.TrimPrefix(stagedPath("", filepath.Base(source)), "/")
	if len(name) > maxEntryName {
		name = name[len(name)-maxEntryName:]
	}
	// Dots at the beginning hide a file from some of Hadoop's tools.
	if strings.HasPrefix(name, ".") {
		name = "_" + name
	}
	return name
}
