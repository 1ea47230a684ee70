package hdfs_test

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// realTransports opens the shared cluster's HDFS both ways.
func realTransports(t testing.TB, c *minicluster.Cluster) map[hdfs.Transport]func(testing.TB, string) hdfs.FileSystem {
	t.Helper()
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: c.HadoopConfDir()})
	if err != nil {
		t.Fatal(err)
	}
	opener := func(transport hdfs.Transport) func(testing.TB, string) hdfs.FileSystem {
		return func(t testing.TB, user string) hdfs.FileSystem {
			t.Helper()
			fsys, err := hdfs.New(t.Context(), hdfs.Options{Configuration: conf, User: user, Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { fsys.Close() })
			return fsys
		}
	}
	return map[hdfs.Transport]func(testing.TB, string) hdfs.FileSystem{
		hdfs.RPC: opener(hdfs.RPC), hdfs.WebHDFS: opener(hdfs.WebHDFS),
	}
}

func TestRealConforms(t *testing.T) {
	c := clustertest.ForTest(t)
	for transport, open := range realTransports(t, c) {
		t.Run(string(transport), func(t *testing.T) {
			hdfstest.Conformance(t, hdfstest.Target{User: "alice", Other: "bob", Scratch: "/tmp", Open: open})
		})
	}
	t.Run("webhdfs through the proxy", func(t *testing.T) {
		p := hdfstest.NewProxy(t, c.NameNodeWebURL())
		hdfstest.Conformance(t, hdfstest.Target{
			User: "alice", Other: "bob", Scratch: "/tmp",
			Open: func(t testing.TB, user string) hdfs.FileSystem { return openWeb(t, p.Address, user, 0) },
		})
	})
}

// openWeb opens the WebHDFS at an address.
func openWeb(t testing.TB, address, user string, timeout time.Duration) hdfs.FileSystem {
	t.Helper()
	fsys, err := hdfs.New(context.Background(), hdfs.Options{
		Configuration: hadoop.NewConfiguration(nil), URI: "webhdfs://" + address, User: user, Timeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fsys.Close() })
	return fsys
}

// TestRealMatchesJava compares what we report and read with Hadoop's own client.
func TestRealMatchesJava(t *testing.T) {
	c := clustertest.ForTest(t)
	for transport, open := range realTransports(t, c) {
		t.Run(string(transport), func(t *testing.T) {
			ctx := t.Context()
			fsys := open(t, "alice")
			dir := "/tmp/java-" + string(transport) + fmt.Sprint(time.Now().UnixNano())
			if err := fsys.MkdirAll(ctx, dir, 0o711); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = fsys.RemoveAll(context.Background(), dir) })
			var want strings.Builder
			for _, name := range []string{"Größe +1%.txt", "plain"} {
				content := strings.Repeat(name+"\n", 1000)
				st, err := fsys.Create(ctx, dir+"/"+name, strings.NewReader(content), hdfs.CreateOptions{Permission: 0o640})
				if err != nil {
					t.Fatal(err)
				}
				// The format of -stat: name, length, owner, group, permission, replication, block size, time in ms.
				fmt.Fprintf(&want, "%s %d %s %s %o %d %d %d\n", name, st.Length, st.Owner, st.Group, st.Permission.Perm(), st.Replication, st.BlockSize, st.ModificationTime)
				got, err := c.FS(ctx, "-cat", (&url.URL{Scheme: "hdfs", Host: c.NameNodeRPC(), Path: path.Join(dir, name)}).Path)
				if err != nil || !bytes.Equal([]byte(got), []byte(content)) {
					t.Errorf("Java reads %d bytes of %s, error %v; want %d", len(got), name, err, len(content))
				}
			}
			got, err := c.FS(ctx, "-stat", "%n %b %u %g %a %r %o %Y", dir+"/*")
			if err != nil || got != want.String() {
				t.Errorf("Java sees, error %v:\n%swe see:\n%s", err, got, want.String())
			}
		})
	}
}
