package submit

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
)

// readRetryFor is how long one file of many is tried again at most: the others wait.
const readRetryFor = 5 * time.Second

// ReadFolder is a folder of a file system of Hadoop, to be read.
type ReadFolder struct {
	// URI is the file system's, "hdfs://host:port", Path the folder in it.
	URI, Path string

	dfs hdfs.FileSystem
	// files is dfs with less patience.
	files hdfs.FileSystem
}

// OpenFolder opens the file system of a folder; whether the folder is there is
// seen when it is listed. An address without a scheme is in the default file system.
func (c *Client) OpenFolder(ctx context.Context, address string) (*ReadFolder, error) {
	if isRemote(address) && !onHadoop(address) {
		return nil, &ValidationError{[]Problem{{What: address + " can't be read", Why: "only file systems of Hadoop and local folders can", Do: "name a folder of hdfs://, webhdfs://, viewfs:// or file://"}}}
	}
	dfs, err := c.fileSystem(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	return newReadFolder(dfs, pathOf(address)), nil
}

func newReadFolder(dfs hdfs.FileSystem, path string) *ReadFolder {
	f := &ReadFolder{URI: dfs.URI(), Path: path, dfs: dfs, files: dfs}
	if r, ok := dfs.(*repeating); ok && r.retryFor > readRetryFor {
		f.files = &repeating{FileSystem: r.FileSystem, retryFor: readRetryFor, logger: r.logger, progress: r.progress}
	}
	return f
}

// List returns what a folder of the file system holds. Beneath is hdfs.FileSystem.List.
func (f *ReadFolder) List(ctx context.Context, path string) ([]hdfs.FileStatus, error) {
	return f.dfs.List(ctx, path)
}

// Read has a file read, again from its beginning where its transfer broke. What
// read returns comes back.
func (f *ReadFolder) Read(ctx context.Context, path string, read func(io.Reader) error) error {
	return repeat(ctx, f.files, "read", path, func() error {
		r, err := f.dfs.Open(ctx, path)
		if err != nil {
			return err
		}
		defer r.Close()
		return read(r)
	})
}
