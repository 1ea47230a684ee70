package resttest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink/rest"
)

// vertexID is that of the one vertex that each job of the fake has.
const vertexID = "cbc357ccb763df2852fee8c4fc7d55f2"

func (s *Server) jobStateEndpoints(mux *http.ServeMux) {
	mux.HandleFunc("GET /jobs/{job}/config", s.withJob(graphNotFound, s.jobConfig))
	mux.HandleFunc("GET /jobs/{job}/checkpoints", s.withJob(graphNotFound, s.checkpoints))
	mux.HandleFunc("PATCH /jobs/{job}/rescaling", func(w http.ResponseWriter, _ *http.Request) {
		refuseTrace(w, http.StatusServiceUnavailable, restHandlerException, "Rescaling is temporarily disabled. See FLINK-12312.")
	})
	if s.version.AtLeast(1, 18) {
		mux.HandleFunc("GET /jobs/{job}/resource-requirements", s.withJob(statusNotFound, s.requirements))
		mux.HandleFunc("PUT /jobs/{job}/resource-requirements", s.setRequirements)
	}
}

func (s *Server) jobConfig(w http.ResponseWriter, j *Job) {
	execution := map[string]any{
		"restart-strategy": "Cluster level default restart strategy", "job-parallelism": max(j.Parallelism, 1),
		"object-reuse-mode": false, "user-config": map[string]string{},
	}
	if !s.version.AtLeast(2, 0) {
		execution["execution-mode"] = "PIPELINED"
	}
	answer(w, http.StatusOK, map[string]any{"jid": j.ID, "name": j.Name, "execution-config": execution})
}

func (s *Server) checkpoints(w http.ResponseWriter, j *Job) {
	if j.program.NoCheckpoints {
		refuseTrace(w, http.StatusNotFound, restHandlerException, "Checkpointing has not been enabled.")
		return
	}
	var completed, savepoint, restored any
	history := []any{}
	if j.latest > 0 {
		completed = s.checkpoint(j, j.latest, false, fmt.Sprintf("file:/checkpoints/%s/chk-%d", j.ID, j.latest))
		history = append(history, completed)
	}
	if j.savepoint != "" {
		savepoint = s.checkpoint(j, j.savepointID, true, j.savepoint)
		history = append(history, savepoint)
	}
	count := 0
	if j.SavepointPath != "" {
		count = 1
		restored = map[string]any{
			"id": 1, "restore_timestamp": j.Started.UnixMilli(), "is_savepoint": true, "external_path": j.SavepointPath,
		}
	}
	answer(w, http.StatusOK, map[string]any{
		"counts": map[string]any{
			"restored": count, "total": j.checkpoints, "in_progress": 0, "completed": j.checkpoints, "failed": 0,
		},
		"latest":  map[string]any{"completed": completed, "savepoint": savepoint, "failed": nil, "restored": restored},
		"history": history,
	})
}

func (s *Server) checkpoint(j *Job, id int64, savepoint bool, path string) map[string]any {
	at := j.Entered[rest.Running].UnixMilli()
	c := map[string]any{
		"className": "completed", "id": id, "status": "COMPLETED", "is_savepoint": savepoint,
		"trigger_timestamp": at, "latest_ack_timestamp": at + 36, "state_size": 8477, "end_to_end_duration": 36,
		"num_subtasks": 2, "num_acknowledged_subtasks": 2, "tasks": struct{}{}, "external_path": path, "discarded": false,
	}
	if s.version.AtLeast(1, 15) {
		c["checkpointed_size"] = 8477
	}
	if s.version.AtLeast(1, 16) && savepoint {
		c["savepointFormat"] = "CANONICAL"
	}
	return c
}

type bounds struct {
	Parallelism struct {
		Lower int `json:"lowerBound"`
		Upper int `json:"upperBound"`
	} `json:"parallelism"`
}

// rescalable refuses, with false, what only an adaptive scheduler can.
func (s *Server) rescalable(w http.ResponseWriter, j *Job) bool {
	switch {
	case j.State.IsFinal():
		statusNotFound(w, j.ID)
	case !s.options.Adaptive:
		refuseInternal(w, trace("java.lang.UnsupportedOperationException", "The DefaultScheduler does not support changing the parallelism"+
			" without a job restart. This feature is currently only expected to work with the AdaptiveScheduler."))
	default:
		return true
	}
	return false
}

func (s *Server) requirements(w http.ResponseWriter, j *Job) {
	if !s.rescalable(w, j) {
		return
	}
	var b bounds
	b.Parallelism.Lower, b.Parallelism.Upper = 1, max(j.Parallelism, 1)
	answer(w, http.StatusOK, map[string]bounds{vertexID: b})
}

func (s *Server) setRequirements(w http.ResponseWriter, r *http.Request) {
	var wanted map[string]bounds
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &wanted)
	}
	if err != nil || len(wanted) == 0 {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, "Request body does not specify resource requirements.")
		return
	}
	s.withJob(statusNotFound, func(w http.ResponseWriter, j *Job) {
		if !s.rescalable(w, j) {
			return
		}
		if problems := wrongBounds(wanted); len(problems) > 0 {
			refuseTrace(w, http.StatusBadRequest, restHandlerException, strings.Join(problems, "\n"))
			return
		}
		j.Parallelism = wanted[vertexID].Parallelism.Upper
		answer(w, http.StatusOK, struct{}{})
	})(w, r)
}

func wrongBounds(wanted map[string]bounds) []string {
	var problems []string
	for id := range wanted {
		if id != vertexID {
			problems = append(problems, "Job vertex ["+id+"] was not found in the JobGraph.")
		}
	}
	slices.Sort(problems)
	b, ok := wanted[vertexID]
	switch {
	case !ok:
		problems = append(problems, "The request is incomplete, missing job vertex ["+vertexID+"] resource requirements.")
	case b.Parallelism.Upper > 128:
		problems = append(problems, fmt.Sprintf("The newly requested upper bound %d for job vertex [%s] exceeds its maximum parallelism 128.", b.Parallelism.Upper, vertexID))
	}
	return problems
}
