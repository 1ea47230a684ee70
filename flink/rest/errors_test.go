package rest

import (
	"errors"
	"strings"
	"testing"
)

var sentinels = map[string]error{
	"unreachable": ErrUnreachable, "job not found": ErrJobNotFound, "job exists": ErrJobExists, "job ended": ErrJobEnded,
	"jar not found": ErrJarNotFound, "submit disabled": ErrSubmitDisabled, "forbidden": ErrForbidden,
	"unsupported": ErrUnsupported, "operation lost": ErrOperationLost, "no savepoint directory": ErrNoSavepointDirectory,
	"no checkpoints": ErrNoCheckpoints, "program failed": ErrProgramFailed,
}

// The bodies are what JobManagers of 1.12.5, 1.20.5 and 2.2.1 answered, shortened.
func TestRemoteErrorIs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string // key of sentinels, or "" for none
		text   string // part of Error
	}{
		{
			"job", 404, `{"errors":["org.apache.flink.runtime.rest.NotFoundException: Job 0123456789abcdef0123456789abcdef not found\n\tat a.B.c(B.java:99)\n"]}`,
			"job not found", "Job 0123456789abcdef0123456789abcdef not found",
		},
		{
			"job status", 500, `{"errors":["Internal server error.","<Exception on server side:\norg.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (01)\n\tat a.B.c(B.java:903)\n\nEnd of exception on server side>"]}`,
			"job not found", "FlinkJobNotFoundException: Could not find Flink job (01)",
		},
		{"cancel", 404, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: Job could not be found.\n\tat a.B.c(B.java:128)\n"]}`, "job not found", ": Job could not be found."},
		{"cancel an ended job", 409, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: Job cancellation failed because the job has already reached another terminal state (FINISHED).\n\tat a.B.c(B.java:115)\n"]}`, "job ended", "(FINISHED)"},
		{
			"run an unknown jar", 500, `{"errors":["Internal server error.","<Exception on server side:\njava.util.concurrent.CompletionException: org.apache.flink.runtime.rest.handler.RestHandlerException: Jar file /tmp/x/nope.jar does not exist\n\tat a.B.c(B.java:181)\n"]}`,
			"jar not found", "500: Jar file /tmp/x/nope.jar does not exist",
		},
		{"delete an unknown jar", 400, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: File nope.jar does not exist in /tmp/x/flink-web-upload.\n\tat a.B.c(B.java:80)\n"]}`, "jar not found", "File nope.jar does not exist"},
		{
			"the same job id", 400, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\n\tat a.B.c(B.java:114)\nCaused by: java.util.concurrent.CompletionException: org.apache.flink.util.FlinkRuntimeException: Could not execute application.\n\t... 1 more\nCaused by: org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted.\n\t... 9 more\n"]}`,
			"job exists", "Job has already been submitted.",
		},
		{
			"main method", 400, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\n\tat a.B.c(B.java:114)\nCaused by: java.util.concurrent.CompletionException: org.apache.flink.util.FlinkRuntimeException: Could not execute application.\n\t... 1 more\nCaused by: org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: no input\n\t... 4 more\nCaused by: java.lang.IllegalArgumentException: no input\n\t... 7 more\n"]}`,
			"program failed", "IllegalArgumentException: no input",
		},
		{"list jars without uploads", 404, `{"errors":["Unable to load requested file /jars."]}`, "submit disabled", "/jars"},
		{"run without uploads", 404, `{"errors":["Not found: /jars/x.jar/run"]}`, "submit disabled", "/jars/x.jar/run"},
		{"upload without uploads", 400, `{"errors":["POST request not allowed"]}`, "submit disabled", "POST request not allowed"},
		{"delete a jar without uploads, 1.12", 404, `{"errors":["Not found."]}`, "submit disabled", "Not found."},
		{
			"savepoint operation", 404, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: There is no savepoint operation with triggerId=0b for job 01.\n\tat a.B.c(B.java:1)\n"]}`,
			"operation lost", "There is no savepoint operation",
		},
		{
			"disposal", 404, `{"errors":["org.apache.flink.runtime.rest.NotFoundException: Operation not found under key: org.apache.flink.runtime.rest.handler.async.OperationKey@2e\n\tat a.B.c(B.java:1)\n"]}`,
			"operation lost", "Operation not found",
		},
		{
			"default scheduler", 500, `{"errors":["Internal server error.","<Exception on server side:\njava.lang.UnsupportedOperationException: The DefaultScheduler does not support changing the parallelism without a job restart.\n\tat a.B.c(B.java:1)\n"]}`,
			"unsupported", "DefaultScheduler",
		},
		{
			"no folder", 400, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: Config key [state.savepoints.dir] is not set. Property [targetDirectory] must be provided.\n\tat a.B.c(B.java:1)\n"]}`,
			"no savepoint directory", "state.savepoints.dir",
		},
		{"no checkpoints", 404, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: Checkpointing has not been enabled."]}`, "no checkpoints", "not been enabled"},
		{"leader election", 503, `{"errors":["Service temporarily unavailable due to an ongoing leader election. Please refresh."]}`, "unreachable", "leader election"},
		{"a proxy refuses", 401, `<html>Login</html>`, "forbidden", "401: unauthorized"},
		{"a proxy without the server", 502, `<html>Bad gateway</html>`, "", "502: bad gateway"},
		{"plain text", 500, "out of order\n", "", "out of order"},
		{"nothing", 500, "", "", "500: internal server error"},
		{"a file that is missing on the cluster", 400, `{"errors":["java.io.FileNotFoundException: File /data does not exist"]}`, "", "File /data does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := newRemoteError(request{op: "op", path: []string{"jars"}}, "jm:8081", tt.status, []byte(tt.body))
			for name, sentinel := range sentinels {
				if errors.Is(err, sentinel) != (name == tt.want) {
					t.Errorf("is %q: %t", name, errors.Is(err, sentinel))
				}
			}
			if !strings.HasPrefix(err.Error(), "op: jm:8081 answered ") || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %q, want %q in it", err, tt.text)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q has more than a line", err)
			}
		})
	}
}

func TestHints(t *testing.T) {
	for _, tt := range []struct {
		status     int
		body, want string
	}{
		{404, `{"errors":["Unable to load requested file /jars."]}`, "web.submit.enable"},
		{404, `{"errors":["org.apache.flink.runtime.rest.handler.RestHandlerException: Job could not be found."]}`, "list -a"},
		{413, ``, "rest.server.max-content-length"},
		{503, ``, "electing"},
		{302, ``, "redirects"},
		{401, ``, "credentials"},
		{500, ``, ""},
	} {
		hint := newRemoteError(request{op: "op", path: []string{"jars"}}, "jm:8081", tt.status, []byte(tt.body)).Hint()
		if (tt.want == "") != (hint == "") || !strings.Contains(hint, tt.want) {
			t.Errorf("%d %s: hint %q, want %q", tt.status, tt.body, hint, tt.want)
		}
	}
}

func TestUnknownEndpointIsNotAlwaysAboutJars(t *testing.T) {
	err := newRemoteError(request{op: "op", path: []string{"nope"}}, "jm:8081", 404, []byte(`{"errors":["Unable to load requested file /nope."]}`))
	if errors.Is(err, ErrSubmitDisabled) || !err.unknownEndpoint() {
		t.Errorf("%v: want an unknown endpoint and nothing more", err)
	}
}
