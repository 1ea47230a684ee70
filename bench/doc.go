// Command bench measures yarnflink against Flink's own Java client: in one run, on one real cluster, with the same command
// lines, taking turns. It prints a Markdown table of medians with the ratio of the two and the target for it.
//
// The cluster is the one whose folder YARNFLINK_TEST_CLUSTER names, else one of its own that it takes down at the end. What
// it starts there – sessions, their folders – is gone when it ends, also after Ctrl-C. A command that fails, or does not do
// what it was asked for, ends the benchmark with an error: a missing figure would read like a good one.
//
// Only Linux is supported: what a process has used is read from the rusage that Linux gives of it.
//
// docs/benchmarks.md tells what each figure is.
package main
