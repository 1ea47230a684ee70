package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// What a *TLSError is, for errors.Is.
var (
	// ErrUntrusted: the server's certificate is signed by nobody who is trusted, or is for another host.
	ErrUntrusted = errors.New("the server's certificate is not trusted")
	// ErrExpired: the server's certificate is not valid at this time.
	ErrExpired = errors.New("the server's certificate is not valid now")
	// ErrScheme: one side speaks TLS and the other one does not.
	ErrScheme = errors.New("only one side speaks TLS")
	// ErrClientRefused: the server wants a certificate of the client, and not the one it got.
	ErrClientRefused = errors.New("the server refuses this client")
	// ErrHandshake: the two sides could not agree for another reason.
	ErrHandshake = errors.New("no TLS connection")
)

// TLSError is an exchange that came to nothing for TLS. Another try ends in the
// same way. What crypto/tls and crypto/x509 said is found in it by errors.As.
type TLSError struct {
	Addr   string // host:port
	Kind   error  // one of the errors above
	Why    string
	Remedy string
	Err    error
}

func (e *TLSError) Error() string { return e.Addr + ": " + e.Why }

// Unwrap returns the kind and the cause.
func (e *TLSError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Hint says what to do.
func (e *TLSError) Hint() string { return e.Remedy }

// LockedName is the name in the certificates of locked sessions' JobManagers: that
// of no host. Whoever has a session's key looks for it.
const LockedName = "jobmanager.yarnflink"

const (
	remedyCA = "name the CA's certificate as PEM with --ca-cert FILE, or have it in the truststore that Hadoop's ssl-client.xml names " +
		"(ssl.client.truststore.location); for a JobManager in Flink's (security.ssl.rest.truststore)"
	remedyPlain = "the server speaks plain HTTP at this port: correct the address, yarn.http.policy or dfs.http.policy; " +
		"for a JobManager http:// or security.ssl.rest.enabled"
	remedyTLS = "the server speaks TLS at this port: correct the address, yarn.http.policy or dfs.http.policy; " +
		"for a JobManager https:// or security.ssl.rest.enabled: true"
	remedyClient = "it takes only who shows a certificate that it knows: name yours with security.ssl.rest.keystore (and security.ssl.rest.authentication-enabled: true) for a JobManager, " +
		"ssl.client.keystore.location in ssl-client.xml (and hadoop.ssl.require.client.cert) for Hadoop; " + remedyLocked
	remedyLocked = "a locked session is opened by its owner, who names it by its application id (-yid) or name (--session)"
)

// explainTLS makes a *TLSError of what failed for TLS, and leaves other errors as they are.
func explainTLS(u *url.URL, err error) error {
	var certificate *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var remote *net.OpError
	switch {
	case errors.As(err, &certificate):
		return certificateError(u, certificate)
	case errors.Is(err, errTLSAnswer):
		return NewPlainToTLS(u.Host, err)
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &header):
		return &TLSError{Addr: u.Host, Kind: ErrScheme, Why: "it does not speak TLS", Remedy: remedyPlain, Err: err}
	case errors.As(err, &remote) && remote.Op == "remote error" && isAlert(remote, slices.Concat(clientAlerts, handshakeAlerts)):
		return alertError(u, remote)
	}
	return err
}

// NewPlainToTLS is the error of plain HTTP that was sent to a server which wants TLS.
func NewPlainToTLS(addr string, cause error) *TLSError {
	return &TLSError{Addr: addr, Kind: ErrScheme, Why: "it speaks TLS, and was spoken to without", Remedy: remedyTLS, Err: cause}
}

func certificateError(u *url.URL, err *tls.CertificateVerificationError) error {
	e := &TLSError{Addr: u.Host, Kind: ErrUntrusted, Err: err, Remedy: remedyCA}
	var leaf, last *x509.Certificate
	if chain := err.UnverifiedCertificates; len(chain) > 0 {
		leaf, last = chain[0], chain[len(chain)-1]
	}
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name) && slices.Contains(name.Certificate.DNSNames, LockedName):
		e.Kind, e.Why, e.Remedy = ErrClientRefused, "it is the JobManager of a locked session, which takes only who shows the session's key", remedyLocked
	case errors.As(err, &name):
		e.Why = fmt.Sprintf("its certificate is for another host: %v", name)
		e.Remedy = "use the host name that the certificate is for, or have the server's certificate made for this one; for a JobManager security.ssl.rest.cert.fingerprint names the one certificate that is right"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		e.Kind = ErrExpired
		e.Why = fmt.Sprintf("the certificate of %s is valid from %s to %s only", invalid.Cert.Subject, day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter))
		e.Remedy = "have the server's certificate renewed; if it is valid, this machine's clock is wrong"
	case errors.As(err, &authority) && leaf != nil:
		e.Why = fmt.Sprintf("its certificate (%s) is signed by %s, which is not trusted here", leaf.Subject, last.Issuer)
	default:
		e.Why = fmt.Sprintf("its certificate is not accepted: %v", err.Err)
	}
	return e
}

func day(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Alerts that are about the client's certificate, and those of sides that can't
// agree. Others come of a server that ends.
//
// RFC 8446, 6.2.
var (
	clientAlerts    = []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}
	handshakeAlerts = []tls.AlertError{40, 47, 70, 71, 109, 112}
)

// isAlert compares by the text: the type of an alert that was received is not
// exported.
func isAlert(remote *net.OpError, alerts []tls.AlertError) bool {
	return slices.ContainsFunc(alerts, func(a tls.AlertError) bool { return remote.Err.Error() == a.Error() })
}

// alertError reads the server's last word.
func alertError(u *url.URL, remote *net.OpError) error {
	if isAlert(remote, clientAlerts) {
		return &TLSError{Addr: u.Host, Kind: ErrClientRefused, Err: remote, Remedy: remedyClient,
			Why: fmt.Sprintf("it does not accept this client's certificate, or its having none: %v", remote.Err)}
	}
	return &TLSError{Addr: u.Host, Kind: ErrHandshake, Why: fmt.Sprintf("it refuses the TLS connection: %v", remote.Err), Err: remote,
		Remedy: "see which protocols and cipher suites the server allows (security.ssl.protocol and security.ssl.algorithms of a JobManager), whether it asks for a certificate of the client, and its log"}
}
