package hadoop

import "slices"

// The defaults a client reads, as of Hadoop 3.4.2, by the file of Hadoop's own
// jars that has them. Properties whose default is empty there are left out: an
// empty value element sets nothing.
const (
	coreDefault = "core-default.xml" // hadoop-common
	hdfsDefault = "hdfs-default.xml" // hadoop-hdfs
	yarnDefault = "yarn-default.xml" // hadoop-yarn-common
	codeDefault = "YarnConfiguration"
)

// Default is a property's built-in value.
type Default struct {
	Key   string
	Value string // before expansion
	// Source is the file of Hadoop's jars that has it – core-default.xml,
	// hdfs-default.xml or yarn-default.xml – or the Java class.
	Source string
}

// Defaults returns the table of built-in values, ordered by source.
func Defaults() []Default { return slices.Clone(defaults) }

var defaults = []Default{
	// Java: YarnConfiguration.DEFAULT_YARN_APPLICATION_CLASSPATH; the XML value
	// is empty, which counts as not set. $NAME is expanded on the node.
	{"yarn.application.classpath", "$HADOOP_CONF_DIR," +
		"$HADOOP_COMMON_HOME/share/hadoop/common/*,$HADOOP_COMMON_HOME/share/hadoop/common/lib/*," +
		"$HADOOP_HDFS_HOME/share/hadoop/hdfs/*,$HADOOP_HDFS_HOME/share/hadoop/hdfs/lib/*," +
		"$HADOOP_YARN_HOME/share/hadoop/yarn/*,$HADOOP_YARN_HOME/share/hadoop/yarn/lib/*", codeDefault},

	{"fs.defaultFS", "file:///", coreDefault},
	{"fs.permissions.umask-mode", "022", coreDefault},
	{"hadoop.rpc.protection", "authentication", coreDefault},
	{"hadoop.security.auth_to_local.mechanism", "hadoop", coreDefault},
	{"hadoop.security.authentication", "simple", coreDefault},
	{"hadoop.security.token.service.use_ip", "true", coreDefault},
	{"hadoop.ssl.client.conf", "ssl-client.xml", coreDefault},
	{"hadoop.ssl.hostname.verifier", "DEFAULT", coreDefault},
	{"hadoop.tmp.dir", "/tmp/hadoop-${user.name}", coreDefault},
	{"ipc.client.connect.max.retries", "10", coreDefault},
	{"ipc.client.connect.max.retries.on.timeouts", "45", coreDefault},
	{"ipc.client.connect.retry.interval", "1000", coreDefault},
	{"ipc.client.connect.timeout", "20000", coreDefault},

	{"dfs.blocksize", "134217728", hdfsDefault},
	{"dfs.client.failover.max.attempts", "15", hdfsDefault},
	{"dfs.client.use.datanode.hostname", "false", hdfsDefault},
	{"dfs.encrypt.data.transfer", "false", hdfsDefault},
	{"dfs.http.policy", "HTTP_ONLY", hdfsDefault},
	{"dfs.namenode.delegation.token.max-lifetime", "604800000", hdfsDefault},
	{"dfs.namenode.delegation.token.renew-interval", "86400000", hdfsDefault},
	{"dfs.namenode.fs-limits.min-block-size", "1048576", hdfsDefault},
	{"dfs.namenode.http-address", "0.0.0.0:9870", hdfsDefault},
	{"dfs.namenode.https-address", "0.0.0.0:9871", hdfsDefault},
	{"dfs.namenode.replication.min", "1", hdfsDefault},
	{"dfs.replication", "3", hdfsDefault},
	{"dfs.replication.max", "512", hdfsDefault},
	{"dfs.user.home.dir.prefix", "/user", hdfsDefault},

	{"yarn.cluster.max-application-priority", "0", yarnDefault},
	{"yarn.http.policy", "HTTP_ONLY", yarnDefault},
	{"yarn.log-aggregation-enable", "false", yarnDefault},
	{"yarn.log-aggregation.file-formats", "TFile", yarnDefault},
	{"yarn.nodemanager.hostname", "0.0.0.0", yarnDefault},
	{"yarn.nodemanager.remote-app-log-dir", "/tmp/logs", yarnDefault},
	{"yarn.nodemanager.remote-app-log-dir-suffix", "logs", yarnDefault},
	{"yarn.nodemanager.webapp.address", "${yarn.nodemanager.hostname}:8042", yarnDefault},
	{"yarn.nodemanager.webapp.https.address", "0.0.0.0:8044", yarnDefault},
	{"yarn.resourcemanager.address", "${yarn.resourcemanager.hostname}:8032", yarnDefault},
	{"yarn.resourcemanager.am.max-attempts", "2", yarnDefault},
	{"yarn.resourcemanager.application.max-tag.length", "100", yarnDefault},
	{"yarn.resourcemanager.application.max-tags", "10", yarnDefault},
	{"yarn.resourcemanager.connect.max-wait.ms", "900000", yarnDefault},
	{"yarn.resourcemanager.connect.retry-interval.ms", "30000", yarnDefault},
	{"yarn.resourcemanager.ha.enabled", "false", yarnDefault},
	{"yarn.resourcemanager.hostname", "0.0.0.0", yarnDefault},
	{"yarn.resourcemanager.webapp.address", "${yarn.resourcemanager.hostname}:8088", yarnDefault},
	{"yarn.resourcemanager.webapp.https.address", "${yarn.resourcemanager.hostname}:8090", yarnDefault},
	{"yarn.scheduler.maximum-allocation-mb", "8192", yarnDefault},
	{"yarn.scheduler.maximum-allocation-vcores", "4", yarnDefault},
	{"yarn.scheduler.minimum-allocation-mb", "1024", yarnDefault},
	{"yarn.scheduler.minimum-allocation-vcores", "1", yarnDefault},
	{"yarn.timeline-service.enabled", "false", yarnDefault},
}

// defaultValue returns the built-in value of a current name, unexpanded.
func defaultValue(key string) (string, bool) {
	for _, d := range defaults {
		if d.Key == key {
			return d.Value, true
		}
	}
	return "", false
}
