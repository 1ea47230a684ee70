package rest_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/httpclient"
)

// What fails for TLS is told at once, and is no JobManager that is out of reach.
func TestTLSIsNotTriedAgain(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	// Java: RedirectingSslHandler.
	redirecting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+r.URL.Path, http.StatusMovedPermanently)
	}))
	t.Cleanup(redirecting.Close)
	for name, c := range map[string]struct {
		base string
		kind error
	}{
		"nobody trusted has signed it":        {secure.URL, httpclient.ErrUntrusted},
		"a JobManager that wants TLS":         {redirecting.URL, httpclient.ErrScheme},
		"a JobManager that does not speak it": {"https" + redirecting.URL[len("http"):], httpclient.ErrScheme},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := rest.NewClient(rest.Options{BaseURL: c.base, RetryFor: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err = client.Overview(t.Context())
			if !errors.Is(err, c.kind) || errors.Is(err, rest.ErrUnreachable) || time.Since(start) > 5*time.Second {
				t.Errorf("%v after %s, want %v at once", err, time.Since(start), c.kind)
			}
		})
	}
}
