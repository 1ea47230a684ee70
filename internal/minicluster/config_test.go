package minicluster

import (
	"encoding/xml"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/hadoop"
)

func contains(err error, part string) bool { return strings.Contains(err.Error(), part) }

func testState() state {
	s := state{
		HadoopVersion: "3.4.2",
		FlinkVersions: []string{"1.20.5", "2.2.1"},
		JavaHome:      "/opt/java",
		User:          "alice",
		Distributions: Distributions{
			HadoopLib:   "/cache/hadoop-3.4.2/lib",
			FlinkHomes:  map[string]string{"1.20.5": "/cache/flink-1.20.5/home", "2.2.1": "/cache/flink-2.2.1/home"},
			ExampleJars: map[string]string{"1.20.5": "/cache/a.jar", "2.2.1": "/cache/b.jar"},
			JavaHomes:   map[string]string{},
		},
		Processes: map[string]identity{},
		Formatted: true,
	}
	for i, port := range s.Ports.all() {
		*port = 9000 + i
	}
	return s
}

func TestHadoopConfig(t *testing.T) {
	extra := map[string]map[string]string{
		"yarn-site.xml": {
			"yarn.resourcemanager.am.max-attempts":     "4",
			"yarn.nodemanager.resource.memory-mb":      "1024",
			"yarn.scheduler.maximum-allocation-vcores": "",
		},
	}
	files := hadoopConfig("/clusters/a", testState(), 1500*time.Millisecond, extra)
	tests := []struct{ file, key, want string }{
		{"core-site.xml", "fs.defaultFS", "hdfs://127.0.0.1:9000"},
		{"hdfs-site.xml", "dfs.namenode.http-address", "127.0.0.1:9001"},
		{"hdfs-site.xml", "dfs.namenode.name.dir", "file:///clusters/a/dfs/name"},
		{"hdfs-site.xml", "dfs.replication", "1"},
		{"yarn-site.xml", "yarn.resourcemanager.webapp.address", "127.0.0.1:9006"},
		{"yarn-site.xml", "yarn.nodemanager.local-dirs", "/clusters/a/nm-local"},
		{"yarn-site.xml", "yarn.nodemanager.delete.debug-delay-sec", "1"},
		{"yarn-site.xml", "yarn.application.classpath", "/clusters/a/conf,/cache/hadoop-3.4.2/lib/*"},
		{"yarn-site.xml", "yarn.resourcemanager.am.max-attempts", "4"},
		{"yarn-site.xml", "yarn.nodemanager.resource.memory-mb", "1024"},
		{"yarn-site.xml", "yarn.scheduler.maximum-allocation-vcores", ""},
		{"capacity-scheduler.xml", "yarn.scheduler.capacity.root.queues", "default,etl,closed"},
		{"capacity-scheduler.xml", "yarn.scheduler.capacity.root.etl.state", "RUNNING"},
		{"capacity-scheduler.xml", "yarn.scheduler.capacity.root.closed.state", "STOPPED"},
	}
	for _, test := range tests {
		if got := files[test.file][test.key]; got != test.want {
			t.Errorf("%s: %s = %q, want %q", test.file, test.key, got, test.want)
		}
	}
	if _, set := files["yarn-site.xml"]["yarn.scheduler.maximum-allocation-vcores"]; set {
		t.Error("a property with an empty value was not removed")
	}
}

func TestHadoopConfigLeavesAttemptsToHadoop(t *testing.T) {
	files := hadoopConfig("/clusters/a", testState(), 0, nil)
	if value, set := files["yarn-site.xml"]["yarn.resourcemanager.am.max-attempts"]; set {
		t.Errorf("yarn.resourcemanager.am.max-attempts = %q, want it unset", value)
	}
}

func TestWriteConfig(t *testing.T) {
	dir := t.TempDir()
	want := properties{"a<b": "1 & 2", "c": "hdfs://127.0.0.1:1"}
	if err := writeConfig(dir, map[string]properties{"core-site.xml": want}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "conf", "core-site.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var parsed configurationXML
	if err := xml.Unmarshal(content, &parsed); err != nil {
		t.Fatal(err)
	}
	got := properties{}
	for _, p := range parsed.Properties {
		got[p.Name] = p.Value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("properties read back (-want +got):\n%s", diff)
	}
	for _, path := range []string{"conf/log4j.properties", "daemon/log4j.properties", "daemon/webapps/hdfs/WEB-INF/web.xml"} {
		if _, err := os.Stat(filepath.Join(dir, path)); err != nil {
			t.Error(err)
		}
	}
}

func TestStateReadsBack(t *testing.T) {
	dir := t.TempDir()
	want := testState()
	want.Processes[NameNode] = identity{PID: 12, StartTicks: 34, BootID: "x"}
	if err := want.write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := readState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state read back (-want +got):\n%s", diff)
	}
}

func TestReadStateErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := readState(dir); !errors.Is(err, ErrNoCluster) {
		t.Errorf("empty folder: %v, want ErrNoCluster", err)
	}
	if err := os.WriteFile(filepath.Join(dir, stateName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readState(dir); err == nil || errors.Is(err, ErrNoCluster) {
		t.Errorf("damaged file: %v, want an error that is not ErrNoCluster", err)
	}
}

func TestFreePortsAreDistinct(t *testing.T) {
	p, err := freePorts()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range p.all() {
		if *port == 0 || seen[*port] {
			t.Errorf("port %d is zero or given twice in %+v", *port, p)
		}
		seen[*port] = true
	}
}

func TestOptionsNameAllProblems(t *testing.T) {
	o := Options{
		HadoopVersion:    "3.4.2; rm",
		FlinkVersions:    []string{"../1"},
		HadoopProperties: map[string]map[string]string{"mapred-site.xml": {"a": "b"}},
	}
	_, err := o.withDefaults()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`"3.4.2; rm"`, `"../1"`, `"mapred-site.xml"`} {
		if !contains(err, want) {
			t.Errorf("error %q does not name %s", err, want)
		}
	}
}

func TestClusterAccessors(t *testing.T) {
	dir := t.TempDir()
	if err := testState().write(dir); err != nil {
		t.Fatal(err)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.RMWebURL(), c.NameNodeRPC(), c.NameNodeWebURL(), c.FlinkHome(""), c.FlinkHome("2.2.1"), c.FlinkHome("1.0"), c.ExamplesJar("2.2.1"), c.User()}
	want := []string{"http://127.0.0.1:9006", "127.0.0.1:9000", "http://127.0.0.1:9001", "/cache/flink-1.20.5/home", "/cache/flink-2.2.1/home", "", "/cache/b.jar", "alice"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accessors (-want +got):\n%s", diff)
	}
	if _, err := c.Environment("1.0"); err == nil || !contains(err, "1.20.5, 2.2.1") {
		t.Errorf("Environment of an unknown version: %v, want an error that names the known ones", err)
	}
}

func TestEnvironmentOfOptionalParts(t *testing.T) {
	plain, full := testState(), testState()
	full.ZooKeeper = true
	full.Distributions.JavaHomes = map[string]string{"2.2.1": "/cache/java"}
	tests := []struct {
		name, flink            string
		state                  state
		wantJava, wantQuorum   string
		javaIsSet, quorumIsSet bool
	}{
		{"neither", "", plain, "", "", false, false},
		{"another version's Java", "", full, "", "127.0.0.1:9013", false, true},
		{"both", "2.2.1", full, "/cache/java", "127.0.0.1:9013", true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &Cluster{dir: "/clusters/a", state: test.state}
			env, err := c.Environment(test.flink)
			if err != nil {
				t.Fatal(err)
			}
			if java, set := env["YARNFLINK_CONTAINER_JAVA_HOME"]; java != test.wantJava || set != test.javaIsSet {
				t.Errorf("YARNFLINK_CONTAINER_JAVA_HOME = %q, set: %t", java, set)
			}
			if quorum, set := env["YARNFLINK_ZOOKEEPER"]; quorum != test.wantQuorum || set != test.quorumIsSet {
				t.Errorf("YARNFLINK_ZOOKEEPER = %q, set: %t", quorum, set)
			}
			if got := c.ZooKeeper(); got != test.wantQuorum {
				t.Errorf("ZooKeeper() = %q, want %q", got, test.wantQuorum)
			}
		})
	}
}

func TestAttachAddsVersions(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	wanted := testState()
	wanted.FlinkVersions = []string{"1.18.1"}
	wanted.Distributions.FlinkHomes = map[string]string{"1.18.1": "/cache/old/home"}
	wanted.Distributions.ExampleJars = map[string]string{"1.18.1": "/cache/old.jar"}
	wanted.Distributions.JavaHomes = map[string]string{"1.18.1": "/cache/java"}
	c, err := o.attach(t.Context(), testState(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1.18.1", "1.20.5", "2.2.1"}, c.FlinkVersions()); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	if got := c.FlinkHome("2.2.1"); got != "/cache/flink-2.2.1/home" {
		t.Errorf("FlinkHome(2.2.1) = %q", got)
	}
	if got := c.JavaHomeFor("1.18.1"); got != "/cache/java" {
		t.Errorf("JavaHomeFor(1.18.1) = %q", got)
	}
	wanted.HadoopVersion = "3.3.6"
	if _, err := o.attach(t.Context(), testState(), wanted); err == nil {
		t.Error("attach accepted another Hadoop version")
	}
}

func TestClaimRefusesForeignFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	o, err := Options{Dir: dir}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.claim(t.Context()); err == nil || !contains(err, "thesis.txt") {
		t.Errorf("claim: %v, want a refusal that names the file", err)
	}
}

func TestHighlyAvailableConfig(t *testing.T) {
	s := testState()
	s.HA, s.ZooKeeper = true, true
	files := hadoopConfig("/clusters/a", s, 0, nil)
	conf := hadoop.NewConfiguration(flat(files))
	fs, err := conf.DefaultFS()
	if err != nil || fs.String() != "hdfs://"+Nameservice {
		t.Errorf("default file system %v (%v)", fs, err)
	}
	names, err := conf.NameNodes(Nameservice)
	if err != nil || len(names) != 2 || names[1].RPCAddress != address(s.Ports.HA.NameNodeRPC) || names[0].HTTPAddress != address(s.Ports.NameNodeHTTP) {
		t.Errorf("name nodes %+v (%v)", names, err)
	}
	managers, err := conf.ResourceManagers()
	if err != nil || len(managers) != 2 || managers[1].WebURL != "http://"+address(s.Ports.HA.ResourceManagerWeb) {
		t.Errorf("resource managers %+v (%v)", managers, err)
	}
	// What names one of two without saying which would hide that a client does not choose.
	for _, key := range []string{"yarn.resourcemanager.webapp.address", "yarn.resourcemanager.hostname", "yarn.resourcemanager.address"} {
		if value, set := files["yarn-site.xml"][key]; set {
			t.Errorf("%s = %q, want it unset", key, value)
		}
	}
	for name, want := range map[string]string{
		NameNode: "dfs.ha.namenode.id=nn1", ZKFC2: "dfs.ha.namenode.id=nn2", ResourceManager2: "yarn.resourcemanager.ha.id=rm2",
	} {
		if args := daemonArgs("/clusters/a", s, name); !slices.Equal(args, []string{"-D", want}) {
			t.Errorf("arguments of %s: %q, want %s", name, args, want)
		}
	}
}

// flat is a configuration in one map.
func flat(files map[string]properties) map[string]string {
	all := map[string]string{}
	for _, props := range files {
		maps.Copy(all, props)
	}
	return all
}
