package submit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

// maxCondemnation bounds what is read of a condemnation: 200,000 hashes.
const maxCondemnation = 16 << 20

// condemnation is what a collection may remove from its beginning to its end.
type condemnation struct {
	Version int      `json:"version"`
	User    string   `json:"user"`
	Hashes  []string `json:"hashes"`
}

// cacheView is what a start sees of the cache after it has announced itself.
type cacheView struct {
	entries map[string]bool
	// condemned entries may go at any time; all means that nobody knows which.
	condemned map[string]bool
	all       bool
	announced announced
}

func (v cacheView) isCondemned(hash string) bool { return v.all || v.condemned[hash] }

// look lists the cache. The NameNode lists by name, in parts of which each is
// made at one time, and a dot comes before digits: so the condemnations are seen
// before the entries, or with them. What is seen here of entries is confirmed by
// a second look at each one.
func (r *cacheRun) look(ctx context.Context) (cacheView, error) {
	view := cacheView{entries: map[string]bool{}, condemned: map[string]bool{}}
	if r.bypassed() {
		view.all = true
		return view, nil
	}
	list, err := r.FS.List(ctx, r.root)
	if err != nil {
		view.all = true
		return view, r.bypass(err)
	}
	for _, child := range list {
		name := path.Base(child.Path)
		switch {
		case strings.HasPrefix(name, condemnedPrefix):
			r.readCondemned(ctx, child.Path, &view)
		case child.IsDir && isHash(name):
			view.entries[name] = true
		}
	}
	return view, context.Cause(ctx)
}

// readCondemned adds a condemnation to the view. One that is gone has been
// carried out completely; one that can't be read condemns everything.
func (r *cacheRun) readCondemned(ctx context.Context, name string, view *cacheView) {
	c, err := readCondemnation(ctx, r.FS, name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		r.Logger.Debug("the cache is not used", "error", err)
		view.all = true
		return
	}
	for _, h := range c.Hashes {
		view.condemned[h] = true
	}
}

func readCondemnation(ctx context.Context, dfs hdfs.FileSystem, name string) (condemnation, error) {
	content, err := readSmall(ctx, dfs, name, maxCondemnation)
	if err != nil {
		return condemnation{}, fmt.Errorf("read %s: %w", name, err)
	}
	var c condemnation
	if err := json.Unmarshal(content, &c); err != nil {
		return condemnation{}, fmt.Errorf("read %s: %w", name, err)
	}
	if c.Version != manifestVersion {
		return condemnation{}, fmt.Errorf("read %s: version %d, want %d", name, c.Version, manifestVersion)
	}
	return c, nil
}

// missingItem has to be sent.
type missingItem struct {
	items []cacheItem // of one content, one at least
	own   bool        // into the application's own folder
}

// lookUpAll uses what is there and returns what is not, each content once.
func (r *cacheRun) lookUpAll(ctx context.Context, view cacheView, items []cacheItem) ([]missingItem, error) {
	var order []string
	byHash := map[string][]cacheItem{}
	for _, item := range items {
		if byHash[item.hash] == nil {
			order = append(order, item.hash)
		}
		byHash[item.hash] = append(byHash[item.hash], item)
	}
	var mu sync.Mutex
	var missing []missingItem
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(lookUps)
	for _, hash := range order {
		group.Go(func() error {
			rest, err := r.lookUp(gctx, view, byHash[hash])
			if err != nil || len(rest.items) == 0 {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			missing = append(missing, rest)
			return nil
		})
	}
	return missing, group.Wait()
}

// lookUp uses one entry for all that have its content, as far as it fits them.
func (r *cacheRun) lookUp(ctx context.Context, view cacheView, items []cacheItem) (missingItem, error) {
	hash := items[0].hash
	if view.isCondemned(hash) {
		return missingItem{items, true}, nil
	}
	if !view.entries[hash] {
		return missingItem{items: items}, nil
	}
	status, err := r.entryStatus(ctx, hash)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged) || errors.Is(err, errForeign) || errors.Is(err, fs.ErrPermission) {
		switch {
		case errors.Is(err, errForeign):
			r.warnForeign(err)
		case !errors.Is(err, fs.ErrNotExist):
			r.warn("an entry of the cache is not used: %v", err)
		}
		return missingItem{items, true}, nil
	}
	if err != nil {
		return missingItem{}, err
	}
	rest := missingItem{own: true}
	for _, item := range items {
		switch {
		case status.Length != item.resource.Size && item.remembered:
			// The index is wrong, or the entry is: the file itself will tell.
			r.Index.forget(item.resource.Source)
			if err := r.again(ctx, item); err != nil {
				return missingItem{}, err
			}
		case status.Length != item.resource.Size || !fits(item.resource, status.Path):
			rest.items = append(rest.items, item)
		default:
			if err := r.placeEntry(ctx, item, status); err != nil {
				return missingItem{}, err
			}
			r.hits.Add(1)
		}
	}
	return rest, nil
}

// warnForeign speaks of one of others' entries for all of them.
func (r *cacheRun) warnForeign(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.foreign {
		r.foreign = true
		r.warnings = append(r.warnings, "what others have staged is staged again: "+err.Error())
	}
}

// again stages an item once more, by the hash of what its file holds now.
func (r *cacheRun) again(ctx context.Context, item cacheItem) error {
	if err := r.Index.hash(ctx, &item); err != nil {
		return err
	}
	return r.round(ctx, []cacheItem{item})
}

var (
	errDamaged = errors.New("not one complete file")
	errForeign = errors.New("others' entries are used with --shared-cache only, for that trusts them")
)

// entryStatus returns the status of an entry's file: fs.ErrNotExist where the
// entry is gone, errDamaged where it is not what a publication leaves, errForeign
// where it is somebody else's: nothing but its name says what an entry holds.
func (r *cacheRun) entryStatus(ctx context.Context, hash string) (hdfs.FileStatus, error) {
	list, err := r.FS.List(ctx, r.entry(hash))
	if err != nil {
		return hdfs.FileStatus{}, err
	}
	if len(list) != 1 || list[0].IsDir {
		return hdfs.FileStatus{}, fmt.Errorf("%s: %w", r.entry(hash), errDamaged)
	}
	if !r.Shared && list[0].Owner != r.owner {
		return hdfs.FileStatus{}, fmt.Errorf("%s is %s's: %w", r.entry(hash), list[0].Owner, errForeign)
	}
	return list[0], nil
}

// fits tells whether an entry's name will do: a NodeManager unpacks an archive
// by the end of its name.
//
// Java: org.apache.hadoop.yarn.util.FSDownload.unpack.
func fits(resource PlannedResource, entry string) bool {
	return resource.Type != yarn.ArchiveResource || archiveKind(entry) == archiveKind(resource.Source)
}

func archiveKind(name string) string {
	name = strings.ToLower(name)
	for _, end := range []string{".tar.gz", ".tgz", ".tar", ".zip", ".jar"} {
		if strings.HasSuffix(name, end) {
			return strings.Replace(end, ".tgz", ".tar.gz", 1)
		}
	}
	return ""
}
