package hdfs

import (
	"context"
	"io"
	"io/fs"
)

// FileStatus is what the NameNode says of a file or a directory.
type FileStatus struct {
	// Path is absolute, without scheme and authority.
	Path  string
	IsDir bool
	// Length is in bytes, 0 for a directory.
	Length int64
	// ModificationTime is in milliseconds since the epoch, exact.
	ModificationTime int64
	// Permission holds the permission bits and, where set, fs.ModeSticky.
	Permission   fs.FileMode
	Owner, Group string
	// Replication is 0 for a directory.
	Replication int
	// BlockSize is in bytes, 0 for a directory.
	BlockSize int64
}

// CreateOptions says how a file is written. The zero value is useful.
type CreateOptions struct {
	// Permission is final: no umask is applied. 0 means 0644.
	Permission fs.FileMode
	// Replication 0 means dfs.replication (3).
	Replication int
	// BlockSize is in bytes. 0 means: one block for the whole file, that is its
	// size rounded up to 1 MiB, where the size is known and not above 2 GiB; else
	// dfs.blocksize. One block has no moment at which the NameNode can refuse the
	// next one because it has not heard of the last yet.
	BlockSize int64
	// Size is the number of bytes that the reader gives; a reader that gives
	// another number is an error. 0 or less means that it is not known.
	Size int64
	// Progress, if not nil, is called after each chunk of at most 1 MiB with the
	// number of bytes handed to the transport so far. It is called by one
	// goroutine at a time and not after Create has returned.
	Progress func(sent int64)
}

// FileSystem is one HDFS, seen by one user. Paths are absolute, with slashes,
// and may hold any character that HDFS allows. Implementations are safe for
// concurrent use.
//
// Every operation ends soon after its context; the error is then the context's
// cause. It also ends when no byte comes or goes for Options.Timeout; the error
// is then ErrUnreachable.
type FileSystem interface {
	// URI is the prefix of qualified paths: "hdfs://host:port" or "hdfs://nameservice".
	URI() string
	// Stat fails with fs.ErrNotExist where there is nothing.
	Stat(ctx context.Context, path string) (FileStatus, error)
	// List returns the children of a directory, sorted by name. A path that is a
	// file is ErrNotDirectory.
	List(ctx context.Context, path string) ([]FileStatus, error)
	// Walk returns all files (no directories) below a directory, sorted by path.
	// A directory that vanishes meanwhile is passed over.
	Walk(ctx context.Context, path string) ([]FileStatus, error)
	// MkdirAll makes a directory with exactly perm, and the parents that are
	// missing with 0755. A directory that is there already is no error and keeps
	// its permission; a file is ErrNotDirectory.
	MkdirAll(ctx context.Context, path string, perm fs.FileMode) error
	// Create writes a new file and returns its status once the NameNode has
	// completed it. The parent must exist (fs.ErrNotExist), the file must not
	// (fs.ErrExist): of several that create one path at once exactly one
	// succeeds.
	//
	// The data goes to a file ".tmp-<uuid>" beside it, which is then renamed:
	// nobody sees a partial file under its name, not even after this process was
	// killed. On an error, also when ctx ends, that file is removed within
	// another few seconds. When Create returns because ctx ended, one Read of r may
	// still be under way.
	Create(ctx context.Context, path string, r io.Reader, o CreateOptions) (FileStatus, error)
	// Open reads a file from its beginning. ctx bounds the reading too. A file
	// that ends before its length is io.ErrUnexpectedEOF.
	Open(ctx context.Context, path string) (io.ReadCloser, error)
	// Rename moves a file or directory to a path where nothing is. It fails with
	// fs.ErrExist where a file or a directory, also an empty one, is, and never
	// moves from into a directory to. The NameNode decides; nothing can come
	// in between.
	Rename(ctx context.Context, from, to string) error
	// RemoveAll removes a file, or a directory with all it holds. Nothing there
	// is no error.
	RemoveAll(ctx context.Context, path string) error
	// SetPermission sets exactly perm.
	SetPermission(ctx context.Context, path string, perm fs.FileMode) error
	// HomeDirectory returns the user's home; it need not exist.
	HomeDirectory(ctx context.Context) (string, error)
	// Close ends the connections. It belongs after the last operation: those
	// under way may fail with ErrClosed, as do all that follow.
	Close() error
}
