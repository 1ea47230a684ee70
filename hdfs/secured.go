package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	colinmarc "github.com/colinmarc/hdfs/v2"
	"github.com/colinmarc/hdfs/v2/hadoopconf"

	"github.com/yarnflink/yarnflink/hadoop"
)

// securedTransport is RPC on a cluster with Kerberos, where two things go over
// WebHDFS, which gives delegation tokens there in any case. A rename can't be kept
// from overwriting where the connection is encrypted (see nameNodeConn). And
// colinmarc/hdfs 2.4.0 loses bytes when it reads what is signed or encrypted.
type securedTransport struct {
	transport
	web transport
}

func (t *securedTransport) rename(ctx context.Context, from, to string) error {
	return t.web.rename(ctx, from, to)
}

func (t *securedTransport) open(ctx context.Context, st FileStatus) (io.ReadCloser, error) {
	return t.web.open(ctx, st)
}

func (t *securedTransport) stat(ctx context.Context, op, p string) (FileStatus, error) {
	st, err := t.transport.stat(ctx, op, p)
	return st, t.explain(ctx, op, p, err)
}

func (t *securedTransport) mkdir(ctx context.Context, p string, perm fs.FileMode) error {
	return t.explain(ctx, "make directory", p, t.transport.mkdir(ctx, p, perm))
}

func (t *securedTransport) write(ctx context.Context, p string, src *source, f fileLayout) error {
	return t.explain(ctx, "create", p, t.transport.write(ctx, p, src, f))
}

// explain tells a file that is in the way from a missing right. A NameNode answers
// both alike but for its words, which can't be read on an encrypted connection.
func (t *securedTransport) explain(ctx context.Context, op, p string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	for parent := path.Dir(p); ; parent = path.Dir(parent) {
		st, statErr := t.transport.stat(ctx, op, parent)
		switch {
		case statErr == nil && !st.IsDir:
			return &operationError{op: op, path: p, kind: ErrNotDirectory, cause: fmt.Errorf("%s is a file", parent)}
		case statErr == nil, parent == "/":
			return err
		}
	}
}

func (t *securedTransport) close() error { return errors.Join(t.transport.close(), t.web.close()) }

// protection are the library's options that say how transfers are secured.
func protection(c *hadoop.Configuration) colinmarc.ClientOptions {
	conf := hadoopconf.HadoopConf{}
	for _, key := range []string{"dfs.data.transfer.protection", "dfs.encrypt.data.transfer"} {
		if v := c.Get(key); v != "" {
			conf[key] = v
		}
	}
	return colinmarc.ClientOptionsFromConf(conf)
}

// servicePrincipal is the NameNodes' as the library wants it, without a realm:
// "nn/_HOST".
func servicePrincipal(c *hadoop.Configuration) (string, error) {
	p := c.Get("dfs.namenode.kerberos.principal")
	if p == "" {
		return "", errors.New("dfs.namenode.kerberos.principal is not set, so that the NameNode can't be asked with Kerberos")
	}
	name, _, _ := strings.Cut(p, "@")
	return name, nil
}
