package yarn_test

import (
	"errors"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// Where nobody has ever taken a connection the tries end early; whoever answers,
// be it badly, is given the whole time.
func TestConnectFor(t *testing.T) {
	options := yarn.Options{User: "alice", RetryFor: time.Minute, ConnectFor: 100 * time.Millisecond, RetryDelay: 10 * time.Millisecond}
	for name, addresses := range map[string][]string{
		"one":    {"http://127.0.0.1:1"},
		"a pair": {"http://127.0.0.1:1", "http://127.0.0.1:2"},
	} {
		t.Run("nobody/"+name, func(t *testing.T) {
			o := options
			o.Addresses = addresses
			c, err := yarn.NewClient(o)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if _, err := c.Info(t.Context()); !errors.Is(err, yarn.ErrUnreachable) {
				t.Errorf("error %v, want %v", err, yarn.ErrUnreachable)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	t.Run("somebody", func(t *testing.T) {
		s := yarntest.New(t, yarntest.Options{})
		s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/info", Times: 8, Mode: faults.Answer, Code: 503})
		o := options
		o.Addresses = []string{s.URL}
		c, err := yarn.NewClient(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Info(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
