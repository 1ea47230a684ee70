package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/yarn"
)

// judgeFolders tells the folders of ended applications from those of live ones,
// and keeps the hashes that the live ones name.
func (g *collector) judgeFolders(ctx context.Context) ([]doomed, error) {
	list, err := g.dfs.List(ctx, g.folder)
	if err != nil {
		return nil, err
	}
	cache, err := g.dfs.Stat(ctx, g.cache)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return g.judgeAll(ctx, list, func(ctx context.Context, child hdfs.FileStatus) (*doomed, error) {
		id, err := yarn.ParseApplicationID(path.Base(child.Path))
		if err != nil || !child.IsDir {
			return nil, nil
		}
		return g.judgeFolder(ctx, id, child, cache)
	})
}

// judgeAll judges several at once.
func (g *collector) judgeAll(ctx context.Context, list []hdfs.FileStatus, judge func(context.Context, hdfs.FileStatus) (*doomed, error)) ([]doomed, error) {
	judged := make([]*doomed, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(gcConnections)
	for i, child := range list {
		group.Go(func() (err error) {
			judged[i], err = judge(ctx, child)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var dead []doomed
	for _, d := range judged {
		if d != nil {
			dead = append(dead, *d)
		}
	}
	return dead, nil
}

// judgeFolder reads the manifests of one folder.
func (g *collector) judgeFolder(ctx context.Context, id yarn.ApplicationID, folder, cache hdfs.FileStatus) (*doomed, error) {
	files, err := g.dfs.List(ctx, folder.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // its application has just ended
	}
	var manifests []manifest
	modified := folder.ModificationTime
	for _, f := range files {
		modified = max(modified, f.ModificationTime)
		if err != nil || !isManifest(f.Path) {
			continue
		}
		var m manifest
		m, err = readManifest(ctx, g.dfs, f.Path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		manifests = append(manifests, m)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		// Of another user it does not matter: either he can't enter the cache, or the
		// references say what he uses, as they do of the cache's owner where others can.
		if folder.Owner == cache.Owner && !g.referenced[id] {
			g.blinded(fmt.Sprintf("it is not known what %s uses: %v", id, err))
		}
		g.keep()
		return nil, nil
	}
	why, err := g.verdict(ctx, id, manifests, modified)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return &doomed{kind: GCApplication, status: folder, why: why}, nil
	}
	g.keep(manifests...)
	return nil, nil
}

// verdict says why an application's folder goes, "" if it stays.
func (g *collector) verdict(ctx context.Context, id yarn.ApplicationID, manifests []manifest, modified int64) (string, error) {
	ours := len(manifests) > 0
	for _, m := range manifests {
		ours = ours && m.ApplicationID == id && m.ResourceManager.same(g.identity)
	}
	state, known := g.states[id]
	switch {
	case known && !state.IsFinal():
		return "", nil
	case known && ours:
		return "its application is " + string(state), nil
	case !g.options.IncludeUnknown || g.age(modified) <= graceTime:
		return "", nil
	case known:
		return fmt.Sprintf("it doesn't say whose it is; an application of its name is %s", state), nil
	}
	return g.unknown(ctx, id)
}

// unknown asks for an application that was not listed: a ResourceManager may
// hide from lists what it knows.
func (g *collector) unknown(ctx context.Context, id yarn.ApplicationID) (string, error) {
	rm, err := g.client.resourceManager()
	if err != nil {
		return "", err
	}
	report, err := rm.Application(ctx, id)
	switch {
	case errors.Is(err, yarn.ErrApplicationNotFound):
		return "the ResourceManager doesn't know its application", nil
	case errors.Is(err, yarn.ErrForbidden):
		return "", nil
	case err != nil:
		return "", err
	case report.State.IsFinal():
		return "its application is " + string(report.State), nil
	}
	return "", nil
}

// judgeReferences reads what applications of all users say about a shared cache.
func (g *collector) judgeReferences(ctx context.Context) ([]doomed, error) {
	list, err := g.dfs.List(ctx, path.Join(g.cache, referenceFolder))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil && ctx.Err() == nil:
		g.blinded(fmt.Sprintf("the references can't be read: %v", err))
		return nil, nil
	case err != nil:
		return nil, err
	}
	return g.judgeAll(ctx, list, g.judgeReference)
}

func (g *collector) judgeReference(ctx context.Context, file hdfs.FileStatus) (*doomed, error) {
	id, err := yarn.ParseApplicationID(applicationOf(path.Base(file.Path)))
	if err != nil {
		return nil, nil
	}
	m, err := readManifest(ctx, g.dfs, file.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil && ctx.Err() == nil:
		g.blinded(err.Error())
		return nil, nil
	case err != nil:
		return nil, err
	}
	g.refer(id)
	why, err := g.verdict(ctx, m.ApplicationID, []manifest{m}, file.ModificationTime)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return &doomed{kind: GCReference, status: file, why: why}, nil
	}
	g.name(m)
	return nil, nil
}

// refer notes that an application's reference is there.
func (g *collector) refer(id yarn.ApplicationID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.referenced[id] = true
}

// applicationOf cuts the number of a later round off a reference's name.
func applicationOf(name string) string {
	for i := range name {
		if name[i] == '-' {
			return name[:i]
		}
	}
	return name
}

// keep counts a live folder and keeps what it names.
func (g *collector) keep(manifests ...manifest) {
	g.name(manifests...)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.result.Kept.Applications++
}

func (g *collector) name(manifests ...manifest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range manifests {
		for _, h := range m.Hashes {
			g.named[h] = true
		}
	}
}

// blinded notes that not everything is known that live applications use.
func (g *collector) blinded(why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.blind == "" {
		g.blind = why
	}
}
