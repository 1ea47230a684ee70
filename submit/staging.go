package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
)

// root is the file system that an address belongs to, scheme://authority with
// viewfs mounts followed; "" and addresses without authority mean the default.
func (c *Client) root(address string) (string, error) {
	if strings.HasPrefix(address, "file:") {
		return "", fmt.Errorf("%s is not in a file system that the cluster's nodes share", address)
	}
	base, err := c.options.Hadoop.DefaultFS()
	if err != nil {
		return "", err
	}
	u := base
	if address != "" {
		scheme, rest, ok := strings.Cut(address, "://")
		authority, dir, _ := strings.Cut(rest, "/")
		if ok && authority != "" {
			u = &url.URL{Scheme: scheme, Host: authority, Path: "/" + dir}
		} else {
			u = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: pathOf(address)}
		}
	}
	resolved, err := c.options.Hadoop.ResolveViewFS(u)
	if err != nil {
		return "", err
	}
	return resolved.Scheme + "://" + resolved.Host, nil
}

// localStagingBase is the folder that holds .flink as far as it is known
// without asking HDFS for the home directory.
//
// Java: YarnClusterDescriptor.getStagingDir.
func (c *Client) localStagingBase(conf *flink.Configuration) (string, error) {
	v, key, _ := conf.Effective(flink.StagingDirectory)
	dir := strings.TrimSpace(v.String())
	if key == "" || dir == "" {
		dir = c.homeOf(c.options.User)
	}
	root, err := c.root(dir)
	if err != nil {
		return "", err
	}
	return root + c.stagingPath(dir, c.options.User), nil
}

// stagingPath is the path of a staging directory; a relative one is below the
// home directory.
func (c *Client) stagingPath(dir, user string) string {
	p := pathOf(dir)
	if !path.IsAbs(p) {
		p = path.Join(c.homeOf(user), p)
	}
	return strings.TrimSuffix(p, "/")
}

func (c *Client) homeOf(user string) string {
	prefix := c.options.Hadoop.Get(keyHomePrefix)
	if prefix == "" {
		prefix = "/user"
	}
	return path.Join(prefix, user)
}

// removeFolder removes an application's staging folder; removed tells whether
// there was one.
func (c *Client) removeFolder(ctx context.Context, folder string) (removed bool, err error) {
	there, err := c.folderExists(ctx, folder)
	if err != nil || !there {
		return false, err
	}
	dfs, err := c.fileSystem(ctx, folder)
	if err != nil {
		return false, err
	}
	return true, dfs.RemoveAll(ctx, pathOf(folder))
}

func (c *Client) folderExists(ctx context.Context, folder string) (bool, error) {
	dfs, err := c.fileSystem(ctx, folder)
	if err != nil {
		return false, err
	}
	_, err = dfs.Stat(ctx, pathOf(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
