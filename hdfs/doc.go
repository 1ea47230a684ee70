// Package hdfs does the dozen file operations that staging needs, on two
// transports behind one interface: native RPC, which is fastest, and WebHDFS,
// which passes gateways and stands in where the RPC library can't.
//
// Both transports promise the same, and package hdfstest holds them to it:
//
//   - a context that ends, and a server that falls silent, end every operation;
//   - Create and Rename never replace anything;
//   - a file has its name only when it is complete, and its status then has the
//     modification time that the NameNode will report from now on, to the
//     millisecond: YARN refuses a resource whose time differs;
//   - permissions are those the caller gives: no umask is applied;
//   - errors keep the server's words and are told apart by errors.Is.
//
// A transfer that broke is not repeated here. Retriable tells the caller
// whether that makes sense.
package hdfs
