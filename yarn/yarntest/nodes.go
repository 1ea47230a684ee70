package yarntest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/yarn"
)

// nodeStates are what the states parameter takes.
var nodeStates = []yarn.NodeState{yarn.NodeNew, yarn.NodeRunning, yarn.NodeUnhealthy, yarn.NodeDecommissioned,
	yarn.NodeDecommissioning, yarn.NodeLost, yarn.NodeRebooted, yarn.NodeShutdown}

// nodes is GET /nodes.
func (s *Server) nodes(w http.ResponseWriter, r *http.Request) {
	wanted := splitList(strings.ToUpper(r.URL.Query().Get("states")))
	for _, state := range wanted {
		if !slices.Contains(nodeStates, yarn.NodeState(state)) {
			s.remoteException(w, http.StatusBadRequest, "java.lang.IllegalArgumentException",
				"No enum constant org.apache.hadoop.yarn.api.records.NodeState."+state)
			return
		}
	}
	var nodes []any
	for _, n := range s.cluster.options.Nodes {
		if len(wanted) == 0 || slices.Contains(wanted, string(n.State)) {
			nodes = append(nodes, s.node(n))
		}
	}
	if len(nodes) == 0 {
		s.json(w, http.StatusOK, object{"nodes": s.cluster.dialect().empty()})
		return
	}
	s.json(w, http.StatusOK, object{"nodes": object{"node": nodes}})
}

func (s *Server) node(n yarn.Node) object {
	node := object{
		"rack": "/default-rack", "state": n.State, "id": n.ID, "nodeHostName": n.Host, "nodeHTTPAddress": n.HTTPAddress,
		"lastHealthUpdate": startTime, "version": s.cluster.dialect().version(), "healthReport": n.HealthReport,
		"numContainers": n.Containers, "usedMemoryMB": n.Used.MemoryMB, "availMemoryMB": n.Total.MemoryMB - n.Used.MemoryMB,
		"usedVirtualCores": n.Used.VCores, "availableVirtualCores": n.Total.VCores - n.Used.VCores,
	}
	if len(n.Labels) > 0 {
		node["nodeLabels"] = n.Labels
	}
	if s.cluster.dialect() != Hadoop210 {
		node["allocationTags"] = object{}
		node["nodeAttributesInfo"] = object{}
		node["totalResource"] = resource(n.Total)
		node["usedResource"] = resource(n.Used)
	}
	return node
}

// resource is a resource as releases from 3.1 on write it.
func resource(r yarn.Resource) object {
	of := func(name, units string, value int64) object {
		return object{"attributes": object{}, "maximumAllocation": int64(1<<63 - 1), "minimumAllocation": 0,
			"name": name, "resourceType": "COUNTABLE", "units": units, "value": value}
	}
	return object{"memory": r.MemoryMB, "vCores": r.VCores, "resourceInformations": object{
		"resourceInformation": []any{of("memory-mb", "Mi", r.MemoryMB), of("vcores", "", int64(r.VCores))}}}
}

// splitList reads a comma list of a query.
func splitList(s string) []string {
	var parts []string
	for _, p := range strings.Split(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}
