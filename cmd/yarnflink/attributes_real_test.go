//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/yarn"
)

// One who may act for others starts, stops and kills as one of them: the application and its files are theirs.
func TestRealProxyUser(t *testing.T) {
	t.Parallel()
	m := newMainJob(t)
	const proxied = "carol"
	if err := m.dfs.MkdirAll(t.Context(), m.base+"/.flink", 0o777); err != nil {
		t.Fatal(err)
	}
	m.env = append(m.env, "HADOOP_PROXY_USER="+proxied)
	s := m.startSession(t, "-proxied", "1")
	report, err := m.rm.Application(t.Context(), s.ApplicationID)
	if err != nil || report.User != proxied {
		t.Errorf("the application is %s's (%v)", report.User, err)
	}
	folder, err := m.dfs.Stat(t.Context(), m.folder(s.ApplicationID))
	if err != nil || folder.Owner != proxied {
		t.Errorf("its folder is %s's (%v)", folder.Owner, err)
	}
	m.start(t, m.wordCountIn(s)...).ends(t, 0)
	m.start(t, "kill", s.ApplicationID.String()).ends(t, 0)

	// One who may not is refused, with the server's words.
	m.env = append(m.env, "HADOOP_USER_NAME=mallory")
	m.start(t, "session", "-d", "-nm", m.name+"-refused").ends(t, 4, "mallory", proxied)
	if apps := m.named(t, "-refused"); len(apps) > 0 {
		t.Errorf("%s was started", apps[0].ID)
	}
}

func (m *mainJob) wordCountIn(s *runningSession) []string {
	return []string{"run", "--session", s.Name, "-c", wordCountClass, m.cluster.ExamplesJar("")}
}

// What is asked for beside memory comes back in the ResourceManager's report; what it does not have is refused, and nothing stays.
func TestLongAttributesAreReported(t *testing.T) {
	t.Parallel()
	admin, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	labels := t.TempDir()
	const scheduler = "yarn.scheduler.capacity.root"
	c := clustertest.Own(t, minicluster.Options{HadoopProperties: map[string]map[string]string{
		"yarn-site.xml": {
			"yarn.cluster.max-application-priority": "10", "yarn.acl.enable": "true", "yarn.admin.acl": admin.Username,
			"yarn.node-labels.enabled": "true", "yarn.node-labels.fs-store.root-dir": "file://" + filepath.Join(labels, "labels"),
			"yarn.resourcemanager.reservation-system.enable":                        "true",
			"yarn.resourcemanager.reservation-system.planfollower.time-step":        "500",
			"yarn.resourcemanager.monitor.capacity.preemption.max_wait_before_kill": "0",
		},
		"capacity-scheduler.xml": {
			scheduler + ".queues": "default,closed,etl,plan", scheduler + ".etl.capacity": "0", scheduler + ".plan.capacity": "25",
			scheduler + ".plan.reservable": "true", scheduler + ".plan.maximum-capacity": "100",
			scheduler + ".accessible-node-labels": "fast", scheduler + ".accessible-node-labels.fast.capacity": "100",
			scheduler + ".default.accessible-node-labels": "fast", scheduler + ".default.accessible-node-labels.fast.capacity": "100",
			"yarn.scheduler.capacity.root.acl_submit_applications": "*", "yarn.scheduler.capacity.root.acl_administer_queue": " ",
		},
	}})
	m := newMainJobOn(t, c)
	reservation := m.reserve(t, "plan")
	// How soon a reservation gets its part of the cluster is the scheduler's; that the application is in it shows at once.
	reserved := m.start(t, "session", "-d", "-jm", "1024", "-nm", m.name+"-reserved", "-qu", "root.plan", "--reservation", reservation)
	within(t, "the application in the reservation", func() (bool, error) {
		all, err := m.rm.Queues(t.Context())
		for _, q := range all.Queues {
			if strings.Contains(q.Path, reservation) {
				return q.Applications == 1, err
			}
		}
		return false, err
	})
	reserved.signal(t, syscall.SIGINT)
	reserved.ends(t, 130, takenBack)
	m.start(t, "session", "-d", "-jm", "1024", "-nm", m.name+"-refused", "-qu", "root.plan", "--reservation", "reservation_1_0001").ends(t, 6, "reservation_1_0001", takenBack)

	m.label(t, "fast") // the cluster's only node: nothing runs without the label from here on
	m.result(t, new(any), "session", "-d", "-jm", "1024", "-nm", m.name+"-all", "-nl", "fast", "--ttl", "1h",
		"-D", "yarn.tags=one,two", "-D", "yarn.application.priority=7", "-D", "yarn.view.acls=bob", "-D", "yarn.modify.acls=carol")
	all := m.named(t, "-all")[0]
	var app struct {
		App struct {
			Priority                                                       int
			ApplicationTags, AppNodeLabelExpression, AmNodeLabelExpression string
			Timeouts                                                       struct {
				Timeout []struct{ Type, ExpiryTime string }
			}
		}
	}
	m.ask(t, "GET", "apps/"+all.ID.String(), nil, &app)
	got := app.App
	if got.Priority != 7 || got.ApplicationTags != "one,two" || got.AppNodeLabelExpression != "fast" || len(got.Timeouts.Timeout) != 1 || got.Timeouts.Timeout[0].ExpiryTime == "UNLIMITED" {
		t.Errorf("the ResourceManager reports %+v", got)
	}
	as := func(user string) *place {
		other := *m.place
		other.env = append(m.env[:len(m.env):len(m.env)], "HADOOP_USER_NAME="+user)
		return &other
	}
	as("bob").start(t, "status", all.ID.String()).ends(t, 0)
	for _, user := range []string{"bob", "mallory"} { // bob may look only
		as(user).start(t, "kill", all.ID.String()).ends(t, 4, user)
	}
	r := as("carol").start(t, "kill", all.ID.String()) // its folder is another's, and stays
	r.ends(t, 4, "is KILLED", all.ID.String())

	m.start(t, "session", "-d", "-jm", "1024", "-nm", m.name+"-refused", "-nl", "slow").ends(t, 1, "slow", takenBack)
	m.start(t, "session", "--dry-run=cluster", "-jm", "1024", "-D", "yarn.application.priority=11").ends(t, 0, "the priority 11", "becomes 10")
	if apps := m.named(t, "-refused", yarn.LiveStates()...); len(apps) > 0 {
		t.Errorf("%s was started", apps[0].ID)
	}
}

// ask talks to the ResourceManager's REST API, as the cluster's own user.
func (m *mainJob) ask(t *testing.T, method, what string, body, to any) {
	t.Helper()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, m.cluster.RMWebURL()+"/ws/v1/cluster/"+what+"?user.name="+m.cluster.User(), &content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s %s (%v)", method, what, res.Status, answer, err)
	}
	if to != nil {
		if err := json.Unmarshal(answer, to); err != nil {
			t.Fatalf("%s %s: %v: %s", method, what, err, answer)
		}
	}
}

// label gives the cluster's node a label.
func (m *mainJob) label(t *testing.T, name string) {
	t.Helper()
	m.ask(t, "POST", "add-node-labels", map[string]any{"nodeLabelInfo": []any{map[string]any{"name": name, "exclusivity": "false"}}}, nil)
	nodes, err := m.rm.Nodes(t.Context(), "RUNNING")
	if err != nil || len(nodes) != 1 {
		t.Fatalf("nodes %v, %v", nodes, err)
	}
	m.ask(t, "POST", "replace-node-to-labels", map[string]any{"nodeToLabels": []any{map[string]any{"nodeId": nodes[0].ID, "labels": []string{name}}}}, nil)
}

// reserve reserves a part of the cluster for the next quarter of an hour, and waits until it has begun.
func (m *mainJob) reserve(t *testing.T, queue string) string {
	t.Helper()
	var made struct {
		ID string `json:"reservation-id"`
	}
	m.ask(t, "POST", "reservation/new-reservation", nil, &made)
	now := time.Now()
	m.ask(t, "POST", "reservation/submit", map[string]any{
		"queue": queue, "reservation-id": made.ID,
		"reservation-definition": map[string]any{
			"arrival": now.UnixMilli(), "deadline": now.Add(15 * time.Minute).UnixMilli(), "reservation-name": "test",
			"reservation-requests": map[string]any{
				"reservation-request-interpreter": 0,
				"reservation-request": []any{map[string]any{
					"duration": (14 * time.Minute).Milliseconds(), "num-containers": 2, "min-concurrency": 1, "capability": map[string]any{"memory": 2048, "vCores": 1},
				}},
			},
		},
	}, nil)
	within(t, fmt.Sprintf("the queue of %s", made.ID), func() (bool, error) {
		all, err := m.rm.Queues(t.Context())
		for _, q := range all.Queues {
			if strings.Contains(q.Path, made.ID) {
				return true, err
			}
		}
		return false, err
	})
	return made.ID
}
