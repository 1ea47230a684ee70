package yarn

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is the pauses between tries: each up to twice as long as the one
// before, with jitter, so that clients of a cluster that comes back don't come
// back together.
type backoff struct{ next, most time.Duration }

// wait returns after the pause, or with the context's cause.
func (b *backoff) wait(ctx context.Context) error {
	pause := b.next/2 + rand.N(b.next/2+1)
	b.next = min(2*b.next, b.most)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
