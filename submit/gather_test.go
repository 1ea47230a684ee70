package submit

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestGather(t *testing.T) {
	w := newWorld(t, worldOptions{yarn: yarntest.Options{
		Conf:  map[string]string{"yarn.resourcemanager.am.global.max-attempts": "5", "yarn.scheduler.maximum-allocation-vcores": "3"},
		Nodes: []yarn.Node{{ID: "n1:1", Host: "n1", State: yarn.NodeRunning, Total: yarn.Resource{MemoryMB: 4096, VCores: 8}}, {ID: "n2:1", Host: "n2", State: yarn.NodeLost, Total: yarn.Resource{MemoryMB: 9999, VCores: 99}}},
	}})
	f, err := w.Gather(t.Context(), w.spec(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	base := "webhdfs://" + w.dfs.Address + "/user/alice"
	if f.User != "alice" || f.StagingBase != base || len(f.Problems)+len(f.Unchecked)+len(f.Warnings) != 0 {
		t.Errorf("%+v", f)
	}
	if len(f.YarnClasspath) == 0 || f.YarnClasspath[0] != "$HADOOP_CONF_DIR" {
		t.Errorf("class path %v", f.YarnClasspath)
	}
	want := Limits{
		MinimumMB:     Figure{128, keyMinimumMB, "the ResourceManager"},
		MaximumMB:     Figure{4096, "yarn.nodemanager.resource.memory-mb", "the largest running node"},
		MaximumVCores: Figure{3, keyMaximumVCores, "the ResourceManager"},
		Attempts:      Figure{5, keyGlobalMaxAttempts, "the ResourceManager"},
		Priority:      Figure{0, keyMaximumPriority, "the default"},
	}
	if f.Limits != want {
		t.Errorf("got  %+v\nwant %+v", f.Limits, want)
	}
	if f.Cluster.HadoopVersion != "3.4.2" || len(f.Cluster.Nodes) != 1 || len(f.Cluster.Scheduler.Queues) != 2 {
		t.Errorf("%+v", f.Cluster)
	}
}

// Where /conf is kept for administrators, the local file counts.
func TestGatherWithoutConf(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.rm.Faults.Add(faults.Fault{Match: "GET /conf", Mode: faults.Answer, Code: http.StatusForbidden, Times: -1})
	f, err := w.Gather(t.Context(), w.spec(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if f.Limits.Attempts != (Figure{2, keyMaxAttempts, hadoop.OriginDefault}) || f.Limits.MinimumMB.Value != 1024 {
		t.Errorf("%+v", f.Limits)
	}
}

func TestGatherFiles(t *testing.T) {
	for _, c := range []struct {
		name, key, value string // @ is the file system's address
		keys             []string
		problem          string
	}{
		{name: "remote ship file", key: "yarn.ship-files", value: "@/data/a.txt", keys: []string{"a.txt"}},
		{name: "with the default authority", key: "yarn.ship-files", value: "webhdfs:///data/a.txt", keys: []string{"a.txt"}},
		{name: "remote ship folder", key: "yarn.ship-files", value: "@/data", problem: "/data is a folder|yarn.provided.lib.dirs"},
		{name: "remote ship file missing", key: "yarn.ship-files", value: "@/data/b.txt", problem: "/data/b.txt"},
		{name: "another kind of file system", key: "yarn.ship-files", value: "s3://bucket/a.txt", problem: "s3://bucket/a.txt"},
		{name: "archive", key: "yarn.ship-archives", value: "@/data/a.zip", keys: []string{"a.zip"}},
		{name: "provided", key: "yarn.provided.lib.dirs", value: "@/flink/lib;@/flink/plugins", keys: []string{"lib/flink-dist-1.20.5.jar", "lib/x.jar", "plugins/p/p.jar"}},
		{name: "provided, with a slash behind it", key: "yarn.provided.lib.dirs", value: "@/flink/lib/", keys: []string{"lib/flink-dist-1.20.5.jar", "lib/x.jar"}},
		{name: "provided missing", key: "yarn.provided.lib.dirs", value: "@/nowhere", problem: "the folder|/nowhere can't be listed|yarn.provided.lib.dirs"},
		{name: "provided is a file", key: "yarn.provided.lib.dirs", value: "@/data/a.txt", problem: "/data/a.txt can't be listed"},
		{name: "provided is local", key: "yarn.provided.lib.dirs", value: "file:///opt/flink/lib", problem: "file:///opt/flink/lib|nodes share"},
		{name: "provided is usrlib", key: "yarn.provided.lib.dirs", value: "@/flink/usrlib", problem: "usrlib belongs to yarn.provided.usrlib.dir"},
		{name: "provided usrlib", key: "yarn.provided.usrlib.dir", value: "@/flink/usrlib", keys: []string{"usrlib/u.jar"}},
		{name: "provided usrlib of another name", key: "yarn.provided.usrlib.dir", value: "@/flink/lib", problem: "yarn.provided.usrlib.dir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			for _, name := range []string{"/data/a.txt", "/data/a.zip", "/flink/lib/flink-dist-1.20.5.jar", "/flink/lib/x.jar", "/flink/plugins/p/p.jar", "/flink/usrlib/u.jar"} {
				w.put(t, "/user/alice"+name, name)
			}
			at := "webhdfs://" + w.dfs.Address + "/user/alice"
			value := strings.ReplaceAll(strings.Replace(c.value, "webhdfs:///", "webhdfs:///user/alice/", 1), "@", at)
			f, err := w.Gather(t.Context(), w.spec(t, map[string]string{c.key: value}))
			if err != nil {
				t.Fatal(err)
			}
			var problems []string
			for _, p := range f.Problems {
				problems = append(problems, p.String())
			}
			if c.problem != "" {
				matchTexts(t, "problem", problems, []string{c.problem})
				return
			}
			matchTexts(t, "problem", problems, nil)
			var keys []string
			for _, file := range slices.Concat(f.Ship, f.Archives, f.ProvidedLib, f.ProvidedUsrLib) {
				keys = append(keys, file.Key)
				if !file.Remote || file.Size == 0 || file.ModificationTime == 0 || !strings.HasPrefix(file.Path, at+"/") {
					t.Errorf("%+v", file)
				}
			}
			if !slices.Equal(keys, c.keys) {
				t.Errorf("got %v, want %v", keys, c.keys)
			}
		})
	}
}

// PUBLIC is what everybody may read, with folders above it that everybody may enter.
func TestGatherPublic(t *testing.T) {
	for _, c := range []struct {
		name string
		path string // what is closed, "" for nothing
		perm fs.FileMode
		want string
	}{
		{name: "all open", want: "lib/a.jar lib/sub/b.jar"},
		{name: "a folder above is closed", path: "/user/alice", perm: 0o750, want: ""},
		{name: "a folder in it is closed", path: "/user/alice/flink/lib/sub", perm: 0o700, want: "lib/a.jar"},
		{name: "a file is closed", path: "/user/alice/flink/lib/a.jar", perm: 0o640, want: "lib/sub/b.jar"},
		{name: "entering is enough for folders", path: "/user/alice/flink", perm: 0o711, want: "lib/a.jar lib/sub/b.jar"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			for _, name := range []string{"a.jar", "sub/b.jar"} {
				w.put(t, "/user/alice/flink/lib/"+name, name)
			}
			dfs := w.files(t)
			for _, dir := range []string{"/user/alice", "/user/alice/flink", "/user/alice/flink/lib", "/user/alice/flink/lib/sub"} {
				if err := dfs.SetPermission(t.Context(), dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if c.path != "" {
				if err := dfs.SetPermission(t.Context(), c.path, c.perm); err != nil {
					t.Fatal(err)
				}
			}
			f, err := w.Gather(t.Context(), w.spec(t, map[string]string{"yarn.provided.lib.dirs": "webhdfs:///user/alice/flink/lib"}))
			if err != nil || len(f.Problems) > 0 {
				t.Fatal(err, f.Problems)
			}
			var public []string
			for _, file := range f.ProvidedLib {
				if file.Public {
					public = append(public, file.Key)
				}
			}
			if got := strings.Join(public, " "); got != c.want {
				t.Errorf("public are %q, want %q", got, c.want)
			}
		})
	}
}

func TestStagingDirectory(t *testing.T) {
	for _, c := range []struct{ name, dir, want, problem string }{
		{name: "home", want: "@/user/alice"},
		{name: "absolute", dir: "/tmp/stage/", want: "@/tmp/stage"},
		{name: "relative to home", dir: "stage", want: "@/user/alice/stage"},
		{name: "an address", dir: "webhdfs://other:9870/stage", want: "webhdfs://other:9870/stage"},
		{name: "an address without authority", dir: "webhdfs:///stage", want: "@/stage"},
		{name: "local", dir: "file:///tmp/stage", problem: "file:///tmp/stage|nodes share"},
		{name: "local, written otherwise", dir: "file:/tmp/stage", problem: "nodes share"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			settings := map[string]string{}
			if c.dir != "" {
				settings["yarn.staging-directory"] = c.dir
			}
			f, err := w.LocalFacts(w.spec(t, settings))
			if err != nil {
				t.Fatal(err)
			}
			if c.problem != "" {
				if len(f.Problems) != 1 {
					t.Fatalf("%v", f.Problems)
				}
				matchTexts(t, "problem", []string{f.Problems[0].String()}, []string{c.problem})
				return
			}
			if want := strings.ReplaceAll(c.want, "@", "webhdfs://"+w.dfs.Address); f.StagingBase != want {
				t.Errorf("got %s, want %s", f.StagingBase, want)
			}
		})
	}
}

func TestStagesBelowTheStagingDirectory(t *testing.T) {
	w := newWorld(t, worldOptions{options: func(o *Options) { o.StagingDirectory = "/tmp/my stage" }})
	d := w.start(t, map[string]string{"yarn.staging-directory": "/tmp/my stage"})
	folder := "/tmp/my stage/.flink/" + d.ApplicationID.String()
	for _, file := range w.dfs.Files() {
		if !strings.HasPrefix(file, folder+"/") {
			t.Errorf("%s is staged", file)
		}
	}
	c := w.rm.Applications()[0].Context.Container
	if got := c.LocalResources["config.yaml"].URL; got != "webhdfs://"+w.dfs.Address+"/tmp/my%20stage/.flink/"+d.ApplicationID.String()+"/config.yaml" {
		t.Errorf("the configuration lies at %s", got)
	}
	if got := c.Environment[envYarnFiles]; got != "webhdfs://"+w.dfs.Address+folder {
		t.Errorf("the folder is %s", got)
	}
	results := w.Kill(t.Context(), []yarn.ApplicationID{d.ApplicationID}, KillOptions{})
	if r := results[0]; r.Err != nil || r.StagingRemoved == nil || !*r.StagingRemoved {
		t.Errorf("%+v", r)
	}
	w.nothingIsLeft(t)
}

func TestLocalFactsOpenNoSocket(t *testing.T) {
	w := newWorld(t, worldOptions{})
	f, err := w.LocalFacts(w.spec(t, map[string]string{"yarn.provided.lib.dirs": "webhdfs:///flink/lib", "yarn.ship-files": "webhdfs:///a.txt"}))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.rm.Faults.Requests()) + len(w.dfs.Faults.Requests()) + len(w.jm.Faults.Requests()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
	unchecked := strings.Join(f.Unchecked, "\n")
	for _, want := range []string{"limits", "queues", "staging folder", "yarn.provided.lib.dirs", "webhdfs:///a.txt"} {
		if !strings.Contains(unchecked, want) {
			t.Errorf("no %s in\n%s", want, unchecked)
		}
	}
	if f.Cluster != nil || f.StagingBase != "webhdfs://"+w.dfs.Address+"/user/alice" {
		t.Errorf("%+v", f)
	}
}

func TestLocalFactsRefusals(t *testing.T) {
	w := newWorld(t, worldOptions{options: func(o *Options) { o.Hadoop = hadoop.NewConfiguration(nil) }})
	f, err := w.Gather(t.Context(), w.spec(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Problems) != 1 || !strings.Contains(f.Problems[0].String(), "no HDFS is configured") || f.Problems[0].Do == "" {
		t.Errorf("%v", f.Problems)
	}
	none := newWorld(t, worldOptions{options: func(o *Options) { o.Hadoop = nil }})
	if _, err := none.Gather(t.Context(), none.spec(t, nil)); !errors.Is(err, ErrNoHadoop) {
		t.Errorf("got %v", err)
	}
	if _, err := w.LocalFacts(SessionSpec{}); err == nil {
		t.Error("an empty spec is taken")
	}
	if _, err := NewClient(Options{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("without a user: %v", err)
	}
}
