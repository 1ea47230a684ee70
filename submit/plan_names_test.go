package submit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/yarn"
)

func TestPlanQueue(t *testing.T) {
	queue := func(name string) map[string]string { return map[string]string{"yarn.application.queue": name} }
	unsaid := func(f *Facts) {
		for i := range f.Cluster.Scheduler.Queues {
			f.Cluster.Scheduler.Queues[i].AutoCreate = nil
		}
	}
	without := func(path string) func(*Facts) {
		return func(f *Facts) {
			f.Cluster.Scheduler.Queues = slices.DeleteFunc(f.Cluster.Scheduler.Queues, func(q yarn.Queue) bool { return q.Path == path })
		}
	}
	testPlans(t, []planCase{
		{name: "default"},
		{name: "by name", set: queue("day")},
		{name: "by path", set: queue("root.etl.day")},
		{name: "by path without root", set: queue("etl.day")},
		{name: "stopped", set: queue("night"), problems: []string{`the queue "night" is STOPPED|yarn.application.queue from -D|takes no applications|day, default`}},
		{name: "parent", set: queue("etl"), problems: []string{`the queue "etl"|queues below it|day`}},
		{name: "unknown", set: queue("dey"), problems: []string{`the queue "dey" is unknown|creates none on demand|queues that take applications: day, default`}},
		{name: "unknown below a parent that makes none", set: queue("root.etl.noon"), problems: []string{`the queue "root.etl.noon" is unknown`}},
		{name: "unknown below a parent that makes them", set: queue("root.users.alice")},
		{name: "unknown where the scheduler does not say", set: queue("dey"), facts: unsaid, warnings: []string{`the queue "dey" is unknown|may create it|day, default`}},
		{name: "no default queue, none asked for", facts: without("root.default"), warnings: []string{`the queue "default" is unknown|none was asked for`}},
		{name: "no default queue, but asked for", set: queue("default"), facts: without("root.default"), problems: []string{`the queue "default" is unknown`}},
		{name: "cluster not asked", set: queue("nowhere"), facts: func(f *Facts) { f.Cluster = nil }},
		{name: "no queues told", set: queue("nowhere"), facts: func(f *Facts) { f.Cluster.Scheduler.Queues = nil }},
	})
}

func TestPlanNodes(t *testing.T) {
	testPlans(t, []planCase{
		{name: "none", facts: func(f *Facts) { f.Cluster.Nodes = nil }, problems: []string{"no NodeManager is running"}},
		{name: "not asked", facts: func(f *Facts) { f.Cluster = nil }},
	})
}

func tags(want ...string) func(*testing.T, *Plan) {
	return func(t *testing.T, p *Plan) {
		t.Helper()
		if !slices.Equal(p.Tags, want) {
			t.Errorf("tags %q, want %q", p.Tags, want)
		}
	}
}

func TestPlanTags(t *testing.T) {
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprint("t", i))
		}
		return strings.Join(list, ",")
	}
	set := func(text string) map[string]string { return map[string]string{"yarn.tags": text} }
	request := func(id string) func(*SessionSpec) { return func(s *SessionSpec) { s.RequestID = id } }
	testPlans(t, []planCase{
		{name: "none", check: tags()},
		{name: "trimmed, empty ones dropped", set: set(" a , ,b,"), check: tags("a", "b")},
		{name: "ten", set: set(many(10)), check: func(t *testing.T, p *Plan) {
			if len(p.Tags) != 10 {
				t.Errorf("%d tags", len(p.Tags))
			}
		}},
		{name: "eleven", set: set(many(11)), problems: []string{"11 application tags|yarn.tags from -D|at most 10"}},
		{name: "ten and a request id", set: set(many(10)), spec: request("r1"), problems: []string{"11 application tags"}},
		{name: "a hundred letters", set: set(strings.Repeat("x", 100)), check: tags(strings.Repeat("x", 100))},
		{name: "one more", set: set(strings.Repeat("x", 101)), problems: []string{"longer than 100"}},
		{name: "not ASCII", set: set("über"), problems: []string{`"über"|ASCII`}},
		{name: "lower-cased", set: set("Team-A"), warnings: []string{`"Team-A" becomes "team-a"`}, check: tags("team-a")},
		{name: "request id", spec: request("nightly.2_a-b"), check: tags("yarnflink:nightly.2_a-b")},
		{name: "request id in upper case", spec: request("Nightly"), problems: []string{`request id "Nightly"|lower case`}, warnings: nil},
		{name: "request id with a comma inside", spec: request("a,b"), problems: []string{`request id "a,b"`}},
		{name: "request id too long", spec: request(strings.Repeat("x", 91)), problems: []string{"longer than 100"}},
	})
}

func TestPlanIdentity(t *testing.T) {
	testPlans(t, []planCase{
		{name: "defaults", check: func(t *testing.T, p *Plan) {
			if p.Name != "Flink session cluster" || p.Type != "Apache Flink" || p.Queue != "" || p.Priority != nil || p.NodeLabel != "" {
				t.Errorf("%q %q %q %v %q", p.Name, p.Type, p.Queue, p.Priority, p.NodeLabel)
			}
		}},
		{name: "set", set: map[string]string{
			"yarn.application.name": "etl", "yarn.application.type": "Batch", "yarn.application.priority": "7",
			"yarn.application.node-label": "ssd", "yarn.file-replication": "5",
		}, check: func(t *testing.T, p *Plan) {
			if p.Name != "etl" || p.Type != "Batch" || p.Priority == nil || *p.Priority != 7 || p.NodeLabel != "ssd" || p.replication != 5 {
				t.Errorf("%q %q %v %q %d", p.Name, p.Type, p.Priority, p.NodeLabel, p.replication)
			}
		}},
		{name: "no user", facts: func(f *Facts) { f.User = "" }, problems: []string{"the user name is empty|HADOOP_USER_NAME"}},
		{name: "access lists", set: map[string]string{"yarn.view.acls": "*", "yarn.modify.acls": "alice,bob admins"}, check: func(t *testing.T, p *Plan) {
			if p.ACLs[yarn.ViewApplication] != "*" || p.ACLs[yarn.ModifyApplication] != "alice,bob admins" {
				t.Errorf("%v", p.ACLs)
			}
		}},
		{name: "a star among others", set: map[string]string{"yarn.view.acls": "alice,*", "yarn.modify.acls": "* admins"},
			problems: []string{`"alice,*"|yarn.view.acls from -D`, `"* admins"|yarn.modify.acls from -D`}},
		{name: "rolled logs", version: "2.1.0", set: map[string]string{"yarn.rolled-logs.include-pattern": ".*log"}, check: func(t *testing.T, p *Plan) {
			if p.LogAggregation == nil || p.LogAggregation.RolledInclude != ".*log" {
				t.Errorf("%v", p.LogAggregation)
			}
		}},
		{name: "rolled logs before 2.1", version: "2.0.0", set: map[string]string{"yarn.rolled-logs.include-pattern": ".*log"}, check: func(t *testing.T, p *Plan) {
			if p.LogAggregation != nil {
				t.Errorf("%v", p.LogAggregation)
			}
		}},
	})
}

func TestPlanTellsAllProblemsAtOnce(t *testing.T) {
	c := planCase{
		set: map[string]string{
			"jobmanager.memory.process.size": "300m", "taskmanager.memory.process.size": "9g", "yarn.appmaster.vcores": "5",
			"yarn.application-attempts": "9", "yarn.application.queue": "night", "yarn.tags": "über",
			"yarn.classpath.include-user-jar": "SOMETIMES", "security.kerberos.login.principal": "alice@X",
		},
		spec: taskManagers(-2),
		facts: func(f *Facts) {
			f.User, f.Cluster.Nodes = "", nil
			f.Problems = []Problem{{What: "the ship file /nowhere"}}
		},
		problems: []string{
			"the ship file /nowhere", `"über"`, "user name is empty", "the JobManager's memory does not add up", "a TaskManager of 9216 MB",
			"5 vcores", "-2 TaskManagers", "9 application attempts", `"night" is STOPPED`, "no NodeManager", "only one of keytab and principal", `"SOMETIMES"`,
		},
	}
	c.run(t)
	_, err := c.plan(t)
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 13 || lines[0] != "12 problems:" {
		t.Errorf("the text is\n%v", err)
	}
}

func TestPlanReservationAndPriority(t *testing.T) {
	reservation := func(id string) func(*SessionSpec) { return func(s *SessionSpec) { s.Reservation = id } }
	most := func(n int64) func(*Facts) {
		return func(f *Facts) {
			f.Limits.Priority = Figure{n, "yarn.cluster.max-application-priority", "the ResourceManager"}
		}
	}
	testPlans(t, []planCase{
		{name: "reservation", spec: reservation("reservation_1700000000000_0001"), check: func(t *testing.T, p *Plan) {
			if got := p.SubmissionContext(someID, nil).Reservation; got != "reservation_1700000000000_0001" {
				t.Errorf("the reservation is %q", got)
			}
		}},
		{name: "a reservation's queue of plans", spec: reservation("reservation_1700000000000_0001"), set: map[string]string{"yarn.application.queue": "etl"}},
		{name: "no id of one", spec: reservation("mine"), problems: []string{`the reservation "mine"|reservation_1700000000000_0001`}},
		{name: "priority within the limit", set: map[string]string{"yarn.application.priority": "5"}, facts: most(5)},
		{name: "priority above it", set: map[string]string{"yarn.application.priority": "6"}, facts: most(5), warnings: []string{"the priority 6|becomes 5|yarn.cluster.max-application-priority"}},
		{name: "priority of an unknown limit", set: map[string]string{"yarn.application.priority": "6"}},
	})
}
