package yarn_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// overTLS puts a server before s that speaks https, and that nobody trusts.
func overTLS(t *testing.T, s *yarntest.Server) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(u))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// What fails for TLS is told at once: it is no server that is down.
func TestTLSIsNotTriedAgain(t *testing.T) {
	pair := yarntest.NewPair(t, yarntest.Options{})
	secure := overTLS(t, pair.A)
	for name, addresses := range map[string][]string{
		"one":                  {secure},
		"the other is standby": {secure, pair.B.URL},
		"the other is down":    {secure, "http://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			o := impatient(addresses...)
			o.RetryFor = time.Minute
			c := newClient(t, o)
			for what, do := range map[string]func(context.Context) error{
				"metrics":      func(ctx context.Context) error { _, err := c.Metrics(ctx); return err },
				"applications": func(ctx context.Context) error { _, err := c.Applications(ctx, yarn.Filter{}); return err },
				"submit": func(ctx context.Context) error {
					return c.Submit(ctx, yarn.ApplicationSubmissionContext{ID: yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}})
				},
			} {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				err := do(ctx)
				if !errors.Is(err, httpclient.ErrUntrusted) || errors.Is(err, yarn.ErrUnreachable) {
					t.Errorf("%s: %v, want ErrUntrusted and not ErrUnreachable", what, err)
				}
			}
		})
	}
}
