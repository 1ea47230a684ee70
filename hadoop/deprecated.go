package hadoop

import "strings"

// deprecated maps the names that Hadoop 3.4.2 still understands to the ones it
// uses. Java: the deprecation deltas of Configuration, HdfsConfiguration and
// YarnConfiguration; the last group was dropped by Hadoop 3 and is kept for
// configurations of older clusters.
var deprecated = map[string]string{
	"dfs.df.interval":                   "fs.df.interval",
	"dfs.nfs.exports.allowed.hosts":     "nfs.exports.allowed.hosts",
	"dfs.umaskmode":                     "fs.permissions.umask-mode",
	"fs.default.name":                   "fs.defaultFS",
	"hadoop.configured.node.mapping":    "net.topology.configured.node.mapping",
	"topology.node.switch.mapping.impl": "net.topology.node.switch.mapping.impl",
	"topology.script.file.name":         "net.topology.script.file.name",
	"topology.script.number.args":       "net.topology.script.number.args",

	"dfs.access.time.precision":                    "dfs.namenode.accesstime.precision",
	"dfs.backup.address":                           "dfs.namenode.backup.address",
	"dfs.backup.http.address":                      "dfs.namenode.backup.http-address",
	"dfs.balance.bandwidthPerSec":                  "dfs.datanode.balance.bandwidthPerSec",
	"dfs.block.size":                               "dfs.blocksize",
	"dfs.data.dir":                                 "dfs.datanode.data.dir",
	"dfs.datanode.max.xcievers":                    "dfs.datanode.max.transfer.threads",
	"dfs.encryption.key.provider.uri":              "hadoop.security.key.provider.path",
	"dfs.federation.nameservice.id":                "dfs.nameservice.id",
	"dfs.federation.nameservices":                  "dfs.nameservices",
	"dfs.http.address":                             "dfs.namenode.http-address",
	"dfs.https.address":                            "dfs.namenode.https-address",
	"dfs.https.client.keystore.resource":           "dfs.client.https.keystore.resource",
	"dfs.https.need.client.auth":                   "dfs.client.https.need-auth",
	"dfs.max-repl-streams":                         "dfs.namenode.replication.max-streams",
	"dfs.max.objects":                              "dfs.namenode.max.objects",
	"dfs.name.dir":                                 "dfs.namenode.name.dir",
	"dfs.name.dir.restore":                         "dfs.namenode.name.dir.restore",
	"dfs.name.edits.dir":                           "dfs.namenode.edits.dir",
	"dfs.namenode.replication.considerLoad":        "dfs.namenode.redundancy.considerLoad",
	"dfs.namenode.replication.considerLoad.factor": "dfs.namenode.redundancy.considerLoad.factor",
	"dfs.namenode.replication.interval":            "dfs.namenode.redundancy.interval.seconds",
	"dfs.namenode.replication.pending.timeout-sec": "dfs.namenode.reconstruction.pending.timeout-sec",
	"dfs.permissions":                              "dfs.permissions.enabled",
	"dfs.permissions.supergroup":                   "dfs.permissions.superusergroup",
	"dfs.read.prefetch.size":                       "dfs.client.read.prefetch.size",
	"dfs.replication.considerLoad":                 "dfs.namenode.redundancy.considerLoad",
	"dfs.replication.interval":                     "dfs.namenode.redundancy.interval.seconds",
	"dfs.replication.min":                          "dfs.namenode.replication.min",
	"dfs.replication.pending.timeout.sec":          "dfs.namenode.reconstruction.pending.timeout-sec",
	"dfs.safemode.extension":                       "dfs.namenode.safemode.extension",
	"dfs.safemode.threshold.pct":                   "dfs.namenode.safemode.threshold-pct",
	"dfs.secondary.http.address":                   "dfs.namenode.secondary.http-address",
	"dfs.socket.timeout":                           "dfs.client.socket-timeout",
	"dfs.write.packet.size":                        "dfs.client-write-packet-size",
	"fs.checkpoint.dir":                            "dfs.namenode.checkpoint.dir",
	"fs.checkpoint.edits.dir":                      "dfs.namenode.checkpoint.edits.dir",
	"fs.checkpoint.period":                         "dfs.namenode.checkpoint.period",
	"heartbeat.recheck.interval":                   "dfs.namenode.heartbeat.recheck-interval",
	"io.bytes.per.checksum":                        "dfs.bytes-per-checksum",
	"session.id":                                   "dfs.metrics.session-id",
	"slave.host.name":                              "dfs.datanode.hostname",

	"hadoop.http.rmwebapp.scheduler.page.class":             "yarn.http.rmwebapp.scheduler.page.class",
	"yarn.client.max-nodemanagers-proxies":                  "yarn.client.max-cached-nodemanagers-proxies",
	"yarn.resourcemanager.display.per-user-apps":            "yarn.webapp.filter-entity-list-by-user",
	"yarn.resourcemanager.system-metrics-publisher.enabled": "yarn.system-metrics-publisher.enabled",
	"yarn.resourcemanager.zk-acl":                           "hadoop.zk.acl",
	"yarn.resourcemanager.zk-address":                       "hadoop.zk.address",
	"yarn.resourcemanager.zk-auth":                          "hadoop.zk.auth",
	"yarn.resourcemanager.zk-num-retries":                   "hadoop.zk.num-retries",
	"yarn.resourcemanager.zk-retry-interval-ms":             "hadoop.zk.retry-interval-ms",
	"yarn.resourcemanager.zk-timeout-ms":                    "hadoop.zk.timeout-ms",

	"dfs.umask":                           "fs.permissions.umask-mode",
	"yarn.resourcemanager.am.max-retries": "yarn.resourcemanager.am.max-attempts",
}

// canonical returns the name under which a property is kept: trimmed, and the
// current name for a deprecated one. That makes both names interchangeable in
// files, in overrides, in ${…} and for final.
func canonical(key string) string {
	key = trim(key)
	if name, ok := deprecated[key]; ok {
		return name
	}
	return key
}

// trim removes what Java's String.trim removes: everything up to the blank.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}
