package kerberos_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/service"
	"github.com/jcmturner/gokrb5/v8/spnego"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/kerberos"
)

// signedServer asks for SPNEGO where a request has no valid cookie, as Hadoop does, and echoes bodies.
type signedServer struct {
	url       string // with the name localhost
	tickets   atomic.Int32
	cookies   atomic.Int32
	forgotten atomic.Bool // cookies are refused
}

func newSignedServer(t *testing.T, r realm) *signedServer {
	t.Helper()
	kt, err := keytab.Load(r.Keytab("http"))
	if err != nil {
		t.Fatal(err)
	}
	s := &signedServer{}
	echo := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, r.Body); err != nil {
			t.Error(err)
		}
	}
	byTicket := spnego.SPNEGOKRB5Authenticate(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.tickets.Add(1)
		http.SetCookie(w, &http.Cookie{Name: "hadoop.auth", Value: "u=alice&t=kerberos", Quoted: true, Path: "/", HttpOnly: true})
		echo(w, r)
	}), kt, service.DecodePAC(false))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("hadoop.auth")
		switch {
		case err == nil && s.forgotten.Load():
			w.Header().Set("WWW-Authenticate", "Negotiate")
			w.WriteHeader(http.StatusUnauthorized)
		case err == nil && cookie.Value == "u=alice&t=kerberos":
			s.cookies.Add(1)
			echo(w, r)
		default:
			byTicket.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	s.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return s
}

func TestRealTransport(t *testing.T) {
	r := newRealm(t, kdc.Options{})
	s := newSignedServer(t, r)
	l, err := kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := &http.Client{Transport: &kerberos.Transport{Login: l}}
	post := func(tickets, cookies int32) {
		t.Helper()
		res, err := client.Post(s.url, "text/plain", strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != "body" || res.StatusCode != http.StatusOK {
			t.Errorf("status %d, %q, %v", res.StatusCode, body, err)
		}
		if s.tickets.Load() != tickets || s.cookies.Load() != cookies {
			t.Errorf("%d requests with a ticket and %d with a cookie, want %d and %d", s.tickets.Load(), s.cookies.Load(), tickets, cookies)
		}
	}
	post(1, 0)
	post(1, 1)
	s.forgotten.Store(true) // as after a restart of the server
	post(2, 1)

	// The name in the address is that of the service.
	_, err = client.Get(strings.Replace(s.url, "localhost", "127.0.0.1", 1))
	var e *kerberos.Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "HTTP/127.0.0.1") || !strings.Contains(e.Hint(), "host names") {
		t.Errorf("error %v", err)
	}
	if s.tickets.Load() != 2 {
		t.Error("a request was taken")
	}
}

// A server without a principal is asked all the same: it may want no proof.
func TestRealTransportUnsigned(t *testing.T) {
	r := newRealm(t, kdc.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a ticket for a server without a principal")
		}
		if _, err := io.Copy(w, r.Body); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	l, err := kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	res, err := (&http.Client{Transport: &kerberos.Transport{Login: l}}).Post(server.URL, "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "body" {
		t.Errorf("%q, %v", body, err)
	}
}

// A login from a keytab outlives its tickets.
func TestRealTransportOutlivesTickets(t *testing.T) {
	r := newRealm(t, kdc.Options{TicketLife: 3 * time.Second, RenewableLife: 3 * time.Second})
	s := newSignedServer(t, r)
	s.forgotten.Store(true)
	l, err := kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := &http.Client{Transport: &kerberos.Transport{Login: l}}
	for start := time.Now(); time.Since(start) < 7*time.Second; time.Sleep(500 * time.Millisecond) {
		res, err := client.Get(s.url)
		if err != nil {
			t.Fatalf("after %s: %v", time.Since(start), err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("after %s: status %d", time.Since(start), res.StatusCode)
		}
	}
}

// Who need not be the cluster's own gets a ticket only where he asks for one.
func TestRealTransportWhenAsked(t *testing.T) {
	r := newRealm(t, kdc.Options{})
	s := newSignedServer(t, r)
	open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a ticket for who did not ask")
		}
		if r.URL.Path == "/other" {
			w.Header().Set("WWW-Authenticate", "Basic realm=x")
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer open.Close()
	l, err := kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := httpclient.NewHTTP(httpclient.Options{Sign: l.SignerWhenAsked()})
	for _, c := range []struct {
		url             string
		status          int
		tickets, cookie int32
	}{
		{strings.Replace(open.URL, "127.0.0.1", "localhost", 1), 200, 0, 0},
		{open.URL + "/other", 401, 0, 0},
		{s.url, 200, 1, 0},
		{s.url, 200, 1, 1},
	} {
		res, err := client.Post(c.url, "text/plain", strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.status || s.tickets.Load() != c.tickets || s.cookies.Load() != c.cookie {
			t.Errorf("%s: status %d, %d tickets, %d cookies", c.url, res.StatusCode, s.tickets.Load(), s.cookies.Load())
		}
	}
}

// A server that sends one elsewhere gets its ticket, and elsewhere gets nothing.
func TestRealTransportGoesNowhereElse(t *testing.T) {
	r := newRealm(t, kdc.Options{})
	var elsewhere, withCookie atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		elsewhere.Add(1)
		withCookie.Add(int32(len(r.Cookies())))
	}))
	defer other.Close()
	hostile := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "hadoop.auth", Value: "u=alice", Domain: "localhost", Path: "/"})
		http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), http.StatusTemporaryRedirect)
	}))
	defer hostile.Close()
	l, err := kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := httpclient.NewHTTP(httpclient.Options{Sign: l.Signer()})
	address := strings.Replace(hostile.URL, "127.0.0.1", "localhost", 1)
	for range 2 { // the second time with a cookie
		res, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("status %d", res.StatusCode)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed")
	}
	res, err := client.Get(strings.Replace(other.URL, "127.0.0.1", "localhost", 1))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if elsewhere.Load() != 1 || withCookie.Load() != 0 {
		t.Errorf("%d requests, and %d cookies, at another port; want 1 and none", elsewhere.Load(), withCookie.Load())
	}
}
