package hdfs

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/yarnflink/yarnflink/internal/httpclient"
)

// webTransport speaks WebHDFS. Redirects are taken from their answers and never
// followed by the HTTP client: that would send a body twice, or lose it.
type webTransport struct {
	user, realUser string
	timeout        time.Duration
	bases          []string     // of the NameNodes
	active         atomic.Int32 // index of the one that answered last
	http           *http.Client // signs, where there is a login
	unsigned       *http.Client // for addresses that hold a proof themselves
	signed         bool
	lost           lostHosts // of DataNodes
}

func newWebTransport(o Options, t target) *webTransport {
	options := httpclient.Options{Timeout: o.Timeout, NoTimeout: true, MaxBody: -1, Logger: o.Logger, TLS: o.TLS}
	w := &webTransport{
		user: o.User, realUser: o.RealUser, timeout: o.Timeout, bases: t.addresses, signed: o.Login != nil,
		unsigned: httpclient.NewHTTP(options),
	}
	options.Sign = o.Login.Signer()
	w.http = httpclient.NewHTTP(options)
	return w
}

// call is one question to the NameNode.
type call struct {
	op     string // ours, for errors
	path   string
	method string
	query  url.Values
	// once marks what must not be repeated after it may have been processed.
	once bool
}

func (t *webTransport) newCall(op, p, method, webOp string, query ...string) call {
	q := url.Values{"op": {webOp}}
	if t.realUser != "" {
		q.Set("doas", t.user)
	}
	if !t.signed {
		q.Set("user.name", cmp.Or(t.realUser, t.user))
	}
	for i := 0; i+1 < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	return call{op: op, path: p, method: method, query: q}
}

// url returns the address of a call. Each segment of the path is escaped on its
// own; + is, too: some servers decode it as a blank in paths.
func (c call) url(base string) string {
	return base + "/webhdfs/v1" + escapePath(c.path) + "?" + c.query.Encode()
}

func escapePath(p string) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(p))
	for i := 0; i < len(p); i++ {
		switch b := p[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '/', b == '-', b == '_', b == '.', b == '~':
			out = append(out, b)
		default:
			out = append(out, '%', hex[b>>4], hex[b&15])
		}
	}
	return string(out)
}

// webStatus is FileStatus as WebHDFS writes it.
type webStatus struct {
	PathSuffix       string `json:"pathSuffix"`
	Type             string `json:"type"`
	Length           int64  `json:"length"`
	ModificationTime int64  `json:"modificationTime"`
	Permission       string `json:"permission"`
	Owner            string `json:"owner"`
	Group            string `json:"group"`
	Replication      int    `json:"replication"`
	BlockSize        int64  `json:"blockSize"`
}

func (s webStatus) status(p string) (FileStatus, error) {
	bits, err := strconv.ParseUint(s.Permission, 8, 32)
	if err != nil {
		return FileStatus{}, errors.New("status without a permission: " + strconv.Quote(s.Permission))
	}
	return FileStatus{
		Path: p, IsDir: s.Type == "DIRECTORY", Length: s.Length, ModificationTime: s.ModificationTime,
		Permission: fileMode(uint32(bits)), Owner: s.Owner, Group: s.Group,
		Replication: s.Replication, BlockSize: s.BlockSize,
	}, nil
}

func (t *webTransport) stat(ctx context.Context, op, p string) (FileStatus, error) {
	var answer struct{ FileStatus *webStatus }
	c := t.newCall(op, p, http.MethodGet, "GETFILESTATUS")
	if err := t.do(ctx, c, &answer); err != nil {
		return FileStatus{}, err
	}
	if answer.FileStatus == nil {
		return FileStatus{}, &operationError{op: op, path: p, cause: errNotWebHDFS}
	}
	st, err := answer.FileStatus.status(p)
	if err != nil {
		return FileStatus{}, &operationError{op: op, path: p, cause: err}
	}
	return st, nil
}

func (t *webTransport) list(ctx context.Context, p string) ([]FileStatus, error) {
	var answer struct {
		FileStatuses *struct{ FileStatus []webStatus }
	}
	c := t.newCall("list", p, http.MethodGet, "LISTSTATUS")
	if err := t.do(ctx, c, &answer); err != nil {
		return nil, err
	}
	if answer.FileStatuses == nil {
		return nil, &operationError{op: "list", path: p, cause: errNotWebHDFS}
	}
	children := make([]FileStatus, 0, len(answer.FileStatuses.FileStatus))
	for _, s := range answer.FileStatuses.FileStatus {
		// The listing of a file is the file itself, without a name.
		if s.PathSuffix == "" {
			return nil, &operationError{op: "list", path: p, kind: ErrNotDirectory}
		}
		st, err := s.status(path.Join(p, s.PathSuffix))
		if err != nil {
			return nil, &operationError{op: "list", path: p, cause: err}
		}
		children = append(children, st)
	}
	return children, nil
}

// webBool is the answer of operations that WebHDFS lets fail without saying why.
type webBool struct {
	Boolean *bool `json:"boolean"`
}

func (t *webTransport) mkdir(ctx context.Context, p string, perm fs.FileMode) error {
	var answer webBool
	c := t.newCall("make directory", p, http.MethodPut, "MKDIRS", "permission", octalText(perm))
	if err := t.do(ctx, c, &answer); err != nil {
		return err
	}
	if answer.Boolean != nil && !*answer.Boolean {
		return &operationError{op: "make directory", path: p, cause: errors.New("the NameNode answered false")}
	}
	return nil
}

// rename asks for the newer of the two renames: without options WebHDFS moves
// into an existing directory, and answers false where it can't.
func (t *webTransport) rename(ctx context.Context, from, to string) error {
	var answer webBool
	c := t.newCall("rename", from, http.MethodPut, "RENAME", "destination", to, "renameoptions", "NONE")
	c.once = true
	if err := t.do(ctx, c, &answer); err != nil {
		return err
	}
	if answer.Boolean != nil && !*answer.Boolean {
		return &operationError{op: "rename", path: from, cause: errors.New("the NameNode answered false for " + to)}
	}
	return nil
}

func (t *webTransport) remove(ctx context.Context, p string) error {
	c := t.newCall("remove", p, http.MethodDelete, "DELETE", "recursive", "true")
	if err := t.do(ctx, c, nil); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (t *webTransport) chmod(ctx context.Context, p string, perm fs.FileMode) error {
	return t.do(ctx, t.newCall("set permission of", p, http.MethodPut, "SETPERMISSION", "permission", octalText(perm)), nil)
}

func (t *webTransport) home(ctx context.Context) (string, error) {
	const op = "find home directory of user"
	var answer struct{ Path string }
	if err := t.do(ctx, t.newCall(op, "/", http.MethodGet, "GETHOMEDIRECTORY"), &answer); err != nil {
		return "", err
	}
	if !path.IsAbs(answer.Path) {
		return "", &operationError{op: op, path: t.user, cause: errNotWebHDFS}
	}
	return answer.Path, nil
}

// transferClient makes the exchanges of a transfer. A NameNode with Kerberos puts a
// token into the address of the DataNode; a gateway sends us to itself. Who we are
// is proved to nobody else than those we were to ask: the address is whatever the
// answer says.
func (t *webTransport) transferClient(to *url.URL) *http.Client {
	known := slices.ContainsFunc(t.bases, func(base string) bool {
		u, err := url.Parse(base)
		return err == nil && u.Scheme == to.Scheme && strings.EqualFold(u.Hostname(), to.Hostname())
	})
	if !known || to.Query().Has("delegation") {
		return t.unsigned
	}
	return t.http
}

func (t *webTransport) close() error {
	t.http.CloseIdleConnections()
	t.unsigned.CloseIdleConnections()
	return nil
}

func octalText(perm fs.FileMode) string { return strconv.FormatUint(uint64(octal(perm)), 8) }
