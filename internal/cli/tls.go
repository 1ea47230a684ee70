package cli

import (
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/internal/tlsconfig"
)

// tls makes what connections to Hadoop and to JobManagers are secured with. h may
// be nil. Files that nothing is secured with need not be there.
func (e *Env) tls(g globalOptions, c *flink.Configuration, h *hadoop.Configuration) (cluster, rest *tls.Config, err error) {
	options := tlsconfig.Options{CAFile: g.CACert}
	if h != nil {
		err = e.hadoopStores(h, &options)
	}
	if err == nil {
		cluster, err = tlsconfig.New(options)
	}
	if err != nil {
		if g.CACert != "" || h == nil || h.WantsHTTPS() {
			return nil, nil, err
		}
		e.logger().Debug("Hadoop's truststore is left aside: the cluster is not talked to by TLS", "error", err)
		options = tlsconfig.Options{}
	}
	options.Keystore = nil // Hadoop's
	if secure, _, _ := c.Bool(flink.RESTSSLEnabled); secure {
		e.restStores(c, &options)
	}
	rest, err = tlsconfig.New(options)
	return cluster, rest, err
}

// hadoopStores adds what ssl-client.xml names; --ca-cert stands for its truststore.
func (e *Env) hadoopStores(h *hadoop.Configuration, o *tlsconfig.Options) error {
	ssl, err := h.SSLClient()
	if err != nil {
		return refuse(err)
	}
	if o.CAFile == "" {
		o.Truststore = e.hadoopStore(ssl.Truststore, ssl.File)
	}
	o.Keystore = e.hadoopStore(ssl.Keystore, ssl.File)
	return nil
}

func (e *Env) hadoopStore(s hadoop.SSLStore, file string) *tlsconfig.Store {
	if s.Location == "" {
		return nil
	}
	return &tlsconfig.Store{Path: e.abs(s.Location), Password: s.Password, KeyPassword: s.KeyPassword, From: fmt.Sprintf("%s (%s)", s.Key, file)}
}

// oldAlgorithms is what JobManagers allow that do not say which suites they do:
// the default of security.ssl.algorithms of Flink 1.17 and older ones.
const oldAlgorithms = "TLS_RSA_WITH_AES_128_CBC_SHA"

// restStores adds what Flink's configuration says about its REST. Its truststore
// stands for all others.
//
// Java: SSLUtils.createRestNettySSLContext; differs: the server's name counts, too,
// unless its fingerprint is given.
func (e *Env) restStores(c *flink.Configuration, o *tlsconfig.Options) {
	if s := e.flinkStore(c, flink.RESTTruststore, flink.RESTTruststorePassword); s != nil {
		o.Truststore, o.NoSystemRoots = s, true
	}
	if mutual, _, _ := c.Bool(flink.RESTSSLAuthentication); mutual {
		if o.Keystore = e.flinkStore(c, flink.RESTKeystore, flink.RESTKeystorePassword); o.Keystore != nil {
			o.Keystore.KeyPassword = c.Text(flink.RESTKeyPassword)
		}
	}
	o.Fingerprints = commaList(c.Text(flink.RESTFingerprint))
	o.Protocols = commaList(c.Text(flink.SSLProtocol))
	if o.CipherSuites = commaList(c.Text(flink.SSLAlgorithms)); o.CipherSuites == nil {
		o.CipherSuites = []string{oldAlgorithms}
	}
}

func (e *Env) flinkStore(c *flink.Configuration, file, password flink.Option) *tlsconfig.Store {
	_, key, _ := c.Effective(file)
	path := c.Text(file)
	if path == "" {
		return nil
	}
	return &tlsconfig.Store{Path: e.abs(path), Password: c.Text(password), From: fmt.Sprintf("%s (%s)", key, c.Origin(key))}
}

func commaList(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
