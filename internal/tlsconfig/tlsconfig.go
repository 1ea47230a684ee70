package tlsconfig

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
)

// Options says whom a client trusts, and how it shows who it is. The zero value
// trusts the system's roots and shows nothing.
type Options struct {
	// CAFile holds certificates as PEM, any number; "" means none.
	CAFile string
	// Truststore is one of Java's; nil means none.
	Truststore *Store
	// NoSystemRoots trusts only the two above.
	NoSystemRoots bool
	// Keystore holds the client's own key and certificate; nil means none.
	Keystore *Store
	// Fingerprints are SHA-1 sums of certificates, as hex digits with or without
	// colons: the server must have one of these, whoever has signed it and whatever
	// name it has. None means that signature and name count.
	Fingerprints []string
	// CipherSuites are Java's names of suites that may be used besides Go's own
	// choice; those that Go does not have are left out.
	CipherSuites []string
	// Protocols are Java's names, "TLSv1.2"; the oldest one is the oldest that is
	// taken. None means Go's own choice, TLS 1.2 and later.
	Protocols []string
}

// New makes the configuration. Its errors are *Error.
func New(o Options) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if c.RootCAs, err = o.roots(); err != nil {
		return nil, err
	}
	if o.Keystore != nil {
		certificate, err := o.Keystore.keyPair()
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{certificate}
	}
	if len(o.Protocols) > 0 {
		if c.MinVersion, err = oldest(o.Protocols); err != nil {
			return nil, err
		}
	}
	c.CipherSuites = suites(o.CipherSuites)
	if len(o.Fingerprints) > 0 {
		return c, pin(c, o.Fingerprints)
	}
	return c, nil
}

// roots are the certificates to trust; nil means the system's.
func (o Options) roots() (*x509.CertPool, error) {
	if o.CAFile == "" && o.Truststore == nil {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !o.NoSystemRoots {
		// A system without any has none to lose.
		if system, err := x509.SystemCertPool(); err == nil {
			pool = system
		}
	}
	var certificates []*x509.Certificate
	if o.CAFile != "" {
		own, err := readPEM(o.CAFile)
		if err != nil {
			return nil, err
		}
		certificates = own
	}
	if o.Truststore != nil {
		trusted, err := o.Truststore.certificates()
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, trusted...)
	}
	for _, c := range certificates {
		pool.AddCert(c)
	}
	return pool, nil
}

// versions are Java's names of protocols. SSLv3 and older are not to be had.
var versions = map[string]uint16{"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

func oldest(names []string) (uint16, error) {
	var known []uint16
	for _, name := range names {
		if v, ok := versions[strings.TrimSpace(name)]; ok {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		return 0, &Error{What: fmt.Sprintf("the protocol %q", strings.Join(names, ",")), Why: "is none that can be spoken", Remedy: "use TLSv1.2 or TLSv1.3"}
	}
	return slices.Min(known), nil
}

// suites are Go's own choice and those with these names; nil where nothing is added.
func suites(names []string) []uint16 {
	var own, added []uint16
	for _, s := range tls.CipherSuites() {
		own = append(own, s.ID)
	}
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !slices.Contains(own, s.ID) && slices.ContainsFunc(names, func(n string) bool { return strings.TrimSpace(n) == s.Name }) {
			added = append(added, s.ID)
		}
	}
	if len(added) == 0 {
		return nil
	}
	return append(own, added...)
}
