package rest

import (
	"encoding/json"
	"time"
)

// The functions of this file read answers that somebody has kept, as the archives
// of ended jobs have them, by the same rules as the Client reads them.

// DecodeJobs reads the answer of /jobs/overview.
func DecodeJobs(answer []byte) ([]JobOverview, error) {
	var a jobsAnswer
	err := json.Unmarshal(answer, &a)
	return a.jobs(), err
}

// DecodeJob reads the answer of /jobs/ID.
func DecodeJob(answer []byte) (JobDetails, error) {
	a := newJobAnswer()
	err := json.Unmarshal(answer, &a)
	return a.details(), err
}

// DecodeJobConfig reads the answer of /jobs/ID/config.
func DecodeJobConfig(answer []byte) (JobConfig, error) {
	a := newJobConfigAnswer()
	err := json.Unmarshal(answer, &a)
	return a.config(), err
}

// DecodeCheckpoints reads the answer of /jobs/ID/checkpoints. One without any
// figures, as of a job without checkpoints, is the zero value.
func DecodeCheckpoints(answer []byte) (Checkpoints, error) {
	var a checkpointsAnswer
	err := json.Unmarshal(answer, &a)
	return a.checkpoints(), err
}

// DecodeSettings reads the answer of /jobmanager/config.
func DecodeSettings(answer []byte) (map[string]string, error) {
	var a []settingAnswer
	err := json.Unmarshal(answer, &a)
	return settings(a), err
}

// JobException is one failure of a job.
type JobException struct {
	Class      string // Java class; "" before Flink 1.13
	StackTrace string
	At         time.Time
	Task       string // "" where it is no task's
	Location   string // host:port of the TaskManager, "" where there is none
}

// DecodeExceptions reads the answer of /jobs/ID/exceptions, the latest first. Of
// releases that tell only the last one there is one.
func DecodeExceptions(answer []byte) ([]JobException, error) {
	var a exceptionsAnswer
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, err
	}
	var list []JobException
	for _, e := range a.History.Entries {
		if e.Location == "" {
			e.Location = e.Endpoint
		}
		list = append(list, JobException{Class: e.Name, StackTrace: e.StackTrace, At: e.At.time(), Task: e.Task, Location: e.Location})
	}
	if len(list) > 0 {
		return list, nil
	}
	for _, e := range a.All {
		list = append(list, JobException{StackTrace: e.StackTrace, At: e.At.time(), Task: e.Task, Location: e.Location})
	}
	if len(list) == 0 && a.Root != "" {
		list = append(list, JobException{StackTrace: a.Root})
	}
	return list, nil
}
