// Package faults breaks HTTP exchanges on purpose, for tests: as a handler
// around a fake server, or as a proxy before a real one, so that the same
// faults are tried on both.
package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Mode is what happens to a request.
type Mode int

const (
	// Hang holds the request, unprocessed, until its client goes away or Hit.Release is called; then it is processed.
	Hang Mode = iota
	// HangAfter processes the request, is hit, and holds the answer until the client goes away or Hit.Release is called.
	HangAfter
	// LoseAnswer processes the request and cuts the connection instead of answering.
	LoseAnswer
	// Cut cuts the connection; the request is not processed.
	Cut
	// Answer gives Code, Header and Body instead of processing.
	Answer
	// Slow waits for Delay, then processes.
	Slow
)

// Fault is one thing that goes wrong.
type Fault struct {
	// Match is a method (or *), a blank and a path pattern as of path.Match,
	// optionally followed by ?key=value that the query must hold.
	Match string
	// Skip lets so many matching requests pass first; Times is how many are hit (0 means one, -1 all).
	Skip, Times int
	Mode        Mode
	// Code, Header and Body belong to Answer, Delay to Slow.
	Code   int
	Header http.Header
	Body   string
	Delay  time.Duration
	// AfterBytes makes Hang and Cut read so many bytes of the request's body first,
	// and be hit only then. Hang does not notice that its client goes away in the
	// middle of a body: it holds until Hit.Release or the test's end.
	AfterBytes int64
	// Optional keeps a fault that is never hit from failing the test.
	Optional bool
}

// Hit tells when a fault is hit for the first time.
type Hit struct {
	// C is closed at the first hit.
	C        chan struct{}
	released chan struct{}
	dropped  atomic.Bool
	hitOnce  sync.Once
	relOnce  sync.Once
}

// Wait waits for the first hit or the end of ctx.
func (h *Hit) Wait(ctx context.Context) error {
	select {
	case <-h.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the fault to be hit: %w", context.Cause(ctx))
	}
}

func (h *Hit) now() { h.hitOnce.Do(func() { close(h.C) }) }

// Release lets what Hang or HangAfter holds go on, now and later.
func (h *Hit) Release() { h.relOnce.Do(func() { close(h.released) }) }

// Drop is Release of what HangAfter holds but cuts the connection: the answer is lost only now, after whatever the test has
// done meanwhile.
func (h *Hit) Drop() {
	h.dropped.Store(true)
	h.Release()
}

type armed struct {
	Fault
	hit   *Hit
	seen  int
	ended <-chan struct{} // the test
}

// Injector holds the faults of a test. It is safe for concurrent use.
type Injector struct {
	ended <-chan struct{}

	mu       sync.Mutex
	armed    []*armed
	requests []string
}

// New returns an Injector; a fault that was never hit fails the test at its end.
func New(tb testing.TB) *Injector {
	i := &Injector{ended: tb.Context().Done()}
	tb.Cleanup(func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		for _, a := range i.armed {
			a.hit.Release()
			select {
			case <-a.hit.C:
			default:
				if !a.Optional && !tb.Failed() {
					tb.Errorf("the fault at %q was never hit; the requests were:\n%s", a.Match, strings.Join(i.requests, "\n"))
				}
			}
		}
	})
	return i
}

// Add arms a fault. Of several that match a request, the one armed first acts.
func (i *Injector) Add(f Fault) *Hit {
	h := &Hit{C: make(chan struct{}), released: make(chan struct{})}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed = append(i.armed, &armed{Fault: f, hit: h, ended: i.ended})
	return h
}

// Requests returns "METHOD /path?query" of every request so far, in order.
func (i *Injector) Requests() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.requests...)
}

func (i *Injector) take(r *http.Request) *armed {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.requests = append(i.requests, r.Method+" "+r.URL.RequestURI())
	for _, a := range i.armed {
		if !matches(a.Match, r) {
			continue
		}
		times := max(a.Times, 1)
		a.seen++
		if a.seen <= a.Skip || (a.Times >= 0 && a.seen > a.Skip+times) {
			continue
		}
		if !a.hitLater() {
			a.hit.now()
		}
		return a
	}
	return nil
}

func matches(pattern string, r *http.Request) bool {
	method, rest, _ := strings.Cut(pattern, " ")
	if method != "*" && method != r.Method {
		return false
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	if ok, err := path.Match(rest, r.URL.Path); err != nil || !ok {
		return false
	}
	if !hasQuery {
		return true
	}
	key, value, _ := strings.Cut(query, "=")
	return r.URL.Query().Get(key) == value
}

// Handler lets requests through to next unless a fault says otherwise.
func (i *Injector) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := i.take(r)
		if a == nil {
			next.ServeHTTP(w, r)
			return
		}
		a.act(w, r, next)
	})
}

func (a *armed) act(w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch a.Mode {
	case Hang:
		if !a.readSome(r) || !a.hold(r) {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	case HangAfter:
		rec := record(next, r)
		a.hit.now()
		if !a.hold(r) || a.hit.dropped.Load() {
			panic(http.ErrAbortHandler)
		}
		replay(rec, w)
	case LoseAnswer:
		record(next, r)
		panic(http.ErrAbortHandler)
	case Cut:
		a.readSome(r)
		panic(http.ErrAbortHandler)
	case Answer:
		for k, v := range a.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(a.Code)
		_, _ = io.WriteString(w, a.Body)
	case Slow:
		select {
		case <-time.After(a.Delay):
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// hitLater tells that a hit counts only once something has been done.
func (a *armed) hitLater() bool {
	return a.Mode == HangAfter || a.AfterBytes > 0 && (a.Mode == Hang || a.Mode == Cut)
}

// readSome reads AfterBytes of the body and gives them back to it; without, Hang
// reads all of it: only then does net/http notice that a client goes away.
func (a *armed) readSome(r *http.Request) bool {
	if a.AfterBytes == 0 && a.Mode != Hang {
		return true
	}
	var head bytes.Buffer
	var err error
	if a.AfterBytes == 0 {
		_, err = io.Copy(&head, r.Body)
	} else {
		_, err = io.CopyN(&head, r.Body, a.AfterBytes)
	}
	a.hit.now()
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(&head, r.Body), r.Body}
	return err == nil || err == io.EOF
}

// hold waits for Release; false when the client went away first, or the test ended.
func (a *armed) hold(r *http.Request) bool {
	select {
	case <-a.hit.released:
		return true
	case <-r.Context().Done():
		return false
	case <-a.ended:
		return false
	}
}

// record processes the request detached from its client, whose going away must
// not undo what the server did.
func record(next http.Handler, r *http.Request) *httptest.ResponseRecorder {
	body, _ := io.ReadAll(r.Body)
	detached := r.Clone(context.WithoutCancel(r.Context()))
	detached.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, detached)
	return rec
}

func replay(rec *httptest.ResponseRecorder, w http.ResponseWriter) {
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// Proxy starts a proxy before the server at target that runs until the test
// ends, and returns its address. rewrite may change answers; nil leaves them.
func Proxy(tb testing.TB, i *Injector, target *url.URL, rewrite func(*http.Response) error) *url.URL {
	tb.Helper()
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(target); p.Out.Host = target.Host },
		ModifyResponse: rewrite,
		FlushInterval:  -1,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(i.Handler(proxy))
	tb.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	u, err := url.Parse(server.URL)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}
