package yarn_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestKillIsRepeatedUntilItsEnd(t *testing.T) {
	s, c := fake(t, yarntest.Options{KillRequests: 4})
	ctx := context.Background()
	id := submit(ctx, t, c, nil)
	r, err := c.Kill(ctx, id, `because of "this"`)
	if err != nil || r.State != yarn.Killed || !strings.HasSuffix(r.Diagnostics, `because of "this"`) {
		t.Fatalf("got %+v, %v", r, err)
	}
	if n := count(s, "/apps/"+id.String()+"/state"); n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
}

func TestKillOfWhatHasEnded(t *testing.T) {
	s, c := fake(t, yarntest.Options{})
	ctx := context.Background()
	id := submit(ctx, t, c, nil)
	s.Finish(id, yarn.Finished, yarn.StatusSucceeded, "")
	if r, err := c.Kill(ctx, id, ""); err != nil || r.State != yarn.Finished || r.FinalStatus != yarn.StatusSucceeded {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestKillOfAnother(t *testing.T) {
	s, c := fake(t, yarntest.Options{})
	ctx := context.Background()
	id := submit(ctx, t, c, nil)
	s.Faults.Add(faults.Fault{Match: "PUT /ws/v1/cluster/apps/*/state", Mode: faults.Answer, Code: 403, Body: "User alice cannot perform operation MODIFY_APP"})
	_, err := c.Kill(ctx, id, "")
	checkError(t, err, []error{yarn.ErrForbidden}, "kill "+id.String(), "MODIFY_APP")
}

func TestKillEndsWithItsContext(t *testing.T) {
	s, c := fake(t, yarntest.Options{KillRequests: 1 << 30})
	id := submit(context.Background(), t, c, nil)
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	puts := 0
	s.Handle(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			if puts++; puts == 3 {
				cancel(why)
			}
		}
		return false
	})
	if _, err := c.Kill(ctx, id, ""); !errors.Is(err, why) {
		t.Errorf("error %v, want %v", err, why)
	}
}
