package yarntest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// submit is POST /apps.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	c := s.cluster
	if c.options.SubmissionDisabled {
		forbiddenText(w, submissionDisabled)
		return
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		s.remoteException(w, c.dialect().catchAll(), "javax.ws.rs.WebApplicationException", "")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	parsed, refused := parseSubmission(body, c.dialect(), c.options.Maximum)
	if refused != nil {
		if refused.bug {
			s.remoteException(w, c.dialect().catchAll(), "java.lang.NullPointerException", refused.message)
		} else {
			s.badRequest(w, "%s", refused.message)
		}
		return
	}
	sc := parsed.context()
	if q, ok := c.queue(sc.Queue); ok && q.Submitters != nil && !slices.Contains(q.Submitters, user(r)) {
		s.badRequest(w, "org.apache.hadoop.security.AccessControlException: User %s does not have permission to submit %s to queue %s", user(r), sc.ID, sc.Queue)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.apps[sc.ID]
	if a == nil {
		a = &Application{ID: sc.ID, User: user(r), State: yarn.NewSaving, FinalStatus: yarn.StatusUndefined,
			Context: sc, Body: body, started: time.Now()}
		c.apps[sc.ID] = a
	}
	// The same id again is the same submission: accepted, and nothing changes.
	a.Submissions++
	w.Header().Set("Location", s.URL+clusterPath+"/apps/"+sc.ID.String())
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(http.StatusAccepted)
}
