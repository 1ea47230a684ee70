package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"software.sslmate.com/src/go-pkcs12"
)

// scriptOverTLS puts servers that speak https before the ResourceManager, which yarn-site.xml then names, and the JobManager,
// at $JOBMANAGER_TLS, and at $JOBMANAGER_MUTUAL one that wants a certificate. In the folder of the script are then ca.pem, what
// signs them, trust.p12 with it and client.p12 with the key of a client, both with the password storepass; $FINGERPRINT is
// the servers'.
func scriptOverTLS(ts *testscript.TestScript, _ bool, _ []string) {
	c := clusterOf(ts)
	client, key, err := ownCertificate()
	ts.Check(err)
	before := func(behind string, mutual bool) *httptest.Server {
		u, err := url.Parse(behind)
		ts.Check(err)
		s := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(u))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		if mutual {
			s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool()}
			s.TLS.ClientCAs.AddCert(client)
		}
		s.StartTLS()
		ts.Defer(s.Close)
		return s
	}
	rm, jm, mutual := before(c.yarn.URL, false), before(c.rest.URL, false), before(c.rest.URL, true)
	ts.Setenv("JOBMANAGER_TLS", jm.Listener.Addr().String())
	ts.Setenv("JOBMANAGER_MUTUAL", mutual.Listener.Addr().String())
	server := rm.Certificate()
	sum := sha1.Sum(server.Raw)
	ts.Setenv("FINGERPRINT", hex.EncodeToString(sum[:]))
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{server}, "storepass")
	ts.Check(err)
	own, err := pkcs12.Modern.Encode(key, client, nil, "storepass")
	ts.Check(err)
	for name, content := range map[string][]byte{
		"ca.pem":    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Raw}),
		"trust.p12": trust, "client.p12": own,
		"hadoop/yarn-site.xml": []byte("<configuration><property><name>yarn.http.policy</name><value>HTTPS_ONLY</value></property>" +
			"<property><name>yarn.resourcemanager.webapp.https.address</name><value>" + rm.Listener.Addr().String() + "</value></property></configuration>"),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), content, 0o600))
	}
}

// ownCertificate is a client's, which signs itself.
func ownCertificate() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "alice"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	c, err := x509.ParseCertificate(der)
	return c, key, err
}

// What ssl-client.xml names matters only where the cluster is talked to over https.
func TestTLSLeftAside(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files: []string{"testdata/script/nodes_queues.txtar"}, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if err := newFakeCluster(t).setup(env); err != nil {
				return err
			}
			return os.WriteFile(env.WorkDir+"/hadoop/ssl-client.xml", []byte(site("ssl.client.truststore.location", "/nowhere")), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"yarnflink": scriptYarnflink, "exitcode": scriptExitCode, "stop": scriptStop, "fault": scriptFault},
	})
}
