package minicluster

import (
	"errors"
	"fmt"
	"net"
)

// ports are the loopback ports of the daemons.
type ports struct {
	NameNodeRPC         int     `json:"namenode_rpc"`
	NameNodeHTTP        int     `json:"namenode_http"`
	DataNodeData        int     `json:"datanode_data"`
	DataNodeHTTP        int     `json:"datanode_http"`
	DataNodeIPC         int     `json:"datanode_ipc"`
	ResourceManagerRPC  int     `json:"resourcemanager_rpc"`
	ResourceManagerWeb  int     `json:"resourcemanager_web"`
	Scheduler           int     `json:"scheduler"`
	ResourceTracker     int     `json:"resource_tracker"`
	ResourceManagerOps  int     `json:"resourcemanager_admin"`
	NodeManagerRPC      int     `json:"nodemanager_rpc"`
	NodeManagerLocalize int     `json:"nodemanager_localizer"`
	NodeManagerWeb      int     `json:"nodemanager_web"`
	ZooKeeper           int     `json:"zookeeper"`      // kept free for it also in a cluster without
	DataNode2Data       int     `json:"datanode2_data"` // and so for the second DataNode
	DataNode2HTTP       int     `json:"datanode2_http"`
	DataNode2IPC        int     `json:"datanode2_ipc"`
	KDC                 int     `json:"kdc"` // of a secure cluster
	HA                  haPorts `json:"ha"`
}

func (p *ports) all() []*int {
	return append([]*int{
		&p.NameNodeRPC, &p.NameNodeHTTP, &p.DataNodeData, &p.DataNodeHTTP, &p.DataNodeIPC,
		&p.ResourceManagerRPC, &p.ResourceManagerWeb, &p.Scheduler, &p.ResourceTracker, &p.ResourceManagerOps,
		&p.NodeManagerRPC, &p.NodeManagerLocalize, &p.NodeManagerWeb, &p.ZooKeeper,
		&p.DataNode2Data, &p.DataNode2HTTP, &p.DataNode2IPC, &p.KDC,
	}, p.HA.all()...)
}

// freePorts takes ports that the kernel calls free, each once. Another process can take one before its daemon does; Start
// sees that and chooses again.
func freePorts() (p ports, err error) {
	var listeners []net.Listener // kept open until all are chosen, so that none is given twice
	defer func() {
		for _, l := range listeners {
			err = errors.Join(err, l.Close())
		}
	}()
	for _, port := range p.all() {
		l, err := net.Listen("tcp4", loopback+":0")
		if err != nil {
			return ports{}, fmt.Errorf("choose a port: %w", err)
		}
		listeners = append(listeners, l)
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}

const loopback = "127.0.0.1"

func address(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }
