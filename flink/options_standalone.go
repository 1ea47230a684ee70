package flink

import "fmt"

// Options that Flink's own scripts read to start processes outside of YARN. Java
// has them in CoreOptions and ConfigConstants, config.sh reads them.
var (
	// SSHOptions are words of ssh's command line.
	SSHOptions = Option{Key: "env.ssh.opts"}
	// PIDDirectory is the folder of the files that tell which processes run.
	PIDDirectory = Option{Key: "env.pid.dir", Default: "/tmp"}
	// LogDirectory is the folder of the processes' logs; FLINK_HOME/log where it is not set.
	LogDirectory = Option{Key: "env.log.dir"}
	// HBaseConfDir is used where the environment names none.
	HBaseConfDir = Option{Key: "env.hbase.conf.dir"}
	// JavaOptsTaskManager is for the TaskManagers' JVM.
	JavaOptsTaskManager = Option{Key: "env.java.opts.taskmanager"}
	// JavaDefaultOptsTaskManager stands before the user's options (Flink 1.19).
	JavaDefaultOptsTaskManager = Option{Key: "env.java.default-opts.taskmanager"}
	// TaskManagerNUMA asks for a TaskManager on each node of a NUMA machine.
	TaskManagerNUMA = Option{Key: "taskmanager.compute.numa", Default: "false"}
	// TaskManagerResourceID is the name by which a TaskManager registers.
	TaskManagerResourceID = Option{Key: "taskmanager.resource-id"}
	// ZooKeeperHeap is the heap of a peer of Flink's own quorum in MB; 0 leaves it to the JVM.
	ZooKeeperHeap = Option{Key: "zookeeper.heap.mb", Default: "0"}
	// TemporaryDirectories are local folders, separated by "," or ":".
	TemporaryDirectories = Option{Key: "io.tmp.dirs", Aliases: []string{"taskmanager.tmp.dirs"}}
)

// ParseDistJarName reads the version from the name of a flink-dist jar.
func ParseDistJarName(name string) (Version, error) {
	m := distJarName.FindStringSubmatch(name)
	if m == nil {
		return Version{}, fmt.Errorf("%s: the name has no version", name)
	}
	return ParseVersion(m[1])
}
