// Package zookeeper is the little of ZooKeeper that looking after Flink's high
// availability data needs: what lies below a node, who still holds it, its data
// and its removal; and zoo.cfg. It does not authenticate: a server that asks for SASL is told from
// one that can't be reached.
package zookeeper
