package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/yarnflink/yarnflink/hdfs"
)

// FileSystem is what is needed of one to read archives.
type FileSystem interface {
	// List returns what a folder holds. A folder that is not there is fs.ErrNotExist.
	List(ctx context.Context, path string) ([]hdfs.FileStatus, error)
	// Read opens a file and has it read; again from its beginning, where that may help.
	// What read returns comes back. A file that is not there is fs.ErrNotExist.
	Read(ctx context.Context, path string, read func(io.Reader) error) error
}

// Folder is a folder of archives.
type Folder struct {
	FileSystem
	// URI stands before paths in addresses: "hdfs://host:port", "" for local folders.
	URI  string
	Path string
}

// String is the folder's address.
func (f Folder) String() string { return f.URI + f.Path }

// Local is the file system of this machine.
type Local struct{}

// List returns what a local folder holds. Links are followed; what vanishes
// meanwhile is left out.
func (Local) List(ctx context.Context, dir string) ([]hdfs.FileStatus, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []hdfs.FileStatus
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, hdfs.FileStatus{Path: filepath.ToSlash(name), IsDir: info.IsDir(), Length: info.Size(), ModificationTime: info.ModTime().UnixMilli(), Permission: info.Mode().Perm()})
	}
	return list, nil
}

// Read reads a local file, which has to be an ordinary one: others may never end.
func (Local) Read(ctx context.Context, name string, read func(io.Reader) error) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", name, damaged("it is no ordinary file"))
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return read(&ending{ctx, f})
}

// ending is a reader that fails once its context has ended.
type ending struct {
	ctx context.Context
	r   io.Reader
}

func (e *ending) Read(p []byte) (int, error) {
	if e.ctx.Err() != nil {
		return 0, context.Cause(e.ctx)
	}
	return e.r.Read(p)
}
