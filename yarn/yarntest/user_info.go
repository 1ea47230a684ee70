package yarntest

import "net/http"

// userInfo is GET /userinfo, from 3.1 on.
func (s *Server) userInfo(w http.ResponseWriter, r *http.Request) {
	if s.cluster.dialect() == Hadoop210 {
		s.notFoundPage(w, r)
		return
	}
	s.json(w, http.StatusOK, object{"rmLoginUser": "yarn", "requestedUser": user(r)})
}
