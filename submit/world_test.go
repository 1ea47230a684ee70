package submit

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// world is a cluster of fakes and a client of it.
type world struct {
	rm   *yarntest.Server
	dfs  *hdfstest.Server
	jm   *resttest.Server
	home string // a distribution
	*Client

	mu       sync.Mutex
	progress []Progress
	// onReport changes an application before a report of it is given; nil lets
	// it run.
	onReport func(yarntest.Application)
}

type worldOptions struct {
	yarn  yarntest.Options
	flink resttest.Options
	// options changes those of the client.
	options func(*Options)
}

func newWorld(t *testing.T, o worldOptions) *world {
	t.Helper()
	w := &world{dfs: hdfstest.NewServer(t), jm: resttest.New(t, o.flink)}
	if o.yarn.AMAddress == "" {
		o.yarn.AMAddress = w.jm.Address()
	}
	w.rm = yarntest.New(t, o.yarn)
	w.rm.Handle(w.report)
	w.home = tree(t, "lib/flink-dist-1.20.5.jar", "lib/flink-cep.jar", "plugins/s3/s3.jar", "conf/log4j.properties", "conf/config.yaml")
	config := "jobmanager.memory.process.size: 1600m\ntaskmanager.memory.process.size: 1728m\n"
	if err := os.WriteFile(filepath.Join(w.home, "conf", "config.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	options := Options{
		Hadoop: hadoop.NewConfiguration(map[string]string{
			"fs.defaultFS":                        "webhdfs://" + w.dfs.Address,
			"yarn.resourcemanager.webapp.address": strings.TrimPrefix(w.rm.URL, "http://"),
		}),
		User: "alice", NoCache: true, RetryFor: time.Second,
		Progress: func(p Progress) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.progress = append(w.progress, p)
		},
	}
	if o.options != nil {
		o.options(&options)
	}
	var err error
	if w.Client, err = NewClient(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// report is what happens at the ResourceManager when a report is asked for.
func (w *world) report(_ http.ResponseWriter, r *http.Request) bool {
	name, ok := strings.CutPrefix(r.URL.Path, "/ws/v1/cluster/apps/")
	if !ok || r.Method != http.MethodGet {
		return false
	}
	for _, a := range w.rm.Applications() {
		switch {
		case a.ID.String() != name || a.State.IsFinal():
		case w.onReport != nil:
			w.onReport(a)
		case a.State != yarn.Running:
			w.rm.SetState(a.ID, yarn.Running)
		}
	}
	return false
}

func (w *world) spec(t *testing.T, settings map[string]string) SessionSpec {
	t.Helper()
	spec, err := NewSessionSpec(w.home, settings)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// start starts a session that has to run.
func (w *world) start(t *testing.T, settings map[string]string) *Deployment {
	t.Helper()
	d, err := w.Start(t.Context(), w.spec(t, settings))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// files is the file system as alice sees it.
func (w *world) files(t *testing.T) hdfs.FileSystem {
	t.Helper()
	f, err := w.fileSystem(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// put writes a file into the file system.
func (w *world) put(t *testing.T, name, content string) {
	t.Helper()
	f := w.files(t)
	if err := f.MkdirAll(t.Context(), name[:strings.LastIndexByte(name, '/')], 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Create(t.Context(), name, strings.NewReader(content), hdfs.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) read(t *testing.T, name string) string {
	t.Helper()
	r, err := w.files(t).Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// nothingIsLeft fails where a file, a folder of an application or a live
// application is.
func (w *world) nothingIsLeft(t *testing.T) {
	t.Helper()
	if files := w.dfs.Files(); len(files) > 0 {
		t.Errorf("files are left: %v", files)
	}
	if list, err := w.files(t).List(context.Background(), "/user/alice/.flink"); err == nil && len(list) > 0 {
		t.Errorf("folders are left: %v", list)
	}
	for _, a := range w.rm.Applications() {
		if !a.State.IsFinal() {
			t.Errorf("%s is left %s", a.ID, a.State)
		}
	}
}
