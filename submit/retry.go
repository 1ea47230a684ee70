package submit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
)

const (
	// DefaultRetryFor is how long a file system that has answered once is waited
	// for: a NameNode or a DataNode that is started anew needs some 20 s.
	DefaultRetryFor = 30 * time.Second
	// minAttempts is how often everything is tried, however long an attempt takes.
	// What has not answered yet is not tried more often: its address may be wrong.
	minAttempts = 3

	firstRetryPause = 250 * time.Millisecond
	lastRetryPause  = 2 * time.Second
	// quietRetries is how long is waited without a word.
	quietRetries = 2 * time.Second
)

// repeating is a file system whose operations are tried again where that is
// safe: what only reads, and what comes to the same when it is done twice.
// Create, Open and Rename are passed on as they are; see repeat.
type repeating struct {
	hdfs.FileSystem
	retryFor time.Duration
	logger   *slog.Logger
	progress func(Progress)

	answered atomic.Bool  // once
	told     atomic.Int64 // when it was told last that it is waited for, Unix nanoseconds
}

// exhausted marks an error that was tried again already.
type exhausted struct{ error }

func (e *exhausted) Unwrap() error { return e.error }

// repeat does something with files of dfs until it succeeds, fails for good, or
// has been tried for as long as dfs is.
func repeat(ctx context.Context, dfs hdfs.FileSystem, op, path string, do func() error) error {
	r, ok := dfs.(*repeating)
	if !ok {
		return do()
	}
	var failed time.Time // first
	wait := firstRetryPause
	for attempt := 1; ; attempt++ {
		err := do()
		if ctx.Err() != nil || !hdfs.Retriable(err) || errors.As(err, new(*exhausted)) {
			return err
		}
		if failed.IsZero() {
			failed = time.Now()
		}
		passed := time.Since(failed)
		if attempt == 1 && r.retryFor < 0 {
			return &exhausted{err}
		}
		if r.gaveUp(err, attempt, passed+wait) {
			return &exhausted{fmt.Errorf("%w (tried %d times)", err, attempt)}
		}
		r.logger.Debug("try again", "op", op, "path", path, "attempt", attempt, "error", err)
		if passed > quietRetries {
			r.tell()
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, lastRetryPause)
	}
}

// tell says, once in an outage, why nothing goes on.
func (r *repeating) tell() {
	now, last := time.Now(), r.told.Load()
	if now.Sub(time.Unix(0, last)) > r.retryFor && r.told.CompareAndSwap(last, now.UnixNano()) {
		r.progress(Progress{Phase: PhaseStage, Message: fmt.Sprintf("HDFS fails, trying again for up to %s", r.retryFor)})
	}
}

// gaveUp tells whether it was tried for long enough when the next attempt would
// begin after so much time.
func (r *repeating) gaveUp(err error, attempts int, next time.Duration) bool {
	answered := r.answered.Load() || errors.As(err, new(*hdfs.RemoteError))
	return r.retryFor < 0 || (attempts >= minAttempts && (!answered || next > r.retryFor))
}

// ask repeats a question to the NameNode.
func (r *repeating) ask(ctx context.Context, op, path string, do func() error) error {
	err := repeat(ctx, r, op, path, do)
	if err == nil || errors.As(err, new(*hdfs.RemoteError)) {
		r.answered.Store(true)
	}
	return err
}

func (r *repeating) Stat(ctx context.Context, path string) (s hdfs.FileStatus, err error) {
	err = r.ask(ctx, "stat", path, func() error { s, err = r.FileSystem.Stat(ctx, path); return err })
	return s, err
}

func (r *repeating) List(ctx context.Context, path string) (list []hdfs.FileStatus, err error) {
	err = r.ask(ctx, "list", path, func() error { list, err = r.FileSystem.List(ctx, path); return err })
	return list, err
}

func (r *repeating) Walk(ctx context.Context, path string) (list []hdfs.FileStatus, err error) {
	err = r.ask(ctx, "walk", path, func() error { list, err = r.FileSystem.Walk(ctx, path); return err })
	return list, err
}

func (r *repeating) MkdirAll(ctx context.Context, path string, perm fs.FileMode) error {
	return r.ask(ctx, "make directory", path, func() error { return r.FileSystem.MkdirAll(ctx, path, perm) })
}

func (r *repeating) RemoveAll(ctx context.Context, path string) error {
	return r.ask(ctx, "remove", path, func() error { return r.FileSystem.RemoveAll(ctx, path) })
}

// HomeDirectory asks nobody over RPC: it does not tell that the NameNode answers.
func (r *repeating) HomeDirectory(ctx context.Context) (home string, err error) {
	err = repeat(ctx, r, "find home directory", "", func() error { home, err = r.FileSystem.HomeDirectory(ctx); return err })
	return home, err
}
