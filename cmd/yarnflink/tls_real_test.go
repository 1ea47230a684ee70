//go:build unix

package main

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

// ownKeys are a keystore and a truststore as Java's own tool makes them, and the sum of the certificate in both.
type ownKeys struct{ keystore, truststore, fingerprint string }

const storePassword = "planted-secret"

func newOwnKeys(t *testing.T, c *minicluster.Cluster, format string) ownKeys {
	t.Helper()
	dir := t.TempDir()
	k := ownKeys{keystore: filepath.Join(dir, "key"), truststore: filepath.Join(dir, "trust")}
	keytool := func(args ...string) string {
		out, err := exec.Command(filepath.Join(c.JavaHome(), "bin", "keytool"), append(args, "-storetype", format, "-storepass", storePassword)...).Output()
		if err != nil {
			t.Fatalf("keytool %v: %v", args, err)
		}
		return string(out)
	}
	keytool("-genkeypair", "-alias", "own", "-keyalg", "RSA", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-keystore", k.keystore, "-keypass", storePassword)
	certificate := keytool("-exportcert", "-rfc", "-alias", "own", "-keystore", k.keystore)
	file := filepath.Join(dir, "own.pem")
	if err := os.WriteFile(file, []byte(certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	keytool("-importcert", "-noprompt", "-alias", "own", "-file", file, "-keystore", k.truststore)
	block, _ := pem.Decode([]byte(certificate))
	sum := sha1.Sum(block.Bytes)
	k.fingerprint = hex.EncodeToString(sum[:])
	return k
}

func set(pairs ...string) []string {
	var args []string
	for i := 0; i < len(pairs); i += 2 {
		args = append(args, "-D", pairs[i]+"="+pairs[i+1])
	}
	return args
}

const (
	sslRest   = "security.ssl.rest."
	sslOn     = sslRest + "enabled"
	sslMutual = sslRest + "authentication-enabled"
)

func (k ownKeys) trust() []string {
	return set(sslRest+"truststore", k.truststore, sslRest+"truststore-password", storePassword)
}

func (k ownKeys) key() []string {
	return set(sslMutual, "true", sslRest+"keystore", k.keystore, sslRest+"keystore-password", storePassword, sslRest+"key-password", storePassword)
}

// A session whose REST is secured as Flink's configuration says, with certificates on both sides, is used with the same
// configuration; what is missing of it is told.
func TestRealSecuredREST(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	for _, format := range []string{"JKS", "PKCS12"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			keys := newOwnKeys(t, m.cluster, format)
			on := set(sslOn, "true")
			all := slices.Concat(on, keys.trust(), keys.key())
			s := m.startSession(t, "-tls-"+strings.ToLower(format), "1", all...)
			if !strings.HasPrefix(s.RestURL, "https://") {
				t.Fatalf("its address is %s", s.RestURL)
			}
			id := s.ApplicationID.String()
			output := m.base + "/counts-" + format
			m.start(t, slices.Concat([]string{"run", "-yid", id}, all, m.wordCount(m.cluster.ExamplesJar(""), output))...).ends(t, 0)
			m.checkCounts(t, output)
			port := s.RestURL[strings.LastIndex(s.RestURL, ":"):]
			for _, c := range []struct {
				args []string
				code int
				says string
			}{
				{[]string{"-yid", id}, 3, "it speaks TLS, and was spoken to without"},
				{slices.Concat([]string{"-yid", id}, on), 3, "which is not trusted here"},
				{slices.Concat([]string{"-yid", id}, on, keys.trust()), 4, "or its having none"},
				{slices.Concat([]string{"-m", "https://127.0.0.1" + port}, all), 3, "for another host"},
				{slices.Concat([]string{"-m", "https://127.0.0.1" + port}, all, set(sslRest+"cert.fingerprint", keys.fingerprint)), 0, ""},
				{slices.Concat([]string{"-m", "localhost" + port}, all), 0, ""},
				{slices.Concat([]string{"-yid", id}, all, set(sslRest+"truststore-password", "another")), 3, "does not open with the password"},
			} {
				r := m.start(t, append([]string{"list", "-v"}, c.args...)...)
				r.ends(t, c.code, c.says)
				if text := r.stdout.String() + r.stderr.String(); strings.Contains(text, storePassword) {
					t.Errorf("%v tells the password:\n%s", c.args, text)
				}
			}
			m.start(t, append([]string{"session", "stop", id}, all...)...).ends(t, 0)
		})
	}
}

// On a cluster that speaks https only, all is as on another one: by the truststore of ssl-client.xml, or the CA as PEM.
func TestLongTLS(t *testing.T) {
	t.Parallel()
	c := clustertest.Own(t, minicluster.Options{TLS: true})
	s := newSecurePlace(t, c, "")
	s.lifeOf(t)
	s.lifeOf(t, "--hdfs-transport", "webhdfs")

	bare := s.withoutTruststore(t)
	bare.start(t, "nodes", "--ca-cert", c.CACert()).ends(t, 0)
	bare.start(t, "nodes").ends(t, 3, "signed by CN=yarnflink minicluster CA, which is not trusted here", "--ca-cert")
	bare.start(t, "dist", "list", "--hdfs-transport", "webhdfs").ends(t, 3, "which is not trusted here")
	plain := s.speakingHTTP(t)
	plain.start(t, "nodes").ends(t, 3, "it speaks TLS, and was spoken to without")
	plain.start(t, "dist", "list", "--hdfs-transport", "webhdfs").ends(t, 3, "it speaks TLS, and was spoken to without")
}

// Kerberos, https, and transfers that are protected in each of the ways; with one of them the session is locked, too, and without
// it is said what that means.
func TestLongSecureTLS(t *testing.T) {
	t.Parallel()
	clustertest.Long(t)
	for _, protection := range []string{"authentication", "integrity", "privacy"} {
		t.Run(protection, func(t *testing.T) {
			c := clustertest.Own(t, minicluster.Options{Secure: true, TLS: true, DataProtection: protection})
			s := newSecurePlace(t, c, minicluster.SecureUsers[0])
			if protection != "privacy" {
				s.lifeOf(t)
				return
			}
			s.lifeOf(t, "--lock")
			s.start(t, append([]string{"session", "-d", "--dry-run"}, s.options...)...).ends(t, 0, "can run code as "+minicluster.SecureUsers[0], "--lock")
		})
	}
}

// securePlace is a cluster, and who uses it: a user with a keytab, or whoever runs the test.
type securePlace struct {
	*place
	options []string
}

func newSecurePlace(t *testing.T, c *minicluster.Cluster, user string) *securePlace {
	t.Helper()
	p := &place{cluster: c, name: fmt.Sprintf("yarnflink-tls-%d", os.Getpid())}
	p.env = append(os.Environ(), "HADOOP_CONF_DIR="+c.HadoopConfDir(), "FLINK_HOME="+c.FlinkHome(""), "XDG_CONFIG_HOME="+t.TempDir())
	s := &securePlace{place: p, options: set("yarn.properties-file.location", t.TempDir())}
	if user != "" {
		p.env = append(p.env, "KRB5_CONFIG="+c.Krb5Config())
		s.options = append(s.options, set("security.kerberos.login.keytab", c.Keytab(user), "security.kerberos.login.principal", user, "security.kerberos.krb5-conf.path", c.Krb5Config())...)
	}
	return s
}

// withConfig is the place with Hadoop's configuration changed.
func (s *securePlace) withConfig(t *testing.T, change func(name, content string) string) *securePlace {
	t.Helper()
	dir := t.TempDir()
	entries, err := os.ReadDir(s.cluster.HadoopConfDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(s.cluster.HadoopConfDir(), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if text := change(e.Name(), string(content)); text != "" {
			if err := os.WriteFile(filepath.Join(dir, e.Name()), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &securePlace{place: s.with("HADOOP_CONF_DIR=" + dir), options: s.options}
}

func (s *securePlace) withoutTruststore(t *testing.T) *securePlace {
	return s.withConfig(t, func(name, content string) string {
		if name == "ssl-client.xml" {
			return ""
		}
		return content
	})
}

func (s *securePlace) speakingHTTP(t *testing.T) *securePlace {
	return s.withConfig(t, func(_, content string) string {
		return strings.NewReplacer("HTTPS_ONLY", "HTTP_ONLY", "webapp.https.address", "webapp.address", "https-address", "http-address").Replace(content)
	})
}

// lifeOf starts a session, runs a job in it, and stops it; nothing is left.
func (s *securePlace) lifeOf(t *testing.T, more ...string) {
	t.Helper()
	line := func(words ...string) []string { return slices.Concat(words, s.options, more) }
	var d submit.Deployment
	s.result(t, &d, line("session", "-d", "-n", "1", "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", s.name)...)
	if want := slices.Contains(more, "--lock"); d.Locked != want {
		t.Errorf("locked: %t, want %t", d.Locked, want)
	}
	id := d.ApplicationID.String()
	var job submit.JobResult
	s.result(t, &job, append(line("run", "-yid", id, "-c", wordCountClass), s.cluster.ExamplesJar(""))...)
	var stopped submit.StopResult
	s.result(t, &stopped, line("session", "stop", id)...)
	if stopped.State != yarn.Finished || !stopped.StagingRemoved {
		t.Errorf("the session is %s, its folder removed: %t", stopped.State, stopped.StagingRemoved)
	}
}
