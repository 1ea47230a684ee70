// Package yarntest is a fake ResourceManager on loopback, one file an endpoint,
// whose answers have the shapes of a Hadoop release: 3.4 unless another is
// chosen. It keeps applications and moves them through their states, by steps
// of the test or by itself; two of them can be a pair of which one is active.
//
// What goes wrong on the way is the business of Server.Faults; a request that a
// ResourceManager does not have fails the test. The tests of package yarn run
// against it and against a real cluster, so it can't drift.
package yarntest
