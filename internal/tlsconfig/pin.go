package tlsconfig

import (
	"crypto/sha1"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// pin makes the fingerprint of the server's certificate what it is known by. TLS
// itself has the server prove that it holds the certificate's key.
//
// Java: FingerprintTrustManagerFactory of Netty, which looks at nothing else, too.
func pin(c *tls.Config, fingerprints []string) error {
	var known []string
	for _, f := range fingerprints {
		plain := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(f), ":", ""))
		if sum, err := hex.DecodeString(plain); err != nil || len(sum) != sha1.Size {
			return &Error{What: fmt.Sprintf("the fingerprint %q", f), Why: "is no SHA-1 sum of a certificate",
				Remedy: "write the 40 hex digits that `openssl x509 -noout -fingerprint -sha1` prints"}
		}
		known = append(known, plain)
	}
	// What is switched off here is replaced by the comparison: crypto/tls has no
	// other place for it.
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(s tls.ConnectionState) error {
		sum := sha1.Sum(s.PeerCertificates[0].Raw)
		if got := hex.EncodeToString(sum[:]); !slices.Contains(known, got) {
			return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates,
				Err: fmt.Errorf("its fingerprint is %s, and %s is expected", got, strings.Join(known, " or "))}
		}
		return nil
	}
	return nil
}
