package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

// hostileClient is a client of a JobManager, or of one behind a ResourceManager's proxy.
func hostileClient(t *testing.T, handler http.Handler, proxied bool) *rest.Client {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	base := s.URL
	if proxied {
		base += "/proxy/application_1_0001"
	}
	c, err := rest.NewClient(rest.Options{BaseURL: base, RetryFor: -1, Headers: map[string]string{"X-Secret": "planted"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everyRequest makes one request of each kind.
func everyRequest(t *testing.T, c *rest.Client) map[string]func() error {
	ctx := t.Context()
	job := rest.JobID{1}
	v, err := flink.ParseVersion("1.20.5")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func() error{
		"overview":    func() error { _, err := c.Overview(ctx); return err },
		"managers":    func() error { _, err := c.TaskManagers(ctx); return err },
		"jobs":        func() error { _, err := c.Jobs(ctx); return err },
		"job":         func() error { _, err := c.Job(ctx, job); return err },
		"result":      func() error { _, err := c.JobResult(ctx, job); return err },
		"checkpoints": func() error { _, err := c.Checkpoints(ctx, job); return err },
		"exceptions":  func() error { _, err := c.Exceptions(ctx, job); return err },
		"jars":        func() error { _, err := c.Jars(ctx); return err },
		"run":         func() error { _, err := c.RunJar(ctx, "x.jar", rest.RunJarRequest{}, v); return err },
		"upload":      func() error { _, err := c.UploadJar(ctx, "x.jar", 1, strings.NewReader("x"), nil); return err },
		"savepoint":   func() error { _, err := c.TriggerSavepoint(ctx, job, rest.SavepointRequest{}, v); return err },
	}
}

// TestHostileAnswers: a JobManager that sends without end is left after so many bytes, whatever it sends, and an error stays short.
func TestHostileAnswers(t *testing.T) {
	for name, server := range map[string]*faults.Endless{
		"objects":  {Begin: `{"jobs":[`, Repeat: "{},"},
		"one text": {Begin: `{"x":"`, Repeat: "x"},
		"a page":   {ContentType: "text/html", Begin: "<html>", Repeat: "<p>words"},
		"an error": {Code: 500, Begin: `{"errors":["`, Repeat: "why "},
	} {
		t.Run(name, func(t *testing.T) {
			c := hostileClient(t, server, name == "objects")
			for call, do := range everyRequest(t, c) {
				var err error
				server.Sent.Store(0)
				used := faults.Allocated(func() { err = do() })
				if err == nil || len(err.Error()) > 10<<10 {
					t.Errorf("%s: an error of %d bytes", call, len(fmt.Sprint(err)))
				}
				// Buffers of connections on both sides may be full besides.
				if sent := server.Sent.Load(); sent > 64<<20 || used > 400<<20 {
					t.Errorf("%s: %d MB were taken, %d MB allocated: %.200v", call, sent>>20, used>>20, err)
				}
			}
		})
	}
	// What ends in time, and is much all the same.
	for name, body := range map[string]string{
		"objects": `{"jobs":[` + strings.Repeat("{},", 5<<20) + `{}]}`,
		"words":   `{"errors":["` + strings.Repeat("why ", 5<<20) + `"]}`,
	} {
		t.Run("whole "+name, func(t *testing.T) {
			c := hostileClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if name == "words" {
					w.WriteHeader(http.StatusInternalServerError)
				}
				fmt.Fprint(w, body)
			}), false)
			var err error
			used := faults.Allocated(func() { _, err = c.Jobs(t.Context()) })
			if err == nil || len(err.Error()) > 10<<10 || used > 400<<20 {
				t.Errorf("%d MB allocated, an error of %d bytes", used>>20, len(fmt.Sprint(err)))
			}
		})
	}
}

// TestHostileRedirects: nobody is followed, neither with headers nor with a jar.
func TestHostileRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s was sent elsewhere, with %q", r.Method, r.URL, r.Header)
	}))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, proxied := range []bool{false, true} {
			c := hostileClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, other.URL+r.URL.RequestURI(), code)
			}), proxied)
			for call, do := range everyRequest(t, c) {
				if err := do(); err == nil || strings.Contains(err.Error(), "planted") {
					t.Errorf("%d, %s: got %v", code, call, err)
				}
			}
		}
	}
}
