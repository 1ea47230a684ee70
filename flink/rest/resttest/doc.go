// Package resttest is a fake Flink JobManager for tests: the REST endpoints
// that package rest uses, answering as Flink 1.20 does, with the differences
// of 1.12 and of 2.x on request. Jars and jobs are kept; nothing is run.
//
// [Conformance] holds the fake against a real JobManager: it passes on both.
package resttest
