package minicluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// dataProtections are the values of dfs.data.transfer.protection, the first one the default of a secure cluster with TLS.
var dataProtections = []string{"authentication", "integrity", "privacy"}

// certificateLife is long enough for a cluster that is kept.
const certificateLife = 10 * 365 * 24 * time.Hour

// overTLS changes the configuration of a cluster into that of one whose web servers speak https only, at the same addresses.
func overTLS(s state, files map[string]properties) {
	for file, addresses := range map[string]map[string]string{
		"hdfs-site.xml": {
			"dfs.namenode.http-address": "dfs.namenode.https-address", "dfs.journalnode.http-address": "dfs.journalnode.https-address",
			"dfs.datanode.http.address": "dfs.datanode.https.address",
		},
		"yarn-site.xml": {
			"yarn.resourcemanager.webapp.address": "yarn.resourcemanager.webapp.https.address",
			"yarn.nodemanager.webapp.address":     "yarn.nodemanager.webapp.https.address",
		},
	} {
		for from, to := range addresses {
			for key, value := range maps.Clone(files[file]) {
				if of, ok := strings.CutPrefix(key, from); ok { // of is the suffix of one of several
					files[file][to+of] = value
					delete(files[file], key)
				}
			}
		}
	}
	files["hdfs-site.xml"]["dfs.http.policy"] = "HTTPS_ONLY"
	files["yarn-site.xml"]["yarn.http.policy"] = "HTTPS_ONLY"
	if s.Secure {
		// Secured transfers and https are what a DataNode may have instead of ports below 1024.
		delete(files["hdfs-site.xml"], "ignore.secure.ports.for.testing")
		files["hdfs-site.xml"]["dfs.data.transfer.protection"] = s.DataProtection
	}
}

// prepareTLS makes the cluster's CA, the certificate of its servers, and the files by which Hadoop finds both. A cluster that is
// started again keeps its CA.
func prepareTLS(dir string) error {
	if _, err := os.Stat(caPath(dir)); err == nil {
		return nil
	}
	ca, caKey, err := newCertificate(&x509.Certificate{
		Subject: pkix.Name{CommonName: "yarnflink minicluster CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	if err != nil {
		return err
	}
	server, serverKey, err := newCertificate(&x509.Certificate{
		Subject: pkix.Name{CommonName: secureHost}, DNSNames: []string{secureHost}, IPAddresses: []net.IP{net.ParseIP(loopback)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, caKey)
	if err != nil {
		return err
	}
	password := rand.Text()
	keystore, err := pkcs12.Modern.Encode(serverKey, server, []*x509.Certificate{ca}, password)
	if err != nil {
		return err
	}
	truststore, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{ca}, password)
	if err != nil {
		return err
	}
	contents := map[string][]byte{
		filepath.Join(tlsDir(dir), "server.p12"): keystore,
		filepath.Join(tlsDir(dir), "trust.p12"):  truststore,
		caPath(dir):                              pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}),
	}
	for path, p := range sslFiles(dir, password) {
		if contents[path], err = p.xml(); err != nil {
			return err
		}
	}
	// The CA's certificate is last: it tells that all are there.
	paths := slices.DeleteFunc(slices.Sorted(maps.Keys(contents)), func(path string) bool { return path == caPath(dir) })
	for _, path := range append(paths, caPath(dir)) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, contents[path], 0o600); err != nil {
			return err
		}
	}
	return nil
}

// sslFiles are what Hadoop's servers and clients are told, by path. The servers' is nothing for clients.
func sslFiles(dir, password string) map[string]properties {
	server, client := properties{}, properties{}
	for _, p := range []struct {
		properties
		prefix, store, file string
	}{
		{server, "ssl.server.", "keystore", "server.p12"}, {server, "ssl.server.", "truststore", "trust.p12"}, {client, "ssl.client.", "truststore", "trust.p12"},
	} {
		p.properties[p.prefix+p.store+".location"] = filepath.Join(tlsDir(dir), p.file)
		p.properties[p.prefix+p.store+".password"] = password
		p.properties[p.prefix+p.store+".type"] = "PKCS12"
	}
	server["ssl.server.keystore.keypassword"] = password
	return map[string]properties{
		filepath.Join(daemonConfDir(dir), "ssl-server.xml"): server,
		filepath.Join(confDir(dir), "ssl-client.xml"):       client,
	}
}

// newCertificate makes a certificate that ca signs, or, with a nil one, that signs itself.
func newCertificate(template, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, nil, err
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(certificateLife)
	if ca == nil {
		ca, caKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make the certificate of %s: %w", template.Subject, err)
	}
	certificate, err := x509.ParseCertificate(der)
	return certificate, key, err
}

// CACert is the file with the CA of a cluster with TLS, "" for another one.
func (c *Cluster) CACert() string {
	if !c.state.TLS {
		return ""
	}
	return caPath(c.dir)
}

// TLS trusts the CA of a cluster with TLS; it is nil for another one.
func (c *Cluster) TLS() (*tls.Config, error) {
	if !c.state.TLS {
		return nil, nil
	}
	return trustOwnCA(c.dir)
}

func trustOwnCA(dir string) (*tls.Config, error) {
	content, err := os.ReadFile(caPath(dir))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("%s holds no certificate", caPath(dir))
	}
	return &tls.Config{RootCAs: pool}, nil
}

func tlsDir(dir string) string { return filepath.Join(dir, "tls") }
func caPath(dir string) string { return filepath.Join(tlsDir(dir), "ca.pem") }
