package yarn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

const oneApplication = `{"id":"application_1_0001","user":"alice","state":"RUNNING","name":"a"}`

func TestSelectionReadsEveryShape(t *testing.T) {
	two := strings.Replace(oneApplication, "0001", "0002", 1)
	tests := []struct {
		name, doc string
		want      int
		wrong     bool
	}{
		{"array", `{"apps":{"app":[` + oneApplication + `,` + two + `]}}`, 2, false},
		{"single object", `{"apps":{"app":` + oneApplication + `}}`, 1, false},
		{"array of one around the list", `{"apps":[{"app":[` + oneApplication + `]}]}`, 1, false},
		{"other members", `{"x":{"app":[1]},"apps":{"y":[{}],"app":[` + oneApplication + `],"z":null}}`, 1, false},
		{"null", `{"apps":null}`, 0, false},
		{"empty text", `{"apps":""}`, 0, false},
		{"empty object", `{"apps":{}}`, 0, false},
		{"app is null", `{"apps":{"app":null}}`, 0, false},
		{"app is an empty object", `{"apps":{"app":{}}}`, 0, false},
		{"app is an empty array", `{"apps":{"app":[]}}`, 0, false},
		{"nothing", `{}`, 0, false},
		{"no object", `[]`, 0, true},
		{"no id", `{"apps":{"app":[{"user":"alice"}]}}`, 0, true},
		{"cut", `{"apps":{"app":[` + oneApplication, 0, true},
		{"cut in one", `{"apps":{"app":{"id":"application_1_0001"`, 0, true},
		{"empty", ``, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s selection
			err := s.read(strings.NewReader(tt.doc))
			if (err != nil) != tt.wrong || !tt.wrong && len(s.reports) != tt.want {
				t.Errorf("%d applications, %v; want %d, an error %v", len(s.reports), err, tt.want, tt.wrong)
			}
		})
	}
}

func FuzzSelection(f *testing.F) {
	for _, doc := range []string{`{"apps":{"app":[` + oneApplication + `]}}`, `{"apps":{"app":` + oneApplication + `}}`, `{"apps":[{"app":null}]}`, `{"apps":""}`} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		var s selection
		if err := s.read(strings.NewReader(doc)); err == nil && len(s.reports) > strings.Count(strings.ToLower(doc), "application_")+strings.Count(doc, `\u`) {
			t.Errorf("%d applications from %q", len(s.reports), doc)
		}
	})
}

// thousands answers with ten thousand applications of 2 KB, each tenth alice's.
func thousands(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"apps":{"app":[`)
		filler := strings.Repeat("x", 2000)
		for i := range 10000 {
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			user := "bob"
			if i%10 == 0 {
				user = "alice"
			}
			fmt.Fprintf(w, `{"id":"application_1_%04d","user":%q,"state":"RUNNING","applicationType":"Apache Flink","note":%q}`, i+1, user, filler)
		}
		_, _ = io.WriteString(w, `]}}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// A list of twenty megabytes is read as it comes: only what is wanted is kept.
func TestThousandsOfApplications(t *testing.T) {
	c, err := NewClient(Options{Addresses: []string{thousands(t)}, User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	var most uint64
	seen := 0
	heap := func(ApplicationReport) bool {
		if seen++; seen%500 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return true
	}
	list, err := c.Applications(t.Context(), Filter{User: "alice", Match: heap})
	if err != nil || len(list) != 1000 {
		t.Fatalf("%d applications, %v", len(list), err)
	}
	if limit := uint64(12 << 20); most == 0 || most > limit {
		t.Errorf("%d bytes in use, want at most %d", most, limit)
	}
}

// A list that is cut is asked for again, from its beginning.
func TestApplicationsCutOnce(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		body := `{"apps":{"app":[` + oneApplication + `]}}`
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		if asked == 1 {
			_, _ = io.WriteString(w, body[:len(body)-3])
			return
		}
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	c, err := NewClient(Options{Addresses: []string{server.URL}, User: "alice", RetryDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.Applications(t.Context(), Filter{})
	if err != nil || len(list) != 1 || asked != 2 {
		t.Errorf("%d applications after %d requests, %v", len(list), asked, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	if _, err := c.Applications(ctx, Filter{}); !errors.Is(err, enough) {
		t.Errorf("ended context: %v", err)
	}
}
