package yarn

import "context"

// ClusterMetrics counts what the cluster has and does. Memory is in MiB.
type ClusterMetrics struct {
	AppsSubmitted, AppsCompleted, AppsPending, AppsRunning, AppsFailed, AppsKilled int

	Total, Allocated, Reserved, Available Resource

	ContainersAllocated, ContainersReserved, ContainersPending int

	// ActiveNodes are those that can take containers: with none of them an
	// application stays ACCEPTED.
	ActiveNodes, TotalNodes, LostNodes, UnhealthyNodes int

	DecommissionedNodes, DecommissioningNodes, RebootedNodes, ShutdownNodes int
}

type metricsJSON struct {
	AppsSubmitted        number `json:"appsSubmitted"`
	AppsCompleted        number `json:"appsCompleted"`
	AppsPending          number `json:"appsPending"`
	AppsRunning          number `json:"appsRunning"`
	AppsFailed           number `json:"appsFailed"`
	AppsKilled           number `json:"appsKilled"`
	TotalMB              number `json:"totalMB"`
	AllocatedMB          number `json:"allocatedMB"`
	ReservedMB           number `json:"reservedMB"`
	AvailableMB          number `json:"availableMB"`
	TotalVCores          number `json:"totalVirtualCores"`
	AllocatedVCores      number `json:"allocatedVirtualCores"`
	ReservedVCores       number `json:"reservedVirtualCores"`
	AvailableVCores      number `json:"availableVirtualCores"`
	ContainersAllocated  number `json:"containersAllocated"`
	ContainersReserved   number `json:"containersReserved"`
	ContainersPending    number `json:"containersPending"`
	ActiveNodes          number `json:"activeNodes"`
	TotalNodes           number `json:"totalNodes"`
	LostNodes            number `json:"lostNodes"`
	UnhealthyNodes       number `json:"unhealthyNodes"`
	DecommissionedNodes  number `json:"decommissionedNodes"`
	DecommissioningNodes number `json:"decommissioningNodes"`
	RebootedNodes        number `json:"rebootedNodes"`
	ShutdownNodes        number `json:"shutdownNodes"`
}

// Metrics asks for the cluster's counts.
func (c *Client) Metrics(ctx context.Context) (ClusterMetrics, error) {
	var doc struct {
		Metrics object[metricsJSON] `json:"clusterMetrics"`
	}
	if err := c.get(ctx, "cluster metrics", clusterPath+"/metrics", nil, &doc); err != nil {
		return ClusterMetrics{}, err
	}
	return doc.Metrics.value.metrics(), nil
}

func (m metricsJSON) metrics() ClusterMetrics {
	return ClusterMetrics{
		AppsSubmitted: m.AppsSubmitted.int(), AppsCompleted: m.AppsCompleted.int(), AppsPending: m.AppsPending.int(),
		AppsRunning: m.AppsRunning.int(), AppsFailed: m.AppsFailed.int(), AppsKilled: m.AppsKilled.int(),

		Total:     Resource{int64(m.TotalMB), m.TotalVCores.int()},
		Allocated: Resource{int64(m.AllocatedMB), m.AllocatedVCores.int()},
		Reserved:  Resource{int64(m.ReservedMB), m.ReservedVCores.int()},
		Available: Resource{int64(m.AvailableMB), m.AvailableVCores.int()},

		ContainersAllocated: m.ContainersAllocated.int(),
		ContainersReserved:  m.ContainersReserved.int(),
		ContainersPending:   m.ContainersPending.int(),

		ActiveNodes: m.ActiveNodes.int(), TotalNodes: m.TotalNodes.int(),
		LostNodes: m.LostNodes.int(), UnhealthyNodes: m.UnhealthyNodes.int(),

		DecommissionedNodes: m.DecommissionedNodes.int(), DecommissioningNodes: m.DecommissioningNodes.int(),
		RebootedNodes: m.RebootedNodes.int(), ShutdownNodes: m.ShutdownNodes.int(),
	}
}
