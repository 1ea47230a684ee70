// Package minicluster runs a real single-node Hadoop beside a real Flink distribution on loopback: NameNode, DataNode,
// ResourceManager and NodeManager, with Options.ZooKeeper a ZooKeeper too, as plain Java processes, assembled from package
// registries, without Docker or tarballs.
//
// A cluster lives in one folder (Options.Dir) that holds its configuration, data, logs and a state file. The folder alone
// is enough to find the cluster again: Open attaches to it from another process, and Stop ends it even if the process that
// started it was killed in the middle of Start. Several clusters run side by side.
//
// With Options.HA there are two NameNodes and two ResourceManagers, with the electors that real clusters have: one that is killed
// is replaced without anybody's doing, and Cluster.Failover makes the other one active on command. Hadoop 2.10 is refused there:
// its ZooKeeper client does not work on today's Java.
//
// Hadoop 2.10, 3.3 and 3.4 run on the same Java, main classes and configuration; what Maven must leave out for one of them is in
// hadoopRelease, and what differs between Flink's releases in flinkRelease. docs/versions.md tells what was tried.
//
// What was downloaded lives in a cache folder that outlives clusters; see Assemble.
//
// Only Linux is supported, for processes are told apart by what /proc says about them. The exported functions are safe for
// concurrent use by several processes: a lock file in the cluster's folder orders those that start and stop.
package minicluster
