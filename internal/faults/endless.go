package faults

import (
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
)

// Endless is a hostile server: it answers every request with a body that does not
// end before its client goes away.
type Endless struct {
	// ContentType is declared; "" is application/json.
	ContentType string
	Code        int // 0 is 200
	// Begin is written once, Repeat then again and again.
	Begin, Repeat string
	// Requests counts what was asked, Sent the bytes that were written.
	Requests, Sent atomic.Int64
}

// ServeHTTP answers.
func (e *Endless) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	e.Requests.Add(1)
	kind := e.ContentType
	if kind == "" {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	if e.Code != 0 {
		w.WriteHeader(e.Code)
	}
	text := e.Begin
	for again := strings.Repeat(e.Repeat, 1+(64<<10)/max(len(e.Repeat), 1)); ; text = again {
		n, err := w.Write([]byte(text))
		e.Sent.Add(int64(n))
		if err != nil {
			return
		}
	}
}

// Allocated is how many bytes the program allocates while do runs.
func Allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
