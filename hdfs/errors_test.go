package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
)

func TestExceptionKind(t *testing.T) {
	for _, tt := range []struct {
		class, message string
		want           error
	}{
		{"java.io.FileNotFoundException", "", fs.ErrNotExist},
		{"org.apache.hadoop.fs.FileAlreadyExistsException", "", fs.ErrExist},
		{"org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException", "", fs.ErrExist},
		{"org.apache.hadoop.security.AccessControlException", "Permission denied: user=bob", fs.ErrPermission},
		{"org.apache.hadoop.security.AccessControlException", "/a (is not a directory)", ErrNotDirectory},
		{"org.apache.hadoop.security.AccessControlException", "SIMPLE authentication is not enabled.  Available:[TOKEN, KERBEROS]", ErrKerberosRequired},
		{"org.apache.hadoop.hdfs.server.namenode.SafeModeException", "", ErrSafeMode},
		{"org.apache.hadoop.ipc.RetriableException", "org.apache.hadoop.hdfs.server.namenode.SafeModeException: no", ErrSafeMode},
		{"org.apache.hadoop.ipc.RetriableException", "NameNode still not started", errBusy},
		{"org.apache.hadoop.hdfs.protocol.FSLimitException$PathComponentTooLongException", "", fs.ErrInvalid},
		{"org.apache.hadoop.hdfs.protocol.NSQuotaExceededException", "", ErrQuota},
		{"org.apache.hadoop.ipc.StandbyException", "", ErrUnreachable},
		{"java.io.IOException", "Source /a and destination /b must both be directories", fs.ErrExist},
		{"java.io.IOException", "File /a could only be replicated to 0 nodes", ErrTransfer},
		{"java.io.IOException", "something else", nil},
		{"", "", nil},
	} {
		if got := exceptionKind(tt.class, tt.message); got != tt.want {
			t.Errorf("exceptionKind(%q, %q) = %v, want %v", tt.class, tt.message, got, tt.want)
		}
	}
}

func TestRemoteErrorText(t *testing.T) {
	const class = "org.apache.hadoop.security.AccessControlException"
	for _, tt := range []struct {
		name string
		err  *RemoteError
		want string
	}{
		{"stack trace", newRemoteError("stat", "/a", "nn:8020", class, class+": Permission denied\n\tat java.base/x"), "stat /a on nn:8020: AccessControlException: Permission denied"},
		{"no message", newRemoteError("stat", "/a", "", class, ""), "stat /a: AccessControlException"},
		{"no exception", &RemoteError{Op: "stat", Path: "/a", kind: fs.ErrNotExist}, "stat /a: file does not exist"},
		{"message only", &RemoteError{Op: "stat", Path: "/a", Message: "HTTP status 500"}, "stat /a: HTTP status 500"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestRetriable(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{ErrUnreachable, true},
		{fmt.Errorf("stage: %w", ErrSafeMode), true},
		{newRemoteError("create", "/a", "", "org.apache.hadoop.hdfs.server.namenode.NotReplicatedYetException", ""), true},
		{&operationError{kind: ErrTransfer, cause: io.EOF}, true},
		{&operationError{kind: ErrTransfer, cause: context.Canceled}, false},
		{&operationError{cause: context.DeadlineExceeded}, false},
		{&operationError{cause: &sourceError{errors.New("disk on fire")}}, false},
		{ErrQuota, false},
		{fs.ErrPermission, false},
	} {
		if got := Retriable(tt.err); got != tt.want {
			t.Errorf("Retriable(%v) = %t, want %t", tt.err, got, tt.want)
		}
	}
}

func TestPlainText(t *testing.T) {
	page := "<html><head><title>x</title></head><body><h2>HTTP ERROR 401</h2><p>Authentication&nbsp;required</p></body></html>"
	if got, want := plainText([]byte(page)), "HTTP ERROR 401 Authentication required"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
