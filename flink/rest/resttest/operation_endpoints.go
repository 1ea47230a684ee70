package resttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/yarnflink/yarnflink/flink/rest"
)

func (s *Server) operationEndpoints(mux *http.ServeMux) {
	mux.HandleFunc("POST /jobs/{job}/savepoints", s.triggerSavepoint)
	mux.HandleFunc("POST /jobs/{job}/stop", s.stopWithSavepoint)
	mux.HandleFunc("GET /jobs/{job}/savepoints/{trigger}", s.operationStatus(false))
	mux.HandleFunc("POST /savepoint-disposal", s.disposeSavepoint)
	mux.HandleFunc("GET /savepoint-disposal/{trigger}", s.operationStatus(false))
	if s.version.AtLeast(1, 17) {
		mux.HandleFunc("POST /jobs/{job}/checkpoints", s.triggerCheckpoint)
		mux.HandleFunc("GET /jobs/{job}/checkpoints/{trigger}", s.operationStatus(true))
	}
}

// sinceMembers are members of requests by the release that they came with.
type sinceMembers struct {
	Format  *string         `json:"formatType"`
	Trigger *rest.TriggerID `json:"triggerId"`
}

func (m sinceMembers) trigger() rest.TriggerID {
	if m.Trigger == nil {
		return rest.TriggerID{}
	}
	return *m.Trigger
}

func (m sinceMembers) format() string {
	if m.Format == nil {
		return ""
	}
	return *m.Format
}

// read decodes a request as strictly as a JobManager and refuses, with false,
// what a release does not know.
func (s *Server) read(w http.ResponseWriter, r *http.Request, class string, body any, since *sinceMembers) bool {
	text, err := io.ReadAll(r.Body)
	if err == nil && len(text) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(body)
	}
	old := since != nil && !s.version.AtLeast(1, 15) && (since.Format != nil || since.Trigger != nil)
	odd := since != nil && since.Format != nil && *since.Format != "CANONICAL" && *since.Format != "NATIVE"
	if err != nil || old || odd {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, "Request did not match expected format "+class+".")
		return false
	}
	return true
}

func (s *Server) jobOf(w http.ResponseWriter, r *http.Request) (rest.JobID, bool) {
	id, err := rest.ParseJobID(r.PathValue("job"))
	if err != nil {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, fmt.Sprintf(
			"Bad request, could not parse parameters: Cannot resolve path parameter (jobid) from value %q.", r.PathValue("job")))
	}
	return id, err == nil
}

func (s *Server) triggerSavepoint(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Target string `json:"target-directory"`
		Cancel bool   `json:"cancel-job"`
		sinceMembers
	}
	job, ok := s.jobOf(w, r)
	if !ok || !s.read(w, r, "SavepointTriggerRequestBody", &q, &q.sinceMembers) || !s.savepointDirectory(w, &q.Target, "target-directory") {
		return
	}
	s.register(w, Operation{
		Kind: rest.SavepointOperation, Job: job, Trigger: q.trigger(), Target: q.Target, Format: q.format(), Cancel: q.Cancel,
	})
}

func (s *Server) stopWithSavepoint(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Target string `json:"targetDirectory"`
		Drain  bool   `json:"drain"`
		sinceMembers
	}
	job, ok := s.jobOf(w, r)
	if !ok || !s.read(w, r, "StopWithSavepointRequestBody", &q, &q.sinceMembers) || !s.savepointDirectory(w, &q.Target, "targetDirectory") {
		return
	}
	s.register(w, Operation{
		Kind: rest.StopOperation, Job: job, Trigger: q.trigger(), Target: q.Target, Format: q.format(), Drain: q.Drain,
	})
}

// savepointDirectory puts the cluster's folder where none was named.
func (s *Server) savepointDirectory(w http.ResponseWriter, target *string, member string) bool {
	if *target == "" {
		*target = s.options.SavepointDirectory
	}
	if *target != "" {
		return true
	}
	key := "execution.checkpointing.savepoint-dir"
	if !s.version.AtLeast(1, 20) {
		key = "state.savepoints.dir"
	}
	refuseTrace(w, http.StatusBadRequest, restHandlerException,
		fmt.Sprintf("Config key [%s] is not set. Property [%s] must be provided.", key, member))
	return false
}

func (s *Server) triggerCheckpoint(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Type    string          `json:"checkpointType"`
		Trigger *rest.TriggerID `json:"triggerId"`
	}
	job, ok := s.jobOf(w, r)
	if !ok || !s.read(w, r, "CheckpointTriggerRequestBody", &q, nil) {
		return
	}
	if q.Type == "INCREMENTAL" && s.version.AtLeast(1, 19) {
		refuseInternal(w, trace("java.lang.IllegalStateException", "Flink does not support triggering incremental checkpoint explicitly. See FLINK-33723."))
		return
	}
	s.register(w, Operation{
		Kind: rest.CheckpointOperation, Job: job, Trigger: sinceMembers{Trigger: q.Trigger}.trigger(), Format: q.Type,
	})
}

func (s *Server) disposeSavepoint(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Path string `json:"savepoint-path"`
	}
	if !s.read(w, r, "SavepointDisposalRequest", &q, nil) {
		return
	}
	if q.Path == "" {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, "Field savepoint-path must not be omitted or be null.")
		return
	}
	s.register(w, Operation{Kind: rest.DisposalOperation, Target: q.Path})
}

func (s *Server) operationStatus(checkpoint bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var job rest.JobID
		disposal := r.PathValue("job") == ""
		if !disposal {
			var ok bool
			if job, ok = s.jobOf(w, r); !ok {
				return
			}
		}
		id, err := rest.ParseTriggerID(r.PathValue("trigger"))
		if err != nil {
			refuseTrace(w, http.StatusBadRequest, restHandlerException, fmt.Sprintf(
				"Bad request, could not parse parameters: Cannot resolve path parameter (triggerid) from value %q.", r.PathValue("trigger")))
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		o := s.operation(checkpoint, job, id)
		switch {
		case o != nil:
			answer(w, http.StatusOK, o.answer())
		case disposal || !s.version.AtLeast(1, 15):
			refuseTrace(w, http.StatusNotFound, "org.apache.flink.runtime.rest.NotFoundException",
				"Operation not found under key: org.apache.flink.runtime.rest.handler.async.OperationKey@2e")
		default:
			kind := map[bool]string{false: "savepoint", true: "checkpoint"}[checkpoint]
			refuseTrace(w, http.StatusNotFound, restHandlerException,
				fmt.Sprintf("There is no %s operation with triggerId=%s for job %s.", kind, id, job))
		}
	}
}

func (o *Operation) answer() map[string]any {
	if !o.Status.Done {
		return map[string]any{"status": map[string]string{"id": "IN_PROGRESS"}, "operation": nil}
	}
	result := map[string]any{}
	switch {
	case o.Status.Failure != "":
		class, _, _ := strings.Cut(o.Status.Failure, ":")
		member := map[bool]string{false: "failure-cause", true: "failureCause"}[o.Kind == rest.CheckpointOperation]
		result[member] = map[string]string{"class": class, "stack-trace": o.Status.Failure, "serialized-throwable": "rO0ABXA="}
	case o.Kind == rest.CheckpointOperation:
		result["checkpointId"] = o.Status.CheckpointID
	case o.Kind != rest.DisposalOperation:
		result["location"] = o.Status.Location
	}
	return map[string]any{"status": map[string]string{"id": "COMPLETED"}, "operation": result}
}
