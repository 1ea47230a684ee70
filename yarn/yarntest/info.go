package yarntest

import "net/http"

// info is GET /info, which also a standby answers itself.
func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	state := "STANDBY"
	if c.active == s {
		state = "ACTIVE"
	}
	version := c.dialect().version()
	s.json(w, http.StatusOK, object{"clusterInfo": object{
		"id": c.started, "startedOn": c.started, "state": "STARTED", "haState": state,
		"rmStateStoreName":            "org.apache.hadoop.yarn.server.resourcemanager.recovery.NullRMStateStore",
		"resourceManagerVersion":      version,
		"resourceManagerBuildVersion": version + " from 84e8b89",
		"hadoopVersion":               version,
		"hadoopBuildVersion":          version + " from 84e8b89",
		"haZooKeeperConnectionState":  "Could not find leader elector. Verify both HA and automatic failover are enabled.",
	}})
}
