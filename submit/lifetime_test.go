package submit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

func TestLimitLifetime(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	at, err := w.LimitLifetime(t.Context(), d, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(at); left <= 59*time.Minute || left > time.Hour {
		t.Errorf("it ends in %s", left)
	}
	if got, err := w.Expiry(t.Context(), d.ApplicationID); err != nil || !got.Equal(at) {
		t.Errorf("YARN says %s, %v; want %s", got, err, at)
	}
}

// A session must not run without the limit that was asked for.
func TestLimitLifetimeThatIsRefused(t *testing.T) {
	w := newWorld(t, worldOptions{})
	d := w.start(t, nil)
	w.rm.Faults.Add(faults.Fault{Match: "PUT /ws/v1/cluster/apps/*/timeout", Mode: faults.Answer, Code: http.StatusForbidden, Body: "{}"})
	_, err := w.LimitLifetime(t.Context(), d, time.Hour)
	var failed *DeploymentError
	if !errors.As(err, &failed) || !failed.TakenBack || !errors.Is(err, yarn.ErrForbidden) || !strings.HasPrefix(err.Error(), "limit the lifetime of application_") {
		t.Errorf("got %v", err)
	}
	w.nothingIsLeft(t)
}
