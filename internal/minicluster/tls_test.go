package minicluster

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/internal/tlsconfig"
)

func TestTLSConfig(t *testing.T) {
	s := testState()
	s.TLS = true
	files := hadoopConfig("/clusters/a", s, 0, nil)
	for _, c := range []struct{ file, key, want string }{
		{"hdfs-site.xml", "dfs.http.policy", "HTTPS_ONLY"},
		{"hdfs-site.xml", "dfs.namenode.https-address", "127.0.0.1:9001"},
		{"hdfs-site.xml", "dfs.namenode.http-address", ""},
		{"yarn-site.xml", "yarn.http.policy", "HTTPS_ONLY"},
		{"yarn-site.xml", "yarn.resourcemanager.webapp.https.address", "127.0.0.1:9006"},
		{"hdfs-site.xml", "dfs.data.transfer.protection", ""},
	} {
		if got := files[c.file][c.key]; got != c.want {
			t.Errorf("%s: %s is %q, want %q", c.file, c.key, got, c.want)
		}
	}
	s.Secure, s.DataProtection = true, "privacy"
	hdfs := hadoopConfig("/clusters/a", s, 0, nil)["hdfs-site.xml"]
	if _, testing := hdfs["ignore.secure.ports.for.testing"]; testing || hdfs["dfs.data.transfer.protection"] != "privacy" {
		t.Errorf("secure: protection %q, testing key %t", hdfs["dfs.data.transfer.protection"], testing)
	}
	if got := s.webURL(1); got != "https://localhost:1" {
		t.Errorf("web address %s", got)
	}
}

func TestDataProtectionOptions(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string // of the protection
		says string
	}{
		{Options{Secure: true, TLS: true}, "authentication", ""},
		{Options{Secure: true, TLS: true, DataProtection: "integrity"}, "integrity", ""},
		{Options{Secure: true}, "", ""},
		{Options{TLS: true, DataProtection: "privacy"}, "", "only a cluster that is secure and has TLS"},
		{Options{Secure: true, TLS: true, DataProtection: "some"}, "", "want one of"},
	} {
		c.o.Dir, c.o.CacheDir = t.TempDir(), t.TempDir()
		got, err := c.o.withDefaults()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) || err == nil && got.DataProtection != c.want {
			t.Errorf("%+v: protection %q, %v", c.o, got.DataProtection, err)
		}
	}
}

// What Hadoop's files name is there, for its owner alone, and a second start keeps it.
func TestPrepareTLS(t *testing.T) {
	dir := t.TempDir()
	if err := prepareTLS(dir); err != nil {
		t.Fatal(err)
	}
	if err := writeConfig(dir, hadoopConfig(dir, testState(), 0, nil)); err != nil {
		t.Fatal(err)
	}
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: confDir(dir)})
	if err != nil {
		t.Fatal(err)
	}
	client, err := conf.SSLClient()
	if err != nil {
		t.Fatal(err)
	}
	c, err := tlsconfig.New(tlsconfig.Options{Truststore: &tlsconfig.Store{Path: client.Truststore.Location, Password: client.Truststore.Password}, NoSystemRoots: true})
	if err != nil {
		t.Fatal(err)
	}
	server, err := tlsconfig.New(tlsconfig.Options{Keystore: &tlsconfig.Store{Path: filepath.Join(tlsDir(dir), "server.p12"), Password: client.Truststore.Password}})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(server.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "127.0.0.1"} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: c.RootCAs}); err != nil {
			t.Error(err)
		}
	}
	before, err := os.ReadFile(caPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := prepareTLS(dir); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(caPath(dir)); err != nil || string(after) != string(before) {
		t.Errorf("the second start made another CA (%v)", err)
	}
	for _, path := range []string{caPath(dir), filepath.Join(tlsDir(dir), "server.p12"), filepath.Join(daemonConfDir(dir), "ssl-server.xml"), filepath.Join(confDir(dir), "ssl-client.xml")} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}
