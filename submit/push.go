package submit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hdfs"
)

const (
	// distributionsFolder is where distributions are below the home directory.
	distributionsFolder = "flink"
	pushingPrefix       = ".pushing-" // a distribution that is being sent
	pushedMode          = 0o755       // everybody may start from it
)

// PushOptions say which distribution goes where.
type PushOptions struct {
	// Distribution is a local one. Required.
	Distribution *flink.Distribution
	// To is the address of the folder that is to be made; "" is
	// flink/flink-VERSION in the user's home directory.
	To string
	// DryRun looks and changes nothing.
	DryRun bool
}

// PushResult is what a push has done.
type PushResult struct {
	DistributionReport
	// LibDirs are its folders for yarn.provided.lib.dirs.
	LibDirs []string `json:"libDirs"`
	// UploadedBytes is 0 where all was there.
	UploadedBytes int64 `json:"uploadedBytes"`
	// Existing tells that the same distribution was there already.
	Existing bool    `json:"existing"`
	Seconds  float64 `json:"seconds"`
	// Warnings are for the user, a sentence each.
	Warnings []string `json:"warnings"`
}

// PushDistribution puts lib, plugins, usrlib, opt and conf's configuration and
// logging of a distribution into a folder of one of Hadoop's file systems, for
// OpenDistribution and for yarn.provided.lib.dirs of Flink's own client. The folder
// appears complete or not at all, and is never changed: applications may be using
// it. The same distribution there already is done; another one, or anything else,
// is ErrInvalid, and so is a configuration with secrets, for everybody may read
// what is pushed.
func (c *Client) PushDistribution(ctx context.Context, o PushOptions) (*PushResult, error) {
	started := time.Now()
	items, err := pushedFiles(o.Distribution)
	if err != nil {
		return nil, err
	}
	p := &push{client: c, distribution: o.Distribution, items: items, index: openHashIndex(c.options.HashIndex), meter: &meter{tell: c.progress}}
	if err := p.findPlace(ctx, o.To); err != nil {
		return nil, err
	}
	result := &PushResult{}
	result.Existing, err = p.isThere(ctx)
	if err == nil && !result.Existing && !o.DryRun {
		result.Existing, err = p.send(ctx)
	}
	if saveErr := p.index.save(); saveErr != nil {
		c.options.Logger.Debug("the hashes of local files are not kept", "error", saveErr)
	}
	if err != nil {
		return nil, err
	}
	d, err := p.expected()
	if !o.DryRun && err == nil {
		d, err = c.OpenDistribution(ctx, d.Home)
	}
	if err != nil {
		return nil, err
	}
	result.DistributionReport, result.LibDirs, result.UploadedBytes = reportOf(d), d.ProvidedLibDirs(), p.meter.done()
	if !result.Public && !o.DryRun {
		result.Warnings = append(result.Warnings, fmt.Sprintf("not everybody may enter %s and the folders above it: others can't start from it, and Flink's own client can't either", d.Home))
	}
	result.Seconds = time.Since(started).Seconds()
	return result, nil
}

// pushedFiles are the files of a distribution with their paths below it.
func pushedFiles(d *flink.Distribution) ([]cacheItem, error) {
	conf, confFile, err := flink.LoadConfiguration(d.ConfDir, d.Version)
	if err != nil {
		return nil, err
	}
	var secrets []string
	for _, key := range conf.Keys() {
		if flink.IsSecretKey(key) && conf.Get(key) != "" {
			secrets = append(secrets, key)
		}
	}
	if len(secrets) > 0 {
		return nil, &ValidationError{[]Problem{{What: "the configuration holds secrets, and everybody may read what is pushed", Where: confFile,
			Why: strings.Join(secrets, ", "), Do: "push with --flink-conf and a configuration without them; a start adds its own with --flink-conf"}}}
	}
	configuration, err := regular(confFile)
	if err != nil {
		return nil, err
	}
	var items []cacheItem
	add := func(key string, f flink.File) {
		items = append(items, cacheItem{resource: PlannedResource{Key: key, Source: f.Path, Size: f.Size}})
	}
	add("lib/"+d.DistJar.Key, d.DistJar)
	for _, f := range slices.Concat(d.Lib, d.Plugins, d.UsrLib, d.Opt) {
		add(f.Key, f)
	}
	add("conf/"+configuration.Key, *configuration)
	if d.LogConfig != nil {
		add("conf/"+d.LogConfig.Key, *d.LogConfig)
	}
	slices.SortFunc(items, func(a, b cacheItem) int { return cmp.Compare(b.resource.Size, a.resource.Size) })
	return items, nil
}

// push is one call of PushDistribution.
type push struct {
	client       *Client
	distribution *flink.Distribution
	items        []cacheItem // the largest first
	index        *hashIndex
	dfs          hdfs.FileSystem
	to           string // path
	meter        *meter
}

// expected is what there will be.
func (p *push) expected() (*flink.Distribution, error) {
	var files []flink.File
	for _, item := range p.items {
		files = append(files, flink.File{Key: item.resource.Key, Path: p.dfs.URI() + path.Join(p.to, item.resource.Key), Remote: true, Size: item.resource.Size})
	}
	return flink.RemoteDistribution(p.dfs.URI()+p.to, files)
}

func (p *push) findPlace(ctx context.Context, address string) (err error) {
	p.dfs, p.to, err = p.client.belowHome(ctx, cmp.Or(address, distributionsFolder+"/flink-"+p.distribution.Version.String()))
	if err == nil && p.to == "/" {
		err = &ValidationError{[]Problem{{What: "a distribution needs a folder of its own", Where: "--to", Do: "name one below " + p.dfs.URI() + "/"}}}
	}
	return err
}

// belowHome is an address's file system and path; relative ones are below the
// user's home directory.
func (c *Client) belowHome(ctx context.Context, address string) (hdfs.FileSystem, string, error) {
	if scheme, _, ok := strings.Cut(address, ":"); ok && !slices.Contains(hadoopSchemes, scheme) {
		return nil, "", &ValidationError{[]Problem{{What: "the address " + address, Why: "its file system is not one of Hadoop's",
			Do: "name a folder by " + strings.Join(hadoopSchemes, ":, ") + ": or by its path"}}}
	}
	dfs, err := c.fileSystem(ctx, address)
	if err != nil {
		return nil, "", err
	}
	p := pathOf(address)
	if !path.IsAbs(p) {
		home, err := dfs.HomeDirectory(ctx)
		if err != nil {
			return nil, "", err
		}
		p = path.Join(home, p)
	}
	return dfs, p, nil
}

// send uploads the distribution beside its place, and gives it its name. Somebody
// else may have been first, which existing tells.
func (p *push) send(ctx context.Context) (existing bool, err error) {
	parent := path.Dir(p.to)
	temporary := path.Join(parent, pushingPrefix+uuid.NewString())
	published := false
	defer func() {
		if published {
			return
		}
		after, cancel := afterwards(ctx, takeBackTimeout)
		defer cancel()
		if removeErr := p.dfs.RemoveAll(after, temporary); removeErr != nil {
			err = errors.Join(err, withHint(fmt.Errorf("%w: %s%s: %w", ErrLeftBehind, p.dfs.URI(), temporary, removeErr),
				"the next push beside it removes it when it is a day old, or: hdfs dfs -rm -r "+p.dfs.URI()+temporary))
		}
	}()
	if err := p.makeFolders(ctx, temporary); err != nil {
		return false, err
	}
	if err := p.removeStale(ctx, temporary, graceTime); err != nil {
		return false, err
	}
	for _, item := range p.items {
		p.meter.expect(item.resource.Size)
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for i := range p.items {
		group.Go(func() error { return p.sendFile(gctx, &p.items[i], path.Join(temporary, p.items[i].resource.Key)) })
	}
	if err := group.Wait(); err != nil {
		return false, cmp.Or(context.Cause(ctx), err)
	}
	if err := p.writeRecord(ctx, path.Join(temporary, recordName)); err != nil {
		return false, err
	}
	switch err := renameTo(ctx, p.dfs, temporary, p.to); {
	case errors.Is(err, fs.ErrExist):
		return p.isThere(ctx)
	case err != nil:
		return false, err
	}
	published = true
	return false, nil
}

func (p *push) makeFolders(ctx context.Context, temporary string) error {
	made := map[string]bool{}
	for _, item := range p.items {
		dir := path.Dir(path.Join(temporary, item.resource.Key))
		if made[dir] {
			continue
		}
		made[dir] = true
		if err := p.dfs.MkdirAll(ctx, dir, pushedMode); err != nil {
			return err
		}
	}
	return nil
}

// removeStale removes pushes beside its own, of the same user, that are older by
// age and so were given up. The clock is the NameNode's.
func (p *push) removeStale(ctx context.Context, own string, age time.Duration) error {
	now, err := p.dfs.Stat(ctx, own)
	if err != nil {
		return err
	}
	list, err := p.dfs.List(ctx, path.Dir(own))
	if err != nil {
		return err
	}
	for _, s := range list {
		old := now.ModificationTime-s.ModificationTime > age.Milliseconds()
		if strings.HasPrefix(path.Base(s.Path), pushingPrefix) && s.Path != own && s.Owner == now.Owner && old {
			if err := p.dfs.RemoveAll(ctx, s.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendFile writes a file while its hash is made.
func (p *push) sendFile(ctx context.Context, item *cacheItem, to string) error {
	err := repeat(ctx, p.dfs, "upload", item.resource.Source, func() error {
		content, err := openSource(ctx, item.resource)
		if err != nil {
			return err
		}
		defer content.Close()
		options := hdfs.CreateOptions{Permission: cachedMode, Size: item.resource.Size}
		_, _, err = p.meter.upload(ctx, p.dfs, to, item.resource.Key, content, options, func(status hdfs.FileStatus) error {
			if status.Length != item.resource.Size {
				return fmt.Errorf("%s has %d bytes, not %d: %w", to, status.Length, item.resource.Size, errDamaged)
			}
			return content.verify()
		})
		if err != nil {
			return err
		}
		item.hash = content.sum()
		p.index.record(content.identity, item.hash)
		return nil
	})
	if err != nil {
		return fmt.Errorf("push %s: %w", item.resource.Key, err)
	}
	return nil
}
