package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// crowd is a ResourceManager with ten thousand applications, 20 MB of JSON, that filters nothing, as old ones do. It tells the
// most memory that was in use while it wrote, that of the command included, and what it was asked for.
type crowd struct {
	behind http.Handler
	mine   string // what stands between the applications of others
	most   int64
	asked  url.Values
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/ws/v1/cluster/apps" {
		c.behind.ServeHTTP(w, r)
		return
	}
	c.asked = r.URL.Query()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"apps":{"app":[`+c.mine)
	note := strings.Repeat("x", 2000)
	for i := range 10000 {
		user, state := "bob", "RUNNING"
		if i%2 == 0 {
			user, state = "alice", "FINISHED"
		}
		fmt.Fprintf(w, `,{"id":"application_1_%04d","user":%q,"state":%q,"name":"etl","applicationType":"Apache Flink","note":%q}`, i+1, user, state, note)
		if i%1000 == 999 {
			c.most = max(c.most, inUse())
		}
	}
	_, _ = io.WriteString(w, `]}}`)
}

func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestAmongThousandsOfApplications(t *testing.T) {
	f := newFakeCluster(t)
	if code := <-sit(t, f, false, "session -nm etl -d").exit; code != exitDone {
		t.Fatalf("start: exit code %d", code)
	}
	real, err := url.Parse(f.yarn.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{behind: httputil.NewSingleHostReverseProxy(real), mine: fmt.Sprintf(
		`{"id":"application_1700000000000_0001","user":"alice","state":"RUNNING","name":"etl","applicationType":"Apache Flink","amRPCAddress":%q}`, f.rest.Address())}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	f.yarn.URL = server.URL // for the configuration
	if err := f.setup(&testscript.Env{WorkDir: dir, Values: map[any]any{}}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ps", "list", "status etl", "list --session etl"} {
		var stdout, stderr bytes.Buffer
		c.most, c.asked = 0, nil
		before := inUse()
		code := Run(context.Background(), Env{
			Args:   append(append([]string{"yarnflink"}, strings.Fields(line)...), "--flink-home", filepath.Join(dir, "flink"), "--hadoop-conf", filepath.Join(dir, "hadoop")),
			Stdout: &stdout, Stderr: &stderr, User: "alice", UID: os.Getuid(), Dir: dir,
		})
		if code != exitDone || strings.Contains(stdout.String(), "application_1_") || strings.Count(stdout.String(), "\n") > 20 {
			t.Errorf("%s: exit code %d\n%s%s", line, code, &stdout, &stderr)
		}
		if limit := int64(8 << 20); c.most == 0 || c.most-before > limit {
			t.Errorf("%s: %d bytes more in use, want at most %d", line, c.most-before, limit)
		}
		if c.asked.Get("user") != "alice" || !strings.Contains(c.asked.Get("states"), "RUNNING") || strings.Contains(c.asked.Get("states"), "FINISHED") {
			t.Errorf("%s: the server is asked to filter %v", line, c.asked)
		}
	}
}
