package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/yarn"
)

func TestStagedBytes(t *testing.T) {
	id := yarn.ApplicationID{ClusterTimestamp: 1700000000000, ID: 7}
	tests := []struct {
		name, body string
		status     int
		want       int64
		err        string
	}{
		{"summary", `{"ContentSummary":{"directoryCount":2,"fileCount":3,"length":210600000}}`, 200, 210600000, ""},
		{"no folder", `{"RemoteException":{"message":"does not exist"}}`, 404, 0, "does not exist"},
		{"another answer", `{}`, 200, 0, "unexpected answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = r.Method + " " + r.URL.String()
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer server.Close()
			s := &servers{http: server.Client(), nameNode: server.URL, user: "alice", staging: "/user/alice/bench"}
			got, err := s.stagedBytes(t.Context(), id)
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("stagedBytes = %d, %v, want %d, %q", got, err, tt.want, tt.err)
			}
			if want := "GET /webhdfs/v1/user/alice/bench/.flink/application_1700000000000_0007?op=GETCONTENTSUMMARY&user.name=alice"; asked != want {
				t.Errorf("asked %s, want %s", asked, want)
			}
		})
	}
}
