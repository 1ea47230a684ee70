package yarn

import "slices"

// State is where an application is in its life.
//
// Java: org.apache.hadoop.yarn.api.records.YarnApplicationState.
type State string

// The states, in the order of a life; the last three are final.
const (
	New       State = "NEW"
	NewSaving State = "NEW_SAVING" // its submission is being written to the state store
	Submitted State = "SUBMITTED"
	Accepted  State = "ACCEPTED" // waits for resources for its first container
	Running   State = "RUNNING"  // its ApplicationMaster has registered
	Finished  State = "FINISHED"
	Failed    State = "FAILED"
	Killed    State = "KILLED"
)

// LiveStates are the states of applications that have not ended, for
// Filter.States.
func LiveStates() []State { return []State{New, NewSaving, Submitted, Accepted, Running} }

// IsFinal tells whether an application in this state has ended for good. A
// state that this package does not know is not final.
func (s State) IsFinal() bool { return s == Finished || s == Failed || s == Killed }

// IsKnown tells whether s is one of the states above.
func (s State) IsKnown() bool { return s.IsFinal() || slices.Contains(LiveStates(), s) }

// FinalStatus is how an application ended, as its own ApplicationMaster
// reported it.
//
// Java: org.apache.hadoop.yarn.api.records.FinalApplicationStatus.
type FinalStatus string

// The final statuses.
const (
	StatusUndefined FinalStatus = "UNDEFINED" // has not ended
	StatusSucceeded FinalStatus = "SUCCEEDED"
	StatusFailed    FinalStatus = "FAILED"
	StatusKilled    FinalStatus = "KILLED"
	StatusEnded     FinalStatus = "ENDED" // a session that ended in order
)
