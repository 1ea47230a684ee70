package submit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	// DefaultOlderThan is the age of cache entries from which on they are collected.
	DefaultOlderThan = 30 * 24 * time.Hour
	// graceTime is how long what may belong to a start under way is left alone.
	graceTime = 24 * time.Hour
	// gcConnections is how many requests are under way at once.
	gcConnections = 4
)

// GCOptions says what is collected. The zero value is useful.
type GCOptions struct {
	// DryRun removes nothing and writes nothing.
	DryRun bool
	// OlderThan is the age of cache entries from which on they are collected if
	// nobody uses them. 0 means DefaultOlderThan, less than 0 any age.
	OlderThan time.Duration
	// IncludeUnknown also removes the folders of applications that this
	// ResourceManager doesn't know or that belong to another one, and folders that
	// don't say, all of them only if they are a day old. Applications that this
	// ResourceManager calls live are never removed.
	IncludeUnknown bool
	// Now is the time that ages are counted to. The zero value means the file
	// system's own clock, for a dry run this machine's.
	Now time.Time
}

// GCKind is what an item of a collection was.
type GCKind string

// The kinds.
const (
	GCApplication GCKind = "application" // the folder of an application
	GCEntry       GCKind = "entry"       // of the cache
	GCUpload      GCKind = "upload"      // what an interrupted start or collection left
	GCReference   GCKind = "reference"   // of an application to a shared cache
	GCLock        GCKind = "lock"        // the key of a session that has ended, in a local folder
)

// GCItem is one thing that was removed, or would be.
type GCItem struct {
	Kind GCKind `json:"kind"`
	// Path is without scheme and authority; of a key it is a local one.
	Path string `json:"path"`
	// Bytes is the length of all files in it, not counting replicas.
	Bytes int64 `json:"bytes"`
	// AgeSeconds is the time since its last change.
	AgeSeconds int64  `json:"ageSeconds"`
	Why        string `json:"why"`
}

// GCKept counts what stays.
type GCKept struct {
	Applications int `json:"applications"`
	Entries      int `json:"entries"`
	Uploads      int `json:"uploads"`
}

// GCResult is what a collection did, or would do.
type GCResult struct {
	DryRun bool `json:"dryRun"`
	// Folder is the qualified folder that was looked through.
	Folder string `json:"folder"`
	// Removed is sorted by path.
	Removed []GCItem `json:"removed"`
	Kept    GCKept   `json:"kept"`
	// Bytes is the sum over Removed.
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
	// Warnings say why something was kept that might have gone.
	Warnings []string `json:"warnings"`
}

// CollectGarbage removes what no application needs from the staging folder:
// folders of applications that this ResourceManager calls final, uploads that
// were never completed and are a day old, and cache entries that are old and
// that no live application names. It may run beside starts and other
// collections; docs/staging-protocol.md shows why.
//
// Where the ResourceManager does not answer, nothing is removed. The result is
// also given with an error: it then says what was removed before.
func (c *Client) CollectGarbage(ctx context.Context, o GCOptions) (GCResult, error) {
	start := time.Now()
	g, err := c.newCollector(ctx, o)
	if err != nil {
		return GCResult{DryRun: o.DryRun}, fmt.Errorf("collect garbage: %w", err)
	}
	err = g.run(ctx)
	if failed := g.collectLocks(); failed != nil {
		err = errors.Join(err, failed)
	}
	slices.SortFunc(g.result.Removed, func(a, b GCItem) int { return cmp.Compare(a.Path, b.Path) })
	slices.Sort(g.result.Warnings)
	g.result.Seconds = time.Since(start).Seconds()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = errors.Join(cause, err)
		}
		err = fmt.Errorf("collect garbage in %s: %w", g.result.Folder, err)
	}
	return g.result, err
}

// collector is one collection.
type collector struct {
	client   *Client
	dfs      hdfs.FileSystem
	options  GCOptions
	identity resourceManagerIdentity
	id       string // of its trash and its condemnation
	folder   string // path of .flink
	cache    string
	states   map[yarn.ApplicationID]yarn.State // of the applications that the ResourceManager knows
	now      int64                             // ms since 1970
	// collecting entries needs a cache, and its trash there.
	trashed bool
	owner   string // of the trash, "" where there is none

	mu     sync.Mutex
	result GCResult
	errs   []error
	// named are the hashes that live applications use; blind says why they are
	// not all known, "" if they are.
	named map[string]bool
	blind string
	// referenced are the applications that have a reference.
	referenced map[yarn.ApplicationID]bool
}

// newCollector asks the ResourceManager before anything else.
func (c *Client) newCollector(ctx context.Context, o GCOptions) (*collector, error) {
	base, filter := c.options.StagingDirectory, yarn.Filter{}
	if base == "" {
		// Whoever else uses a home directory counts as unknown.
		base, filter.User = c.homeOf(c.options.User), c.options.User
	}
	identity, err := c.identity()
	if err != nil {
		return nil, err
	}
	rm, err := c.resourceManager()
	if err != nil {
		return nil, err
	}
	applications, err := rm.Applications(ctx, filter)
	if err != nil {
		return nil, err
	}
	root, err := c.root(base)
	if err != nil {
		return nil, err
	}
	folder := path.Join(c.stagingPath(base, c.options.User), ".flink")
	dfs, err := c.fileSystem(ctx, root+folder)
	if err != nil {
		return nil, err
	}
	g := &collector{
		client: c, dfs: dfs, options: o, identity: identity, id: uuid.NewString(),
		folder: folder, cache: path.Join(folder, cacheFolder),
		states: make(map[yarn.ApplicationID]yarn.State, len(applications)), named: map[string]bool{}, referenced: map[yarn.ApplicationID]bool{},
		result: GCResult{DryRun: o.DryRun, Folder: root + folder, Removed: []GCItem{}, Warnings: []string{}},
	}
	for _, a := range applications {
		g.states[a.ID] = a.State
	}
	if g.options.OlderThan == 0 {
		g.options.OlderThan = DefaultOlderThan
	}
	return g, nil
}

// run collects in the order of the protocol: the condemnation stands before the
// manifests are listed, and until what it took is gone for good.
func (g *collector) run(ctx context.Context) (err error) {
	if _, err := g.dfs.Stat(ctx, g.folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if err := g.open(ctx); err != nil {
		return err
	}
	if g.trashed {
		defer func() { err = errors.Join(err, g.release(ctx)) }()
	}
	found, err := g.find(ctx)
	if err != nil {
		return err
	}
	if g.trashed && len(found.candidates) > 0 {
		if err := g.condemn(ctx, found.candidates); err != nil {
			return err
		}
	}
	references, err := g.judgeReferences(ctx)
	if err != nil {
		return err
	}
	folders, err := g.judgeFolders(ctx)
	if err != nil {
		return err
	}
	if err := g.collectEntries(ctx, found.candidates); err != nil {
		return err
	}
	return errors.Join(g.removeAll(ctx, folders), g.removeAll(ctx, references), g.removeAll(ctx, found.left), g.failures())
}

// open makes the collection's trash, the only place it moves entries to, and
// takes the time from it. Where there is no cache, or nothing may be moved in it,
// no entries are collected.
func (g *collector) open(ctx context.Context) error {
	g.now = time.Now().UnixMilli()
	_, err := g.dfs.Stat(ctx, g.cache)
	if err == nil && !g.options.DryRun {
		err = g.openTrash(ctx)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		g.warn("the cache is left alone: %v", err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if !g.options.Now.IsZero() {
		g.now = g.options.Now.UnixMilli()
	}
	return nil
}

func (g *collector) openTrash(ctx context.Context) error {
	if err := g.dfs.MkdirAll(ctx, g.trash(), folderMode); err != nil {
		return err
	}
	g.trashed = true
	status, err := g.dfs.Stat(ctx, g.trash())
	g.now, g.owner = status.ModificationTime, status.Owner
	return err
}

// isOthers tells that something can't be removed because it is another user's, in
// a folder where each removes only his own: that is not this collection's task.
func (g *collector) isOthers(s hdfs.FileStatus, err error) bool {
	return errors.Is(err, fs.ErrPermission) && s.Owner != g.owner
}

func (g *collector) trash() string        { return path.Join(g.cache, trashPrefix+g.id) }
func (g *collector) condemnation() string { return path.Join(g.cache, condemnedPrefix+"-"+g.id) }

func (g *collector) age(modified int64) time.Duration {
	return time.Duration(g.now-modified) * time.Millisecond
}

func (g *collector) warn(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.result.Warnings = append(g.result.Warnings, fmt.Sprintf(format, args...))
}

// fail keeps an error that does not end the collection.
func (g *collector) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.errs = append(g.errs, err)
}

func (g *collector) failures() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.errs...)
}

func (g *collector) removed(item GCItem) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.result.Removed = append(g.result.Removed, item)
	g.result.Bytes += item.Bytes
}

// doomed is something that goes as a whole.
type doomed struct {
	kind   GCKind
	status hdfs.FileStatus
	why    string
	// first is removed before it, "" for nothing.
	first string
}

// removeAll removes what has no further conditions, or counts it in a dry run.
func (g *collector) removeAll(ctx context.Context, list []doomed) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(gcConnections)
	for _, d := range list {
		group.Go(func() error { return g.remove(ctx, d) })
	}
	return group.Wait()
}

func (g *collector) remove(ctx context.Context, d doomed) error {
	item := GCItem{Kind: d.kind, Path: d.status.Path, Bytes: d.status.Length, AgeSeconds: int64(g.age(d.status.ModificationTime) / time.Second), Why: d.why}
	for _, dir := range []string{d.first, d.status.Path} {
		if dir == "" || dir == d.status.Path && !d.status.IsDir {
			continue
		}
		files, err := g.dfs.Walk(ctx, dir)
		switch {
		case errors.Is(err, fs.ErrNotExist) && dir == d.status.Path:
			return nil // its owner was faster
		case err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist):
			return err
		}
		for _, f := range files {
			item.Bytes += f.Length
		}
	}
	if !g.options.DryRun {
		for _, p := range []string{d.first, d.status.Path} {
			if p == "" {
				continue
			}
			if err := g.dfs.RemoveAll(ctx, p); err != nil {
				switch {
				case ctx.Err() != nil:
					return err
				case d.kind == GCApplication || !g.isOthers(d.status, err):
					g.fail(err)
				}
				return nil
			}
		}
	}
	g.removed(item)
	return nil
}
