package httpclient

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestNoRedirectIsFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	res, err := New(Options{}).R().Post(server.URL)
	if err != nil || res.StatusCode() != http.StatusTemporaryRedirect {
		t.Fatalf("got %v, %v; want the 307 itself", res, err)
	}
}

func TestNoCookieIsKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 {
			t.Error("a cookie came back")
		}
		http.SetCookie(w, &http.Cookie{Name: "hadoop.auth", Value: "u=dr.who"})
	}))
	defer server.Close()
	client := New(Options{})
	for range 2 {
		if _, err := client.R().Get(server.URL); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBodyIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("x", 100)))
	}))
	defer server.Close()
	for _, tt := range []struct {
		name string
		max  int64
		want error
	}{
		{"shorter", 101, nil},
		{"just as long", 100, nil},
		{"longer", 99, ErrBodyTooLarge},
		{"unbounded", -1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := New(Options{MaxBody: tt.max}).R().Get(server.URL)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if tt.want == nil && len(res.Body()) != 100 {
				t.Fatalf("%d bytes, want 100", len(res.Body()))
			}
		})
	}
}

func TestRequestSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + l.Addr().String()
	l.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer cut.Close()
	for _, tt := range []struct {
		name, url string
		want      bool
	}{{"refused", refused, false}, {"cut after sending", cut.URL, true}} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(Options{}).R().Post(tt.url)
			if err == nil || RequestSent(err) != tt.want {
				t.Fatalf("RequestSent(%v) = %t, want %t", err, !tt.want, tt.want)
			}
		})
	}
}

func TestTimeoutAndCause(t *testing.T) {
	block := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-block }))
	defer server.Close()
	defer close(block)
	if _, err := New(Options{Timeout: 20 * time.Millisecond}).R().Get(server.URL); err == nil {
		t.Fatal("no error from a server that never answers")
	}
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
	_, err := New(Options{}).R().SetContext(ctx).Get(server.URL)
	if !errors.Is(Cause(ctx, err), why) {
		t.Fatalf("cause %v, want %v", Cause(ctx, err), why)
	}
}
