package flink

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// ZooKeeperLeaderPath is the node of the leaders before Flink 1.14; it is not
// configurable since.
var ZooKeeperLeaderPath = Option{Key: "high-availability.zookeeper.path.leader", Aliases: []string{"recovery.zookeeper.path.leader"}, Default: "/leader"}

// StandaloneClusterID is the id of a cluster outside of YARN that is given none.
const StandaloneClusterID = "default"

// ZooKeeperServers are the servers of the configured quorum, host:port each,
// without a port where it is the usual one; none where it is not configured.
func ZooKeeperServers(c *Configuration) []string {
	var servers []string
	for server := range strings.SplitSeq(c.Text(ZooKeeperQuorum), ",") {
		if server = strings.TrimSpace(server); server != "" {
			servers = append(servers, server)
		}
	}
	return servers
}

// LeaderNodes are the nodes of ZooKeeper in which the leading JobManager of a
// standalone cluster keeps its web address; which of them it is differs by release.
//
// Java: ZooKeeperUtils.generateZookeeperPath, getLeaderPath and
// generateConnectionInformationPath (1.14 and later), ZooKeeperHaServices.getLeaderPathForRestServer (before).
func LeaderNodes(c *Configuration) []string {
	id := strings.Trim(c.Text(HighAvailabilityClusterID), "/")
	if id == "" {
		id = StandaloneClusterID
	}
	return []string{
		zooKeeperPath(c.Text(ZooKeeperRoot), id, "leader", "rest_server", "connection_info"),
		zooKeeperPath(c.Text(ZooKeeperRoot), id, c.Text(ZooKeeperLeaderPath), "rest_server_lock"),
	}
}

func zooKeeperPath(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		if part = strings.Trim(part, "/"); part != "" {
			b.WriteString("/" + part)
		}
	}
	return b.String()
}

var errLeaderData = errors.New("not what a JobManager writes")

// ParseLeader reads the address from what a leader keeps in ZooKeeper: a Java
// string, in a stream of serialised objects, before the id of its session. No
// data is no leader, "".
//
// Java: ZooKeeperLeaderElectionDriver.writeLeaderInformation, the same from 1.12 to 2.x.
func ParseLeader(data []byte) (address string, err error) {
	const header, block, longBlock = "\xac\xed\x00\x05", 0x77, 0x7a
	if len(data) == 0 {
		return "", nil
	}
	rest, ok := strings.CutPrefix(string(data), header)
	switch {
	case !ok || rest == "":
		return "", fmt.Errorf("leader in ZooKeeper: %w", errLeaderData)
	case rest[0] == block && len(rest) > 4:
		rest = rest[2:]
	case rest[0] == longBlock && len(rest) > 7:
		rest = rest[5:]
	default:
		return "", fmt.Errorf("leader in ZooKeeper: %w", errLeaderData)
	}
	n := int(binary.BigEndian.Uint16([]byte(rest[:2])))
	if rest = rest[2:]; n > len(rest) {
		return "", fmt.Errorf("leader in ZooKeeper: %w", errLeaderData)
	}
	return rest[:n], nil
}
