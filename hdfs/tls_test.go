package hdfs_test

import (
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/httpclient"
)

// A NameNode, or a DataNode, whose certificate nobody trusts is none that is out of reach: nothing is tried again.
func TestTLSIsNotTriedAgain(t *testing.T) {
	s := hdfstest.NewServer(t)
	behind := &url.URL{Scheme: "http", Host: s.Address}
	secure := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(behind))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	address := secure.Listener.Addr().String()
	fsys := func(t *testing.T, uri string) hdfs.FileSystem {
		f, err := hdfs.New(t.Context(), hdfs.Options{Configuration: hadoop.NewConfiguration(nil), URI: uri, User: "alice", Timeout: shortTimeout})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	check := func(t *testing.T, err error, kind error) {
		t.Helper()
		if !errors.Is(err, kind) || errors.Is(err, hdfs.ErrUnreachable) || hdfs.Retriable(err) {
			t.Errorf("%v, want %v, and nothing to try again", err, kind)
		}
	}
	t.Run("NameNode", func(t *testing.T) {
		_, err := fsys(t, "swebhdfs://"+address).Stat(t.Context(), "/")
		check(t, err, httpclient.ErrUntrusted)
	})
	t.Run("DataNode", func(t *testing.T) {
		f := fsys(t, "webhdfs://"+s.Address)
		if err := f.MkdirAll(t.Context(), "/tmp", fs.ModePerm); err != nil {
			t.Fatal(err)
		}
		s.Faults.Add(faults.Fault{Match: "PUT /webhdfs/v1/tmp/*?op=CREATE", Mode: faults.Answer, Code: 200, Body: `{"Location":"https://` + address + `/webhdfs/v1/tmp/x?op=CREATE"}`, Times: 1})
		_, err := f.Create(t.Context(), "/tmp/x", strings.NewReader("x"), hdfs.CreateOptions{Size: 1})
		check(t, err, httpclient.ErrUntrusted)
	})
	t.Run("no TLS there", func(t *testing.T) {
		_, err := fsys(t, "swebhdfs://"+s.Address).Stat(t.Context(), "/")
		check(t, err, httpclient.ErrScheme)
	})
}
