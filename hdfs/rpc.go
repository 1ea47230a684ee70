package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	colinmarc "github.com/colinmarc/hdfs/v2"

	"github.com/yarnflink/yarnflink/kerberos"
)

// rpcTransport speaks Hadoop's RPC by way of colinmarc/hdfs. That library knows
// neither contexts nor deadlines: both act through the connections, which
// rpcClient makes, and a client whose operation was cut is not used again.
type rpcTransport struct {
	user        string
	timeout     time.Duration
	useHostname bool
	homes       string // where home directories are
	login       *kerberos.Login
	principal   string                  // of the NameNodes, with a login
	protection  colinmarc.ClientOptions // how transfers are secured
	pool        *rpcPool
	calls       chan struct{}
	transfers   chan struct{}
}

func newRPCTransport(o Options, t target) *rpcTransport {
	r := &rpcTransport{
		user: o.User, timeout: o.Timeout, homes: "/user", login: o.Login, protection: protection(o.Configuration),
		useHostname: o.Configuration.Bool("dfs.client.use.datanode.hostname"),
		calls:       make(chan struct{}, callClients),
		transfers:   make(chan struct{}, transferClients),
	}
	if prefix := o.Configuration.Get("dfs.user.home.dir.prefix"); strings.HasPrefix(prefix, "/") {
		r.homes = prefix
	}
	r.pool = &rpcPool{transport: r, addresses: t.addresses, busy: map[*rpcClient]struct{}{}}
	return r
}

// do runs one operation on a client of its own. slots bounds how many do.
func (t *rpcTransport) do(ctx context.Context, slots chan struct{}, op, p string, call func(*rpcClient) error) error {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return ended(ctx, op, p)
	}
	c, err := t.pool.get(ctx)
	if err != nil {
		return t.failure(ctx, c, op, p, err)
	}
	c.begin()
	stop := context.AfterFunc(ctx, c.cut)
	err = call(c)
	if !stop() || c.ctx.Err() != nil || broken(err) {
		t.pool.drop(c)
	} else {
		t.pool.put(c)
	}
	return t.failure(ctx, c, op, p, err)
}

func (t *rpcTransport) stat(ctx context.Context, op, p string) (FileStatus, error) {
	var st FileStatus
	err := t.do(ctx, t.calls, op, p, func(c *rpcClient) error {
		info, err := c.Stat(p)
		if err != nil {
			return err
		}
		st, err = statusOf(p, info)
		return err
	})
	return st, err
}

func (t *rpcTransport) list(ctx context.Context, p string) ([]FileStatus, error) {
	var children []FileStatus
	err := t.do(ctx, t.calls, "list", p, func(c *rpcClient) error {
		infos, err := c.ReadDir(p)
		if err != nil {
			return err
		}
		for _, info := range infos {
			st, err := statusOf(path.Join(p, info.Name()), info)
			if err != nil {
				return err
			}
			children = append(children, st)
		}
		return nil
	})
	return children, err
}

func statusOf(p string, info fs.FileInfo) (FileStatus, error) {
	raw, ok := info.Sys().(*colinmarc.FileStatus)
	if !ok {
		return FileStatus{}, fmt.Errorf("status of an unknown form, %T", info.Sys())
	}
	return FileStatus{
		Path: p, IsDir: info.IsDir(), Length: info.Size(),
		ModificationTime: int64(raw.GetModificationTime()),
		Permission:       fileMode(raw.GetPermission().GetPerm()),
		Owner:            raw.GetOwner(), Group: raw.GetGroup(),
		Replication: int(raw.GetBlockReplication()), BlockSize: int64(raw.GetBlocksize()),
	}, nil
}

func (t *rpcTransport) mkdir(ctx context.Context, p string, perm fs.FileMode) error {
	return t.do(ctx, t.calls, "make directory", p, func(c *rpcClient) error {
		return c.Mkdir(p, os.FileMode(octal(perm)))
	})
}

func (t *rpcTransport) rename(ctx context.Context, from, to string) error {
	return t.do(ctx, t.calls, "rename", from, func(c *rpcClient) error {
		guarded := c.guarded.Load()
		err := c.Client.Rename(from, to)
		if err == nil && c.guarded.Load() == guarded {
			return errRenameForm
		}
		return err
	})
}

func (t *rpcTransport) remove(ctx context.Context, p string) error {
	return t.do(ctx, t.calls, "remove", p, func(c *rpcClient) error { return c.RemoveAll(p) })
}

func (t *rpcTransport) chmod(ctx context.Context, p string, perm fs.FileMode) error {
	return t.do(ctx, t.calls, "set permission of", p, func(c *rpcClient) error {
		return c.Chmod(p, os.FileMode(octal(perm)))
	})
}

// home is not asked of the NameNode: Java: DistributedFileSystem.getHomeDirectory.
func (t *rpcTransport) home(context.Context) (string, error) {
	return path.Join(t.homes, t.user), nil
}

func (t *rpcTransport) close() error {
	t.pool.close()
	return nil
}

// broken tells whether a client can't be used any more: all but the answers of
// a server leave its connections in an unknown state.
func broken(err error) bool {
	if err == nil {
		return false
	}
	var remote colinmarc.Error
	if errors.As(err, &remote) {
		return strings.HasPrefix(remote.Desc(), "FATAL")
	}
	_, known := wordless(err)
	return !known
}

// wordless recognizes the answers that the library replaces by errors of package os.
func wordless(err error) (kind error, ok bool) {
	var p *os.PathError
	if !errors.As(err, &p) {
		return nil, false
	}
	for _, kind := range []error{fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, fs.ErrInvalid} {
		if p.Err == kind {
			return kind, true
		}
	}
	return nil, p.Err == syscall.ENOTEMPTY
}

// errLeft tells that a NameNode has ended in the middle of something: the next one
// is to be asked, and nothing is wrong with the way there.
var errLeft = errors.New("the NameNode has closed the connection")

// brokenTransfer marks an error of sending or fetching content.
type brokenTransfer struct{ err error }

func (e *brokenTransfer) Error() string { return e.err.Error() }
func (e *brokenTransfer) Unwrap() error { return e.err }

// failure turns an error of the library into one of this package.
func (t *rpcTransport) failure(ctx context.Context, c *rpcClient, op, p string, err error) error {
	if err == nil {
		return nil
	}
	if over := ended(ctx, op, p); over != nil {
		return over
	}
	var addr, class, message string
	var dialling error
	if c != nil {
		addr, class, message, dialling = c.words()
	}
	var source *sourceError
	var remote colinmarc.Error
	var transfer *brokenTransfer
	switch kind, known := wordless(err); {
	case errors.As(err, &source), errors.Is(err, errRenameForm), errors.Is(dialling, errRenameForm):
		return &operationError{op: op, path: p, cause: firstError(dialling, err)}
	case errors.Is(err, ErrClosed), t.pool.isClosed():
		return &operationError{op: op, path: p, kind: ErrClosed}
	case errors.As(err, &remote):
		return newRemoteError(op, p, addr, remote.Exception(), remote.Message())
	case known:
		return t.worded(op, p, addr, class, message, kind)
	case c != nil && c.wasLeft():
		return &operationError{op: op, path: p, addr: addr, kind: ErrUnreachable, cause: fmt.Errorf("%w: %w", errLeft, err)}
	case errors.As(err, &transfer) && dialling == nil:
		return &operationError{op: op, path: p, kind: ErrTransfer, cause: err}
	case class != "" && errors.Is(exceptionKind(class, message), ErrUnreachable):
		return newRemoteError(op, p, addr, class, message)
	}
	return &operationError{op: op, path: p, addr: addr, kind: ErrUnreachable, cause: firstError(dialling, err)}
}

// worded gives back the server's words to an answer that lost them, if those
// heard last belong to it: the renewal of a lease may have come in between.
func (t *rpcTransport) worded(op, p, addr, class, message string, kind error) error {
	if heard := exceptionKind(class, message); class != "" && (kind == nil || errors.Is(heard, kind) || heard == ErrNotDirectory || heard == ErrKerberosRequired) {
		return newRemoteError(op, p, addr, class, message)
	}
	e := &RemoteError{Op: op, Path: p, Addr: addr, kind: kind}
	switch {
	case kind == nil:
		e.Message = syscall.ENOTEMPTY.Error()
	case kind == fs.ErrPermission:
		e.Message = "user " + t.user + ", the words of the server are not known"
	}
	return e
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// rpcReader reads a file and holds its client until it is closed.
type rpcReader struct {
	t      *rpcTransport
	ctx    context.Context
	c      *rpcClient
	r      *colinmarc.FileReader
	path   string
	stop   func() bool
	failed bool
	closed bool
}

// open takes no slot: a reader may stay open while its owner does other things.
func (t *rpcTransport) open(ctx context.Context, st FileStatus) (io.ReadCloser, error) {
	c, err := t.pool.get(ctx)
	if err != nil {
		return nil, t.failure(ctx, c, "open", st.Path, err)
	}
	c.begin()
	r := &rpcReader{t: t, ctx: ctx, c: c, path: st.Path, stop: context.AfterFunc(ctx, c.cut)}
	if r.r, err = c.Open(st.Path); err != nil {
		r.failed = broken(err)
		err = t.failure(ctx, c, "open", st.Path, err)
		r.giveBack()
		return nil, err
	}
	return r, nil
}

func (r *rpcReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	r.failed = true
	return n, r.t.failure(r.ctx, r.c, "read", r.path, &brokenTransfer{err})
}

func (r *rpcReader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	_ = r.r.Close()
	r.giveBack()
	return nil
}

func (r *rpcReader) giveBack() {
	if !r.stop() || r.failed || r.c.ctx.Err() != nil {
		r.t.pool.drop(r.c)
		return
	}
	r.t.pool.put(r.c)
}
