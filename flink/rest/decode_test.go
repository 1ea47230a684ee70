package rest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

// serve answers every request with what body holds.
func serve(tb testing.TB, status int, body *atomic.Pointer[string]) *Client {
	tb.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, *body.Load())
	}))
	tb.Cleanup(s.Close)
	c, err := NewClient(Options{BaseURL: s.URL, RetryFor: -1})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func client(tb testing.TB, body string) *Client {
	tb.Helper()
	var p atomic.Pointer[string]
	p.Store(&body)
	return serve(tb, http.StatusOK, &p)
}

func TestJobDecodesByShape(t *testing.T) {
	const body = `{"jid":"0123456789ABCDEF0123456789abcdef","name":"w","state":"RUNNING","start-time":1795227639597,"end-time":-1,
		"duration":2082,"new-in-flink-3":{},"timestamps":{"RUNNING":1795227640023,"FAILED":0},
		"vertices":[{"id":"v","name":"Source","status":"RUNNING","parallelism":2,"start-time":-1,"metrics":{"accumulated-busy-time":"NaN"},"tasks":{"RUNNING":2}}]}`
	got, err := client(t, body).Job(t.Context(), JobID{})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := ParseJobID("0123456789abcdef0123456789abcdef")
	want := JobDetails{
		ID: id, Name: "w", State: Running, Start: time.UnixMilli(1795227639597), Duration: 2082 * time.Millisecond,
		Timestamps: map[JobState]time.Time{Running: time.UnixMilli(1795227640023)}, MaxParallelism: -1,
		Vertices: []Vertex{{ID: "v", Name: "Source", State: "RUNNING", Parallelism: 2, Tasks: map[string]int{"RUNNING": 2}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExceptionsDecodesByShape(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"1.12", `{"root-exception":"a.B: x","timestamp":1,"all-exceptions":[],"truncated":false}`, "a.B: x"},
		{"1.20", `{"root-exception":"a.B: x","exceptionHistory":{"entries":[{"stacktrace":"a.B: history"}]}}`, "a.B: x"},
		{"1.20, none", `{"root-exception":null,"timestamp":null,"all-exceptions":[],"exceptionHistory":{"entries":[]}}`, ""},
		{"2.x", `{"exceptionHistory":{"entries":[{"stacktrace":"a.B: latest"},{"stacktrace":"a.B: older"}],"truncated":false}}`, "a.B: latest"},
		{"2.x, none", `{"exceptionHistory":{"entries":[],"truncated":false}}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := client(t, tt.body).Exceptions(t.Context(), JobID{})
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestAnswerOfSomethingElse(t *testing.T) {
	_, err := client(t, "<html>Welcome</html>").Overview(t.Context())
	if err == nil || !strings.Contains(err.Error(), "not what a Flink JobManager sends") {
		t.Errorf("error %v", err)
	}
}

// FuzzDecode gives any answer to every operation: none may panic, and errors
// must be text on its own terms.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `[{"key":"a","value":"b"}]`, `<html>`,
		`{"jobs":[{"jid":"0123456789abcdef0123456789abcdef","state":"RUNNING","tasks":{"total":1}}]}`,
		`{"status":{"id":"COMPLETED"},"job-execution-result":{"application-status":"FAILED","failure-cause":{"class":"x","stack-trace":"y"}}}`,
		`{"taskmanagers":[{"id":"x","hardware":{"physicalMemory":1e18}}]}`,
		`{"filename":"/tmp/x_a.jar","status":"success"}`, `{"filename":"..","status":"success"}`,
		`{"errors":["a.B: c\n\tat x\nCaused by: d.E: f"]}`, `{"errors":["Not found: /jars"]}`, `{"flink-version":"1.20.5"}`,
		`{"exceptionHistory":{"entries":[{"stacktrace":"x"}]}}`, `{"user-task-accumulators":[{"name":"n","type":"t","value":"v"}]}`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	var ok, refused atomic.Pointer[string]
	good, bad := serve(f, http.StatusOK, &ok), serve(f, http.StatusNotFound, &refused)
	f.Fuzz(func(t *testing.T, body string, success bool) {
		c := bad
		refused.Store(&body)
		if success {
			c = good
			ok.Store(&body)
		}
		for _, err := range allOperations(t.Context(), c) {
			if err != nil && utf8.ValidString(body) && !utf8.ValidString(err.Error()) {
				t.Errorf("error %q", err)
			}
		}
	})
}

func allOperations(ctx context.Context, c *Client) []error {
	var errs []error
	note := func(_ any, err error) { errs = append(errs, err) }
	note(c.Overview(ctx))
	note(c.Config(ctx))
	note(c.JobManagerConfig(ctx))
	note(c.TaskManagers(ctx))
	note(c.Jobs(ctx))
	note(c.Job(ctx, JobID{}))
	note(c.JobStatus(ctx, JobID{}))
	note(c.JobResult(ctx, JobID{}))
	note(c.Accumulators(ctx, JobID{}))
	note(c.Exceptions(ctx, JobID{}))
	note(c.Jars(ctx))
	note(c.UploadJar(ctx, "a.jar", 2, strings.NewReader("PK"), nil))
	note(c.RunJar(ctx, "a.jar", RunJarRequest{}, flink.Version{}))
	note(nil, c.DeleteJar(ctx, "a.jar"))
	note(nil, c.Cancel(ctx, JobID{}))
	return errs
}
