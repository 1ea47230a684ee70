package submit

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/yarnflink/yarnflink/hdfs"
)

// openFolders finds out which folders everybody may enter: a NodeManager refuses
// a PUBLIC resource where one above it is closed. It looks at each folder once,
// and is not safe for concurrent use.
//
// Java: org.apache.hadoop.yarn.util.FSDownload.isPublic.
type openFolders struct {
	dfs   hdfs.FileSystem
	known map[string]*hdfs.FileStatus // the closed folder at or above, nil for none
}

func newOpenFolders(dfs hdfs.FileSystem) openFolders {
	return openFolders{dfs, map[string]*hdfs.FileStatus{}}
}

// closed is the nearest folder, dir itself or one above it, that not everybody
// may enter; nil where there is none.
func (o openFolders) closed(ctx context.Context, dir string) (*hdfs.FileStatus, error) {
	if closed, ok := o.known[dir]; ok {
		return closed, nil
	}
	status, err := o.dfs.Stat(ctx, dir)
	var closed *hdfs.FileStatus
	switch parent := path.Dir(dir); {
	case errors.Is(err, fs.ErrPermission):
		closed = &hdfs.FileStatus{Path: dir}
	case err != nil:
		return nil, err
	case status.Permission.Perm()&0o001 == 0:
		closed = &status
	case parent != dir:
		if closed, err = o.closed(ctx, parent); err != nil {
			return nil, err
		}
	}
	o.known[dir] = closed
	return closed, nil
}
