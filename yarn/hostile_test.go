package yarn_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/yarn"
)

func hostileClient(t *testing.T, handler http.Handler) *yarn.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := yarn.NewClient(yarn.Options{Addresses: []string{server.URL}, User: "alice", RetryFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everyCall makes one call of each kind.
func everyCall(t *testing.T, c *yarn.Client) map[string]func() error {
	id, err := yarn.ParseApplicationID("application_1_0001")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	return map[string]func() error{
		"info":         func() error { _, err := c.Info(ctx); return err },
		"application":  func() error { _, err := c.Application(ctx, id); return err },
		"applications": func() error { _, err := c.Applications(ctx, yarn.Filter{}); return err },
		"nodes":        func() error { _, err := c.Nodes(ctx); return err },
		"queues":       func() error { _, err := c.Queues(ctx); return err },
		"new":          func() error { _, _, err := c.NewApplication(ctx); return err },
	}
}

// TestHostileAnswers: a server that sends without end is left after so many bytes, whatever it sends, and an error stays short.
func TestHostileAnswers(t *testing.T) {
	for name, server := range map[string]*faults.Endless{
		"blanks":            {Repeat: " "},
		"objects":           {Begin: "[", Repeat: "{},"},
		"one text":          {Begin: `{"apps":{"app":[{"id":"`, Repeat: "x"},
		"one member":        {Begin: `{"apps":{"app":[{"x":[`, Repeat: "0,"},
		"one name":          {Begin: `{"`, Repeat: "x"},
		"what is skipped":   {Begin: `{"x":"`, Repeat: "x"},
		"depth":             {Repeat: "["},
		"depth for objects": {Begin: `{"apps":`, Repeat: "["},
		"depth in one":      {Begin: `{"apps":{"app":[`, Repeat: `{"a":`},
		"another type":      {ContentType: "text/html", Begin: "<html>", Repeat: "<p>"},
		"an error":          {Code: 400, Begin: `{"RemoteException":{"exception":"E","message":"`, Repeat: "why "},
		"an error page":     {Code: 403, ContentType: "text/html", Begin: "<html>", Repeat: "words "},
		"a redirect":        {Code: 307, Repeat: "elsewhere "},
	} {
		t.Run(name, func(t *testing.T) {
			c := hostileClient(t, server)
			for call, do := range everyCall(t, c) {
				var err error
				server.Sent.Store(0)
				used := faults.Allocated(func() { err = do() })
				if err == nil || len(err.Error()) > 10<<10 {
					t.Errorf("%s: an error of %d bytes", call, len(errorText(err)))
				}
				// Buffers of connections on both sides may be full besides.
				if sent := server.Sent.Load(); sent > 40<<20 || used > 400<<20 {
					t.Errorf("%s: %d MB were taken, %d MB allocated: %.200v", call, sent>>20, used>>20, err)
				}
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestHostileApplications: applications that match are taken up to a bound, too.
func TestHostileApplications(t *testing.T) {
	server := &faults.Endless{Begin: `{"apps":{"app":[`, Repeat: `{"id":"application_1_0001","user":"alice","name":"` + strings.Repeat("x", 1000) + `"},`}
	c := hostileClient(t, server)
	_, err := c.Applications(t.Context(), yarn.Filter{})
	if !errors.Is(err, httpclient.ErrBodyTooLarge) || server.Sent.Load() > 128<<20 {
		t.Errorf("after %d MB: %v", server.Sent.Load()>>20, err)
	}
}

// TestHostileRedirects: nobody is followed, and who one is goes nowhere.
func TestHostileRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s was sent elsewhere", r.Method, r.URL)
	}))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		asked := 0
		c := hostileClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			http.Redirect(w, r, other.URL+r.URL.RequestURI(), code)
		}))
		for call, do := range everyCall(t, c) {
			if err := do(); !errors.Is(err, yarn.ErrUnreachable) {
				t.Errorf("%d, %s: got %v", code, call, err)
			}
		}
		if asked > 2*len(everyCall(t, c)) {
			t.Errorf("%d: asked %d times", code, asked)
		}
	}
	// One that sends us to itself for ever is asked only as long as calls are repeated.
	var self *httptest.Server
	self = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, self.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	defer self.Close()
	c, err := yarn.NewClient(yarn.Options{Addresses: []string{self.URL}, User: "alice", RetryFor: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(t.Context()); !errors.Is(err, yarn.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}
