package submit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

func environment(key, want string) func(*testing.T, *Plan) {
	return func(t *testing.T, p *Plan) {
		t.Helper()
		id := yarn.ApplicationID{ClusterTimestamp: 1700000000000, ID: 7}
		got, ok := p.SubmissionContext(id, p.Unstaged(id)).Container.Environment[key]
		if got != want || ok != (want != "") {
			t.Errorf("%s is %q (set: %v), want %q", key, got, ok, want)
		}
	}
}

func TestPlanEnvironment(t *testing.T) {
	master := func(key, value string) map[string]string {
		return map[string]string{"containerized.master.env." + key: value}
	}
	testPlans(t, []planCase{
		{name: "application id", check: environment(envAppID, "application_1700000000000_0007")},
		{name: "home", check: environment(envClientHome, "hdfs://nn:9000/user/alice")},
		{name: "folder", check: environment(envYarnFiles, "hdfs://nn:9000/user/alice/.flink/application_1700000000000_0007")},
		{name: "user", check: environment(envUser, "alice")},
		{name: "lib folder", check: environment(envLibDir, "./lib")},
		{name: "no lib folder in 1.15", version: "1.15.4", check: environment(envLibDir, "")},
		{name: "opt folder", check: environment(envOptDir, "./opt")},
		{name: "no opt folder in 1.12", version: "1.12.5", check: environment(envOptDir, "")},
		{name: "the user's own", set: master("X", "1"), check: environment("X", "1")},
		{name: "the user's own never replaces Flink's", set: master(envUser, "root"), check: environment(envUser, "alice")},
		{name: "quotes are escaped, dollars are not", set: master("X", "a\"b`c\\d$HOME"), check: environment("X", "a\\\"b\\`c\\\\d$HOME")},
		{name: "Java of 2.x", version: "2.0.0", set: map[string]string{"env.java.home": "/jdk"}, check: environment("JAVA_HOME", "/jdk")},
		{name: "Java of 2.x wins over the user's own", version: "2.0.0", set: map[string]string{"env.java.home": "/jdk", "containerized.master.env.JAVA_HOME": "/x"}, check: environment("JAVA_HOME", "/jdk")},
		{name: "no Java before 2.0", set: map[string]string{"env.java.home": "/jdk"}, check: environment("JAVA_HOME", "")},
		{name: "log level", set: map[string]string{"env.log.level": "DEBUG"}, check: func(t *testing.T, p *Plan) {
			environment("ROOT_LOG_LEVEL", "DEBUG")(t, p)
			conf("containerized.taskmanager.env.ROOT_LOG_LEVEL", "DEBUG")(t, p)
		}},
		{name: "log files kept", set: map[string]string{"env.log.max": "3"}, check: environment("MAX_LOG_FILE_NUMBER", "3")},
		{name: "no log level before 1.19", version: "1.18.1", set: map[string]string{"env.log.level": "DEBUG"}, check: environment("ROOT_LOG_LEVEL", "")},
		{name: "descriptor", check: environment(envDistJar, "{'resourceKey':'flink-dist-1.20.5.jar','path':'hdfs://nn:9000/user/alice/.flink/application_1700000000000_0007/flink-dist-1.20.5.jar',"+
			"'size':10485760,'modificationTime':0,'visibility':'PRIVATE','resourceType':'FILE'}")},
		{name: "descriptor before 1.19", version: "1.12.5", check: environment(envDistJar, "YarnLocalResourceDescriptor{key=flink-dist-1.12.5.jar, "+
			"path=hdfs://nn:9000/user/alice/.flink/application_1700000000000_0007/flink-dist-1.12.5.jar, size=10485760, modificationTime=0, visibility=PRIVATE, type=FILE}")},
	})
}

func TestPlanConfiguration(t *testing.T) {
	gone := func(key string) func(*testing.T, *Plan) {
		return func(t *testing.T, p *Plan) {
			t.Helper()
			if v, ok := p.Configuration(yarn.ApplicationID{}).Lookup(key); ok {
				t.Errorf("%s is %q", key, v)
			}
		}
	}
	set := func(key, value string) map[string]string { return map[string]string{key: value} }
	testPlans(t, []planCase{
		{name: "localhost JobManager", set: set("jobmanager.bind-host", "localhost"), check: gone("jobmanager.bind-host")},
		{name: "localhost TaskManager", set: set("taskmanager.bind-host", "localhost"), check: gone("taskmanager.bind-host")},
		{name: "localhost REST", set: set("rest.bind-address", "localhost"), check: gone("rest.bind-address")},
		{name: "localhost REST by an older key", set: set("web.address", "localhost"), check: gone("web.address")},
		{name: "another bind host stays", set: set("jobmanager.bind-host", "0.0.0.0"), check: conf("jobmanager.bind-host", "0.0.0.0")},
		{name: "TaskManager's name never", set: set("taskmanager.host", "tm"), check: gone("taskmanager.host")},
		{name: "target", set: set("execution.target", "remote"), check: conf("execution.target", "yarn-session")},
		{name: "mode", check: conf("internal.cluster.execution-mode", "NORMAL")},
		{name: "configuration folder", check: conf("$internal.deployment.config-dir", "/opt/flink/conf")},
		{name: "log file", check: conf("$internal.yarn.log-config-file", "/opt/flink/conf/log4j.properties")},
		{name: "dist jar", check: conf("yarn.flink-dist-jar", "file:/opt/flink/lib/flink-dist-1.20.5.jar")},
		{name: "cluster id", check: conf("high-availability.cluster-id", "application_0_0000")},
		{name: "cluster id of one's own", set: set("high-availability.cluster-id", "mine"), check: conf("high-availability.cluster-id", "mine")},
		{name: "cluster id by an older key", set: set("high-availability.zookeeper.path.namespace", "mine"), check: gone("high-availability.cluster-id")},
		{name: "a value that the old format can't carry", version: "1.18.1", set: set("a.b", "x\ny"), problems: []string{"the configuration can't be shipped|flink-conf.yaml|a.b"}},
	})
}

func TestNewPlanChangesNothing(t *testing.T) {
	spec, facts := sampleSpec(t, "1.20.5"), sampleFacts()
	spec.TaskManagers, spec.RequestID = 2, "r"
	spec.Configuration.Set("taskmanager.host", "x", "-D")
	before, _ := json.Marshal(spec.Configuration)
	first, err := NewPlan(spec, facts)
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewPlan(spec, facts)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(spec.Configuration); string(after) != string(before) {
		t.Errorf("the configuration was changed:\n%s\n%s", before, after)
	}
	one, _ := json.Marshal(first)
	two, _ := json.Marshal(second)
	if string(one) != string(two) {
		t.Errorf("two plans differ:\n%s\n%s", one, two)
	}
}

func TestPlanJSONMasksSecrets(t *testing.T) {
	const secret = "hunter2"
	plan, err := planCase{set: map[string]string{
		"security.ssl.rest.truststore-password":  secret,
		"fs.azure.account.key.x":                 secret,
		"containerized.master.env.API_TOKEN":     secret,
		"containerized.master.env.COLOUR":        "blue",
		"containerized.taskmanager.env.APIKEY_X": secret,
	}}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), secret) {
		t.Errorf("a secret is in\n%s", text)
	}
	var got struct {
		Environment map[string]string `json:"environment"`
		FlinkConfig map[string]string `json:"flink_config"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Environment["API_TOKEN"] != "******" || got.Environment["COLOUR"] != "blue" || got.FlinkConfig["fs.azure.account.key.x"] != "******" {
		t.Errorf("%v\n%v", got.Environment, got.FlinkConfig)
	}
	_, file, err := plan.ConfigurationFile(yarn.ApplicationID{})
	if err != nil || !strings.Contains(string(file), secret) {
		t.Errorf("the application does not get it: %v\n%s", err, file)
	}
}

func TestPlanJSON(t *testing.T) {
	plan, err := planCase{
		set:   map[string]string{"yarn.application.node-label": "ssd", "yarn.application.priority": "3"},
		facts: func(f *Facts) { f.Unchecked = []string{"the weather"} },
	}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"flink_version": "1.20.5", "application_id": "application_0_0000", "name": "Flink session cluster", "queue": "default", "priority": 3.0,
		"max_app_attempts": 1.0, "attempt_failures_validity_interval": -1.0, "keep_containers": false, "node_label": "ssd", "memory_mb": 1600.0, "vcores": 1.0,
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	for key, want := range map[string]string{"tags": "[]", "warnings": "[]", "unchecked": `["the weather"]`, "acls": "{}"} {
		if have, _ := json.Marshal(got[key]); string(have) != want {
			t.Errorf("%s is %s, want %s", key, have, want)
		}
	}
}

// What Flink hands on in one variable must fit into it; found out before anything is staged.
func TestPlanTooManyFiles(t *testing.T) {
	many := func(n int) func(*Facts) {
		return func(f *Facts) {
			for i := range n {
				f.Ship = append(f.Ship, flink.File{Key: fmt.Sprintf("data/file-%05d", i), Path: fmt.Sprintf("/data/file-%05d", i), Size: 1})
			}
		}
	}
	testPlans(t, []planCase{
		{name: "as many as there may be", facts: many(500), check: func(t *testing.T, p *Plan) {
			if got := len(p.environment(yarn.ApplicationID{}, nil)[envShipFiles]); got == 0 {
				t.Error("nothing is shipped")
			}
		}},
		{name: "too many", facts: many(2000), problems: []string{"2005 files are too many for the containers|131072|yarn.ship-archives"}},
		{name: "a long variable of the user's", set: map[string]string{"containerized.master.env.LONG": strings.Repeat("x", 131072)}, problems: []string{"LONG has 131078 bytes|131072"}},
	})
}
