package faults

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve runs a server that counts what it processed behind an injector and a proxy.
func serve(t *testing.T) (*Injector, *atomic.Int32, string) {
	t.Helper()
	processed := &atomic.Int32{}
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		processed.Add(1)
		_, _ = io.WriteString(w, "done")
	}))
	t.Cleanup(backend.Close)
	target, _ := url.Parse(backend.URL)
	i := New(t)
	return i, processed, Proxy(t, i, target, nil).String()
}

func TestModes(t *testing.T) {
	for _, tt := range []struct {
		name          string
		fault         Fault
		wantErr       bool
		wantBody      string
		wantProcessed int32
	}{
		{"cut", Fault{Mode: Cut}, true, "", 0},
		{"cut in the body", Fault{Mode: Cut, AfterBytes: 2}, true, "", 0},
		{"answer lost", Fault{Mode: LoseAnswer}, true, "", 1},
		{"other answer", Fault{Mode: Answer, Code: 503, Body: "no"}, false, "no", 0},
		{"slow", Fault{Mode: Slow, Delay: time.Millisecond}, false, "done", 1},
		{"skipped", Fault{Mode: Cut, Skip: 1, Optional: true}, false, "done", 1},
		{"other path", Fault{Mode: Cut, Match: "POST /other", Optional: true}, false, "done", 1},
		{"other query", Fault{Mode: Cut, Match: "POST /a/*?op=OPEN", Optional: true}, false, "done", 1},
		{"query", Fault{Mode: Cut, Match: "* /a/*?op=CREATE"}, true, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i, processed, base := serve(t)
			if tt.fault.Match == "" {
				tt.fault.Match = "POST /a/*"
			}
			i.Add(tt.fault)
			res, err := http.Post(base+"/a/b?op=CREATE", "text/plain", strings.NewReader("hello"))
			if (err != nil) != tt.wantErr {
				t.Fatalf("error %v, want one: %t", err, tt.wantErr)
			}
			if err == nil {
				defer res.Body.Close()
				if body, _ := io.ReadAll(res.Body); string(body) != tt.wantBody {
					t.Errorf("body %q, want %q", body, tt.wantBody)
				}
			}
			if got := processed.Load(); got != tt.wantProcessed {
				t.Errorf("processed %d, want %d", got, tt.wantProcessed)
			}
		})
	}
}

func TestHangIsReleased(t *testing.T) {
	for name, mode := range map[string]Mode{"before": Hang, "after": HangAfter} {
		t.Run(name, func(t *testing.T) {
			i, processed, base := serve(t)
			hit := i.Add(Fault{Match: "GET /", Mode: mode})
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			go func() {
				if hit.Wait(ctx) == nil {
					hit.Release()
				}
			}()
			res, err := http.Get(base + "/")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if processed.Load() != 1 {
				t.Error("the request was not processed after the release")
			}
		})
	}
}
