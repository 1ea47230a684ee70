package yarntest

import (
	"fmt"
	"net/http"
	"testing"
)

// Pair is two ResourceManagers of one cluster, of which at most one is active.
type Pair struct {
	// A is active at first.
	A, B *Server
}

// NewPair starts two ResourceManagers that share their applications.
func NewPair(tb testing.TB, o Options) *Pair {
	tb.Helper()
	c := newCluster(o)
	p := &Pair{A: start(tb, c), B: start(tb, c)}
	p.Activate(p.A)
	return p
}

// Addresses returns the addresses of both.
func (p *Pair) Addresses() []string { return []string{p.A.URL, p.B.URL} }

// Activate makes one of the pair, or with nil none, the active ResourceManager.
// What the cluster knows about applications stays.
func (p *Pair) Activate(s *Server) {
	p.A.cluster.mu.Lock()
	defer p.A.cluster.mu.Unlock()
	p.A.cluster.active = s
}

// SetActive makes the server the active one of its cluster, or a standby.
func (s *Server) SetActive(active bool) {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	switch {
	case active:
		s.cluster.active = s
	case s.cluster.active == s:
		s.cluster.active = nil
	}
}

// GiveUp makes a standby without an active ResourceManager answer a 200 of
// plain text, as it does after redirecting to itself for long.
func (s *Server) GiveUp() {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	s.cluster.gaveUp = true
}

// standby is the filter that a ResourceManager which is not active answers with.
// Its own state and its configuration it tells itself.
func (s *Server) standby(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.cluster.mu.Lock()
		active, gaveUp := s.cluster.active, s.cluster.gaveUp
		s.cluster.mu.Unlock()
		if active == s || r.URL.Path == clusterPath+"/info" || r.URL.Path == "/conf" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain;charset=utf-8")
		switch {
		case active != nil:
			w.Header().Set("Location", active.URL+r.URL.RequestURI())
			w.WriteHeader(http.StatusTemporaryRedirect)
			_, _ = fmt.Fprintf(w, "This is standby RM. The redirect url is: %s\n", r.URL.RequestURI())
		case gaveUp:
			_, _ = fmt.Fprint(w, "There is no active RM right now.\n")
		default:
			w.Header().Set("Refresh", "2;url="+r.URL.Path+"?next.refresh.interval=4")
			w.WriteHeader(http.StatusTemporaryRedirect)
			_, _ = fmt.Fprint(w, "There is no active RM right now. Will retry in next 2 seconds.\n")
		}
	})
}
