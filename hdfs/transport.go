package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync/atomic"
	"time"
)

const (
	mib                  = 1 << 20
	maxBlockSize         = 2 << 30
	defaultBlockSize     = 128 * mib
	defaultReplication   = 3
	defaultPermission    = 0o644
	parentPermission     = 0o755
	cleanupTimeout       = 5 * time.Second
	permissionMask       = 0o1777
	hdfsSticky           = 0o1000
	temporaryFilePrefix  = ".tmp-"
	maxWalkDirectories   = 1 << 20
	maxWalkFiles         = 1 << 20
	minBlockSizeProperty = "dfs.namenode.fs-limits.min-block-size"
)

// transport is what differs between the two ways: single steps that carry the
// errors of this package. Whatever both need beyond them is in fileSystem.
type transport interface {
	stat(ctx context.Context, op, path string) (FileStatus, error)
	list(ctx context.Context, path string) ([]FileStatus, error)
	// mkdir makes one directory; one that is there already may be an error or not.
	mkdir(ctx context.Context, path string, perm fs.FileMode) error
	// write creates a file that isn't there with what src gives.
	write(ctx context.Context, path string, src *source, f fileLayout) error
	// open reads the file that st describes; the reader counts nothing.
	open(ctx context.Context, st FileStatus) (io.ReadCloser, error)
	rename(ctx context.Context, from, to string) error
	remove(ctx context.Context, path string) error
	chmod(ctx context.Context, path string, perm fs.FileMode) error
	home(ctx context.Context) (string, error)
	close() error
}

// fileLayout is how a new file is stored; nothing in it is left to a default.
type fileLayout struct {
	permission  fs.FileMode
	replication int
	blockSize   int64
}

// fileSystem is FileSystem on any transport.
type fileSystem struct {
	transport   transport
	uri         string
	replication int
	blockSize   int64 // dfs.blocksize
	minBlock    int64
	closed      atomic.Bool
}

func newFileSystem(o Options, t target, tr transport) *fileSystem {
	f := &fileSystem{transport: tr, uri: t.uri, replication: defaultReplication, blockSize: defaultBlockSize, minBlock: mib}
	if n, err := o.Configuration.Int("dfs.replication"); err == nil && n > 0 {
		f.replication = int(n)
	}
	if n, err := o.Configuration.Size("dfs.blocksize"); err == nil && n > 0 {
		f.blockSize = n
	}
	if n, err := o.Configuration.Size(minBlockSizeProperty); err == nil && n > 0 {
		f.minBlock = n
	}
	return f
}

func (f *fileSystem) URI() string { return f.uri }

// check refuses what needs no server, before an operation.
func (f *fileSystem) check(ctx context.Context, op string, paths ...string) error {
	for _, p := range paths {
		if !strings.HasPrefix(p, "/") {
			return &operationError{op: op, path: p, kind: fs.ErrInvalid, cause: errors.New("the path is not absolute")}
		}
		if path.Clean(p) != p {
			return &operationError{op: op, path: p, kind: fs.ErrInvalid, cause: fmt.Errorf("the path is not in its shortest form, %s", path.Clean(p))}
		}
		if strings.ContainsRune(p, 0) {
			return &operationError{op: op, path: p, kind: fs.ErrInvalid, cause: errors.New("the path holds a zero byte")}
		}
	}
	if f.closed.Load() {
		return &operationError{op: op, path: paths[0], kind: ErrClosed}
	}
	return ended(ctx, op, paths[0])
}

func (f *fileSystem) Stat(ctx context.Context, p string) (FileStatus, error) {
	if err := f.check(ctx, "stat", p); err != nil {
		return FileStatus{}, err
	}
	return f.transport.stat(ctx, "stat", p)
}

func (f *fileSystem) Rename(ctx context.Context, from, to string) error {
	if err := f.check(ctx, "rename", from, to); err != nil {
		return err
	}
	return f.transport.rename(ctx, from, to)
}

func (f *fileSystem) SetPermission(ctx context.Context, p string, perm fs.FileMode) error {
	if err := f.check(ctx, "set permission of", p); err != nil {
		return err
	}
	return f.transport.chmod(ctx, p, perm)
}

func (f *fileSystem) HomeDirectory(ctx context.Context) (string, error) {
	if err := f.check(ctx, "find home directory of user", "/"); err != nil {
		return "", err
	}
	return f.transport.home(ctx)
}

func (f *fileSystem) RemoveAll(ctx context.Context, p string) error {
	if err := f.check(ctx, "remove", p); err != nil {
		return err
	}
	if p == "/" {
		return &operationError{op: "remove", path: p, kind: fs.ErrInvalid, cause: errors.New("the root can't be removed")}
	}
	return f.transport.remove(ctx, p)
}

func (f *fileSystem) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	return f.transport.close()
}

// octal returns the bits that HDFS knows as it writes them.
func octal(perm fs.FileMode) uint32 {
	bits := uint32(perm.Perm())
	if perm&fs.ModeSticky != 0 {
		bits |= hdfsSticky
	}
	return bits
}

// fileMode is the reverse of octal; bits that mark ACLs or encryption are dropped.
func fileMode(bits uint32) fs.FileMode {
	bits &= permissionMask
	mode := fs.FileMode(bits) & fs.ModePerm
	if bits&hdfsSticky != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}
