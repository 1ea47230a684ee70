package resttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
)

const uploadDir = "/tmp/flink-web-af55b7bf-ab63-43f3-929a-42cc8a2cc659/flink-web-upload"

// Jar is an uploaded jar of the fake.
type Jar struct {
	ID       rest.JarID
	Name     string
	Content  []byte
	Uploaded time.Time
}

// Jars returns the uploaded jars, the first upload first. Their content must
// not be changed.
func (s *Server) Jars() []Jar {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.jars)
}

func (s *Server) jarEndpoints(mux *http.ServeMux) {
	mux.HandleFunc("GET /jars", s.listJars)
	mux.HandleFunc("POST /jars/upload", s.uploadJar)
	mux.HandleFunc("DELETE /jars/{jar}", s.deleteJar)
	mux.HandleFunc("POST /jars/{jar}/run", s.runJar)
	mux.HandleFunc("POST /jars/{jar}/plan", s.planJar)
}

func (s *Server) listJars(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := []map[string]any{}
	for _, j := range slices.Backward(s.jars) {
		files = append(files, map[string]any{
			"id": j.ID, "name": j.Name, "uploaded": j.Uploaded.UnixMilli(), "entry": []any{},
		})
	}
	answer(w, http.StatusOK, map[string]any{"address": s.URL, "files": files})
}

func (s *Server) uploadJar(w http.ResponseWriter, r *http.Request) {
	form, err := r.MultipartReader()
	if err != nil {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, "Request did not match expected format EmptyRequestBody.")
		return
	}
	part, err := form.NextPart()
	if err != nil {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, "Exactly 1 file must be sent, received 0.")
		return
	}
	content, err := io.ReadAll(part)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away in the middle
	}
	if !strings.HasSuffix(part.FileName(), ".jar") {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, "Only Jar files are allowed.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	id := fmt.Sprintf("dadef505-e098-4a92-b603-%012x_%s", s.last, part.FileName())
	s.jars = append(s.jars, Jar{ID: rest.JarID(id), Name: part.FileName(), Content: content, Uploaded: time.Now()})
	answer(w, http.StatusOK, map[string]string{"filename": uploadDir + "/" + id, "status": "success"})
}

func (s *Server) deleteJar(w http.ResponseWriter, r *http.Request) {
	id := rest.JarID(r.PathValue("jar"))
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.jars)
	s.jars = slices.DeleteFunc(s.jars, func(j Jar) bool { return j.ID == id })
	if len(s.jars) == before {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, fmt.Sprintf("File %s does not exist in %s.", id, uploadDir))
		return
	}
	answer(w, http.StatusOK, struct{}{})
}

type runRequest struct {
	EntryClass            string            `json:"entryClass"`
	ProgramArgs           []string          `json:"programArgsList"`
	Parallelism           int               `json:"parallelism"`
	JobID                 *rest.JobID       `json:"jobId"`
	SavepointPath         string            `json:"savepointPath"`
	AllowNonRestoredState bool              `json:"allowNonRestoredState"`
	RestoreMode           string            `json:"restoreMode"`
	ClaimMode             string            `json:"claimMode"`
	Configuration         map[string]string `json:"flinkConfiguration"`
}

// unknownMember names what the request holds although this release's run
// request has no such member. Old releases refuse it, newer ones drop it
// silently; the fake always refuses, for a client must not send what is dropped.
func (s *Server) unknownMember(q runRequest) string {
	switch {
	case q.Configuration != nil && !s.version.AtLeast(1, 18):
		return "flinkConfiguration"
	case q.RestoreMode != "" && (!s.version.AtLeast(1, 15) || s.version.AtLeast(2, 0)):
		return "restoreMode"
	case q.ClaimMode != "" && !s.version.AtLeast(1, 20):
		return "claimMode"
	}
	return ""
}

func (s *Server) runJar(w http.ResponseWriter, r *http.Request) {
	id := rest.JarID(r.PathValue("jar"))
	q, ok := s.readProgram(w, r, "JarRunRequestBody")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.keeps(w, id) {
		return
	}
	if failure := s.options.Programs[q.EntryClass].MainError; failure != "" {
		refuseMain(w, failure)
		return
	}
	if q.JobID != nil && s.taken(*q.JobID) {
		refuseMain(w, "org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted.")
		return
	}
	job := q.job(id)
	s.start(job)
	answer(w, http.StatusOK, map[string]any{"jobid": job.ID})
}

// readProgram decodes which program to run; it refuses, with false, what the
// release does not know.
func (s *Server) readProgram(w http.ResponseWriter, r *http.Request, class string) (runRequest, bool) {
	var q runRequest
	body, err := io.ReadAll(r.Body)
	if err == nil && len(body) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&q)
	}
	if err != nil || s.unknownMember(q) != "" {
		refuseTrace(w, http.StatusBadRequest, restHandlerException, "Request did not match expected format "+class+".")
		return q, false
	}
	return q, true
}

// keeps refuses, with false, a jar that was never uploaded; s.mu is held.
func (s *Server) keeps(w http.ResponseWriter, id rest.JarID) bool {
	if slices.ContainsFunc(s.jars, func(j Jar) bool { return j.ID == id }) {
		return true
	}
	refuseInternal(w, trace("java.util.concurrent.CompletionException",
		fmt.Sprintf("%s: Jar file %s/%s does not exist", restHandlerException, uploadDir, id)))
	return false
}

// planJar answers with the one vertex that jobs of the fake have.
func (s *Server) planJar(w http.ResponseWriter, r *http.Request) {
	q, ok := s.readProgram(w, r, "JarPlanRequestBody")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.keeps(w, rest.JarID(r.PathValue("jar"))) {
		return
	}
	program := s.options.Programs[q.EntryClass]
	if program.MainError != "" {
		refuseInternal(w, trace("java.util.concurrent.CompletionException", "org.apache.flink.client.program.ProgramInvocationException: The main method caused an error.")+
			"Caused by: "+program.MainError+"\n\t... 5 more\n")
		return
	}
	j := q.job("")
	plan := map[string]any{
		"jid": rest.NewJobID(), "name": program.name(q.EntryClass),
		"nodes": []map[string]any{{
			"id": vertexID, "parallelism": max(j.Parallelism, 1), "operator": "", "operator_strategy": "",
			"description": "Source: in-memory-input<br/>+- tokenizer<br/>", "optimizer_properties": struct{}{},
		}},
	}
	if s.version.AtLeast(1, 15) {
		plan["type"] = "STREAMING"
	}
	answer(w, http.StatusOK, map[string]any{"plan": plan})
}

// taken says whether a job id can't be used again: old releases forget with a
// job's end that they had it. s.mu is held.
func (s *Server) taken(id rest.JobID) bool {
	j := s.find(id)
	return j != nil && (s.version.AtLeast(1, 15) || !j.State.IsFinal())
}

func (q runRequest) job(jar rest.JarID) *Job {
	j := &Job{
		Jar: jar, EntryClass: q.EntryClass, ProgramArgs: q.ProgramArgs, Parallelism: q.Parallelism,
		SavepointPath: q.SavepointPath, NonRestored: q.AllowNonRestoredState, Configuration: q.Configuration,
		ClaimMode: q.ClaimMode + q.RestoreMode,
	}
	if q.JobID != nil {
		j.ID = *q.JobID
	}
	if n, err := strconv.Atoi(q.Configuration["parallelism.default"]); err == nil && j.Parallelism == 0 {
		j.Parallelism = n
	}
	return j
}

// refuseMain answers what came out of the program's main method.
func refuseMain(w http.ResponseWriter, cause string) {
	refuse(w, http.StatusBadRequest, trace(restHandlerException, "Could not execute application.")+
		"Caused by: java.util.concurrent.CompletionException: org.apache.flink.util.FlinkRuntimeException: Could not execute application.\n\t... 1 more\n"+
		"Caused by: org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: Failed to execute job.\n\t... 4 more\n"+
		"Caused by: "+cause+"\n\tat org.apache.flink.runtime.dispatcher.Dispatcher.submitJob(Dispatcher.java:1)\n\t... 5 more\n")
}
