package minicluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/internal/zookeeper"
)

// Nameservice is the logical name of a highly available cluster's HDFS, and the id of its YARN.
const Nameservice = "mini"

// haDaemons are what a highly available cluster has more than another, in the order of reports.
var haDaemons = []string{NameNode2, JournalNode, ZKFC, ZKFC2, ResourceManager2}

// couple are the two daemons of a role, of which one is active. Where an elector stops to hold the lock the other's takes it, and
// makes its daemon active.
type couple struct {
	daemons  [2]string
	ids      [2]string // in Hadoop's configuration
	electors [2]string // a ResourceManager has its own inside
	lock     string    // node in ZooKeeper
}

// couples of a highly available cluster, by the first one's name.
//
// Java: ActiveStandbyElector.LOCK_FILENAME, ActiveStandbyElectorBasedElectorService, ZKFailoverController.getParentZnode.
var couples = map[string]couple{
	NameNode: {
		[2]string{NameNode, NameNode2}, [2]string{"nn1", "nn2"}, [2]string{ZKFC, ZKFC2},
		electionOfNameNodes + "/ActiveStandbyElectorLock",
	},
	ResourceManager: {
		[2]string{ResourceManager, ResourceManager2}, [2]string{"rm1", "rm2"}, [2]string{ResourceManager, ResourceManager2},
		"/yarn-leader-election/" + Nameservice + "/ActiveStandbyElectorLock",
	},
}

const electionOfNameNodes = "/hadoop-ha/" + Nameservice

// coupleOf finds the couple that a daemon, or its elector, belongs to, and its place there.
func coupleOf(name string) (c couple, i int, ok bool) {
	for _, c := range couples {
		if i := slices.Index(c.daemons[:], name); i >= 0 {
			return c, i, true
		}
		if i := slices.Index(c.electors[:], name); i >= 0 {
			return c, i, true
		}
	}
	return couple{}, 0, false
}

// members are the daemons of a role: two in a highly available cluster.
func (s state) members(role string) []string {
	if c, ok := couples[role]; ok && s.HA {
		return c.daemons[:]
	}
	return []string{role}
}

// haPorts are those of what only a highly available cluster has.
type haPorts struct {
	NameNodeRPC        int `json:"namenode2_rpc"`
	NameNodeHTTP       int `json:"namenode2_http"`
	ResourceManagerRPC int `json:"resourcemanager2_rpc"`
	ResourceManagerWeb int `json:"resourcemanager2_web"`
	Scheduler          int `json:"scheduler2"`
	ResourceTracker    int `json:"resource_tracker2"`
	ResourceManagerOps int `json:"resourcemanager2_admin"`
	JournalNodeRPC     int `json:"journalnode_rpc"`
	JournalNodeHTTP    int `json:"journalnode_http"`
	ZKFC               int `json:"zkfc"`
	ZKFC2              int `json:"zkfc2"`
}

func (p *haPorts) all() []*int {
	return []*int{
		&p.NameNodeRPC, &p.NameNodeHTTP, &p.ResourceManagerRPC, &p.ResourceManagerWeb, &p.Scheduler, &p.ResourceTracker,
		&p.ResourceManagerOps, &p.JournalNodeRPC, &p.JournalNodeHTTP, &p.ZKFC, &p.ZKFC2,
	}
}

// webPort is where a master tells of itself.
func (p ports) webPort(name string) int {
	switch name {
	case NameNode:
		return p.NameNodeHTTP
	case NameNode2:
		return p.HA.NameNodeHTTP
	case ResourceManager2:
		return p.HA.ResourceManagerWeb
	}
	return p.ResourceManagerWeb
}

// haArgs are the arguments by which a daemon of a highly available cluster knows which of the two it is. None of them is eager to
// connect: who waits a minute for one that is gone does not take over.
func haArgs(s state, name string) ([]string, bool) {
	c, i, ok := coupleOf(name)
	if !s.HA || !ok {
		return nil, s.HA && name == JournalNode
	}
	key := "dfs.ha.namenode.id"
	if c.daemons[0] == ResourceManager {
		key = "yarn.resourcemanager.ha.id"
	}
	return []string{"-D", key + "=" + c.ids[i]}, true
}

// highlyAvailable changes the configuration of a cluster into that of one with two masters of each kind.
func highlyAvailable(dir string, s state, files map[string]properties) {
	files["core-site.xml"]["fs.defaultFS"] = "hdfs://" + Nameservice
	files["core-site.xml"]["ha.zookeeper.quorum"] = address(s.Ports.ZooKeeper)
	maps.Copy(files["core-site.xml"], properties{
		"ha.zookeeper.session-timeout.ms":             electionTimeout,
		"ha.health-monitor.check-interval.ms":         "250",
		"ha.health-monitor.connect-retry-interval.ms": "250",
	})
	for _, key := range []string{"dfs.namenode.rpc-address", "dfs.namenode.http-address", "dfs.namenode.name.dir"} {
		delete(files["hdfs-site.xml"], key)
	}
	for key := range files["yarn-site.xml"] {
		if value := files["yarn-site.xml"][key]; strings.HasPrefix(key, "yarn.resourcemanager.") && strings.HasPrefix(value, loopback) {
			delete(files["yarn-site.xml"], key)
		}
	}
	maps.Copy(files["hdfs-site.xml"], haHDFS(dir, s.Ports))
	maps.Copy(files["yarn-site.xml"], haYARN(s.Ports))
}

// electionTimeout is how long, in ms, an elector's session outlives it: so long nobody is active after a kill -9.
const electionTimeout = "4000"

func haHDFS(dir string, p ports) properties {
	return properties{
		"dfs.nameservices":                                  Nameservice,
		"dfs.ha.namenodes." + Nameservice:                   "nn1,nn2",
		"dfs.namenode.rpc-address." + Nameservice + ".nn1":  address(p.NameNodeRPC),
		"dfs.namenode.rpc-address." + Nameservice + ".nn2":  address(p.HA.NameNodeRPC),
		"dfs.namenode.http-address." + Nameservice + ".nn1": address(p.NameNodeHTTP),
		"dfs.namenode.http-address." + Nameservice + ".nn2": address(p.HA.NameNodeHTTP),
		"dfs.namenode.name.dir." + Nameservice + ".nn1":     "file://" + nameDir(dir),
		"dfs.namenode.name.dir." + Nameservice + ".nn2":     "file://" + nameDir2(dir),
		"dfs.namenode.shared.edits.dir":                     "qjournal://" + address(p.HA.JournalNodeRPC) + "/" + Nameservice,
		"dfs.client.failover.proxy.provider." + Nameservice: "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider",
		"dfs.client.failover.sleep.base.millis":             "100",
		"dfs.client.failover.sleep.max.millis":              "1000",
		"dfs.journalnode.rpc-address":                       address(p.HA.JournalNodeRPC),
		"dfs.journalnode.http-address":                      address(p.HA.JournalNodeHTTP),
		"dfs.journalnode.edits.dir":                         filepath.Join(dir, "dfs", "journal"),
		"dfs.ha.automatic-failover.enabled":                 "true",
		"dfs.ha.zkfc.port." + Nameservice + ".nn1":          fmt.Sprint(p.HA.ZKFC),
		"dfs.ha.zkfc.port." + Nameservice + ".nn2":          fmt.Sprint(p.HA.ZKFC2),
		"dfs.ha.fencing.methods":                            "shell(/bin/true)", // where asking fails the other is dead: the journal has one writer
		"dfs.ha.tail-edits.period":                          "1s",
		// One that comes back leaves its safe mode when it knows of the blocks that were deleted meanwhile: that needs a finished log.
		"dfs.ha.log-roll.period":               "3",
		"dfs.namenode.checkpoint.check.period": "3600",
	}
}

func haYARN(p ports) properties {
	const rm = "yarn.resourcemanager."
	all := properties{
		rm + "ha.enabled":                "true",
		rm + "ha.rm-ids":                 "rm1,rm2",
		rm + "cluster-id":                Nameservice,
		rm + "zk-address":                address(p.ZooKeeper),
		rm + "zk-timeout-ms":             electionTimeout,
		rm + "zk-retry-interval-ms":      "500",
		rm + "recovery.enabled":          "true",
		rm + "store.class":               "org.apache.hadoop.yarn.server.resourcemanager.recovery.ZKRMStateStore",
		rm + "connect.retry-interval.ms": "250",
		// New containers come this long, in ms, after a failover; Hadoop's own 10 s make each test wait.
		rm + "work-preserving-recovery.scheduling-wait-ms": "2000",
		"yarn.client.failover-sleep-base-ms":               "100",
		"yarn.client.failover-sleep-max-ms":                "1000",
	}
	for id, ports := range map[string][5]int{
		"rm1": {p.ResourceManagerRPC, p.ResourceManagerWeb, p.Scheduler, p.ResourceTracker, p.ResourceManagerOps},
		"rm2": {p.HA.ResourceManagerRPC, p.HA.ResourceManagerWeb, p.HA.Scheduler, p.HA.ResourceTracker, p.HA.ResourceManagerOps},
	} {
		for i, key := range []string{"address.", "webapp.address.", "scheduler.address.", "resource-tracker.address.", "admin.address."} {
			all[rm+key+id] = address(ports[i])
		}
		all[rm+"hostname."+id] = loopback
	}
	return all
}

// launchHA starts the daemons of a highly available cluster, each after what it ends without.
func (r *starter) launchHA(ctx context.Context) error {
	if err := r.launch(ZooKeeper, JournalNode, ResourceManager, ResourceManager2, NodeManager); err != nil {
		return err
	}
	if err := r.awaitDaemons(ctx, ZooKeeper); err != nil {
		return err
	}
	if err := prepareElection(ctx, r.state); err != nil {
		return err
	}
	if err := r.awaitDaemons(ctx, JournalNode); err != nil {
		return err
	}
	if !r.state.Formatted {
		if err := formatNameNode(ctx, r.o.Dir, r.state); err != nil {
			return err
		}
		// What the second one would fetch with -bootstrapStandby.
		if err := os.CopyFS(nameDir2(r.o.Dir), os.DirFS(nameDir(r.o.Dir))); err != nil {
			return fmt.Errorf("copy the first name node's folder: %w", err)
		}
		r.state.Formatted = true
	}
	return r.launch(NameNode, ZKFC, DataNode, NameNode2, ZKFC2)
}

// awaitDaemons waits until daemons serve, unless one ends.
func (r *starter) awaitDaemons(ctx context.Context, names ...string) error {
	probe := newSignedProbe(ctx, r.o.Dir, r.state)
	for _, name := range names {
		serves := func() error { return probe.daemon(ctx, name) }
		if err := poll(ctx, serves, func() error { return r.daemons[name].death(r.o.Dir, name) }); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
	}
	return nil
}

// prepareElection makes the node that the NameNodes' electors want to find, as `hdfs zkfc -formatZK` does.
func prepareElection(ctx context.Context, s state) error {
	zk, err := zookeeper.Dial(ctx, []string{address(s.Ports.ZooKeeper)})
	if err != nil {
		return err
	}
	defer zk.Close()
	// What an earlier start has left names the NameNode's port of that time, and an elector stumbles over it.
	if _, err := zk.RemoveAll(ctx, electionOfNameNodes); err != nil {
		return err
	}
	return zk.MakeAll(ctx, electionOfNameNodes)
}

// active is the daemon of a role that is active; elsewhere than in a highly available cluster that is the only one.
func (p probe) active(ctx context.Context, role string) (string, error) {
	members := p.state.members(role)
	if len(members) == 1 {
		return role, nil
	}
	var errs []error
	for _, name := range members {
		switch is, err := p.role(ctx, name); {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		case is == roleActive:
			return name, nil
		default:
			errs = append(errs, fmt.Errorf("%s is %s", name, is))
		}
	}
	return "", fmt.Errorf("no active %s: %w", role, errors.Join(errs...))
}

const (
	roleActive  = "active"
	roleStandby = "standby"
)

// role asks one of two masters for its part, active or standby or something on the way.
func (p probe) role(ctx context.Context, name string) (string, error) {
	port := p.state.Ports.webPort(name)
	if c, _, _ := coupleOf(name); c.daemons[0] == NameNode {
		var status struct{ State string }
		err := p.bean(ctx, port, "Hadoop:service=NameNode,name=NameNodeStatus", &status)
		return strings.ToLower(status.State), err
	}
	var answer struct{ ClusterInfo struct{ HAState string } }
	err := p.get(ctx, port, "/ws/v1/cluster/info", &answer)
	return strings.ToLower(answer.ClusterInfo.HAState), err
}

// settled returns nil when of both roles one is active and the other stands by.
func (p probe) settled(ctx context.Context) error {
	for role := range couples {
		active, err := p.active(ctx, role)
		if err != nil {
			return err
		}
		for _, name := range p.state.members(role) {
			if is, err := p.role(ctx, name); err != nil || name != active && is != roleStandby {
				return fmt.Errorf("%s is %s beside %s: %w", name, is, active, err)
			}
		}
	}
	return nil
}

func nameDir2(dir string) string { return filepath.Join(dir, "dfs", "name2") }
