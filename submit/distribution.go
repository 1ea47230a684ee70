package submit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hdfs"
)

// OpenDistribution looks at a distribution in one of Hadoop's file systems, with
// lib, plugins, conf, usrlib and opt below address, as PushDistribution puts it
// there; a relative one is below the user's home directory. A SessionSpec with it stages nothing of it: containers take its files
// from where they are. What is wrong with it is a [*flink.Problem].
//
// Java: yarn.provided.lib.dirs, which is what such a start sets; there the
// version, the configuration and the logging still come from a local FLINK_HOME.
func (c *Client) OpenDistribution(ctx context.Context, address string) (*flink.Distribution, error) {
	c.progress(Progress{Phase: PhaseGather, Message: "looking at the distribution"})
	dfs, root, err := c.belowHome(ctx, address)
	if err != nil {
		return nil, err
	}
	address = dfs.URI() + root
	// lib first: what has none is no distribution, and may be large.
	above := newOpenFolders(dfs)
	files, err := remoteFiles(ctx, above, path.Join(root, "lib"), root)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, hdfs.ErrNotDirectory) {
		return nil, &flink.Problem{Path: address, Err: fmt.Errorf("open the distribution: %w", err),
			Advice: "`yarnflink dist list` shows those that are there, `yarnflink dist push` puts one there"}
	}
	if err != nil {
		return nil, fmt.Errorf("open the distribution %s: %w", address, err)
	}
	folders := []string{"plugins", "usrlib", "opt", "conf"}
	found := make([][]flink.File, len(folders))
	group, gctx := errgroup.WithContext(ctx)
	for i, name := range folders {
		group.Go(func() (err error) {
			known := openFolders{dfs, maps.Clone(above.known)}
			found[i], err = remoteFiles(gctx, known, path.Join(root, name), root)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("open the distribution %s: %w", address, cmp.Or(context.Cause(ctx), err))
	}
	return flink.RemoteDistribution(address, slices.Concat(files, slices.Concat(found...)))
}

// LoadConfiguration reads the configuration file of a remote distribution, see
// [flink.LoadConfiguration].
func (c *Client) LoadConfiguration(ctx context.Context, d *flink.Distribution) (*flink.Configuration, string, error) {
	dfs, err := c.fileSystem(ctx, d.Home)
	if err != nil {
		return nil, "", err
	}
	return flink.ReadConfiguration(d.ConfDir, d.Version, func(file string) ([]byte, error) {
		return readSmall(ctx, dfs, pathOf(file), maxConfiguration)
	})
}

// DistributionReport is what is seen of a remote distribution.
type DistributionReport struct {
	Address      string `json:"address"`
	FlinkVersion string `json:"flinkVersion"`
	Files        int    `json:"files"`
	Bytes        int64  `json:"bytes"`
	// Public tells that everybody can start from it.
	Public bool `json:"public"`
	// ModificationTime is that of its flink-dist jar.
	ModificationTime time.Time `json:"modificationTime"`
}

func reportOf(d *flink.Distribution) DistributionReport {
	r := DistributionReport{Address: d.Home, FlinkVersion: d.Version.String(), Public: true, ModificationTime: time.UnixMilli(d.DistJar.ModificationTime)}
	for _, f := range slices.Concat(d.Provided(), d.UsrLib, d.Opt) {
		r.Files++
		r.Bytes += f.Size
		r.Public = r.Public && f.Public
	}
	return r
}

// ListDistributions finds the distributions in the folder at address, or the one
// that it is itself, sorted by address; "" is the folder of PushDistribution.
func (c *Client) ListDistributions(ctx context.Context, address string) ([]DistributionReport, error) {
	dfs, folder, err := c.belowHome(ctx, cmp.Or(address, distributionsFolder))
	if err != nil {
		return nil, err
	}
	children, err := dfs.List(ctx, folder)
	switch {
	case errors.Is(err, fs.ErrNotExist) && address == "":
		return []DistributionReport{}, nil
	case err != nil:
		return nil, err
	case slices.ContainsFunc(children, func(s hdfs.FileStatus) bool { return s.IsDir && path.Base(s.Path) == "lib" }):
		children = []hdfs.FileStatus{{Path: folder, IsDir: true}}
	}
	found := make([]*DistributionReport, len(children))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookUps)
	for i, s := range children {
		if !s.IsDir || strings.HasPrefix(path.Base(s.Path), ".") {
			continue
		}
		group.Go(func() error {
			d, err := c.OpenDistribution(ctx, dfs.URI()+s.Path)
			switch problem := new(flink.Problem); {
			case errors.As(err, &problem), errors.Is(err, fs.ErrPermission):
				return nil // something else
			case err != nil:
				return err
			}
			report := reportOf(d)
			found[i] = &report
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	reports := []DistributionReport{}
	for _, r := range found {
		if r != nil {
			reports = append(reports, *r)
		}
	}
	return reports, nil
}
