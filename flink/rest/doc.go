// Package rest is the client of the REST API of a Flink JobManager: cluster
// and job reports, jar upload, plan and run, savepoints and checkpoints,
// stopping, rescaling and cancelling jobs, shutting the cluster down.
//
// Flink 1.12 to 2.x answer alike but for details, and answers are decoded by
// their shape: members that a release lacks stay zero, unknown ones are
// skipped. Only what is sent depends on the release, see [Client.RunJar].
//
// What takes its time – savepoint, stop, checkpoint, disposal – is triggered
// and followed by an [Operation], whose Await outlives a JobManager's failover.
//
// A JobManager mostly puts Java stack traces where others put a message, and
// tells unknown jobs, unknown jars and switched off uploads apart by text
// more than by status. [RemoteError] keeps the text, answers to [errors.Is]
// and knows the line that people need.
package rest
