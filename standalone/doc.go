// Package standalone starts, looks at and ends Flink clusters without YARN: the
// hosts of conf/masters and conf/workers, over SSH. It does what Flink's own
// scripts do, with the same pid files, logs and command lines, on all hosts at
// once, and knows whether it worked.
package standalone
