package rest_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

func newClient(t *testing.T, o rest.Options) *rest.Client {
	t.Helper()
	c, err := rest.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewClientAddress(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string // want "": an error
	}{
		{"host and port", "http://jm:8081", "http://jm:8081"},
		{"slash", "http://jm:8081/", "http://jm:8081"},
		{"prefix", "https://jm:8081/flink/", "https://jm:8081/flink"},
		{"no scheme", "jm:8081", ""},
		{"another scheme", "ftp://jm:8081", ""},
		{"no host", "http://:8081", ""},
		{"password", "http://u:secret@jm:8081", ""},
		{"query", "http://jm:8081?x=y", ""},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := rest.NewClient(rest.Options{BaseURL: tt.in})
			if (err != nil) != (tt.want == "") {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				if strings.Contains(err.Error(), "secret") {
					t.Errorf("the error tells the password: %v", err)
				}
				return
			}
			if c.BaseURL() != tt.want {
				t.Errorf("got %s, want %s", c.BaseURL(), tt.want)
			}
		})
	}
}

const leaderElection = `{"errors":["Service temporarily unavailable due to an ongoing leader election. Please refresh."]}`

func TestReadsAreRepeated(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault faults.Fault
	}{
		{"leader election", faults.Fault{Mode: faults.Answer, Code: http.StatusServiceUnavailable, Body: leaderElection}},
		{"connection cut", faults.Fault{Mode: faults.Cut}},
		{"answer lost", faults.Fault{Mode: faults.LoseAnswer}},
		{"no answer", faults.Fault{Mode: faults.Hang}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := resttest.New(t, resttest.Options{})
			tt.fault.Match = "GET /overview"
			tt.fault.Times = 2
			s.Faults.Add(tt.fault)
			c := newClient(t, rest.Options{BaseURL: s.URL, Timeout: 100 * time.Millisecond})
			if _, err := c.Overview(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestReadsEndAfterRetryFor(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	s.Faults.Add(faults.Fault{Match: "GET /overview", Mode: faults.Answer, Code: http.StatusServiceUnavailable, Body: leaderElection, Times: -1})
	c := newClient(t, rest.Options{BaseURL: s.URL, RetryFor: 150 * time.Millisecond})
	_, err := c.Overview(t.Context())
	if !errors.Is(err, rest.ErrUnreachable) || !strings.Contains(err.Error(), "leader election") {
		t.Errorf("error %v, want the server's words and ErrUnreachable", err)
	}
	if n := len(s.Faults.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestOtherAnswersAreNotRepeated(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	_, err := newClient(t, rest.Options{BaseURL: s.URL}).Job(t.Context(), rest.NewJobID())
	if !errors.Is(err, rest.ErrJobNotFound) || len(s.Faults.Requests()) != 1 {
		t.Errorf("%v after %v", err, s.Faults.Requests())
	}
}

func TestContextEndsTheRepeats(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	hit := s.Faults.Add(faults.Fault{Match: "GET /overview", Mode: faults.Hang, Times: -1})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	go func() {
		_ = hit.Wait(t.Context())
		cancel(why)
	}()
	_, err := newClient(t, rest.Options{BaseURL: s.URL}).Overview(ctx)
	if !errors.Is(err, why) {
		t.Errorf("error %v, want the context's cause", err)
	}
}

func TestTimeoutIsNotTheCallersDeadline(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	s.Faults.Add(faults.Fault{Match: "GET /overview", Mode: faults.Hang, Times: -1})
	c := newClient(t, rest.Options{BaseURL: s.URL, Timeout: 50 * time.Millisecond, RetryFor: -1})
	_, err := c.Overview(t.Context())
	if !errors.Is(err, rest.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v: want ErrUnreachable, not DeadlineExceeded", err)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, err = newClient(t, rest.Options{BaseURL: "http://" + address, RetryFor: -1}).Overview(t.Context())
	var broken *rest.ConnectionError
	if !errors.As(err, &broken) || !errors.Is(err, rest.ErrUnreachable) || broken.Sent || broken.Addr != address || broken.Hint() == "" {
		t.Errorf("error %+v", err)
	}
}

func TestRunAfterALostAnswer(t *testing.T) {
	s := resttest.New(t, resttest.Options{Programs: map[string]resttest.Program{"a.Main": {Endless: true}}})
	c := newClient(t, rest.Options{BaseURL: s.URL})
	jar, err := c.UploadJar(t.Context(), "a.jar", 2, strings.NewReader("PK"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Faults.Add(faults.Fault{Match: "POST /jars/*/run", Mode: faults.LoseAnswer})
	request := rest.RunJarRequest{EntryClass: "a.Main", JobID: rest.NewJobID()}
	_, err = c.RunJar(t.Context(), jar, request, flink.Version{Major: 1, Minor: 20})
	if !errors.Is(err, rest.ErrUnreachable) {
		t.Fatalf("first: %v, want ErrUnreachable", err)
	}
	if n := len(s.Jobs()); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
	_, err = c.RunJar(t.Context(), jar, request, flink.Version{Major: 1, Minor: 20})
	if !errors.Is(err, rest.ErrJobExists) || len(s.Jobs()) != 1 {
		t.Errorf("second: %v with %d jobs, want ErrJobExists and one", err, len(s.Jobs()))
	}
}

func TestRunJarAsksForTheVersion(t *testing.T) {
	s := resttest.New(t, resttest.Options{Version: "1.17.2"})
	c := newClient(t, rest.Options{BaseURL: s.URL})
	jar, err := c.UploadJar(t.Context(), "a.jar", 2, strings.NewReader("PK"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.RunJar(t.Context(), jar, rest.RunJarRequest{EntryClass: "a.Main", SavepointPath: "/sp", ClaimMode: "claim"}, flink.Version{})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Jobs()[0]; got.ClaimMode != "CLAIM" || got.SavepointPath != "/sp" || got.Jar != jar {
		t.Errorf("job %+v", got)
	}
}

func TestMainMethodFails(t *testing.T) {
	const cause = "java.lang.IllegalArgumentException: no --input"
	s := resttest.New(t, resttest.Options{Programs: map[string]resttest.Program{"a.Main": {MainError: cause}}})
	c := s.Client(t)
	jar, err := c.UploadJar(t.Context(), "a.jar", 2, strings.NewReader("PK"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.RunJar(t.Context(), jar, rest.RunJarRequest{EntryClass: "a.Main"}, flink.Version{})
	var remote *rest.RemoteError
	if !errors.As(err, &remote) || remote.RootCause() != cause || !strings.Contains(err.Error(), cause) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want the cause %q on one line", err, cause)
	}
}

func TestAccumulators(t *testing.T) {
	want := []rest.Accumulator{{Name: "words", Type: "IntCounter", Value: "42"}, {Name: "a", Type: "Histogram", Value: "{1=2}"}}
	s := resttest.New(t, resttest.Options{Step: true})
	id := s.AddJob(resttest.Job{EntryClass: "a.Main"})
	if err := s.SetAccumulators(id, want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Client(t).Accumulators(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJobGoesStepByStep(t *testing.T) {
	s := resttest.New(t, resttest.Options{Step: true})
	c, id := s.Client(t), s.AddJob(resttest.Job{EntryClass: "a.b.Main"})
	for _, want := range []rest.JobState{rest.Created, rest.Running, rest.Finished, rest.Finished} {
		state, err := c.JobStatus(t.Context(), id)
		if err != nil || state != want {
			t.Fatalf("state %s, %v; want %s", state, err, want)
		}
		result, err := c.JobResult(t.Context(), id)
		if err != nil || result.Completed != want.IsFinal() {
			t.Fatalf("result of a job that is %s: %+v, %v", want, result, err)
		}
		s.Advance(id)
	}
	s.Forget(id)
	if _, err := c.JobStatus(t.Context(), id); !errors.Is(err, rest.ErrJobNotFound) {
		t.Errorf("a forgotten job: %v", err)
	}
}

func TestHeadersAreSent(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	proxy := faults.New(t)
	seen := make(chan string, 8)
	front := httpServer(t, proxy.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Method + " " + r.Header.Get("X-Token")
		http.Redirect(w, r, s.URL, http.StatusTemporaryRedirect)
	})))
	c := newClient(t, rest.Options{BaseURL: front, Headers: map[string]string{"X-Token": "t"}})
	_, err := c.Overview(t.Context())
	var remote *rest.RemoteError
	if !errors.As(err, &remote) || remote.Status != http.StatusTemporaryRedirect || remote.Hint() == "" {
		t.Errorf("a redirect: %v, want an error with a hint", err)
	}
	if _, err := c.UploadJar(t.Context(), "a.jar", 2, strings.NewReader("PK"), nil); err == nil {
		t.Error("upload to a redirect: no error")
	}
	for _, want := range []string{"GET t", "POST t"} {
		if got := <-seen; got != want {
			t.Errorf("request %q, want %q", got, want)
		}
	}
	if got := s.Faults.Requests(); len(got) > 0 {
		t.Errorf("the redirect was followed: %v", got)
	}
}
