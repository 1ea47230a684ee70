package hdfs

import (
	"context"
	"io"
	"sync"
	"time"
)

// watchdog ends a context when what it watches takes longer than its timeout.
type watchdog struct {
	timeout time.Duration
	timer   *time.Timer
	cancel  context.CancelCauseFunc
}

// watch returns a context that ends with errSilent once a watched time has
// passed. The watchdog has to be stopped; it does not run at first.
func watch(ctx context.Context, timeout time.Duration) (context.Context, *watchdog) {
	watched, cancel := context.WithCancelCause(ctx)
	w := &watchdog{timeout: timeout, cancel: cancel}
	w.timer = time.AfterFunc(timeout, func() { cancel(errSilent) })
	w.timer.Stop()
	return watched, w
}

func (w *watchdog) start() { w.timer.Reset(w.timeout) }
func (w *watchdog) pause() { w.timer.Stop() }

func (w *watchdog) stop() {
	w.timer.Stop()
	w.cancel(context.Canceled)
}

// uploadBody gives a source to an HTTP request. The watchdog runs while the
// network has the data, and rests while the source has to give some.
type uploadBody struct {
	src      *source
	watchdog *watchdog

	mu   sync.Mutex
	rest []byte
	last int // length of the chunk that rest is of
	err  error
}

func (b *uploadBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rest) == 0 && b.err == nil {
		b.src.report(b.last)
		b.last = 0
		b.watchdog.pause()
		b.rest, b.err = b.src.take()
		b.last = len(b.rest)
	}
	b.watchdog.start()
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// close keeps the HTTP client, which may not be done with the body when it
// returns, from reading on; it returns what the source failed with.
func (b *uploadBody) close() error {
	b.src.stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.err
	if err == nil {
		b.err = errStopped
	}
	if err == io.EOF || err == errStopped {
		return nil
	}
	return err
}

// complete is nil when all of the content was taken. The HTTP client does not
// ask for more than the announced length, so the end may not have been seen.
func (b *uploadBody) complete(ctx context.Context, p, addr string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rest) == 0 && b.err == nil {
		b.src.report(b.last)
		b.last = 0
		b.rest, b.err = b.src.take()
	}
	if b.err == io.EOF && len(b.rest) == 0 {
		return nil
	}
	err := b.err
	if err == nil || err == io.EOF {
		err = errEarlyAnswer
	}
	return transferError(ctx, "create", p, addr, err)
}
