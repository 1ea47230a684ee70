package kerberos

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/krberror"
)

// What errors of this package are, for errors.Is.
var (
	// ErrConfiguration: the krb5.conf, keytab or ticket cache can't be used.
	ErrConfiguration = errors.New("the Kerberos configuration can't be used")
	// ErrLogin: there are no valid credentials, or the KDC refuses them.
	ErrLogin = errors.New("not logged in to Kerberos")
	// ErrUnreachable: no KDC answers.
	ErrUnreachable = errors.New("no KDC answers")
)

// Error is a failure with its cause and remedy. errors.Is tells its kind, one of
// the variables above.
type Error struct {
	Op     string // "log in as alice@EXAMPLE.ORG"
	Kind   error
	Why    string // for people
	Remedy string
	Cause  error // may be nil

	code int32 // the KDC's, 0 for none
}

func (e *Error) Error() string {
	text := e.Op
	if e.Why != "" {
		text += ": " + e.Why
	} else if e.Kind != nil {
		text += ": " + e.Kind.Error()
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap makes errors.Is and errors.As see the kind and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Kind, e.Cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// Hint says what to do, or "".
func (e *Error) Hint() string { return e.Remedy }

// answer is what a KDC's error code means to people.
type answer struct{ why, remedy string }

var answers = map[int32]answer{
	errorcode.KDC_ERR_C_PRINCIPAL_UNKNOWN: {"the KDC does not know the principal", "check its spelling and its realm; `klist -kt KEYTAB` shows those of a keytab"},
	errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN: {"the KDC does not know the service", "the cluster's addresses must have the host names that its principals have: check them in Hadoop's configuration, and the realm in [domain_realm] of krb5.conf"},
	errorcode.KDC_ERR_CLIENT_REVOKED:      {"the principal is locked", "have it unlocked by the KDC's administrator"},
	errorcode.KDC_ERR_KEY_EXPIRED:         {"the password has expired", "change it with kpasswd, and make the keytab anew"},
	errorcode.KDC_ERR_PREAUTH_FAILED:      {"the key or password is wrong", "check the password; a keytab has to be made anew when the password was changed, or another keytab was made"},
	errorcode.KDC_ERR_ETYPE_NOSUPP:        {"the KDC has no encryption type in common", "give the principal AES keys, and the keytab too"},
	errorcode.KDC_ERR_WRONG_REALM:         {"the principal is of another realm", "name the principal with its realm"},
	errorcode.KRB_AP_ERR_TKT_EXPIRED:      {"the ticket has expired", "kinit, or use a keytab (security.kerberos.login.keytab)"},
	errorcode.KRB_AP_ERR_SKEW:             {"the clocks are more than 5 minutes apart", "set this machine's clock and the KDC's by NTP"},
}

// gokrb5 hands on what went wrong in the text of its errors only.
var (
	kdcCode   = regexp.MustCompile(`KRB Error: \((\d+)\)`)
	rootCause = regexp.MustCompile(`\[Root cause: (\w+)\]`)
)

// unknownService is the error of a service that the KDC has no principal of, nil
// for others.
func unknownService(err error) *Error {
	var e *Error
	if errors.As(err, &e) && e.code == errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN {
		return e
	}
	return nil
}

// explain tells what an error of gokrb5 means.
func explain(op string, err error) error {
	e := &Error{Op: op, Kind: ErrLogin, Cause: err}
	if m := kdcCode.FindStringSubmatch(err.Error()); m != nil {
		code, _ := strconv.ParseInt(m[1], 10, 32) // digits
		e.code = int32(code)
		if a, known := answers[e.code]; known {
			e.Why, e.Remedy, e.Cause = a.why, a.remedy, fmt.Errorf("KDC error %d", code)
		}
		return e
	}
	cause := ""
	if m := rootCause.FindStringSubmatch(err.Error()); m != nil {
		cause = m[1]
	}
	switch cause {
	case krberror.NetworkingError:
		e.Kind = ErrUnreachable
		e.Remedy = "check the addresses of the realm's KDCs in krb5.conf, and that they are reached from here (port 88)"
	case krberror.DecryptingError:
		a := answers[errorcode.KDC_ERR_PREAUTH_FAILED]
		e.Why, e.Remedy, e.Cause = a.why, a.remedy, nil
	}
	return e
}
