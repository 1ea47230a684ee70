package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
)

// failedTransfers is how many transfers have to break one after the other until
// the DataNodes' own port counts as closed: one may break by itself.
const failedTransfers = 2

// fallbackTransport speaks RPC until that does not get through and WebHDFS does,
// and WebHDFS from then on.
type fallbackTransport struct {
	rpc, web transport
	// told is called once, with the reason and the address of WebHDFS.
	told    func(why error, address string)
	address string

	broken atomic.Int32 // transfers since the last one that succeeded
	mu     sync.Mutex   // held while WebHDFS is tried
	gone   atomic.Bool  // over to WebHDFS
}

// current is the transport in use.
func (t *fallbackTransport) current() transport {
	if t.gone.Load() {
		return t.web
	}
	return t.rpc
}

// overTo tells whether what failed over RPC is to be done over WebHDFS; the error
// is what there is to say otherwise.
func (t *fallbackTransport) overTo(ctx context.Context, err error) (bool, error) {
	if err == nil || !errors.Is(err, ErrUnreachable) || ctx.Err() != nil || reached(err) {
		return false, err
	}
	return t.change(ctx, err)
}

// reached tells that a NameNode was reached: it has answered, or ended after it
// had. Another one, or the same, will be there soon.
func reached(err error) bool {
	return errors.As(err, new(*RemoteError)) || errors.Is(err, errLeft)
}

// change goes over to WebHDFS if that answers.
func (t *fallbackTransport) change(ctx context.Context, why error) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone.Load() {
		return true, nil
	}
	if _, err := t.web.stat(ctx, "stat", "/"); err != nil && !errors.Is(err, fs.ErrPermission) {
		if ctx.Err() != nil {
			return false, why
		}
		return false, fmt.Errorf("%w, nor over WebHDFS: %w", why, err)
	}
	t.gone.Store(true)
	t.told(why, t.address)
	return true, nil
}

// again does what may be done twice, the second time over WebHDFS.
func again[T any](ctx context.Context, t *fallbackTransport, do func(transport) (T, error)) (T, error) {
	used := t.current()
	v, err := do(used)
	if used == t.web {
		return v, err
	}
	over, err := t.overTo(ctx, err)
	if over {
		return do(t.web)
	}
	return v, err
}

// transferred counts what became of a transfer. What broke can't be done again
// here: its content is used up, or half of it.
func (t *fallbackTransport) transferred(ctx context.Context, used transport, err error) error {
	switch {
	case used == t.web:
		return err
	case err == nil:
		t.broken.Store(0)
		return nil
	case !Retriable(err) || errors.Is(err, ErrSafeMode) || errors.Is(err, errBusy) || errors.Is(err, ErrUnreachable) && reached(err):
		return err
	case t.broken.Add(1) < failedTransfers:
		return err
	}
	if over, _ := t.change(ctx, err); !over {
		t.broken.Store(0)
	}
	return err
}

func (t *fallbackTransport) stat(ctx context.Context, op, p string) (FileStatus, error) {
	return again(ctx, t, func(via transport) (FileStatus, error) { return via.stat(ctx, op, p) })
}

func (t *fallbackTransport) list(ctx context.Context, p string) ([]FileStatus, error) {
	return again(ctx, t, func(via transport) ([]FileStatus, error) { return via.list(ctx, p) })
}

func (t *fallbackTransport) home(ctx context.Context) (string, error) {
	return again(ctx, t, func(via transport) (string, error) { return via.home(ctx) })
}

func (t *fallbackTransport) mkdir(ctx context.Context, p string, perm fs.FileMode) error {
	return t.do(ctx, func(via transport) error { return via.mkdir(ctx, p, perm) })
}

func (t *fallbackTransport) remove(ctx context.Context, p string) error {
	return t.do(ctx, func(via transport) error { return via.remove(ctx, p) })
}

func (t *fallbackTransport) chmod(ctx context.Context, p string, perm fs.FileMode) error {
	return t.do(ctx, func(via transport) error { return via.chmod(ctx, p, perm) })
}

// do is again for what returns an error only.
func (t *fallbackTransport) do(ctx context.Context, do func(transport) error) error {
	_, err := again(ctx, t, func(via transport) (struct{}, error) { return struct{}{}, do(via) })
	return err
}

// rename is not done twice: whether the first one was carried out is the
// caller's to find out.
func (t *fallbackTransport) rename(ctx context.Context, from, to string) error {
	used := t.current()
	err := used.rename(ctx, from, to)
	if used == t.rpc && err != nil {
		if over, failed := t.overTo(ctx, err); !over {
			return failed
		}
	}
	return err
}

func (t *fallbackTransport) write(ctx context.Context, p string, src *source, l fileLayout) error {
	used := t.current()
	return t.transferred(ctx, used, used.write(ctx, p, src, l))
}

func (t *fallbackTransport) open(ctx context.Context, st FileStatus) (io.ReadCloser, error) {
	used := t.current()
	r, err := used.open(ctx, st)
	return r, t.transferred(ctx, used, err)
}

func (t *fallbackTransport) close() error { return errors.Join(t.rpc.close(), t.web.close()) }
