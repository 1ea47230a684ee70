package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// interruption is the cause of a context that a signal has ended.
type interruption struct{ signal os.Signal }

func (i *interruption) Error() string {
	if i.signal == syscall.SIGTERM {
		return "terminated"
	}
	return "interrupted"
}

// expiry is the cause of a context that --timeout or --wait-timeout has ended.
type expiry struct {
	flag  string
	after time.Duration
}

func (e *expiry) Error() string { return fmt.Sprintf("%s %s is over", e.flag, e.after) }

// watch ends the returned context with the first signal as its cause, and closes
// again at the second one.
func watch(ctx context.Context, signals <-chan os.Signal) (watched context.Context, again <-chan struct{}, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	done, second := make(chan struct{}), make(chan struct{})
	go func() {
		for n := 0; n < 2; n++ {
			select {
			case s := <-signals:
				cancel(&interruption{s})
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
