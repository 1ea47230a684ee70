package yarntest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/yarnflink/yarnflink/yarn"
)

// applications is GET /apps.
func (s *Server) applications(w http.ResponseWriter, r *http.Request) {
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	q := r.URL.Query()
	for _, state := range splitList(q.Get("states")) {
		if !yarn.State(strings.ToUpper(state)).IsKnown() {
			s.badRequest(w, "Invalid application-state %s specified. It should be one of [NEW, NEW_SAVING, SUBMITTED, ACCEPTED, RUNNING, FINISHED, FAILED, KILLED]", state)
			return
		}
	}
	if queue := q.Get("queue"); queue != "" {
		if _, ok := c.queue(queue); !ok {
			s.badRequest(w, "Unknown queue: %s", queue)
			return
		}
	}
	limit := len(c.apps)
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			s.badRequest(w, "limit value must be greater then 0")
			return
		}
		limit = n
	}
	var apps []any
	for _, a := range c.sorted() {
		if len(apps) < limit && s.selected(a, r) {
			apps = append(apps, s.report(a))
			s.looked(a)
		}
	}
	if len(apps) == 0 {
		s.json(w, http.StatusOK, object{"apps": c.dialect().empty()})
		return
	}
	s.json(w, http.StatusOK, object{"apps": object{"app": apps}})
}

// selected applies the filters of the query.
func (s *Server) selected(a *Application, r *http.Request) bool {
	q := r.URL.Query()
	has := func(key string, match func(string) bool) bool {
		list := splitList(q.Get(key))
		return len(list) == 0 || slices.ContainsFunc(list, match)
	}
	queue, _ := s.cluster.queue(a.Context.Queue)
	wanted, _ := s.cluster.queue(q.Get("queue"))
	return has("states", func(v string) bool { return strings.EqualFold(v, string(a.State)) }) &&
		has("applicationTypes", func(v string) bool { return strings.EqualFold(v, a.Context.Type) }) &&
		has("applicationTags", func(v string) bool { return slices.Contains(a.Context.Tags, strings.ToLower(v)) }) &&
		(q.Get("user") == "" || q.Get("user") == a.User) &&
		(q.Get("queue") == "" || wanted.Path == queue.Path) &&
		// The filter by name came with 3.3.
		(q.Get("name") == "" || s.cluster.dialect() == Hadoop210 || q.Get("name") == a.Context.Name)
}
