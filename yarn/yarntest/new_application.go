package yarntest

import (
	"net/http"

	"github.com/yarnflink/yarnflink/yarn"
)

const submissionDisabled = "App submission via REST is disabled."

// newApplication is POST /apps/new-application.
func (s *Server) newApplication(w http.ResponseWriter, _ *http.Request) {
	c := s.cluster
	if c.options.SubmissionDisabled {
		forbiddenText(w, submissionDisabled)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	id := yarn.ApplicationID{ClusterTimestamp: c.started, ID: c.lastID}
	maximum := any(object{"memory": c.options.Maximum.MemoryMB, "vCores": c.options.Maximum.VCores})
	if c.dialect() != Hadoop210 {
		maximum = resource(c.options.Maximum)
	}
	s.json(w, http.StatusOK, object{"application-id": id.String(), "maximum-resource-capability": maximum})
}
