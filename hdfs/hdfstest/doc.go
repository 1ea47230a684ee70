// Package hdfstest holds the conformance suite that every transport of package
// hdfs passes, an in-memory NameNode with DataNode that speaks WebHDFS, and a
// proxy that brings the same faults before a real one.
package hdfstest
