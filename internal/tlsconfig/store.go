package tlsconfig

import (
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// Store is a keystore or truststore of Java. Its format is told by its content,
// as Java does for its own two, JKS and PKCS12, whatever the type that is
// configured; PEM is read as well.
type Store struct {
	Path string
	// Password opens it. "" reads a JKS truststore without checking it, as Java does.
	Password string
	// KeyPassword opens the key in it; "" means Password.
	KeyPassword string
	// From says who names it: "ssl.client.truststore.location (…/ssl-client.xml)".
	From string
}

// maxStore bounds a file that is read.
const maxStore = 16 << 20

// The beginnings of files.
const (
	magicJKS   = 0xFEEDFEED
	magicJCEKS = 0xCECECECE
	magicPEM   = "-----BEGIN "
)

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxStore+1))
	if err == nil && len(content) > maxStore {
		err = fmt.Errorf("larger than %d bytes", maxStore)
	}
	return content, err
}

// readPEM reads the certificates of --ca-cert.
func readPEM(path string) ([]*x509.Certificate, error) {
	content, err := read(path)
	var certificates []*x509.Certificate
	if err == nil {
		certificates, err = parsePEM(content)
	}
	if err != nil {
		return nil, &Error{What: path, From: "--ca-cert", Err: err, Remedy: "name a file with the certificates of CAs as PEM (-----BEGIN CERTIFICATE-----)"}
	}
	return certificates, nil
}

func parsePEM(content []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for {
		block, rest := pem.Decode(content)
		if block == nil {
			break
		}
		content = rest
		if block.Type != "CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in it")
	}
	return all, nil
}

func (s Store) fail(err error) error {
	e := &Error{What: s.Path, From: s.From, Err: err, Remedy: "correct it, or name the CA's certificate as PEM with --ca-cert"}
	switch {
	case errors.Is(err, errPassword) && s.Password == "":
		e.Why = "has a password, and none is set"
	case errors.Is(err, errPassword):
		e.Why = "does not open with the password that is set, or is damaged"
	}
	return e
}

var errPassword = errors.New("the password is wrong")

// certificates are those that the store marks as trusted.
func (s Store) certificates() ([]*x509.Certificate, error) {
	content, err := read(s.Path)
	if err != nil {
		return nil, s.fail(err)
	}
	var trusted []*x509.Certificate
	switch {
	case strings.HasPrefix(string(content), magicPEM):
		trusted, err = parsePEM(content)
	case isJKS(content):
		trusted, err = s.trustedOfJKS(content)
	case len(content) > 0 && content[0] == 0x30: // a SEQUENCE of ASN.1
		trusted, err = pkcs12.DecodeTrustStore(content, s.Password)
		err = ofPKCS12(err)
	default:
		err = errFormat(content)
	}
	if err == nil && len(trusted) == 0 {
		err = errors.New("no trusted certificate in it")
	}
	if err != nil {
		return nil, s.fail(err)
	}
	return trusted, nil
}

func ofPKCS12(err error) error {
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return errPassword
	}
	return err
}

func errFormat(content []byte) error {
	if len(content) >= 4 && binary.BigEndian.Uint32(content) == magicJCEKS {
		return errors.New("a JCEKS store; convert it: keytool -importkeystore -deststoretype PKCS12")
	}
	return errors.New("it is neither JKS, PKCS12 nor PEM")
}

func isJKS(content []byte) bool {
	return len(content) > sha1.Size && binary.BigEndian.Uint32(content) == magicJKS
}

// openJKS reads a store. The last 20 bytes are a sum over it and the password: an
// error that a store of right form brings is that of the sum.
func openJKS(content []byte, password string) (keystore.KeyStore, error) {
	ks := keystore.New(keystore.WithOrderedAliases())
	err := ks.Load(bytes.NewReader(content), []byte(password))
	if err == nil {
		return ks, nil
	}
	if keystore.New().Load(bytes.NewReader(resealed(content)), nil) == nil {
		return ks, errPassword
	}
	return ks, err
}

// resealed is a JKS store with the sum of no password.
//
// Java: JavaKeyStore.getPreKeyedHash.
func resealed(content []byte) []byte {
	body := content[:len(content)-sha1.Size]
	sum := sha1.New()
	sum.Write([]byte("Mighty Aphrodite"))
	sum.Write(body)
	return sum.Sum(bytes.Clone(body))
}

func (s Store) trustedOfJKS(content []byte) ([]*x509.Certificate, error) {
	if s.Password == "" {
		content = resealed(content) // Java: KeyStore.load with no password
	}
	ks, err := openJKS(content, s.Password)
	if err != nil {
		return nil, err
	}
	var trusted []*x509.Certificate
	for _, alias := range ks.Aliases() {
		if !ks.IsTrustedCertificateEntry(alias) {
			continue
		}
		entry, err := ks.GetTrustedCertificateEntry(alias)
		if err != nil {
			return nil, err
		}
		c, err := x509.ParseCertificate(entry.Certificate.Content)
		if err != nil {
			return nil, fmt.Errorf("its certificate %s: %w", alias, err)
		}
		trusted = append(trusted, c)
	}
	return trusted, nil
}

// keyPair is the store's first key with its certificates.
func (s Store) keyPair() (tls.Certificate, error) {
	content, err := read(s.Path)
	if err != nil {
		return tls.Certificate{}, s.fail(err)
	}
	var pair tls.Certificate
	switch {
	case strings.HasPrefix(string(content), magicPEM):
		pair, err = tls.X509KeyPair(content, content)
	case isJKS(content):
		pair, err = s.keyOfJKS(content)
	case len(content) > 0 && content[0] == 0x30:
		pair, err = s.keyOfPKCS12(content)
	default:
		err = errFormat(content)
	}
	if err != nil {
		return tls.Certificate{}, s.fail(err)
	}
	return pair, nil
}

func (s Store) keyOfPKCS12(content []byte) (tls.Certificate, error) {
	key, leaf, chain, err := pkcs12.DecodeChain(content, s.Password)
	if err != nil {
		return tls.Certificate{}, ofPKCS12(err)
	}
	pair := tls.Certificate{PrivateKey: key, Leaf: leaf, Certificate: [][]byte{leaf.Raw}}
	for _, c := range chain {
		pair.Certificate = append(pair.Certificate, c.Raw)
	}
	return pair, nil
}

func (s Store) keyOfJKS(content []byte) (tls.Certificate, error) {
	ks, err := openJKS(content, s.Password)
	if err != nil {
		return tls.Certificate{}, err
	}
	password := s.KeyPassword
	if password == "" {
		password = s.Password
	}
	for _, alias := range ks.Aliases() {
		if !ks.IsPrivateKeyEntry(alias) {
			continue
		}
		entry, err := ks.GetPrivateKeyEntry(alias, []byte(password))
		if err != nil {
			return tls.Certificate{}, fmt.Errorf("its key %s does not open with the password that is set: %w", alias, err)
		}
		key, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
		if err != nil {
			return tls.Certificate{}, fmt.Errorf("its key %s: %w", alias, err)
		}
		pair := tls.Certificate{PrivateKey: key}
		for _, c := range entry.CertificateChain {
			pair.Certificate = append(pair.Certificate, c.Content)
		}
		return pair, nil
	}
	return tls.Certificate{}, errors.New("no key in it")
}
