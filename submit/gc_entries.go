package submit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
)

// found is what lies in the cache.
type found struct {
	// candidates are old enough to go; whether they are used is not known yet.
	candidates []hdfs.FileStatus
	// left was left by starts and collections that did not come to their end.
	left []doomed
}

// find lists the cache, once.
func (g *collector) find(ctx context.Context) (found, error) {
	var f found
	if !g.trashed && !g.options.DryRun {
		return f, nil
	}
	list, err := g.dfs.List(ctx, g.cache)
	if errors.Is(err, fs.ErrNotExist) || g.options.DryRun && errors.Is(err, fs.ErrPermission) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	foreign := false
	for _, child := range list {
		name, age := path.Base(child.Path), g.age(child.ModificationTime)
		switch {
		case child.IsDir && isHash(name):
			if age > g.options.OlderThan || g.options.OlderThan < 0 {
				f.candidates = append(f.candidates, child)
			} else {
				g.result.Kept.Entries++
			}
		case child.Path == g.trash(), name == referenceFolder:
		case !strings.HasPrefix(name, "."):
		case age <= graceTime:
			if !strings.HasPrefix(name, condemnedPrefix) && !strings.HasPrefix(name, trashPrefix) {
				g.result.Kept.Uploads++
			}
			// One without an id is not ours, so there is no telling what it does.
			foreign = foreign || name == condemnedPrefix
		default:
			f.left = append(f.left, g.leftOver(child))
		}
	}
	goesFirst := map[string]bool{}
	for _, d := range f.left {
		goesFirst[d.first] = true
	}
	f.left = slices.DeleteFunc(f.left, func(d doomed) bool { return goesFirst[d.status.Path] })
	if foreign {
		g.warn("no entry of the cache is collected: another collection stands in %s", path.Join(g.cache, condemnedPrefix))
		g.result.Kept.Entries += len(f.candidates)
		f.candidates = nil
	}
	return f, nil
}

// leftOver is what nobody works on any more. A collection that stood still for a
// day may wake up: without its trash it can take nothing, so that goes before
// its condemnation does.
func (g *collector) leftOver(child hdfs.FileStatus) doomed {
	d := doomed{kind: GCUpload, status: child, why: "not completed within a day"}
	if id, ok := strings.CutPrefix(path.Base(child.Path), condemnedPrefix+"-"); ok {
		d.first, d.why = path.Join(g.cache, trashPrefix+id), "a collection that did not come to its end within a day"
	}
	return d
}

// condemn tells starts which entries may go from now on.
func (g *collector) condemn(ctx context.Context, candidates []hdfs.FileStatus) error {
	c := condemnation{Version: manifestVersion, User: g.client.options.User, Hashes: make([]string, len(candidates))}
	for i, candidate := range candidates {
		c.Hashes[i] = path.Base(candidate.Path)
	}
	content, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if len(content) > maxCondemnation {
		return fmt.Errorf("%d entries are too many for one collection", len(candidates))
	}
	_, err = g.dfs.Create(ctx, g.condemnation(), bytes.NewReader(content), hdfs.CreateOptions{Permission: cachedMode, Size: int64(len(content))})
	return err
}

// collectEntries removes the candidates that no live application names.
func (g *collector) collectEntries(ctx context.Context, candidates []hdfs.FileStatus) error {
	if g.blind != "" && len(candidates) > 0 {
		g.warn("no entry of the cache is collected: %s", g.blind)
		g.result.Kept.Entries += len(candidates)
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(gcConnections)
	for _, candidate := range candidates {
		if g.named[path.Base(candidate.Path)] {
			g.keepEntry()
			continue
		}
		group.Go(func() error { return g.take(ctx, candidate) })
	}
	return group.Wait()
}

// take moves an entry into the trash. It is a move and not a removal because a
// removal whose answer was lost may be carried out late, on an entry that was
// made anew since: a late move has nowhere to go, for the trash is gone by then.
// While the condemnation stands nobody makes the entry anew, so that the move may
// be tried again.
func (g *collector) take(ctx context.Context, entry hdfs.FileStatus) error {
	item := GCItem{Kind: GCEntry, Path: entry.Path, AgeSeconds: int64(g.age(entry.ModificationTime) / time.Second), Why: "no live application uses it"}
	files, err := g.dfs.List(ctx, entry.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // another collection was faster
	case err != nil && !errors.Is(err, fs.ErrPermission):
		return err
	}
	for _, f := range files {
		item.Bytes += f.Length
	}
	if !g.options.DryRun {
		err := renameTo(ctx, g.dfs, entry.Path, path.Join(g.trash(), path.Base(entry.Path)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil && g.isOthers(entry, err):
			g.keepEntry()
			return nil
		case err != nil:
			g.fail(err)
			return nil
		}
	}
	g.removed(item)
	return nil
}

func (g *collector) keepEntry() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.result.Kept.Entries++
}

// release removes the trash, then the condemnation, also when ctx has ended. The
// condemnation stays where the trash can't be removed: an entry might still be
// moved there.
func (g *collector) release(ctx context.Context) error {
	ctx, cancel := afterwards(ctx, takeBackTimeout)
	defer cancel()
	for _, p := range []string{g.trash(), g.condemnation()} {
		if err := g.dfs.RemoveAll(ctx, p); err != nil {
			return fmt.Errorf("what the collection made itself is left to the next one: %w", err)
		}
	}
	return nil
}
