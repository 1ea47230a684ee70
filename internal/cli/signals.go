package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// interruption is the cause of a context that a signal has ended.
type interruption struct{ signal os.Signal }

func (i *interruption) Error() string {
	switch i.signal {
	case syscall.SIGTERM:
		return "terminated"
	case syscall.SIGHUP:
		return "hung up"
	}
	return "interrupted"
}

// expiry is the cause of a context that --timeout or --wait-timeout has ended.
type expiry struct {
	flag  string
	after time.Duration
}

func (e *expiry) Error() string { return fmt.Sprintf("%s %s is over", e.flag, e.after) }

// signalRoute is where signals go while a command answers them itself, instead
// of being ended by them. It is safe for concurrent use; nil leads nowhere.
type signalRoute struct {
	mu sync.Mutex
	to chan os.Signal
}

// take leads signals to the caller until giveBack is called.
func (r *signalRoute) take() (signals <-chan os.Signal, giveBack func()) {
	to := make(chan os.Signal, 4)
	if r == nil {
		return to, func() {}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = to
	return to, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.to = nil
	}
}

// send tells whether somebody has taken the signals, and takes this one too.
func (r *signalRoute) send(s os.Signal) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case r.to <- s: // never, where it is nil
		return true
	default:
		return false
	}
}

// watch ends the returned context with the first signal as its cause, and closes
// again at the second one. Those that the route takes don't count.
func watch(ctx context.Context, signals <-chan os.Signal, route *signalRoute) (watched context.Context, again <-chan struct{}, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	done, second := make(chan struct{}), make(chan struct{})
	go func() {
		for n := 0; n < 2; {
			select {
			case s := <-signals:
				if !route.send(s) {
					cancel(&interruption{s})
					n++
				}
			case <-done:
				return
			}
		}
		close(second)
	}()
	return watched, second, func() { close(done); cancel(nil) }
}

// withCause puts the cause of ctx's end into an error that only tells that it
// has ended.
func withCause(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if err == nil || cause == nil || errors.Is(err, cause) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &stopped{err: err, cause: cause}
	}
	return err
}

// stopped is err, which came of cause.
type stopped struct{ err, cause error }

func (s *stopped) Error() string   { return fmt.Sprintf("%v: %v", s.cause, s.err) }
func (s *stopped) Unwrap() []error { return []error{s.cause, s.err} }
