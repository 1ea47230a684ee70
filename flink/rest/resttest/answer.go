package resttest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// refuse answers as a JobManager does: with messages.
func refuse(w http.ResponseWriter, status int, messages ...string) {
	answer(w, status, map[string]any{"errors": messages})
}

// refuseTrace answers with the exception a handler was left with.
func refuseTrace(w http.ResponseWriter, status int, class, message string) {
	refuse(w, status, trace(class, message))
}

// refuseInternal answers with an exception that no handler expected: always
// 500, even where it means that something does not exist.
func refuseInternal(w http.ResponseWriter, exception string) {
	refuse(w, http.StatusInternalServerError, "Internal server error.",
		"<Exception on server side:\n"+exception+"\nEnd of exception on server side>")
}

// trace is a short Java stack trace.
func trace(class, message string) string {
	return fmt.Sprintf("%s: %s\n\tat org.apache.flink.runtime.rest.handler.AbstractHandler.respondAsLeader(AbstractHandler.java:196)\n"+
		"\tat java.base/java.lang.Thread.run(Thread.java:840)\n", class, message)
}

// unknownEndpoint answers what no handler is registered for: GET is looked up
// among the files of the web pages, POST refused by the file server.
func (s *Server) unknownEndpoint(w http.ResponseWriter, r *http.Request) {
	// A server that answers before it has read all may cut the connection first.
	_, _ = io.Copy(io.Discard, r.Body)
	switch {
	case r.Method == http.MethodGet:
		refuse(w, http.StatusNotFound, "Unable to load requested file "+r.URL.Path+".")
	case !s.version.AtLeast(1, 15):
		refuse(w, http.StatusNotFound, "Not found.")
	case r.Method == http.MethodPost && r.URL.Path == "/jars/upload":
		refuse(w, http.StatusBadRequest, "POST request not allowed")
	default:
		refuse(w, http.StatusNotFound, "Not found: "+r.URL.Path)
	}
}
