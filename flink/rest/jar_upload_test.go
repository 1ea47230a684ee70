package rest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

func httpServer(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL
}

func TestUploadKeepsEveryByte(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	s := resttest.New(t, resttest.Options{})
	id, err := s.Client(t).UploadJar(t.Context(), "pröba 1.jar", int64(len(content)), bytes.NewReader(content), nil)
	if err != nil {
		t.Fatal(err)
	}
	jars := s.Jars()
	if len(jars) != 1 || jars[0].ID != id || jars[0].Name != "pröba 1.jar" || !bytes.Equal(jars[0].Content, content) {
		t.Errorf("kept %d jars, want %s as it was sent", len(jars), id)
	}
}

func TestUploadTellsItsSize(t *testing.T) {
	lengths := make(chan int64, 2)
	url := httpServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		lengths <- r.ContentLength
		lengths <- n
		_, _ = io.WriteString(w, `{"filename":"C:\\temp\\x_a.jar","status":"success"}`)
	}))
	id, err := newClient(t, rest.Options{BaseURL: url}).UploadJar(t.Context(), "a.jar", 100000, bytes.NewReader(make([]byte, 100000)), nil)
	if err != nil || id != "x_a.jar" {
		t.Errorf("got %q, %v; want x_a.jar", id, err)
	}
	if told, sent := <-lengths, <-lengths; told != sent || told <= 100000 {
		t.Errorf("Content-Length %d, sent %d", told, sent)
	}
}

func TestUploadRefuses(t *testing.T) {
	broken := errors.New("disk gone")
	for _, tt := range []struct {
		name, file string
		size       int64
		r          io.Reader
		want       error
		text       string
	}{
		{name: "not a jar", file: "a.zip", size: 2, r: strings.NewReader("PK"), text: "ends with .jar"},
		{name: "a path", file: "x/a.jar", size: 2, r: strings.NewReader("PK"), text: "file name"},
		{name: "a line end", file: "x\r\na.jar", size: 2, r: strings.NewReader("PK"), text: "file name"},
		{name: "negative size", file: "a.jar", size: -1, r: strings.NewReader("PK"), text: "negative"},
		{name: "shorter than told", file: "a.jar", size: 3, r: strings.NewReader("PK"), want: io.ErrUnexpectedEOF},
		{name: "longer than told", file: "a.jar", size: 1, r: strings.NewReader("PK"), text: "longer"},
		{name: "can't be read", file: "a.jar", size: 4, r: io.MultiReader(strings.NewReader("PK"), errReader{broken}), want: broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := resttest.New(t, resttest.Options{})
			_, err := s.Client(t).UploadJar(t.Context(), tt.file, tt.size, tt.r, nil)
			if err == nil || !strings.Contains(err.Error(), tt.text) || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Errorf("error %v, want %q %v", err, tt.text, tt.want)
			}
			if errors.Is(err, rest.ErrUnreachable) || len(s.Jars()) != 0 {
				t.Errorf("%v, with %d jars kept: the JobManager is blamed for the jar", err, len(s.Jars()))
			}
		})
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestUploadStalls(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	hang(t, s)
	c := newClient(t, rest.Options{BaseURL: s.URL, Timeout: 200 * time.Millisecond})
	size := int64(64 << 20) // more than the buffers between
	_, err := c.UploadJar(t.Context(), "a.jar", size, io.LimitReader(zeros{}, size), nil)
	if !errors.Is(err, rest.ErrUnreachable) || !strings.Contains(err.Error(), "stopped taking") {
		t.Errorf("error %v, want a stalled upload", err)
	}
}

// hang holds an upload after its first bytes. A server sees that a client has
// gone only once it has read the whole body, so it is let go before the server
// is closed.
func hang(t *testing.T, s *resttest.Server) *faults.Hit {
	hit := s.Faults.Add(faults.Fault{Match: "POST /jars/upload", Mode: faults.Hang, AfterBytes: 1 << 10})
	t.Cleanup(hit.Release)
	return hit
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestUploadIsCancelled(t *testing.T) {
	s := resttest.New(t, resttest.Options{})
	hit := hang(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = hit.Wait(t.Context())
		cancel()
	}()
	size := int64(64 << 20)
	_, err := s.Client(t).UploadJar(ctx, "a.jar", size, io.LimitReader(zeros{}, size), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want Canceled", err)
	}
}

func TestUploadCutBySubmitDisabled(t *testing.T) {
	s := resttest.New(t, resttest.Options{SubmitDisabled: true})
	s.Faults.Add(faults.Fault{Match: "POST /jars/upload", Mode: faults.Cut, AfterBytes: 1 << 10})
	size := int64(64 << 20)
	_, err := s.Client(t).UploadJar(t.Context(), "a.jar", size, io.LimitReader(zeros{}, size), nil)
	if !errors.Is(err, rest.ErrSubmitDisabled) {
		t.Errorf("error %v, want ErrSubmitDisabled", err)
	}
}
