package submit

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
)

const (
	// fileAttempts is how often an operation of the file system is tried whose
	// connection broke or whose NameNode is busy.
	fileAttempts   = 3
	firstFilePause = 250 * time.Millisecond
)

// repeating is a file system whose operations are tried again where that is
// safe: what only reads, and what comes to the same when it is done twice.
// Create, Open and Rename are passed on as they are.
type repeating struct {
	hdfs.FileSystem
	logger *slog.Logger
}

func (r *repeating) try(ctx context.Context, op, path string, do func() error) error {
	return repeat(ctx, r.logger, firstFilePause, op, path, do)
}

// repeat does something with a file until it succeeds, fails for good, or was
// tried fileAttempts times. The first pause is wait; each further one is twice
// as long.
func repeat(ctx context.Context, logger *slog.Logger, wait time.Duration, op, path string, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || ctx.Err() != nil || attempt == fileAttempts || !hdfs.Retriable(err) {
			return err
		}
		logger.Debug("try again", "op", op, "path", path, "attempt", attempt, "error", err)
		if err := pause(ctx, wait); err != nil {
			return err
		}
		wait *= 2
	}
}

func (r *repeating) Stat(ctx context.Context, path string) (s hdfs.FileStatus, err error) {
	err = r.try(ctx, "stat", path, func() error { s, err = r.FileSystem.Stat(ctx, path); return err })
	return s, err
}

func (r *repeating) List(ctx context.Context, path string) (list []hdfs.FileStatus, err error) {
	err = r.try(ctx, "list", path, func() error { list, err = r.FileSystem.List(ctx, path); return err })
	return list, err
}

func (r *repeating) Walk(ctx context.Context, path string) (list []hdfs.FileStatus, err error) {
	err = r.try(ctx, "walk", path, func() error { list, err = r.FileSystem.Walk(ctx, path); return err })
	return list, err
}

func (r *repeating) MkdirAll(ctx context.Context, path string, perm fs.FileMode) error {
	return r.try(ctx, "make directory", path, func() error { return r.FileSystem.MkdirAll(ctx, path, perm) })
}

func (r *repeating) RemoveAll(ctx context.Context, path string) error {
	return r.try(ctx, "remove", path, func() error { return r.FileSystem.RemoveAll(ctx, path) })
}

func (r *repeating) HomeDirectory(ctx context.Context) (home string, err error) {
	err = r.try(ctx, "find home directory", "", func() error { home, err = r.FileSystem.HomeDirectory(ctx); return err })
	return home, err
}
