package httpclient_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/httpclient"
)

// certificate is one that signs itself, for that name and time.
func certificate(t *testing.T, name string, until time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the test's CA"}, DNSNames: []string{name},
		NotBefore: until.Add(-time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func secureServer(t *testing.T, c *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = c
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// alerting answers whatever comes with that alert of TLS, as Java does.
func alerting(t *testing.T, alert byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4096))
			conn.Write([]byte{0x15, 3, 3, 0, 2, 2, alert})
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// What goes wrong with TLS says why, and what to do, and is not taken for a server that is down.
func TestTLSErrors(t *testing.T) {
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	good, old := certificate(t, "localhost", soon), certificate(t, "localhost", past)
	pool := x509.NewCertPool()
	pool.AddCert(good.Leaf)
	pool.AddCert(old.Leaf)
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(plain.Close)
	address := func(server string) string { return "localhost" + server[strings.LastIndex(server, ":"):] }
	mutual := &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	server := address(secureServer(t, &tls.Config{Certificates: []tls.Certificate{good}}))
	for name, c := range map[string]struct {
		url  string
		tls  *tls.Config
		kind error
		says string
	}{
		"nobody trusted has signed it": {"https://" + server, nil, httpclient.ErrUntrusted, "signed by CN=the test's CA, which is not trusted here"},
		"another host":                 {"https://127.0.0.1" + server[len("localhost"):], &tls.Config{RootCAs: pool}, httpclient.ErrUntrusted, "for another host"},
		"expired":                      {"https://" + address(secureServer(t, &tls.Config{Certificates: []tls.Certificate{old}})), &tls.Config{RootCAs: pool}, httpclient.ErrExpired, "valid from"},
		"plain HTTP to TLS of Go":      {"http://" + server, nil, nil, ""},
		"plain HTTP to TLS of Java":    {"http://" + alerting(t, 80), nil, httpclient.ErrScheme, "speaks TLS"},
		"TLS to plain HTTP":            {"https://" + address(plain.Listener.Addr().String()), nil, httpclient.ErrScheme, "does not speak TLS"},
		"no certificate, TLS 1.2":      {"https://" + alerting(t, 42), nil, httpclient.ErrClientRefused, "its having none"},
		"no certificate, TLS 1.3":      {"https://" + address(secureServer(t, mutual)), &tls.Config{RootCAs: pool}, httpclient.ErrClientRefused, "its having none"},
		"no version in common":         {"https://" + address(secureServer(t, &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})), &tls.Config{RootCAs: pool}, httpclient.ErrHandshake, "refuses the TLS connection"},
		"all is well":                  {"https://" + server, &tls.Config{RootCAs: pool}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := httpclient.NewHTTP(httpclient.Options{TLS: c.tls, Timeout: 5 * time.Second})
			res, err := client.Get(c.url)
			if c.kind == nil {
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				return
			}
			var e *httpclient.TLSError
			if !errors.Is(err, c.kind) || !errors.As(err, &e) || !strings.Contains(e.Error(), c.says) || e.Hint() == "" {
				t.Fatalf("%v, want %q that says %q", err, c.kind, c.says)
			}
			if httpclient.RequestSent(err) {
				t.Error("counts as sent")
			}
		})
	}
}

// A JobManager that wants TLS answers plain HTTP twice; the second answer is nobody's, and no line of a log.
func TestRedirectTwice(t *testing.T) {
	const answer = "HTTP/1.1 301 Moved Permanently\r\nlocation: https://127.0.0.1:1\r\ncontent-length: 0\r\n\r\n"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, answer)
			time.Sleep(10 * time.Millisecond)
			io.WriteString(conn, answer)
		}
	}()
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	client := httpclient.NewHTTP(httpclient.Options{})
	for range 3 {
		res, err := client.Get("http://" + l.Addr().String())
		if err != nil || res.StatusCode != http.StatusMovedPermanently || res.Header.Get("Location") == "" {
			t.Fatalf("%v, %v", res, err)
		}
		if _, err := io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		time.Sleep(20 * time.Millisecond)
	}
	if logged.Len() > 0 {
		t.Errorf("net/http has written %q", &logged)
	}
}

// A plain server whose answer is no alert is nothing of TLS.
func TestWatchedAnswers(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte{0x15, 3, 3}) }))
	defer s.Close()
	res, err := httpclient.NewHTTP(httpclient.Options{}).Post(s.URL, "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}
