package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/google/uuid"
)

// lateLooks is how often, ever later, what a failed Create left is looked for.
const (
	lateLooks     = 6
	firstLateLook = 20 * time.Millisecond
	// settleTime is how long is asked what became of a change whose answer was
	// lost: a NameNode that has died is replaced by then, or starts anew.
	settleTime      = 30 * time.Second
	lastSettlePause = time.Second
)

// Create writes beside the file and renames, because no transport can tell
// after a lost answer whether a file that is there now is its own: removing the
// partial one could remove somebody else's. A temporary name is ours alone.
func (f *fileSystem) Create(ctx context.Context, p string, r io.Reader, o CreateOptions) (FileStatus, error) {
	const op = "create"
	if err := f.check(ctx, op, p); err != nil {
		return FileStatus{}, err
	}
	if err := f.creatable(ctx, p); err != nil {
		return FileStatus{}, err
	}
	src := newSource(ctx, r, o)
	defer src.stop()
	if err := src.start(); err != nil {
		return FileStatus{}, transferError(ctx, op, p, "", err)
	}
	temporary := path.Join(path.Dir(p), temporaryFilePrefix+uuid.NewString())
	err := f.transport.write(ctx, temporary, src, f.layout(o, src.size))
	if err == nil {
		err = f.publish(ctx, temporary, p)
	}
	var st FileStatus
	if err == nil {
		if st, err = f.settled(ctx, op, p); err == nil {
			return st, nil
		}
		// It has its name, but its time can't be told: take it back.
		temporary = p
	}
	f.discard(ctx, temporary, !answered(ctx, err))
	return FileStatus{}, renamed(err, op, temporary, p)
}

// creatable refuses before anything is sent what would be refused afterwards.
func (f *fileSystem) creatable(ctx context.Context, p string) error {
	if p == "/" {
		return &operationError{op: "create", path: p, kind: fs.ErrExist}
	}
	if _, err := f.transport.stat(ctx, "create", p); err == nil {
		return &operationError{op: "create", path: p, kind: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent, err := f.transport.stat(ctx, "create", path.Dir(p))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &operationError{op: "create", path: p, kind: fs.ErrNotExist, cause: fmt.Errorf("its directory %s is missing", path.Dir(p))}
	case err != nil:
		return err
	case !parent.IsDir:
		return &operationError{op: "create", path: p, kind: ErrNotDirectory, cause: fmt.Errorf("%s is a file", path.Dir(p))}
	}
	return nil
}

// publish gives the complete file its name. When the answer to that is lost,
// the temporary name tells: if it is gone, the file has been renamed and can
// only have been renamed by us.
func (f *fileSystem) publish(ctx context.Context, temporary, p string) error {
	err := f.transport.rename(ctx, temporary, p)
	if err == nil || answered(ctx, err) {
		return err
	}
	_, statErr := f.settled(ctx, "create", temporary)
	if ctx.Err() != nil {
		fresh, cancel := cleanupContext(ctx)
		defer cancel()
		_, statErr = f.settled(fresh, "create", temporary)
	}
	if !errors.Is(statErr, fs.ErrNotExist) {
		return err
	}
	if ended(ctx, "create", p) == nil {
		return nil
	}
	f.discard(ctx, p, false)
	return err
}

// settled is stat that asks until a NameNode answers: with what was sent and may
// have been carried out, nobody could go on or try again without knowing.
func (f *fileSystem) settled(ctx context.Context, op, p string) (FileStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for delay := firstLateLook; ; delay = min(2*delay, lastSettlePause) {
		st, err := f.transport.stat(ctx, op, p)
		if !Retriable(err) || !sleep(ctx, delay) {
			return st, err
		}
	}
}

// sleep returns false when the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answered tells whether a server said no, so that nothing was changed. The error
// of a context that has ended is its cause, which may be another's answer.
func answered(ctx context.Context, err error) bool {
	var remote *RemoteError
	return ctx.Err() == nil && errors.As(err, &remote) && !errors.Is(err, ErrUnreachable)
}

// discard removes what a failed Create left, also after its context ended. late
// tells that it may not be there yet: a server can have the request to create a
// file, and carry it out when its client has gone away.
func (f *fileSystem) discard(ctx context.Context, p string, late bool) {
	fresh, cancel := cleanupContext(ctx)
	defer cancel()
	delay := firstLateLook
	for look := 1; late && look < lateLooks; look++ {
		if _, err := f.transport.stat(fresh, "create", p); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if !sleep(fresh, delay) {
			return
		}
		delay *= 2
	}
	for Retriable(f.transport.remove(fresh, p)) && sleep(fresh, delay) {
	}
}

func cleanupContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
}

// renamed puts the file's own name and operation in place of the temporary
// one: nobody but us knows that.
func renamed(err error, op, temporary, p string) error {
	var remote *RemoteError
	var operation *operationError
	switch {
	case errors.As(err, &remote):
		own := *remote
		own.Op, own.Path = op, p
		return &own
	case errors.As(err, &operation):
		own := *operation
		own.op, own.path = op, p
		return &own
	}
	return err
}

// layout fills what the options leave open.
func (f *fileSystem) layout(o CreateOptions, size int64) fileLayout {
	l := fileLayout{permission: o.Permission, replication: o.Replication, blockSize: o.BlockSize}
	if l.permission == 0 {
		l.permission = defaultPermission
	}
	if l.replication <= 0 {
		l.replication = f.replication
	}
	if l.blockSize <= 0 {
		l.blockSize = f.blockSize
		if size >= 0 && size <= maxBlockSize {
			l.blockSize = max(roundUp(size, mib), roundUp(f.minBlock, mib))
		}
	}
	return l
}

func roundUp(n, unit int64) int64 { return max(1, (n+unit-1)/unit) * unit }
