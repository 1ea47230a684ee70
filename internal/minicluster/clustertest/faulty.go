package clustertest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/minicluster"
)

// Faulty is a real cluster behind proxies: whoever uses its configuration meets
// the faults, the cluster itself knows nothing of them. HDFS has to be talked to
// by WebHDFS.
type Faulty struct {
	// ResourceManager, HDFS and JobManagers break what passes on the way there.
	ResourceManager, HDFS, JobManagers *faults.Injector
	// Hadoop is the cluster's configuration, Through the one that leads to the proxies.
	Hadoop, Through *hadoop.Configuration

	tb         testing.TB
	properties map[string]string
	mu         sync.Mutex
	proxies    map[string]*url.URL // of JobManagers, by host:port
}

// NewFaulty puts proxies before the cluster that end with the test.
func NewFaulty(tb testing.TB, c *minicluster.Cluster) *Faulty {
	tb.Helper()
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: c.HadoopConfDir()})
	if err != nil {
		tb.Fatal(err)
	}
	f := &Faulty{
		ResourceManager: faults.New(tb), HDFS: faults.New(tb), JobManagers: faults.New(tb),
		Hadoop: conf, tb: tb, proxies: map[string]*url.URL{}, properties: map[string]string{},
	}
	if err := errors.Join(f.hideResourceManagers(), f.hideNameNodes()); err != nil {
		tb.Fatal(err)
	}
	f.Through = conf.With(f.properties)
	return f
}

// hideResourceManagers puts a proxy before each, all with the same faults.
func (f *Faulty) hideResourceManagers() error {
	managers, err := f.Hadoop.ResourceManagers()
	if err != nil {
		return err
	}
	for _, rm := range managers {
		target, err := url.Parse(rm.WebURL)
		if err != nil {
			return err
		}
		f.properties[suffixed("yarn.resourcemanager.webapp.address", rm.ID)] = named(faults.Proxy(f.tb, f.ResourceManager, target, f.rewrite).Host, target.Host)
	}
	return nil
}

// hideNameNodes puts a proxy before the WebHDFS of each, all with the same faults.
func (f *Faulty) hideNameNodes() error {
	root, err := f.Hadoop.DefaultFS()
	if err != nil {
		return err
	}
	names, err := f.Hadoop.NameNodes(root.Host)
	if err != nil {
		return err
	}
	for _, n := range names {
		key := "dfs.namenode.http-address"
		if n.ID != "" {
			key = suffixed(key+"."+root.Host, n.ID)
		}
		f.properties[key] = named(hdfstest.NewProxyWith(f.tb, f.HDFS, "http://"+n.HTTPAddress).Address, n.HTTPAddress)
	}
	return nil
}

// named is a proxy's address with the host name of its server, which tickets are for.
func named(proxy, server string) string {
	host, _, _ := strings.Cut(server, ":")
	return strings.Replace(proxy, "127.0.0.1", host, 1)
}

// suffixed is the key of one of several servers; "" is the only one.
func suffixed(key, id string) string {
	if id == "" {
		return key
	}
	return key + "." + id
}

var registered = regexp.MustCompile(`"amRPCAddress":"([^"]+)"`)

// rewrite leads the client to a proxy instead of the JobManager of a report.
func (f *Faulty) rewrite(res *http.Response) error {
	if !strings.Contains(res.Request.URL.Path, "/cluster/apps") {
		return nil
	}
	body, err := plainBody(res)
	if err != nil {
		return err
	}
	body = registered.ReplaceAllFunc(body, func(m []byte) []byte {
		return []byte(`"amRPCAddress":"` + f.JobManager(string(registered.FindSubmatch(m)[1])) + `"`)
	})
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// plainBody reads an answer's body, which may be compressed.
func plainBody(res *http.Response) ([]byte, error) {
	defer res.Body.Close()
	if res.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(res.Body)
	}
	res.Header.Del("Content-Encoding")
	plain, err := gzip.NewReader(res.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// JobManager returns the host:port of the proxy before the JobManager at host:port.
func (f *Faulty) JobManager(address string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.proxies[address]; !ok {
		f.proxies[address] = faults.Proxy(f.tb, f.JobManagers, &url.URL{Scheme: "http", Host: address}, nil)
	}
	return f.proxies[address].Host
}

// ConfDir writes a folder for HADOOP_CONF_DIR that leads to the proxies.
func (f *Faulty) ConfDir(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	var b strings.Builder
	b.WriteString("<configuration>\n")
	for _, key := range slices.Sorted(maps.Keys(f.properties)) {
		fmt.Fprintf(&b, "<property><name>%s</name><value>%s</value></property>\n", key, f.properties[key])
	}
	b.WriteString("</configuration>\n")
	for _, from := range f.Hadoop.Files() {
		content, err := os.ReadFile(from)
		if err != nil {
			tb.Fatal(err)
		}
		// What stands last counts.
		text := strings.Replace(string(content), "</configuration>", strings.TrimPrefix(b.String(), "<configuration>\n"), 1)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(from)), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

var providing sync.Mutex

// ProvidedLib is a folder in the cluster's HDFS for yarn.provided.lib.dirs: what
// a session of the first Flink version needs. It is written once for all tests,
// so that a start costs no upload of the distribution.
func ProvidedLib(tb testing.TB, c *minicluster.Cluster, caller Caller) string {
	tb.Helper()
	ctx := tb.Context()
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: c.HadoopConfDir()})
	if err != nil {
		tb.Fatal(err)
	}
	files, err := hdfs.New(ctx, hdfs.Options{Configuration: conf, User: caller.User, Login: caller.Login, TLS: caller.TLS})
	if err != nil {
		tb.Fatal(err)
	}
	defer files.Close()
	providing.Lock()
	defer providing.Unlock()
	parent := "/tmp/yarnflink-provided-lib-" + c.FlinkVersions()[0]
	if err := provide(ctx, files, parent, filepath.Join(c.FlinkHome(""), "lib")); err != nil {
		tb.Fatal(err)
	}
	return files.URI() + parent + "/lib"
}

// provide makes the folder beside its place and renames it: another test's
// process may do the same.
func provide(ctx context.Context, files hdfs.FileSystem, parent, from string) error {
	if _, err := files.Stat(ctx, parent); err == nil {
		return nil
	}
	mine := fmt.Sprintf("%s-%d", parent, os.Getpid())
	if err := files.MkdirAll(ctx, mine+"/lib", 0o755); err != nil {
		return err
	}
	for _, pattern := range []string{"flink-dist*.jar", "flink-connector-files*.jar", "log4j-*.jar"} {
		names, err := filepath.Glob(filepath.Join(from, pattern))
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := upload(ctx, files, name, path.Join(mine, "lib", filepath.Base(name))); err != nil {
				return err
			}
		}
	}
	if err := files.Rename(ctx, mine, parent); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return files.RemoveAll(ctx, mine)
}

func upload(ctx context.Context, files hdfs.FileSystem, from, to string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = files.Create(ctx, to, file, hdfs.CreateOptions{})
	return err
}
