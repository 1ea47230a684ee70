package hdfstest

import (
	"cmp"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
)

const (
	// Superuser may do everything on a Server.
	Superuser = "hdfs"
	// RPCAddress is what a Server says its NameNode's RPC address is. Only
	// requests to the DataNode carry it: "?namenoderpcaddress=" + RPCAddress in a
	// fault's Match selects them.
	RPCAddress = "namenode.invalid:8020"

	webPrefix = "/webhdfs/v1"
)

// Server is a NameNode with one DataNode, in memory, speaking WebHDFS as Hadoop
// 3.4 does: permissions and owners count, quotas and replication don't. At
// first it holds /user and /tmp, both 1777, of Superuser. It is safe for
// concurrent use.
type Server struct {
	// URL is the NameNode's base URL, Address its host:port.
	URL, Address string
	// Faults are put before both the NameNode and the DataNode.
	Faults *faults.Injector

	dataNode string
	mu       sync.Mutex
	tree     *tree
	safeMode bool
	standby  bool
	old      bool
	lost     string
}

// NewServer starts a Server that runs until the test ends.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{Faults: faults.New(tb), tree: newTree()}
	start := func(h http.HandlerFunc) string {
		server := httptest.NewServer(s.Faults.Handler(h))
		tb.Cleanup(func() {
			server.CloseClientConnections()
			server.Close()
		})
		return server.URL
	}
	s.dataNode = start(s.serveData)
	s.URL = start(s.serveNames)
	s.Address = strings.TrimPrefix(s.URL, "http://")
	return s
}

// SetSafeMode makes the NameNode refuse changes.
func (s *Server) SetSafeMode(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.safeMode = on
}

// SetStandby makes the NameNode refuse everything, as the standby of a pair does.
func (s *Server) SetStandby(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.standby = on
}

// SetOld makes the NameNode redirect to the DataNode even where it is asked not
// to, as before Hadoop 2.8.
func (s *Server) SetOld(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.old = on
}

// SetLostDataNode makes the NameNode name a DataNode at the address host:port, as
// one that died lately, until a client asks for another one; "" for none.
func (s *Server) SetLostDataNode(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = address
}

// Files returns the paths of all files.
func (s *Server) Files() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tree.files("/", s.tree.root)
}

// request is a WebHDFS request taken apart.
type request struct {
	op    string
	path  string
	user  string
	query url.Values
}

func parse(r *http.Request) (request, bool) {
	rest, ok := strings.CutPrefix(r.URL.Path, webPrefix)
	if !ok {
		return request{}, false
	}
	q := r.URL.Query()
	user := cmp.Or(q.Get("doas"), q.Get("user.name")) // everybody may act for everybody
	if user == "" {
		user = "dr.who"
	}
	return request{op: r.Method + " " + strings.ToUpper(q.Get("op")), path: path.Clean("/" + rest), user: user, query: q}, true
}

func (r request) permission(otherwise uint32) uint32 {
	bits, err := strconv.ParseUint(r.query.Get("permission"), 8, 16)
	if err != nil {
		return otherwise
	}
	return uint32(bits)
}

func (s *Server) serveNames(w http.ResponseWriter, r *http.Request) {
	req, ok := parse(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	handler, ok := nameOperations[req.op]
	if !ok {
		writeError(w, failure("java.lang.IllegalArgumentException", "Invalid value for webhdfs parameter \"op\": "+req.op))
		return
	}
	s.mu.Lock()
	answer, err := any(nil), error(nil)
	switch {
	case s.standby:
		err = failure("org.apache.hadoop.ipc.StandbyException", "Operation category READ is not supported in state standby.")
	case s.safeMode && r.Method != http.MethodGet:
		err = failure("org.apache.hadoop.hdfs.server.namenode.SafeModeException", "Cannot change "+req.path+". Name node is in safe mode.")
	default:
		answer, err = handler(s, req)
	}
	old := s.old
	s.mu.Unlock()
	if err != nil {
		writeError(w, err)
		return
	}
	if location, ok := answer.(redirect); ok && (old || req.query.Get("noredirect") != "true") {
		w.Header().Set("Location", location.Location)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// redirect is the answer that names the DataNode.
type redirect struct{ Location string }

func (s *Server) redirect(r request) (any, error) {
	q := url.Values{}
	for k, v := range r.query {
		q[k] = v
	}
	q.Del("noredirect")
	q.Set("namenoderpcaddress", RPCAddress)
	u := url.URL{Path: webPrefix + r.path}
	excluded := strings.Split(r.query.Get("excludedatanodes"), ",")
	for _, address := range []string{s.lost, strings.TrimPrefix(s.dataNode, "http://")} {
		if host, _, err := net.SplitHostPort(address); err == nil && !slices.Contains(excluded, host) {
			return redirect{"http://" + address + u.EscapedPath() + "?" + q.Encode()}, nil
		}
	}
	return nil, failure("java.io.IOException", "Failed to find datanode, suggest to check cluster health. excludeDatanodes="+r.query.Get("excludedatanodes"))
}

// serveData is the DataNode. As the real one does, it keeps what has come of a
// content that is cut.
func (s *Server) serveData(w http.ResponseWriter, r *http.Request) {
	req, ok := parse(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	switch req.op {
	case "PUT CREATE":
		s.receive(w, r, req)
	case "GET OPEN":
		s.mu.Lock()
		n, err := s.tree.open(req.user, req.path)
		s.mu.Unlock()
		if err != nil {
			writeError(w, err)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(n.content)))
		_, _ = w.Write(n.content)
	default:
		writeError(w, failure("java.lang.IllegalArgumentException", "Invalid operation "+req.op))
	}
}

func (s *Server) receive(w http.ResponseWriter, r *http.Request, req request) {
	s.mu.Lock()
	n, err := s.tree.create(req)
	s.mu.Unlock()
	if err != nil {
		writeError(w, err)
		return
	}
	content, err := io.ReadAll(r.Body)
	s.mu.Lock()
	n.content, n.modified = content, now()
	s.mu.Unlock()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Location", "hdfs://"+RPCAddress+req.path)
	w.WriteHeader(http.StatusCreated)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if v != nil {
		_ = json.NewEncoder(w).Encode(v)
	}
}

// remoteFailure is a Java exception on its way to the client.
type remoteFailure struct{ class, message string }

func (f *remoteFailure) Error() string { return f.class + ": " + f.message }

func failure(class, message string) error { return &remoteFailure{class, message} }

func writeError(w http.ResponseWriter, err error) {
	f, ok := err.(*remoteFailure)
	if !ok {
		f = &remoteFailure{"java.io.IOException", err.Error()}
	}
	name := f.class[strings.LastIndexByte(f.class, '.')+1:]
	status := http.StatusForbidden
	switch name {
	case "FileNotFoundException":
		status = http.StatusNotFound
	case "IllegalArgumentException":
		status = http.StatusBadRequest
	}
	writeJSON(w, status, map[string]any{"RemoteException": map[string]string{
		"exception": name, "javaClassName": f.class, "message": f.message,
	}})
}
