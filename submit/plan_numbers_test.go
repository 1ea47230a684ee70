package submit

import (
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/yarn"
)

const minSlots = "slotmanager.number-of-slots.min"

func taskManagers(n int) func(*SessionSpec) { return func(s *SessionSpec) { s.TaskManagers = n } }

func TestPlanSlots(t *testing.T) {
	testPlans(t, []planCase{
		{name: "none asked for", check: conf(minSlots, "")},
		{name: "of one slot each", spec: taskManagers(4), check: conf(minSlots, "4")},
		{name: "of several slots", spec: taskManagers(4), set: map[string]string{"taskmanager.numberOfTaskSlots": "3"}, check: conf(minSlots, "12")},
		{name: "an explicit minimum wins", spec: taskManagers(4), set: map[string]string{minSlots: "7"}, check: func(t *testing.T, p *Plan) {
			conf(minSlots, "7")(t, p)
			if !hasReason(p, minSlots, "set by -D, which wins over -n 4") {
				t.Errorf("no reason tells it: %v", p.Reasons)
			}
		}},
		{name: "just the maximum", spec: taskManagers(4), set: map[string]string{"slotmanager.number-of-slots.max": "4"}, check: conf(minSlots, "4")},
		{name: "above the maximum", spec: taskManagers(4), set: map[string]string{"slotmanager.number-of-slots.max": "7", "taskmanager.numberOfTaskSlots": "2"},
			problems: []string{"-n 4 of 2 slots each are 8 slots|slotmanager.number-of-slots.max from -D|is 7"}},
		{name: "more than a number holds", spec: taskManagers(1 << 30), set: map[string]string{"taskmanager.numberOfTaskSlots": "4", "yarn.containers.vcores": "1"},
			problems: []string{"-n 1073741824|2147483647"}},
		{name: "before 1.19", version: "1.18.1", spec: taskManagers(4), warnings: []string{"-n 4|no effect|1.18.1"}, check: conf(minSlots, "")},
		{name: "from 1.19 on", version: "1.19.0", spec: taskManagers(4), check: conf(minSlots, "4")},
		{name: "negative", spec: taskManagers(-1), problems: []string{"-1 TaskManagers|-n"}},
		{name: "no slots", set: map[string]string{"taskmanager.numberOfTaskSlots": "0"}, problems: []string{"0 slots|taskmanager.numberOfTaskSlots from -D"}},
		{name: "slots that are no number are one problem", set: map[string]string{"taskmanager.numberOfTaskSlots": "two"},
			problems: []string{`taskmanager.numberOfTaskSlots is "two"|-D|not a whole number`}},
	})
}

func hasReason(p *Plan, figure, why string) bool {
	for _, r := range p.Reasons {
		if r.Figure == figure && strings.Contains(r.Why, why) {
			return true
		}
	}
	return false
}

func attempts(n int) func(*testing.T, *Plan) {
	return func(t *testing.T, p *Plan) {
		t.Helper()
		if p.MaxAttempts != n {
			t.Errorf("%d attempts, want %d", p.MaxAttempts, n)
		}
	}
}

func limit(n int64) func(*Facts) {
	return func(f *Facts) { f.Limits.Attempts.Value = n }
}

func TestPlanAttempts(t *testing.T) {
	const key = "yarn.application-attempts"
	ha := func(more ...string) map[string]string {
		m := map[string]string{"high-availability.type": "zookeeper", "high-availability.storageDir": "hdfs:///ha", "high-availability.zookeeper.quorum": "zk:2181"}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	testPlans(t, []planCase{
		{name: "without high availability", check: func(t *testing.T, p *Plan) {
			attempts(1)(t, p)
			if p.KeepContainers || p.ValidityInterval != 0 {
				t.Errorf("keeps containers %v, interval %v", p.KeepContainers, p.ValidityInterval)
			}
		}},
		{name: "explicit", set: map[string]string{key: "3"}, warnings: []string{"3 application attempts without high availability"}, check: attempts(3)},
		{name: "explicit one needs no warning", set: map[string]string{key: "1"}, check: attempts(1)},
		{name: "explicit above the limit", set: map[string]string{key: "5"},
			problems: []string{"5 application attempts|yarn.application-attempts from -D|limit is 3|yarn.resourcemanager.am.max-attempts from the ResourceManager|--clamp-attempts"}},
		{name: "clamped", set: map[string]string{key: "5"}, spec: func(s *SessionSpec) { s.ClampAttempts = true },
			warnings: []string{"lowered from 5 to 3|yarn.resourcemanager.am.max-attempts", "5 application attempts without high availability"},
			check: func(t *testing.T, p *Plan) {
				attempts(3)(t, p)
				conf(key, "3")(t, p)
			}},
		{name: "clamping raises nothing", set: map[string]string{key: "1"}, spec: func(s *SessionSpec) { s.ClampAttempts = true }, check: attempts(1)},
		{name: "zero", set: map[string]string{key: "0"}, problems: []string{"0 application attempts|at least one"}},
		{name: "no number", set: map[string]string{key: "many"}, problems: []string{`yarn.application-attempts is "many"`}},
		{name: "high availability", set: ha(), check: func(t *testing.T, p *Plan) {
			attempts(2)(t, p)
			if !p.KeepContainers || p.ValidityInterval != 10*time.Second {
				t.Errorf("keeps containers %v, interval %v", p.KeepContainers, p.ValidityInterval)
			}
		}},
		{name: "high availability where the limit is one", set: ha(), facts: limit(1), warnings: []string{"one attempt|am.max-attempts"}, check: attempts(1)},
		{name: "high availability, explicit", set: ha(key, "3"), check: attempts(3)},
		{name: "high availability, all failures count", set: ha("yarn.application-attempt-failures-validity-interval", "-1"), check: func(t *testing.T, p *Plan) {
			if p.ValidityInterval > 0 {
				t.Errorf("the interval is %v", p.ValidityInterval)
			}
		}},
		{name: "high availability, interval", set: ha("yarn.application-attempt-failures-validity-interval", "60000"), check: func(t *testing.T, p *Plan) {
			if p.ValidityInterval != time.Minute {
				t.Errorf("the interval is %v", p.ValidityInterval)
			}
		}},
		{name: "standalone is none", set: map[string]string{"high-availability": "standalone"}, check: attempts(1)},
	})
}

func TestAttemptsLimit(t *testing.T) {
	const (
		attemptsKey = "yarn.resourcemanager.am.max-attempts"
		globalKey   = "yarn.resourcemanager.am.global.max-attempts"
	)
	remote := func(key string, n int64) Figure { return Figure{n, key, "the ResourceManager"} }
	for _, c := range []struct {
		name, version    string
		local            map[string]string
		attempts, global Figure
		want             Figure
	}{
		{"global wins from 2.8 on", "2.8.0", nil, remote(attemptsKey, 2), remote(globalKey, 5), remote(globalKey, 5)},
		{"global is unknown before", "2.7.7", nil, remote(attemptsKey, 2), remote(globalKey, 5), remote(attemptsKey, 2)},
		{"a vendor's 2.6", "2.6.0-cdh5.16.2", nil, remote(attemptsKey, 4), remote(globalKey, 5), remote(attemptsKey, 4)},
		{"no global", "3.4.2", nil, remote(attemptsKey, 4), Figure{}, remote(attemptsKey, 4)},
		{"the ResourceManager wins over the file", "3.4.2", map[string]string{globalKey: "9"}, remote(attemptsKey, 4), Figure{}, remote(attemptsKey, 4)},
		{"the file where the ResourceManager is silent", "3.4.2", map[string]string{attemptsKey: "6"}, Figure{}, Figure{}, Figure{6, attemptsKey, hadoop.OriginOverride}},
		{"the file's global", "3.4.2", map[string]string{attemptsKey: "6", globalKey: "7"}, Figure{}, Figure{}, Figure{7, globalKey, hadoop.OriginOverride}},
		{"the file's global before 2.8", "2.7.7", map[string]string{attemptsKey: "6", globalKey: "7"}, Figure{}, Figure{}, Figure{6, attemptsKey, hadoop.OriginOverride}},
		{"nobody says", "3.4.2", nil, Figure{}, Figure{}, Figure{2, attemptsKey, hadoop.OriginDefault}},
		{"nonsense in the file", "3.4.2", map[string]string{attemptsKey: "many"}, Figure{}, Figure{}, Figure{2, attemptsKey, "Hadoop's default"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := attemptsLimit(hadoop.NewConfiguration(c.local), c.version, c.attempts, c.global); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestPlanMemory(t *testing.T) {
	small := func(f *Facts) { f.Limits.MaximumMB.Value = 1664 }
	size := func(want int64) func(*testing.T, *Plan) {
		return func(t *testing.T, p *Plan) {
			t.Helper()
			if p.Resource.MemoryMB != want {
				t.Errorf("%d MB, want %d", p.Resource.MemoryMB, want)
			}
		}
	}
	testPlans(t, []planCase{
		{name: "as asked", check: size(1600)},
		{name: "below the minimum", facts: func(f *Facts) { f.Limits.MinimumMB.Value = 2048 }, check: func(t *testing.T, p *Plan) {
			size(2048)(t, p)
			if !strings.Contains(p.Command, "-Xmx1073741824 ") {
				t.Errorf("the JVM grew too: %s", p.Command)
			}
			if !hasReason(p, "JobManager container", "raised from 1600 MB") {
				t.Errorf("no reason tells it: %v", p.Reasons)
			}
		}},
		{name: "JobManager above the maximum", set: map[string]string{"jobmanager.memory.process.size": "9g"}, facts: func(f *Facts) { f.Cluster = nil },
			problems: []string{"a JobManager of 9216 MB|jobmanager.memory.process.size from -D|8192 MB|yarn.scheduler.maximum-allocation-mb from the ResourceManager"}},
		{name: "TaskManager above the maximum", facts: small,
			problems: []string{"a TaskManager of 1728 MB|taskmanager.memory.process.size from /opt/flink/conf/config.yaml|1664 MB"}},
		{name: "both above the maximum", facts: func(f *Facts) { f.Limits.MaximumMB.Value = 512 }, problems: []string{"a JobManager of 1600 MB", "a TaskManager of 1728 MB"}},
		{name: "an unknown maximum refuses nothing", facts: func(f *Facts) { f.Limits.MaximumMB = Figure{}; f.Cluster = nil }, set: map[string]string{"taskmanager.memory.process.size": "900g"}},
		{name: "JobManager does not add up", set: map[string]string{"jobmanager.memory.process.size": "300m"}, problems: []string{"the JobManager's memory does not add up"}},
		{name: "TaskManager does not add up", set: map[string]string{"taskmanager.memory.process.size": "100m"}, problems: []string{"the TaskManagers' memory does not add up"}},
		{name: "not free now", facts: func(f *Facts) { f.Cluster.Nodes[0].Avail.MemoryMB = 1650 }, warnings: []string{"no node has 1728 MB free for a TaskManager|1650 MB"}},
	})
}

func TestPlanVCores(t *testing.T) {
	testPlans(t, []planCase{
		{name: "default", check: vcores(1)},
		{name: "JobManager's", set: map[string]string{"yarn.appmaster.vcores": "4"}, check: vcores(4)},
		{name: "JobManager's above the maximum", set: map[string]string{"yarn.appmaster.vcores": "5"}, problems: []string{"5 vcores|yarn.appmaster.vcores from -D|4"}},
		{name: "TaskManagers' above the maximum", set: map[string]string{"yarn.containers.vcores": "5"}, problems: []string{"5 vcores|yarn.containers.vcores from -D"}},
		{name: "slots stand for them", set: map[string]string{"taskmanager.numberOfTaskSlots": "5"}, problems: []string{"5 vcores|taskmanager.numberOfTaskSlots from -D"}},
		{name: "slots stand for them also where -1 says so", set: map[string]string{"yarn.containers.vcores": "-1", "taskmanager.numberOfTaskSlots": "5"},
			problems: []string{"5 vcores|taskmanager.numberOfTaskSlots from -D"}},
		{name: "slots don't count beside them", set: map[string]string{"yarn.containers.vcores": "1", "taskmanager.numberOfTaskSlots": "5"}, check: vcores(1)},
	})
}

func vcores(n int) func(*testing.T, *Plan) {
	return func(t *testing.T, p *Plan) {
		t.Helper()
		if p.Resource.VCores != n {
			t.Errorf("%d vcores, want %d", p.Resource.VCores, n)
		}
	}
}

func TestFitNodes(t *testing.T) {
	limits := Limits{MaximumMB: Figure{8192, "max", "x"}, MaximumVCores: Figure{4, "cores", "x"}}
	limits.fitNodes([]yarn.Node{{Total: yarn.Resource{MemoryMB: 2048, VCores: 8}}, {Total: yarn.Resource{MemoryMB: 4096, VCores: 2}}})
	if limits.MaximumMB.Value != 4096 || limits.MaximumMB.Source != "the largest running node" {
		t.Errorf("memory %v", limits.MaximumMB)
	}
	if limits.MaximumVCores.Value != 4 || limits.MaximumVCores.Source != "x" {
		t.Errorf("cores %v", limits.MaximumVCores)
	}
}
