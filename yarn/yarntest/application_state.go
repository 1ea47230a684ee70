package yarntest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/yarnflink/yarnflink/yarn"
)

// state is GET /apps/{id}/state: the raw state, which the report hides.
func (s *Server) state(w http.ResponseWriter, r *http.Request) {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	if a := s.find(w, r); a != nil {
		s.json(w, http.StatusOK, object{"state": rawState(a)})
	}
}

func rawState(a *Application) string {
	if a.killing {
		return "KILLING"
	}
	return string(a.State)
}

// kill is PUT /apps/{id}/state: 202 until the application has ended, then 200.
func (s *Server) kill(w http.ResponseWriter, r *http.Request) {
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	var body struct {
		State       string `json:"state"`
		Diagnostics string `json:"diagnostics"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.State == "" {
		s.remoteException(w, c.dialect().catchAll(), "java.lang.NullPointerException", "")
		return
	}
	if body.State != string(yarn.Killed) {
		s.badRequest(w, "Only 'KILLED' is allowed as a target state.")
		return
	}
	a := s.find(w, r)
	if a == nil {
		return
	}
	if s.killOnce(a, user(r), body.Diagnostics) {
		s.json(w, http.StatusOK, object{"state": a.State})
		return
	}
	w.Header().Set("Location", s.URL+r.URL.Path)
	s.json(w, http.StatusAccepted, object{"state": rawState(a)})
}

// killOnce takes one request to kill and tells whether the application has ended.
func (s *Server) killOnce(a *Application, by, diagnostics string) bool {
	if a.State.IsFinal() {
		return true
	}
	if !a.killing {
		a.killing, a.killsLeft = true, max(1, s.cluster.options.KillRequests)
	}
	if a.killsLeft > 0 {
		a.killsLeft--
		return false
	}
	a.killing = false
	s.cluster.end(a, yarn.Killed, yarn.StatusKilled,
		fmt.Sprintf("Application %s was killed by user %s with diagnostic message: %s", a.ID, by, diagnostics))
	return true
}
