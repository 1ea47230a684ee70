package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/yarnflink/yarnflink/hadoop"
)

// Sentinels for errors.Is, beside fs.ErrNotExist, fs.ErrExist,
// fs.ErrPermission and fs.ErrInvalid.
var (
	// ErrSafeMode: the NameNode refuses changes, for example while it starts.
	ErrSafeMode = errors.New("NameNode is in safe mode")
	// ErrQuota: the directory's quota of names or space is used up.
	ErrQuota = errors.New("quota exceeded")
	// ErrUnreachable: no NameNode, or not the DataNode that is needed, answered in time.
	ErrUnreachable = errors.New("HDFS not reachable")
	// ErrNotDirectory: a directory was needed and a file is there.
	ErrNotDirectory = errors.New("not a directory")
	// ErrTransfer: sending or fetching a file's content broke.
	ErrTransfer = errors.New("data transfer broke")
	// ErrKerberosRequired: the cluster takes no one without a Kerberos ticket.
	ErrKerberosRequired = errors.New("cluster requires Kerberos")
	// ErrClosed: the FileSystem was closed.
	ErrClosed = errors.New("file system is closed")

	errBusy = errors.New("server asks to come back later")
	// errOpenWeb: WebHDFS takes everybody for its static user, though Kerberos is on.
	errOpenWeb = fmt.Errorf("WebHDFS does not ask who one is: %w", fs.ErrPermission)
	// errTicketRefused: the server does not take a ticket.
	errTicketRefused = fmt.Errorf("the server does not take the ticket: %w", fs.ErrPermission)
	// errImpersonation: the RealUser may not act for the User.
	errImpersonation = fmt.Errorf("may not act for another: %w", fs.ErrPermission)
)

// RemoteError is the answer of a NameNode or DataNode that refused. errors.Is
// matches it with the sentinels of this package and of io/fs.
type RemoteError struct {
	// Op is the operation: "stat", "create", ….
	Op string
	// Path is what it was done to.
	Path string
	// Addr is the host:port of the server that answered, "" if unknown.
	Addr string
	// Exception is the Java class, qualified if the server said so; "" where the
	// protocol tells by other means (a missing file is an empty answer).
	Exception string
	// Message is the server's own text without its stack trace.
	Message string

	kind error
}

// Error says operation, path, server and the server's words.
func (e *RemoteError) Error() string {
	text := e.Op + " " + e.Path
	if e.Addr != "" {
		text += " on " + e.Addr
	}
	switch {
	case e.Exception != "" && e.Message != "":
		return text + ": " + simpleName(e.Exception) + ": " + e.Message
	case e.Exception != "":
		return text + ": " + simpleName(e.Exception)
	case e.kind != nil && e.Message != "":
		return fmt.Sprintf("%s: %v: %s", text, e.kind, e.Message)
	case e.kind != nil:
		return fmt.Sprintf("%s: %v", text, e.kind)
	}
	return text + ": " + e.Message
}

// Unwrap returns the sentinel that the answer amounts to, nil if none.
func (e *RemoteError) Unwrap() error { return e.kind }

// Hint says what to do, or "".
func (e *RemoteError) Hint() string { return hint(e.kind) }

// operationError is a failure that no server put in words.
type operationError struct {
	op, path, addr string
	kind           error // a sentinel or nil
	cause          error
}

func (e *operationError) Error() string {
	text := e.op + " " + e.path
	if e.addr != "" {
		text += " on " + e.addr
	}
	switch {
	case e.kind == nil:
		return fmt.Sprintf("%s: %v", text, e.cause)
	case e.cause == nil:
		return fmt.Sprintf("%s: %v", text, e.kind)
	}
	return fmt.Sprintf("%s: %v: %v", text, e.kind, e.cause)
}

func (e *operationError) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// Hint says what to do, or "".
func (e *operationError) Hint() string { return hint(e.kind) }

func hint(kind error) string {
	switch kind {
	case ErrSafeMode:
		return "wait until the NameNode has left safe mode (hdfs dfsadmin -safemode get), or ask the administrator"
	case ErrQuota:
		return "remove files, have the quota raised (hdfs dfs -count -q shows it), or set yarn.staging-directory to a folder with room"
	case ErrUnreachable:
		return "check fs.defaultFS and the dfs.namenode addresses, that HDFS runs, and that this machine reaches the NameNode and the DataNodes under the names they give"
	case ErrTransfer:
		return "see whether the DataNodes are alive and have room (hdfs dfsadmin -report); why one broke off a transfer stands in its log"
	case ErrKerberosRequired:
		return hadoop.RemedyKerberos
	case errOpenWeb:
		return "the NameNode's web side takes everybody for its static user: " + hadoop.RemedyStaticUser
	case errTicketRefused:
		return hadoop.RemedyTicket
	case errImpersonation:
		return hadoop.RemedyProxyUser
	case fs.ErrPermission:
		return "set yarn.staging-directory to a folder that the user may write to, or have the permissions changed"
	}
	return ""
}

// Retriable tells whether the same operation, for Create with a fresh reader,
// may succeed when it is tried again: connections and transfers that broke, a
// DataNode that failed, a NameNode that is starting, in safe mode or changing
// roles. It is false for nil, for contexts that ended, and for everything that
// stays as it is: existence, permissions, quotas, names.
func Retriable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrClosed) {
		return false
	}
	for _, kind := range []error{ErrUnreachable, ErrTransfer, ErrSafeMode, errBusy} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// exceptionKinds maps simple names of Java classes to sentinels.
var exceptionKinds = map[string]error{
	"FileNotFoundException":               fs.ErrNotExist,
	"FileAlreadyExistsException":          fs.ErrExist,
	"AlreadyBeingCreatedException":        fs.ErrExist,
	"AccessControlException":              fs.ErrPermission,
	"AuthorizationException":              errImpersonation,
	"SecurityException":                   fs.ErrPermission,
	"ParentNotDirectoryException":         ErrNotDirectory,
	"PathIsNotDirectoryException":         ErrNotDirectory,
	"InvalidPathException":                fs.ErrInvalid,
	"HadoopIllegalArgumentException":      fs.ErrInvalid,
	"IllegalArgumentException":            fs.ErrInvalid,
	"SafeModeException":                   ErrSafeMode,
	"NSQuotaExceededException":            ErrQuota,
	"DSQuotaExceededException":            ErrQuota,
	"QuotaByStorageTypeExceededException": ErrQuota,
	"QuotaExceededException":              ErrQuota,
	"PathComponentTooLongException":       fs.ErrInvalid,
	"StandbyException":                    ErrUnreachable,
	"ObserverRetryOnActiveException":      ErrUnreachable,
	"ServerNotLeaderException":            ErrUnreachable,
	"RetriableException":                  errBusy,
	"NotReplicatedYetException":           errBusy,
	"LeaseExpiredException":               ErrTransfer,
}

// exceptionKind returns the sentinel for a Java exception, nil if there is none.
func exceptionKind(class, message string) error {
	name := simpleName(class)
	switch {
	// A NameNode that starts, or one of an HA pair, hides the safe mode in a RetriableException.
	case name == "RetriableException" && (strings.Contains(message, "SafeModeException") || strings.Contains(message, "safe mode")):
		return ErrSafeMode
	// Traversing a file is answered as a denied access.
	case name == "AccessControlException" && strings.Contains(message, "is not a directory"):
		return ErrNotDirectory
	case name == "AccessControlException" && strings.Contains(message, "SIMPLE authentication is not enabled"):
		return ErrKerberosRequired
	case name == "SecurityException" && strings.Contains(message, "not authenticated by filter"):
		return errOpenWeb
	// A file renamed onto a directory, or the reverse: Java: FSDirRenameOp.validateRenameOverwrite.
	case strings.Contains(message, "must both be directories") || strings.Contains(message, "must both be files"):
		return fs.ErrExist
	// All DataNodes are excluded, full or gone: another try may find some.
	case strings.Contains(message, "could only be written to") || strings.Contains(message, "could only be replicated to"),
		strings.Contains(message, "Failed to find datanode"): // WebHDFS's word for it
		return ErrTransfer
	}
	return exceptionKinds[name]
}

// simpleName cuts the package, and the outer class, off a Java class name.
func simpleName(class string) string {
	return class[strings.LastIndexAny(class, ".$")+1:]
}

// serverText cuts the stack trace that NameNodes append to their messages, and
// a leading repetition of the exception's class.
func serverText(class, message string) string {
	if i := strings.Index(message, "\n\tat "); i >= 0 {
		message = message[:i]
	}
	message = strings.TrimSpace(message)
	if class != "" {
		message = strings.TrimPrefix(message, class+": ")
	}
	return message
}

func newRemoteError(op, path, addr, class, message string) *RemoteError {
	return &RemoteError{
		Op: op, Path: path, Addr: addr, Exception: class,
		Message: serverText(class, message), kind: exceptionKind(class, message),
	}
}

// ended returns the error of an operation whose context ended, nil while it lives.
func ended(ctx context.Context, op, path string) error {
	if cause := context.Cause(ctx); cause != nil {
		return &operationError{op: op, path: path, cause: cause}
	}
	return nil
}

// sourceError marks an error of the caller's reader: it is never retriable here.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "read the content: " + e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// sizeError is a reader that gave another number of bytes than promised.
type sizeError struct{ want, got int64 }

func (e *sizeError) Error() string {
	if e.got > e.want {
		return fmt.Sprintf("the content is longer than the announced %d bytes", e.want)
	}
	return fmt.Sprintf("the content ended after %d of %d bytes", e.got, e.want)
}

func (e *sizeError) Unwrap() error {
	if e.got < e.want {
		return io.ErrUnexpectedEOF
	}
	return nil
}
