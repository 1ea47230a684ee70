package yarntest

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

const clusterPath = "/ws/v1/cluster"

// Options describes the cluster. The zero value is one of Hadoop 3.4.2 with the
// Capacity scheduler, the queue root.default and a node of 8 GiB.
type Options struct {
	// Dialect is the release whose shapes are answered.
	Dialect Dialect
	// Auto moves an application one step on each time it has been looked at:
	// NEW_SAVING, SUBMITTED, ACCEPTED, RUNNING. Otherwise Step and SetState do.
	Auto bool
	// Scheduler is "capacityScheduler" if empty, "fairScheduler" or "fifoScheduler".
	Scheduler string
	// Queues are below root; without any there is root.default.
	Queues []Queue
	// Nodes are the NodeManagers; nil means one that is RUNNING, an empty slice none.
	Nodes []yarn.Node
	// Maximum is the configured maximum allocation, 8192 MiB and 4 cores if zero.
	Maximum yarn.Resource
	// AMAddress is what an ApplicationMaster registers when it gets RUNNING,
	// "localhost:8081" if empty.
	AMAddress string
	// Conf are values of /conf beyond the defaults.
	Conf map[string]string
	// KillRequests is how many requests to kill are answered "not yet", 1 if zero.
	KillRequests int
	// RequireUser refuses requests without user.name; Kerberos refuses all that
	// have no Authorization.
	RequireUser, Kerberos bool
	// StaticUser makes every caller the static user, who may not write.
	StaticUser bool
	// SubmissionDisabled is yarn.webapp.enable-rest-app-submissions=false.
	SubmissionDisabled bool
}

// Queue is a queue of the fake.
type Queue struct {
	// Path starts with "root."; parents are made as needed.
	Path string
	// Stopped queues fail what is submitted to them.
	Stopped bool
	// Capacity is in percent of the parent.
	Capacity float64
	// AutoCreation is "off" if empty, "legacy" or "flexible".
	AutoCreation string
	// Submitters may submit; nil means everybody.
	Submitters []string
}

// Server is one ResourceManager. It is safe for concurrent use.
type Server struct {
	// URL is its web address, without a slash at the end.
	URL string
	// Faults hold what goes wrong on the way to this server.
	Faults *faults.Injector

	tb      testing.TB
	http    *httptest.Server
	cluster *cluster

	mu         sync.Mutex
	intercepts []func(http.ResponseWriter, *http.Request) bool
}

// New starts a ResourceManager that ends with the test.
func New(tb testing.TB, o Options) *Server {
	tb.Helper()
	s := start(tb, newCluster(o))
	s.cluster.active = s
	return s
}

func start(tb testing.TB, c *cluster) *Server {
	s := &Server{tb: tb, cluster: c, Faults: faults.New(tb)}
	s.http = httptest.NewServer(bodyRead(s.Faults.Handler(s.intercepted(s.standby(s.identified(s.routes()))))))
	s.URL = s.http.URL
	tb.Cleanup(s.Stop)
	return s
}

// bodyRead reads a request's body before anything else: only then does net/http
// notice that a client went away, which held requests wait for.
func bodyRead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// Stop ends the server: connections to it are refused from then on. What it
// knows about applications is kept for the other of a pair.
func (s *Server) Stop() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Handle adds a handler that is asked before each request is processed; it
// returns true when it has answered.
func (s *Server) Handle(h func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercepts = append(s.intercepts, h)
}

func (s *Server) intercepted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		hooks := append([]func(http.ResponseWriter, *http.Request) bool(nil), s.intercepts...)
		s.mu.Unlock()
		for _, h := range hooks {
			if h(w, r) {
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// methods are the handlers of one path.
type methods map[string]http.HandlerFunc

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for path, m := range map[string]methods{
		clusterPath + "/info":                 {"GET": s.info},
		clusterPath + "/metrics":              {"GET": s.metrics},
		clusterPath + "/nodes":                {"GET": s.nodes},
		clusterPath + "/scheduler":            {"GET": s.scheduler},
		clusterPath + "/userinfo":             {"GET": s.userInfo},
		clusterPath + "/apps/new-application": {"POST": s.newApplication},
		clusterPath + "/apps":                 {"GET": s.applications, "POST": s.submit},
		clusterPath + "/apps/{id}":            {"GET": s.application},
		clusterPath + "/apps/{id}/state":      {"GET": s.state, "PUT": s.kill},
		clusterPath + "/apps/{id}/timeout":    {"PUT": s.setTimeout},
		clusterPath + "/apps/{id}/timeouts":   {"GET": s.timeouts},
		"/conf":                               {"GET": s.conf},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			h, ok := m[r.Method]
			if !ok {
				// No 405: the catch-all of the web service, without a message.
				s.remoteException(w, s.cluster.dialect().catchAll(), "javax.ws.rs.WebApplicationException", "")
				return
			}
			h(w, r)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.tb.Errorf("no ResourceManager has %s %s", r.Method, r.URL.Path)
		s.notFoundPage(w, r)
	})
	return mux
}

// user is whom the server takes the caller for; everybody may act for everybody.
func user(r *http.Request) string {
	q := r.URL.Query()
	if u := cmp.Or(q.Get("doAs"), q.Get("user.name")); u != "" {
		return u
	}
	return "dr.who"
}

// identified is the authentication filter.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := s.cluster.options
		switch {
		case o.Kerberos && !strings.HasPrefix(r.Header.Get("Authorization"), "Negotiate "):
			w.Header().Set("WWW-Authenticate", "Negotiate")
			jettyPage(w, r, http.StatusUnauthorized, "Authentication required")
		case o.RequireUser && r.URL.Query().Get("user.name") == "":
			w.Header().Set("WWW-Authenticate", "PseudoAuth")
			jettyPage(w, r, http.StatusUnauthorized, "Authentication required")
		case o.StaticUser && r.Method != http.MethodGet:
			s.remoteException(w, http.StatusForbidden, "org.apache.hadoop.yarn.webapp.ForbiddenException",
				"java.lang.Exception: The default static user cannot carry out this operation.")
		default:
			if u := r.URL.Query().Get("user.name"); u != "" {
				http.SetCookie(w, &http.Cookie{Name: "hadoop.auth", Value: "u=" + url.QueryEscape(u), Path: "/", HttpOnly: true})
			}
			next.ServeHTTP(w, r)
		}
	})
}
