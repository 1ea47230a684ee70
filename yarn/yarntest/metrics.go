package yarntest

import (
	"net/http"

	"github.com/yarnflink/yarnflink/yarn"
)

// metrics is GET /metrics.
func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	c := s.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	count := map[yarn.State]int{}
	for _, a := range c.apps {
		count[a.State]++
	}
	var total, used yarn.Resource
	nodes := map[yarn.NodeState]int{}
	for _, n := range c.options.Nodes {
		nodes[n.State]++
		if n.State == yarn.NodeRunning {
			total = yarn.Resource{MemoryMB: total.MemoryMB + n.Total.MemoryMB, VCores: total.VCores + n.Total.VCores}
			used = yarn.Resource{MemoryMB: used.MemoryMB + n.Used.MemoryMB, VCores: used.VCores + n.Used.VCores}
		}
	}
	s.json(w, http.StatusOK, object{"clusterMetrics": object{
		"appsSubmitted": len(c.apps), "appsCompleted": count[yarn.Finished],
		"appsPending": count[yarn.Accepted] + count[yarn.Submitted] + count[yarn.NewSaving],
		"appsRunning": count[yarn.Running], "appsFailed": count[yarn.Failed], "appsKilled": count[yarn.Killed],
		"reservedMB": 0, "allocatedMB": used.MemoryMB, "availableMB": total.MemoryMB - used.MemoryMB, "totalMB": total.MemoryMB,
		"reservedVirtualCores": 0, "allocatedVirtualCores": used.VCores,
		"availableVirtualCores": total.VCores - used.VCores, "totalVirtualCores": total.VCores,
		"containersAllocated": count[yarn.Running], "containersReserved": 0, "containersPending": 0,
		"totalNodes": len(c.options.Nodes), "activeNodes": nodes[yarn.NodeRunning], "lostNodes": nodes[yarn.NodeLost],
		"unhealthyNodes": nodes[yarn.NodeUnhealthy], "decommissionedNodes": nodes[yarn.NodeDecommissioned],
		"decommissioningNodes": nodes[yarn.NodeDecommissioning], "rebootedNodes": nodes[yarn.NodeRebooted], "shutdownNodes": nodes[yarn.NodeShutdown],
	}})
}
