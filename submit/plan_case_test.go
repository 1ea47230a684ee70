package submit

import (
	"errors"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

const mb = 1 << 20

// planCase changes a plan that works, and says what then becomes of it.
type planCase struct {
	name    string
	version string // "" is 1.20.5
	set     map[string]string
	spec    func(*SessionSpec)
	facts   func(*Facts)
	// problems and warnings: one element for each, in order; the words of an
	// element, separated by "|", must all be in it.
	problems, warnings []string
	check              func(*testing.T, *Plan)
}

func testPlans(t *testing.T, cases []planCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

func (c planCase) run(t *testing.T) {
	t.Helper()
	plan, err := c.plan(t)
	if len(c.problems) > 0 {
		var invalid *ValidationError
		if !errors.As(err, &invalid) || !errors.Is(err, ErrInvalid) {
			t.Fatalf("got %v, want a ValidationError", err)
		}
		texts := make([]string, len(invalid.Problems))
		for i, p := range invalid.Problems {
			texts[i] = p.String()
		}
		matchTexts(t, "problem", texts, c.problems)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	matchTexts(t, "warning", plan.Warnings, c.warnings)
	if c.check != nil {
		c.check(t, plan)
	}
}

func (c planCase) plan(t *testing.T) (*Plan, error) {
	t.Helper()
	if c.version == "" {
		c.version = "1.20.5"
	}
	spec, facts := sampleSpec(t, c.version), sampleFacts()
	for key, value := range c.set {
		spec.Configuration.Set(key, value, "-D")
	}
	if c.spec != nil {
		c.spec(&spec)
	}
	if c.facts != nil {
		c.facts(&facts)
	}
	return NewPlan(spec, facts)
}

func matchTexts(t *testing.T, kind string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d %ss, want %d:\n%s", len(got), kind, len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		for word := range strings.SplitSeq(want[i], "|") {
			if !strings.Contains(got[i], word) {
				t.Errorf("%s %d is %q, want %q in it", kind, i, got[i], word)
			}
		}
	}
}

func sampleSpec(t *testing.T, version string) SessionSpec {
	t.Helper()
	v, err := flink.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	const home = "/opt/flink"
	jar := "flink-dist-" + version + ".jar"
	c := flink.NewConfiguration()
	c.Set("jobmanager.memory.process.size", "1600m", home+"/conf/config.yaml")
	c.Set("taskmanager.memory.process.size", "1728m", home+"/conf/config.yaml")
	return SessionSpec{
		Configuration: c,
		Distribution: &flink.Distribution{
			Home: home, ConfDir: home + "/conf", Version: v,
			DistJar: flink.File{Path: home + "/lib/" + jar, Key: jar, Size: 10 * mb},
			Lib: []flink.File{
				{Path: home + "/lib/flink-cep.jar", Key: "lib/flink-cep.jar", Size: 2 * mb},
				{Path: home + "/lib/log4j-api.jar", Key: "lib/log4j-api.jar", Size: mb},
			},
			Plugins:   []flink.File{{Path: home + "/plugins/s3/s3.jar", Key: "plugins/s3/s3.jar", Size: mb}},
			LogConfig: &flink.File{Path: home + "/conf/log4j.properties", Key: "log4j.properties", Size: 100},
		},
	}
}

func sampleFacts() Facts {
	return Facts{
		User: "alice", StagingBase: "hdfs://nn:9000/user/alice", YarnClasspath: []string{"$HADOOP_CONF_DIR", "/opt/hadoop/lib/*"},
		Limits: Limits{
			MinimumMB:     Figure{1024, "yarn.scheduler.minimum-allocation-mb", "the ResourceManager"},
			MaximumMB:     Figure{8192, "yarn.scheduler.maximum-allocation-mb", "the ResourceManager"},
			MaximumVCores: Figure{4, "yarn.scheduler.maximum-allocation-vcores", "the ResourceManager"},
			Attempts:      Figure{3, "yarn.resourcemanager.am.max-attempts", "the ResourceManager"},
		},
		Cluster: sampleCluster(),
	}
}

// sampleCluster has the queues root.default, root.etl.day, root.etl.night
// (stopped) and root.users, below which queues are made on demand.
func sampleCluster() *ClusterFacts {
	yes, no := true, false
	return &ClusterFacts{
		HadoopVersion: "3.4.2",
		Nodes: []yarn.Node{{
			ID: "n1:45454", Host: "n1", State: yarn.NodeRunning,
			Total: yarn.Resource{MemoryMB: 8192, VCores: 4}, Avail: yarn.Resource{MemoryMB: 8192, VCores: 4},
		}},
		Scheduler: yarn.Scheduler{Type: "capacityScheduler", Queues: []yarn.Queue{
			{Name: "root", Path: "root", State: "RUNNING", AutoCreate: &no},
			{Name: "default", Path: "root.default", Parent: "root", State: "RUNNING", Leaf: true, AutoCreate: &no},
			{Name: "etl", Path: "root.etl", Parent: "root", State: "RUNNING", AutoCreate: &no},
			{Name: "day", Path: "root.etl.day", Parent: "root.etl", State: "RUNNING", Leaf: true, AutoCreate: &no},
			{Name: "night", Path: "root.etl.night", Parent: "root.etl", State: "STOPPED", Leaf: true, AutoCreate: &no},
			{Name: "users", Path: "root.users", Parent: "root", State: "RUNNING", AutoCreate: &yes},
		}},
	}
}

func conf(key, want string) func(*testing.T, *Plan) {
	return func(t *testing.T, p *Plan) {
		t.Helper()
		if got := p.Configuration(yarn.ApplicationID{}).Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}
