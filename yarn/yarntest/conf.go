package yarntest

import "net/http"

// conf is GET /conf.
func (s *Server) conf(w http.ResponseWriter, r *http.Request) {
	property := func(key, value string) object {
		return object{"key": key, "value": value, "isFinal": false, "resource": "yarn-site.xml"}
	}
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if name := r.URL.Query().Get("name"); name != "" {
		value, ok := c.confKeys[name]
		if !ok {
			w.Header().Set("Content-Type", "application/json;charset=utf-8")
			w.WriteHeader(http.StatusNotFound)
			return
		}
		s.json(w, http.StatusOK, object{"property": property(name, value)})
		return
	}
	var all []any
	for k, v := range c.confKeys {
		all = append(all, property(k, v))
	}
	s.json(w, http.StatusOK, object{"properties": all})
}
