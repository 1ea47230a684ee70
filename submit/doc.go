// Package submit runs Flink on YARN: sessions, and jobs in them. It is the only
// package that knows both.
//
// A start goes one way: a spec says what is wanted, [Client.Gather] reads the
// facts (local files, HDFS, the cluster's limits), [NewPlan] decides everything
// without any input or output, and [Client.Launch] is the one function with side
// effects: it stages, submits, awaits, and takes everything back when it fails
// or is interrupted before the hand-over.
//
// Read plan.go first, then launch.go.
package submit
