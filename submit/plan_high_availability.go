package submit

import (
	"fmt"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink"
)

// shortInterval is a validity interval in which not even a start fits: a
// JobManager that dies again and again would be started for ever.
const shortInterval = 10 * time.Second

// highAvailability decides what YARN is told about restarts, and checks what the
// JobManager needs to go on from: it would find out only on the cluster, and die.
//
// Java: YarnClusterDescriptor.activateHighAvailabilitySupport; the checks are
// those of ZooKeeperUtils.startCuratorFramework and BlobUtils.createFileSystemBlobStore.
func (m *planner) highAvailability() {
	mode := flink.HighAvailability(m.conf)
	_, intervalKey, _ := m.conf.Effective(flink.ApplicationAttemptValidityInterval)
	explicit := intervalKey != ""
	if !mode.Active() {
		if explicit {
			m.plan.warn("%s has no effect without high availability (%s)", intervalKey, flink.HighAvailabilityType.Key)
		}
		return
	}
	m.plan.KeepContainers = true
	if ms, ok := m.number(flink.ApplicationAttemptValidityInterval); ok {
		m.plan.ValidityInterval = time.Duration(ms) * time.Millisecond
		if d := m.plan.ValidityInterval; explicit && d > 0 && d < shortInterval {
			m.plan.warn("%s is %s: attempts that fail more than that apart don't count, so a JobManager that can't work is started again and again", intervalKey, d)
		}
	}
	switch mode {
	case flink.HighAvailabilityKubernetes:
		m.problem(Problem{What: "high availability by Kubernetes", Where: m.where(flink.HighAvailabilityType),
			Why: "there is none on YARN, and the JobManager would not start", Do: "use zookeeper"})
	case flink.HighAvailabilityZooKeeper:
		m.zooKeeper()
	}
	m.clusterID()
	m.storageDirectory()
}

func (m *planner) zooKeeper() {
	if strings.Trim(m.text(flink.ZooKeeperQuorum), ", ") == "" {
		m.problem(Problem{What: "no ZooKeeper is named", Where: flink.ZooKeeperQuorum.Key,
			Why: "high availability is on (" + m.where(flink.HighAvailabilityType) + "), and the JobManager would not start",
			Do:  "set it to the servers' host:port, separated by commas"})
	}
}

// clusterID says what follows from an id that is not the application's own.
func (m *planner) clusterID() {
	_, key, _ := m.conf.Effective(flink.HighAvailabilityClusterID)
	id := strings.Trim(m.text(flink.HighAvailabilityClusterID), "/")
	switch {
	case key == "":
		return
	case id == "":
		m.problem(Problem{What: fmt.Sprintf("the cluster id %q", m.text(flink.HighAvailabilityClusterID)), Where: m.where(flink.HighAvailabilityClusterID),
			Why: "all clusters below the same root would share their data", Do: "leave it out: the application's id is used then"})
	case clusterIDProblem(id) != "":
		m.problem(Problem{What: fmt.Sprintf("the cluster id %q", id), Where: m.where(flink.HighAvailabilityClusterID), Why: clusterIDProblem(id), Do: "name another one"})
	default:
		m.plan.warn("the cluster id is %q (%s): a cluster goes on from what an earlier one of this id has left, and two at a time take each other's jobs; without it each application has its own",
			id, m.where(flink.HighAvailabilityClusterID))
	}
}

// storageDirectory wants a folder that every node sees.
func (m *planner) storageDirectory() {
	dir := m.text(flink.HighAvailabilityStorageDir)
	if dir == "" {
		m.problem(Problem{What: "no folder for the metadata of high availability", Where: flink.HighAvailabilityStorageDir.Key,
			Why: "high availability is on (" + m.where(flink.HighAvailabilityType) + "), and the JobManager would not start",
			Do:  "set it to a folder in HDFS"})
		return
	}
	scheme, _, ok := strings.Cut(dir, ":")
	if ok && scheme == "file" || !ok && m.conf.Get("fs.default-scheme") == "" {
		m.plan.warn("the metadata of high availability goes to %s (%s), a folder of the node the JobManager runs on: on another node the next one finds nothing, unless all of them mount it; name it in HDFS",
			dir, m.where(flink.HighAvailabilityStorageDir))
	}
}
