package rest

// JobState is the state of a job in Flink's words. A state of a newer release
// is kept as it came.
//
// Java: org.apache.flink.api.common.JobStatus.
type JobState string

// The states of a job.
const (
	Initializing JobState = "INITIALIZING"
	Created      JobState = "CREATED"
	Running      JobState = "RUNNING"
	Failing      JobState = "FAILING"
	Failed       JobState = "FAILED"
	Cancelling   JobState = "CANCELLING"
	Canceled     JobState = "CANCELED"
	Finished     JobState = "FINISHED"
	Restarting   JobState = "RESTARTING"
	Suspended    JobState = "SUSPENDED"
	Reconciling  JobState = "RECONCILING"
)

// IsFinal says whether the job has ended for good. A suspended job has not:
// another JobManager takes it over.
func (s JobState) IsFinal() bool {
	return s == Failed || s == Canceled || s == Finished
}

// IsScheduled says whether the job waits to run: what Flink's command line
// lists as scheduled.
func (s JobState) IsScheduled() bool {
	return s == Created || s == Initializing
}
