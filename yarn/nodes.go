package yarn

import (
	"context"
	"net/url"
	"strings"
	"time"
)

// NodeState is a NodeManager's state as the ResourceManager sees it.
//
// Java: org.apache.hadoop.yarn.api.records.NodeState.
type NodeState string

// The node states.
const (
	NodeNew             NodeState = "NEW"
	NodeRunning         NodeState = "RUNNING"
	NodeUnhealthy       NodeState = "UNHEALTHY"
	NodeDecommissioned  NodeState = "DECOMMISSIONED"
	NodeDecommissioning NodeState = "DECOMMISSIONING"
	NodeLost            NodeState = "LOST"
	NodeRebooted        NodeState = "REBOOTED"
	NodeShutdown        NodeState = "SHUTDOWN"
)

// Node is a NodeManager.
type Node struct {
	// ID is "host:port".
	ID, Host, Rack string
	State          NodeState
	// HTTPAddress is the "host:port" of its web server; empty for a node that is lost or decommissioned.
	HTTPAddress string
	// Version is the NodeManager's release.
	Version string
	// Total is Used and Avail together on releases that don't say it.
	Total, Used, Avail Resource
	Containers         int
	Labels             []string
	// HealthReport tells why a node is unhealthy.
	HealthReport     string
	LastHealthUpdate time.Time
}

type nodesJSON struct {
	Nodes object[struct {
		Node list[nodeJSON] `json:"node"`
	}] `json:"nodes"`
}

type nodeJSON struct {
	ID               word                 `json:"id"`
	Host             word                 `json:"nodeHostName"`
	Rack             word                 `json:"rack"`
	State            word                 `json:"state"`
	HTTPAddress      word                 `json:"nodeHTTPAddress"`
	Version          word                 `json:"version"`
	HealthReport     word                 `json:"healthReport"`
	LastHealthUpdate number               `json:"lastHealthUpdate"`
	Containers       number               `json:"numContainers"`
	UsedMB           number               `json:"usedMemoryMB"`
	AvailMB          number               `json:"availMemoryMB"`
	UsedVCores       number               `json:"usedVirtualCores"`
	AvailVCores      number               `json:"availableVirtualCores"`
	Labels           list[word]           `json:"nodeLabels"`
	Total            object[resourceJSON] `json:"totalResource"`
}

// Nodes lists the nodes in the given states; without any, in all states.
func (c *Client) Nodes(ctx context.Context, states ...NodeState) ([]Node, error) {
	query := url.Values{}
	if len(states) > 0 {
		query.Set("states", joined(states))
	}
	var doc nodesJSON
	if err := c.get(ctx, "list nodes", clusterPath+"/nodes", query, &doc); err != nil {
		return nil, err
	}
	nodes := make([]Node, 0, len(doc.Nodes.value.Node))
	for _, n := range doc.Nodes.value.Node {
		nodes = append(nodes, n.node())
	}
	return nodes, nil
}

func (n nodeJSON) node() Node {
	used := Resource{int64(n.UsedMB), n.UsedVCores.int()}
	avail := Resource{int64(n.AvailMB), n.AvailVCores.int()}
	total := n.Total.value.resource()
	if total.IsZero() {
		total = Resource{used.MemoryMB + avail.MemoryMB, used.VCores + avail.VCores}
	}
	return Node{
		ID: string(n.ID), Host: string(n.Host), Rack: string(n.Rack),
		State:       NodeState(n.State),
		HTTPAddress: string(n.HTTPAddress),
		Version:     string(n.Version),
		Total:       total, Used: used, Avail: avail,
		Containers:       n.Containers.int(),
		Labels:           words(n.Labels),
		HealthReport:     string(n.HealthReport),
		LastHealthUpdate: n.LastHealthUpdate.time(),
	}
}

// words returns the words that are not empty.
func words(l list[word]) []string {
	var s []string
	for _, w := range l {
		if w != "" {
			s = append(s, string(w))
		}
	}
	return s
}

// joined returns the values as a comma list, as queries take it.
func joined[S ~string](values []S) string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = string(v)
	}
	return strings.Join(s, ",")
}
