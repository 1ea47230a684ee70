package yarn

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/yarnflink/yarnflink/hadoop"
)

// Errors to test for with errors.Is. A *RemoteError matches those that its
// status, exception and message stand for, more than one possibly.
var (
	// ErrApplicationNotFound: the ResourceManager knows no such application, or no more.
	ErrApplicationNotFound = errors.New("application not found")
	// ErrForbidden: who the caller is is known, and may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthorized: the server could not tell who the caller is.
	ErrUnauthorized = errors.New("not authenticated")
	// ErrKerberosRequired: the server asks for Kerberos; it is ErrUnauthorized too.
	ErrKerberosRequired = errors.New("kerberos required")
	// ErrStaticUser: the server takes every caller for its static user, who may
	// not write; it is ErrForbidden too.
	ErrStaticUser = errors.New("static web user cannot write")
	// ErrSubmissionDisabled: the server takes no submissions over REST; it is
	// ErrForbidden too.
	ErrSubmissionDisabled = errors.New("submission over REST is disabled")
	// ErrBadRequest: the server refused what was asked, and would again.
	ErrBadRequest = errors.New("bad request")
	// ErrUnreachable: no ResourceManager answered in the time allowed, or none is active.
	ErrUnreachable = errors.New("resource manager not reachable")
)

// RemoteError is a ResourceManager's refusal.
type RemoteError struct {
	// Op is what was tried and on what: "submit application_1_0001".
	Op string
	// Addr is the base address of the server that answered.
	Addr string
	// Status is HTTP's.
	Status int
	// Exception is the simple name of the Java class, where the server told it.
	Exception string
	// Message is the server's own text, without markup and Java prefix.
	Message string
	// Challenge is the authentication scheme that a 401 asks for: "Negotiate", "PseudoAuth".
	Challenge string
}

// Error returns what was tried, where, and the server's words.
func (e *RemoteError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s answered %d", e.Op, e.Addr, e.Status)
	message := e.Message
	if message == "" {
		message = http.StatusText(e.Status)
	}
	if message != "" {
		b.WriteString(": " + message)
	}
	if e.Exception != "" {
		b.WriteString(" (" + e.Exception + ")")
	}
	return b.String()
}

// Is maps the answer to this package's errors, and a path that the server does
// not have to errors.ErrUnsupported: its release is too old.
func (e *RemoteError) Is(target error) bool {
	switch target {
	case ErrApplicationNotFound:
		// A 404 may also be any IOException; only this class means the application.
		return e.Status == http.StatusNotFound && e.Exception == "NotFoundException"
	case errors.ErrUnsupported:
		return e.Status == http.StatusNotFound && e.Exception == ""
	case ErrForbidden:
		return e.Status == http.StatusForbidden || e.isQueueRefusal()
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrKerberosRequired:
		return e.Status == http.StatusUnauthorized && strings.EqualFold(e.Challenge, "Negotiate")
	case ErrStaticUser:
		return e.Status == http.StatusForbidden && strings.Contains(e.Message, "default static user")
	case ErrSubmissionDisabled:
		return e.Status == http.StatusForbidden && strings.Contains(e.Message, "submission via REST is disabled")
	case ErrBadRequest:
		return e.Status == http.StatusBadRequest
	}
	return false
}

// isQueueRefusal tells a missing right on a queue, which a ResourceManager
// answers as a bad request.
func (e *RemoteError) isQueueRefusal() bool {
	return e.Status == http.StatusBadRequest &&
		(strings.Contains(e.Message, "AccessControlException") || strings.Contains(e.Message, "does not have permission to submit"))
}

// Hint returns what to do about the error, or "".
func (e *RemoteError) Hint() string {
	switch {
	case errors.Is(e, ErrSubmissionDisabled):
		return "set yarn.webapp.enable-rest-app-submissions to true on the ResourceManager"
	case errors.Is(e, ErrStaticUser):
		return "the ResourceManager takes every web user for its static user (hadoop.http.staticuser.user, dr.who): " + hadoop.RemedyStaticUser
	case errors.Is(e, ErrKerberosRequired):
		return hadoop.RemedyKerberos
	case e.Status == http.StatusUnauthorized && strings.EqualFold(e.Challenge, "PseudoAuth"):
		return "the ResourceManager wants a user name and did not take the one sent"
	case e.isQueueRefusal():
		return "ask for the queue's SUBMIT_APPLICATIONS right, or name another queue"
	case errors.Is(e, ErrForbidden) && strings.Contains(e.Message, "GSSException"):
		return "the server does not take the ticket: " + hadoop.RemedyTicket
	case errors.Is(e, ErrForbidden) && e.Exception == "AuthorizationException":
		return hadoop.RemedyProxyUser
	case errors.Is(e, ErrForbidden):
		return "the user needs the application's MODIFY_APP right, or that of the queue's administrators"
	case errors.Is(e, ErrApplicationNotFound):
		return "the ResourceManager forgets ended applications (yarn.resourcemanager.max-completed-applications), and all of them at a restart without a state store"
	case errors.Is(e, errors.ErrUnsupported):
		return "the address is not a ResourceManager's web address (yarn.resourcemanager.webapp.address), or its release lacks this call"
	}
	return ""
}

// UnreachableError says that no ResourceManager could be talked to in the time
// allowed. It is ErrUnreachable; errors.As finds a gateway's answer in it.
type UnreachableError struct {
	// Op is what was tried.
	Op string
	// Addrs are the base addresses that were tried.
	Addrs []string
	// Err is what went wrong last.
	Err error
}

// Error names the addresses and the last cause.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s: no active ResourceManager at %s: %v", e.Op, strings.Join(e.Addrs, ", "), e.Err)
}

// Is tells whether target is ErrUnreachable.
func (e *UnreachableError) Is(target error) bool { return target == ErrUnreachable }

// Unwrap returns the last cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Hint names the addresses and the keys they come from.
func (e *UnreachableError) Hint() string {
	keys := "yarn.resourcemanager.webapp.address or yarn.resourcemanager.hostname"
	if len(e.Addrs) > 1 {
		keys = "yarn.resourcemanager.ha.rm-ids and yarn.resourcemanager.webapp.address.<id> or yarn.resourcemanager.hostname.<id>"
	}
	return fmt.Sprintf("check that %s is a ResourceManager's web address, set by %s in yarn-site.xml (https:// with yarn.http.policy HTTPS_ONLY), and that it runs",
		strings.Join(e.Addrs, " or "), keys)
}
