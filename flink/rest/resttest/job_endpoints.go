package resttest

import (
	"net/http"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

func (s *Server) jobEndpoints(mux *http.ServeMux) {
	mux.HandleFunc("GET /jobs", s.jobIDs)
	mux.HandleFunc("GET /jobs/overview", s.jobsOverview)
	mux.HandleFunc("GET /jobs/{job}", s.withJob(graphNotFound, jobDetails))
	mux.HandleFunc("GET /jobs/{job}/execution-result", s.withJob(resultNotFound, executionResult))
	mux.HandleFunc("GET /jobs/{job}/accumulators", s.withJob(graphNotFound, accumulators))
	mux.HandleFunc("GET /jobs/{job}/exceptions", s.withJob(graphNotFound, s.exceptions))
	mux.HandleFunc("PATCH /jobs/{job}", s.withJob(cancelNotFound, s.cancel))
	if s.version.AtLeast(1, 16) {
		mux.HandleFunc("GET /jobs/{job}/status", s.withJob(statusNotFound, jobStatus))
	}
}

// Four endpoints, four ways to say that a job is unknown.

func graphNotFound(w http.ResponseWriter, id rest.JobID) {
	refuseTrace(w, http.StatusNotFound, "org.apache.flink.runtime.rest.NotFoundException", "Job "+id.String()+" not found")
}

const jobNotFoundException = "org.apache.flink.runtime.messages.FlinkJobNotFoundException"

func resultNotFound(w http.ResponseWriter, id rest.JobID) {
	refuseTrace(w, http.StatusNotFound, restHandlerException, jobNotFoundException+": Could not find Flink job ("+id.String()+")")
}

func statusNotFound(w http.ResponseWriter, id rest.JobID) {
	refuseInternal(w, trace(jobNotFoundException, "Could not find Flink job ("+id.String()+")"))
}

func cancelNotFound(w http.ResponseWriter, _ rest.JobID) {
	refuseTrace(w, http.StatusNotFound, restHandlerException, "Job could not be found.")
}

func (s *Server) jobIDs(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, j := range s.jobs {
		list = append(list, map[string]any{"id": j.ID, "status": j.State})
	}
	answer(w, http.StatusOK, map[string]any{"jobs": list})
}

func (s *Server) jobsOverview(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, j := range s.jobs {
		list = append(list, map[string]any{
			"jid": j.ID, "name": j.Name, "state": j.State,
			"start-time": j.Started.UnixMilli(), "end-time": j.end(), "duration": j.duration(),
			"last-modification": j.Entered[j.State].UnixMilli(),
			"tasks":             map[string]int{"total": 1, strings.ToLower(string(j.State)): 1},
		})
	}
	answer(w, http.StatusOK, map[string]any{"jobs": list})
}

func jobStatus(w http.ResponseWriter, j *Job) {
	answer(w, http.StatusOK, map[string]any{"status": j.State})
}

func jobDetails(w http.ResponseWriter, j *Job) {
	timestamps := map[rest.JobState]int64{}
	for _, state := range []rest.JobState{
		rest.Initializing, rest.Created, rest.Running, rest.Failing, rest.Failed, rest.Cancelling,
		rest.Canceled, rest.Finished, rest.Restarting, rest.Suspended, rest.Reconciling,
	} {
		timestamps[state] = 0
		if at, ok := j.Entered[state]; ok {
			timestamps[state] = at.UnixMilli()
		}
	}
	answer(w, http.StatusOK, map[string]any{
		"jid": j.ID, "name": j.Name, "isStoppable": false, "state": j.State, "job-type": "STREAMING",
		"start-time": j.Started.UnixMilli(), "end-time": j.end(), "duration": j.duration(),
		"maxParallelism": -1, "now": time.Now().UnixMilli(), "timestamps": timestamps,
		"vertices": []map[string]any{{
			"id": vertexID, "name": "Source: " + j.Name, "maxParallelism": 128,
			"parallelism": max(j.Parallelism, 1), "status": j.State,
			"start-time": j.Started.UnixMilli(), "end-time": j.end(), "duration": j.duration(),
			"tasks": map[rest.JobState]int{j.State: max(j.Parallelism, 1)},
		}},
		"status-counts": map[rest.JobState]int{j.State: 1},
	})
}

func executionResult(w http.ResponseWriter, j *Job) {
	if !j.State.IsFinal() {
		answer(w, http.StatusOK, map[string]any{"status": map[string]string{"id": "IN_PROGRESS"}})
		return
	}
	words := map[rest.JobState]string{rest.Finished: "SUCCEEDED", rest.Failed: "FAILED", rest.Canceled: "CANCELED"}
	serialized := map[string]string{}
	for _, a := range j.Accumulators {
		serialized[a.Name] = "rO0ABXA="
	}
	result := map[string]any{
		"id": j.ID, "application-status": words[j.State], "accumulator-results": serialized, "net-runtime": j.duration(),
	}
	if j.State == rest.Failed {
		class, _, _ := strings.Cut(j.Failure, ":")
		result["failure-cause"] = map[string]string{"class": class, "stack-trace": j.Failure, "serialized-throwable": "rO0ABXA="}
	}
	answer(w, http.StatusOK, map[string]any{"status": map[string]string{"id": "COMPLETED"}, "job-execution-result": result})
}

func accumulators(w http.ResponseWriter, j *Job) {
	list := []map[string]string{}
	serialized := map[string]string{}
	for _, a := range j.Accumulators {
		list = append(list, map[string]string{"name": a.Name, "type": a.Type, "value": a.Value})
		serialized[a.Name] = "rO0ABXA="
	}
	answer(w, http.StatusOK, map[string]any{
		"job-accumulators": []any{}, "user-task-accumulators": list, "serialized-user-task-accumulators": serialized,
	})
}

func (s *Server) exceptions(w http.ResponseWriter, j *Job) {
	body := map[string]any{}
	entries := []map[string]any{}
	if j.Failure != "" {
		class, _, _ := strings.Cut(j.Failure, ":")
		entries = append(entries, map[string]any{
			"exceptionName": class, "stacktrace": j.Failure, "timestamp": j.Entered[j.State].UnixMilli(),
		})
	}
	if s.version.AtLeast(1, 13) {
		body["exceptionHistory"] = map[string]any{"entries": entries, "truncated": false}
	}
	if !s.version.AtLeast(2, 0) {
		body["root-exception"], body["timestamp"] = nil, nil
		body["all-exceptions"], body["truncated"] = []any{}, false
		if j.Failure != "" {
			body["root-exception"], body["timestamp"] = j.Failure, j.Entered[j.State].UnixMilli()
		}
	}
	answer(w, http.StatusOK, body)
}

func (s *Server) cancel(w http.ResponseWriter, j *Job) {
	switch {
	case j.State.IsFinal() && !s.version.AtLeast(1, 15):
		resultNotFound(w, j.ID)
		return
	case j.State == rest.Finished || j.State == rest.Failed:
		refuseTrace(w, http.StatusConflict, restHandlerException,
			"Job cancellation failed because the job has already reached another terminal state ("+string(j.State)+").")
		return
	case j.State != rest.Canceled && s.options.Step:
		j.enter(rest.Cancelling)
	case j.State != rest.Canceled:
		j.enter(rest.Canceled)
	}
	answer(w, http.StatusAccepted, struct{}{})
}

func (j *Job) end() int64 {
	if !j.State.IsFinal() {
		return -1
	}
	return j.Entered[j.State].UnixMilli()
}

func (j *Job) duration() int64 {
	if !j.State.IsFinal() {
		return time.Since(j.Started).Milliseconds()
	}
	return j.Entered[j.State].Sub(j.Started).Milliseconds()
}
