package hdfs

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

func (f *fileSystem) Open(ctx context.Context, p string) (io.ReadCloser, error) {
	const op = "open"
	if err := f.check(ctx, op, p); err != nil {
		return nil, err
	}
	st, err := f.transport.stat(ctx, op, p)
	if err != nil {
		return nil, err
	}
	if st.IsDir {
		return nil, &operationError{op: op, path: p, kind: fs.ErrInvalid, cause: errors.New("it is a directory")}
	}
	r, err := f.transport.open(ctx, st)
	if err != nil {
		return nil, err
	}
	return &wholeReader{ReadCloser: r, path: p, left: st.Length}, nil
}

var errTooMuch = errors.New("more comes than the file has")

// wholeReader doesn't take the end of a connection for the end of a file, and
// nothing behind it for a part of it.
type wholeReader struct {
	io.ReadCloser
	path string
	left int64
}

func (r *wholeReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.left -= int64(n)
	if r.left < 0 {
		return n + int(max(r.left, -int64(n))), &operationError{op: "read", path: r.path, kind: ErrTransfer, cause: errTooMuch}
	}
	if err == io.EOF && r.left > 0 {
		err = &operationError{op: "read", path: r.path, kind: ErrTransfer, cause: io.ErrUnexpectedEOF}
	}
	return n, err
}

// transferError is a failure while content was moved.
func transferError(ctx context.Context, op, p, addr string, err error) error {
	if over := ended(ctx, op, p); over != nil {
		return over
	}
	var source *sourceError
	if errors.As(err, &source) {
		return &operationError{op: op, path: p, cause: err}
	}
	return &operationError{op: op, path: p, addr: addr, kind: ErrTransfer, cause: err}
}
