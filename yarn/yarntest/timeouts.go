package yarntest

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

const expiryFormat = "2006-01-02T15:04:05.000-0700"

// timeouts is GET /apps/{id}/timeouts.
func (s *Server) timeouts(w http.ResponseWriter, r *http.Request) {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	if a := s.find(w, r); a != nil {
		s.json(w, http.StatusOK, object{"timeouts": object{"timeout": []any{a.timeout()}}})
	}
}

// timeout is what an application's lifetime is written as.
func (a *Application) timeout() object {
	if a.Expires.IsZero() {
		return object{"type": "LIFETIME", "expiryTime": "UNLIMITED", "remainingTimeInSeconds": -1}
	}
	return object{"type": "LIFETIME", "expiryTime": a.Expires.Format(expiryFormat), "remainingTimeInSeconds": int(time.Until(a.Expires).Seconds())}
}

// setTimeout is PUT /apps/{id}/timeout.
func (s *Server) setTimeout(w http.ResponseWriter, r *http.Request) {
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	var body struct {
		Timeout *struct {
			Type       string `json:"type"`
			ExpiryTime string `json:"expiryTime"`
		} `json:"timeout"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Timeout == nil || body.Timeout.Type != "LIFETIME" {
		s.badRequest(w, "Timeout type or value is null.")
		return
	}
	at, err := time.Parse(expiryFormat, body.Timeout.ExpiryTime)
	if err != nil {
		s.badRequest(w, "Expire time is not in ISO8601 format. ISO8601 supported format is yyyy-MM-dd'T'HH:mm:ss.SSSZ")
		return
	}
	a := s.find(w, r)
	if a == nil {
		return
	}
	if a.State.IsFinal() || a.State == yarn.New || a.State == yarn.NewSaving {
		s.badRequest(w, "Application %s is in %s state and can not update timeout.", a.ID, a.State)
		return
	}
	if !at.After(time.Now()) {
		s.badRequest(w, "Expire time is less than current time. Current-time %d, expire-time %d", time.Now().UnixMilli(), at.UnixMilli())
		return
	}
	a.Expires = at
	s.json(w, http.StatusOK, object{"timeout": a.timeout()})
}
