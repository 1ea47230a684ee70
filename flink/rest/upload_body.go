package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

var errStalled = errors.New("the JobManager stopped taking the upload")

// uploadBody is a jar on its way. It ends the request when the connection
// takes nothing for the length of pause, insists on the promised size, and
// remembers the reader's error, which http mixes with the connection's.
type uploadBody struct {
	r     io.Reader
	pause time.Duration
	watch *time.Timer // runs while the connection is busy, not while r is read

	mu       sync.Mutex
	left     int64
	sent     int64
	progress func(sent int64)
	failed   error
	stopped  bool
}

func newUploadBody(r io.Reader, size int64, pause time.Duration, progress func(int64), cancel context.CancelCauseFunc) *uploadBody {
	return &uploadBody{
		r: r, left: size, pause: pause, progress: progress,
		watch: time.AfterFunc(pause, func() { cancel(errStalled) }),
	}
}

// Read is called by the goroutine that writes the request.
func (b *uploadBody) Read(p []byte) (int, error) {
	b.watch.Stop()
	b.mu.Lock()
	left, stopped := b.left, b.stopped
	b.mu.Unlock()
	if stopped {
		return 0, io.ErrClosedPipe
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	if left == 0 {
		return 0, b.finish()
	}
	n, err := b.r.Read(p)
	return n, b.account(n, err)
}

func (b *uploadBody) account(n int, err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left -= int64(n)
	b.sent += int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
		if b.left > 0 {
			err = fmt.Errorf("it ends %d bytes before the size that was told: %w", b.left, io.ErrUnexpectedEOF)
		}
	}
	if err != nil {
		b.failed = err
		return err
	}
	if b.stopped {
		return io.ErrClosedPipe
	}
	b.watch.Reset(b.pause)
	if b.progress != nil && n > 0 {
		b.progress(b.sent)
	}
	return nil
}

// finish makes sure that the reader is at its end: a jar that has grown would
// arrive cut, and a cut jar is refused much later.
func (b *uploadBody) finish() error {
	var more [1]byte
	n, err := io.ReadFull(b.r, more[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err == nil {
		err = fmt.Errorf("it is longer than the %d bytes that were told", b.sent)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = err
	return err
}

// failure returns why the jar itself could not be read, or nil.
func (b *uploadBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// stop ends the watch and all calls of progress.
func (b *uploadBody) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = true
	b.watch.Stop()
}
