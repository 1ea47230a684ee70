package yarn_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestExpiry(t *testing.T) {
	for name, dialect := range map[string]yarntest.Dialect{"2.10": yarntest.Hadoop210, "3.4": yarntest.Hadoop34, "3.5": yarntest.Hadoop35} {
		t.Run(name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{Dialect: dialect})
			ctx := context.Background()
			id := submit(ctx, t, c, nil)
			s.SetState(id, yarn.Running)
			if at, err := c.Expiry(ctx, id); err != nil || !at.IsZero() {
				t.Errorf("at first %s, %v", at, err)
			}
			want := time.Now().Add(time.Hour).Truncate(time.Millisecond)
			if err := c.SetExpiry(ctx, id, want); err != nil {
				t.Fatal(err)
			}
			if at, err := c.Expiry(ctx, id); err != nil || !at.Equal(want) {
				t.Errorf("got %s, %v; want %s", at, err, want)
			}
		})
	}
}

func TestExpiryThatIsRefused(t *testing.T) {
	s, c := fake(t, yarntest.Options{})
	ctx := context.Background()
	id := submit(ctx, t, c, nil)
	s.SetState(id, yarn.Running)
	var remote *yarn.RemoteError
	if err := c.SetExpiry(ctx, id, time.Now().Add(-time.Hour)); !errors.As(err, &remote) || remote.Status != 400 {
		t.Errorf("in the past: %v", err)
	}
	s.Finish(id, yarn.Finished, yarn.StatusSucceeded, "")
	if err := c.SetExpiry(ctx, id, time.Now().Add(time.Hour)); !errors.As(err, &remote) {
		t.Errorf("ended: %v", err)
	}
	unknown := yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}
	if err := c.SetExpiry(ctx, unknown, time.Now().Add(time.Hour)); !errors.Is(err, yarn.ErrApplicationNotFound) {
		t.Errorf("unknown: %v", err)
	}
	if _, err := c.Expiry(ctx, unknown); !errors.Is(err, yarn.ErrApplicationNotFound) {
		t.Errorf("look at an unknown one: %v", err)
	}
}
