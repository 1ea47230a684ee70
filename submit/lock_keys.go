package submit

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/sync/errgroup"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	// lockServerName is the name in the certificate of every locked JobManager: its
	// host is not known before it runs, and nobody but the session's CA has signed it.
	lockServerName = httpclient.LockedName
	// lockKeyBits and RSA are what Flink's default cipher suites, and Java of any
	// age, can use.
	lockKeyBits = 2048
	// lockLife is longer than any session's; clockSkew is what the clocks of the
	// machines may differ by.
	lockLife  = 20 * 365 * 24 * time.Hour
	clockSkew = 48 * time.Hour
)

// lockKeys are what one locked session and its owner are known to each other by.
// The CA's own key is gone once they are made.
type lockKeys struct {
	// password opens the two stores.
	password string
	// keystore and truststore are the JobManager's, as PKCS12.
	keystore, truststore []byte
	// client is the owner's half, as PEM: his certificate with its key, and the CA's.
	client []byte
}

func newLockKeys(id yarn.ApplicationID, now time.Time) (*lockKeys, error) {
	keys := make([]*rsa.PrivateKey, 3) // the CA's, the JobManager's, the owner's
	var group errgroup.Group
	for i := range keys {
		group.Go(func() (err error) {
			keys[i], err = rsa.GenerateKey(rand.Reader, lockKeyBits)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("make the keys of %s: %w", id, err)
	}
	signer := lockSigner{id: id, now: now, key: keys[0]}
	var err error
	if signer.ca, err = signer.sign(keys[0], &x509.Certificate{IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign}); err != nil {
		return nil, err
	}
	server, err := signer.sign(keys[1], &x509.Certificate{DNSNames: []string{lockServerName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	if err != nil {
		return nil, err
	}
	client, err := signer.sign(keys[2], &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return nil, err
	}
	return signer.pack(server, keys[1], client, keys[2])
}

// lockSigner is the CA of one session.
type lockSigner struct {
	id  yarn.ApplicationID
	now time.Time
	ca  *x509.Certificate // nil before it has signed itself
	key *rsa.PrivateKey
}

func (s *lockSigner) sign(key *rsa.PrivateKey, c *x509.Certificate) (*x509.Certificate, error) {
	role := "owner"
	switch {
	case c.IsCA:
		role = "CA"
	case len(c.DNSNames) > 0:
		role = "JobManager"
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	c.SerialNumber, c.Subject = serial, pkix.Name{CommonName: role + " of " + s.id.String(), Organization: []string{"yarnflink"}}
	c.NotBefore, c.NotAfter = s.now.Add(-clockSkew), s.now.Add(lockLife)
	if !c.IsCA {
		c.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	}
	ca := s.ca
	if ca == nil {
		ca = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, ca, key.Public(), s.key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate of the %s: %w", c.Subject.CommonName, err)
	}
	return x509.ParseCertificate(der)
}

// pack writes the halves as each side reads them: Java of any age PKCS12 with
// these ciphers. What guards them are the files' permissions.
func (s *lockSigner) pack(server *x509.Certificate, serverKey *rsa.PrivateKey, client *x509.Certificate, clientKey *rsa.PrivateKey) (*lockKeys, error) {
	k := &lockKeys{password: rand.Text()}
	var err error
	if k.keystore, err = pkcs12.LegacyDES.Encode(serverKey, server, []*x509.Certificate{s.ca}, k.password); err != nil {
		return nil, fmt.Errorf("make the keystore of %s: %w", s.id, err)
	}
	if k.truststore, err = pkcs12.LegacyDES.EncodeTrustStore([]*x509.Certificate{s.ca}, k.password); err != nil {
		return nil, fmt.Errorf("make the truststore of %s: %w", s.id, err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(clientKey)
	if err != nil {
		return nil, fmt.Errorf("make the owner's key of %s: %w", s.id, err)
	}
	for _, block := range []pem.Block{{Type: "CERTIFICATE", Bytes: client.Raw}, {Type: "PRIVATE KEY", Bytes: key}, {Type: "CERTIFICATE", Bytes: s.ca.Raw}} {
		k.client = append(k.client, pem.EncodeToMemory(&block)...)
	}
	return k, nil
}

// openLock makes of the owner's half what his connections are secured with: the
// session's CA alone is trusted, for the one name, whatever the host is.
func openLock(client []byte) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(client, client)
	if err != nil {
		return nil, err
	}
	if len(pair.Certificate) != 2 {
		return nil, errors.New("it holds other certificates than the owner's and the CA's")
	}
	ca, err := x509.ParseCertificate(pair.Certificate[1])
	if err != nil {
		return nil, err
	}
	pair.Certificate = pair.Certificate[:1]
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: lockServerName, Certificates: []tls.Certificate{pair}}, nil
}
