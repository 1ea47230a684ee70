package zookeeper

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

func TestDialNobody(t *testing.T) {
	t.Parallel()
	start := time.Now()
	_, err := Dial(t.Context(), []string{"127.0.0.1:1"})
	if !errors.Is(err, ErrUnreachable) || time.Since(start) > 2*connectTimeout {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
	if _, err := Dial(t.Context(), []string{" "}); err == nil || errors.Is(err, ErrUnreachable) {
		t.Errorf("a quorum of nobody: %v", err)
	}
}

// A server that takes the connection and says nothing holds nobody up.
func TestDialEndsWithItsContext(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cause := errors.New("somebody gave it up")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	start := time.Now()
	if _, err := Dial(ctx, []string{listener.Addr().String()}); !errors.Is(err, cause) || time.Since(start) > connectTimeout {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}
