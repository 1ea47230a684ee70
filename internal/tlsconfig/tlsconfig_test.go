package tlsconfig_test

import (
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/internal/tlsconfig"
)

// The stores of testdata were written by keytool of Java 17: all hold the one
// certificate of ca.pem, with the password secret6; the key of key.jks has secret7.

func store(name, password string) *tlsconfig.Store {
	return &tlsconfig.Store{Path: filepath.Join("testdata", name), Password: password, From: "the test"}
}

// trusts tells whether the configuration trusts the CA of testdata, and nobody else.
func trusts(t *testing.T, c *tls.Config) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	want := x509.NewCertPool()
	want.AppendCertsFromPEM(content)
	if !want.Equal(c.RootCAs) {
		t.Error("other roots than the CA")
	}
}

func TestTruststores(t *testing.T) {
	for _, s := range []*tlsconfig.Store{
		store("trust.p12", "secret6"), store("trust-java8.p12", "secret6"), store("trust.jks", "secret6"), store("trust.jks", ""), store("ca.pem", "ignored"),
	} {
		t.Run(s.Path+" "+s.Password, func(t *testing.T) {
			c, err := tlsconfig.New(tlsconfig.Options{Truststore: s, NoSystemRoots: true})
			if err != nil {
				t.Fatal(err)
			}
			trusts(t, c)
		})
	}
}

func TestCAFile(t *testing.T) {
	c, err := tlsconfig.New(tlsconfig.Options{CAFile: filepath.Join("testdata", "ca.pem"), NoSystemRoots: true})
	if err != nil {
		t.Fatal(err)
	}
	trusts(t, c)
	if c, err = tlsconfig.New(tlsconfig.Options{}); err != nil || c.RootCAs != nil {
		t.Errorf("without any: %v, %v; want the system's roots", c.RootCAs, err)
	}
}

func TestUnusable(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	jks, err := os.ReadFile(filepath.Join("testdata", "trust.jks"))
	if err != nil {
		t.Fatal(err)
	}
	jks[200] ^= 1
	text := write("text", []byte("no store at all"))
	for name, c := range map[string]struct {
		options tlsconfig.Options
		says    string
	}{
		"PKCS12, wrong password":   {tlsconfig.Options{Truststore: store("trust.p12", "wrong")}, "does not open with the password"},
		"PKCS12, no password":      {tlsconfig.Options{Truststore: store("trust.p12", "")}, "has a password, and none is set"},
		"JKS, wrong password":      {tlsconfig.Options{Truststore: store("trust.jks", "wrong")}, "does not open with the password"},
		"JKS, damaged":             {tlsconfig.Options{Truststore: &tlsconfig.Store{Path: write("damaged", jks), Password: "secret6", From: "the test"}}, "does not open with the password"},
		"JKS with a key only":      {tlsconfig.Options{Truststore: store("key.jks", "secret6")}, "no trusted certificate"},
		"PKCS12 with a key only":   {tlsconfig.Options{Truststore: store("key.p12", "secret6")}, "expected"},
		"JCEKS":                    {tlsconfig.Options{Truststore: store("trust.jceks", "secret6")}, "JCEKS"},
		"no store":                 {tlsconfig.Options{Truststore: &tlsconfig.Store{Path: text, From: "the test"}}, "neither JKS, PKCS12 nor PEM"},
		"an empty file":            {tlsconfig.Options{Truststore: &tlsconfig.Store{Path: write("empty", nil), From: "the test"}}, "neither"},
		"missing":                  {tlsconfig.Options{Truststore: store("nowhere", "x")}, "no such file"},
		"a folder":                 {tlsconfig.Options{Truststore: &tlsconfig.Store{Path: dir, From: "the test"}}, "not a regular file"},
		"CA file missing":          {tlsconfig.Options{CAFile: filepath.Join(dir, "nowhere")}, "named by --ca-cert"},
		"CA file without any":      {tlsconfig.Options{CAFile: text}, "no certificate in it"},
		"key with other password":  {tlsconfig.Options{Keystore: store("key.jks", "secret6")}, "its key ca does not open"},
		"keystore without a key":   {tlsconfig.Options{Keystore: store("trust.jks", "secret6")}, "no key in it"},
		"keystore, wrong password": {tlsconfig.Options{Keystore: store("key.p12", "wrong")}, "does not open"},
		"no fingerprint":           {tlsconfig.Options{Fingerprints: []string{"12:34"}}, "no SHA-1 sum"},
		"SSLv3":                    {tlsconfig.Options{Protocols: []string{"SSLv3"}}, `protocol "SSLv3"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tlsconfig.New(c.options)
			var e *tlsconfig.Error
			if !errors.Is(err, tlsconfig.ErrConfiguration) || !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) || e.Hint() == "" {
				t.Fatalf("%v, want an error that says %q", err, c.says)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "wrong") {
				t.Errorf("%q tells a password", err)
			}
			if name == "missing" && !errors.Is(err, fs.ErrNotExist) {
				t.Error("the cause is lost")
			}
		})
	}
}

func TestKeystores(t *testing.T) {
	jks := store("key.jks", "secret6")
	jks.KeyPassword = "secret7"
	for _, s := range []*tlsconfig.Store{store("key.p12", "secret6"), jks} {
		c, err := tlsconfig.New(tlsconfig.Options{Keystore: s})
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
		if err != nil || leaf.Subject.CommonName != "The CA" {
			t.Errorf("%s: %v, %v", s.Path, leaf, err)
		}
	}
}

func TestFingerprint(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	sum := sha1.Sum(server.Certificate().Raw)
	right := strings.ToUpper(hex.EncodeToString(sum[:]))
	other := strings.Repeat("0", 40)
	for _, c := range []struct {
		fingerprints []string
		accepted     bool
	}{{[]string{right}, true}, {[]string{other, right[:2] + ":" + right[2:]}, true}, {[]string{other}, false}} {
		conf, err := tlsconfig.New(tlsconfig.Options{Fingerprints: c.fingerprints})
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Transport: &http.Transport{TLSClientConfig: conf}}
		res, err := client.Get(server.URL)
		if err == nil {
			res.Body.Close()
		}
		if (err == nil) != c.accepted {
			t.Errorf("%v: %v", c.fingerprints, err)
		}
	}
}

func TestProtocolsAndSuites(t *testing.T) {
	c, err := tlsconfig.New(tlsconfig.Options{Protocols: []string{"TLSv1.3"}, CipherSuites: []string{"TLS_RSA_WITH_AES_128_CBC_SHA", " TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "of another world"}})
	if err != nil {
		t.Fatal(err)
	}
	var want []uint16
	for _, s := range tls.CipherSuites() {
		want = append(want, s.ID)
	}
	want = append(want, tls.TLS_RSA_WITH_AES_128_CBC_SHA)
	if diff := cmp.Diff(want, c.CipherSuites); diff != "" || c.MinVersion != tls.VersionTLS13 {
		t.Errorf("from version %x, suites (-want +got):\n%s", c.MinVersion, diff)
	}
}
