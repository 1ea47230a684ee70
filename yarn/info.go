package yarn

import (
	"context"
	"time"
)

// ClusterInfo is what a ResourceManager says about itself.
type ClusterInfo struct {
	// Address is the base address that answered.
	Address string
	// Started changes at each start of the ResourceManager.
	Started time.Time
	// State is "STARTED"; HAState "ACTIVE" also where there is but one.
	State, HAState string
	// StateStore is a Java class; with NullRMStateStore a restart forgets all applications.
	StateStore string
	// Version is the ResourceManager's release, "3.4.2", possibly with a vendor's suffix.
	Version string
	// HadoopVersion is the release of the libraries beneath.
	HadoopVersion string
}

type infoJSON struct {
	Info object[clusterInfoJSON] `json:"clusterInfo"`
}

type clusterInfoJSON struct {
	StartedOn              number `json:"startedOn"`
	State                  word   `json:"state"`
	HAState                word   `json:"haState"`
	StateStore             word   `json:"rmStateStoreName"`
	ResourceManagerVersion word   `json:"resourceManagerVersion"`
	HadoopVersion          word   `json:"hadoopVersion"`
}

// Info asks the active ResourceManager who it is.
func (c *Client) Info(ctx context.Context) (ClusterInfo, error) {
	const op = "cluster info"
	a, err := c.call(ctx, request{op: op, method: "GET", path: clusterPath + "/info"})
	if err != nil {
		return ClusterInfo{}, err
	}
	var doc infoJSON
	if err := a.decode(op, &doc); err != nil {
		return ClusterInfo{}, err
	}
	i := doc.Info.value
	return ClusterInfo{
		Address:       a.addr,
		Started:       i.StartedOn.time(),
		State:         string(i.State),
		HAState:       string(i.HAState),
		StateStore:    string(i.StateStore),
		Version:       string(i.ResourceManagerVersion),
		HadoopVersion: string(i.HadoopVersion),
	}, nil
}
