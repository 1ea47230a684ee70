package yarntest

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/yarn"
)

// recorder catches what a server tells its test.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestUnknownPathFailsTheTest(t *testing.T) {
	r := &recorder{TB: t}
	s := New(r, Options{})
	res, err := http.Get(s.URL + "/ws/v1/cluster/aps?user.name=alice")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNotFound || !r.failed {
		t.Errorf("status %d, test failed: %t", res.StatusCode, r.failed)
	}
}

// TestBodies holds what a client must not send against what real servers answer.
func TestBodies(t *testing.T) {
	const id = `"application-id":"application_1700000000000_0001"`
	for _, tt := range []struct {
		name, body string
		dialect    Dialect
		status     int
		answer     string
	}{
		{"accepted", `{` + id + `,"am-container-spec":{}}`, Hadoop34, 202, ""},
		{"no container", `{` + id + `}`, Hadoop34, 400, "BadRequestException"},
		{"no id", `{"am-container-spec":{}}`, Hadoop34, 400, "java.lang.Exception: Could not parse application id"},
		{"message of 3.5", `{"am-container-spec":{}}`, Hadoop35, 400, `"message":"Could not parse application id`},
		{"cut", `{`, Hadoop34, 503, "RemoteException"},
		{"empty list", `{` + id + `,"am-container-spec":{},"application-tags":{"tag":[]}}`, Hadoop34, 202, ""},
		{"empty list on 2.10", `{` + id + `,"am-container-spec":{},"application-tags":{"tag":[]}}`, Hadoop210, 500, "NullPointerException"},
		{"single entry", `{` + id + `,"am-container-spec":{"environment":{"entry":{"key":"a","value":"b"}}}}`, Hadoop210, 202, ""},
		{"type in lower case", `{` + id + `,"am-container-spec":{"local-resources":{"entry":[{"key":"a","value":{"type":"file","visibility":"PUBLIC"}}]}}}`, Hadoop34, 503, "NullPointerException"},
		{"tags", `{` + id + `,"am-container-spec":{},"application-tags":{"tag":"é"}}`, Hadoop34, 400, "ASCII"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := New(t, Options{Dialect: tt.dialect})
			res, err := http.Post(s.URL+"/ws/v1/cluster/apps?user.name=alice", "application/json", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			answer, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || !strings.Contains(string(answer), tt.answer) {
				t.Errorf("got %d, %s, %v; want %d, %s", res.StatusCode, answer, err, tt.status, tt.answer)
			}
		})
	}
}

func TestPlainMapIsIgnored(t *testing.T) {
	s := New(t, Options{})
	body := `{"application-id":"application_1_0001","am-container-spec":{"environment":{"FOO":"bar"}}}`
	res, err := http.Post(s.URL+"/ws/v1/cluster/apps", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	a := s.Applications()[0]
	if len(a.Context.Container.Environment) != 0 || a.User != "dr.who" || a.State != yarn.NewSaving {
		t.Errorf("application %+v", a)
	}
}
