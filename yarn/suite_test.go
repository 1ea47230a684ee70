package yarn_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

// sleeper is a submission that needs nothing but a shell.
func sleeper(id yarn.ApplicationID) yarn.ApplicationSubmissionContext {
	return yarn.ApplicationSubmissionContext{
		ID: id, Name: `sleeper "ä" <&>`, Type: "Sleep", Queue: "default", MaxAttempts: 1,
		Tags:     []string{"Suite-" + id.String()},
		Resource: yarn.Resource{MemoryMB: 128, VCores: 1},
		Container: yarn.ContainerLaunchContext{
			Commands:    []string{"sleep", "60"},
			Environment: map[string]string{"SUITE": "a b"},
			ACLs:        map[string]string{yarn.ViewApplication: "*"},
		},
	}
}

func TestSuiteOnFake(t *testing.T) {
	for name, dialect := range map[string]yarntest.Dialect{"2.10": yarntest.Hadoop210, "3.4": yarntest.Hadoop34, "3.5": yarntest.Hadoop35} {
		t.Run(name, func(t *testing.T) {
			s := yarntest.New(t, yarntest.Options{Dialect: dialect, Auto: true})
			suite(t, newClient(t, impatient(s.URL)))
			lostAnswers(t, s.URL)
		})
	}
}

// suite is what any cluster with a queue named default must do.
func suite(t *testing.T, c *yarn.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	t.Run("reading", func(t *testing.T) { suiteReading(ctx, t, c) })
	t.Run("life of an application", func(t *testing.T) { suiteLife(ctx, t, c) })
	t.Run("unknown application", func(t *testing.T) {
		id := yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}
		if _, err := c.Application(ctx, id); !errors.Is(err, yarn.ErrApplicationNotFound) {
			t.Errorf("report: error %v, want ErrApplicationNotFound", err)
		}
		if _, err := c.Kill(ctx, id, ""); !errors.Is(err, yarn.ErrApplicationNotFound) {
			t.Errorf("kill: error %v, want ErrApplicationNotFound", err)
		}
	})
	t.Run("wrong queue", func(t *testing.T) {
		r := await(ctx, t, c, submit(ctx, t, c, func(s *yarn.ApplicationSubmissionContext) { s.Queue = "nowhere" }))
		if r.State != yarn.Failed || r.FinalStatus != yarn.StatusFailed || !strings.Contains(r.Diagnostics, "unknown queue: nowhere") {
			t.Errorf("got %s, %s, %q", r.State, r.FinalStatus, r.Diagnostics)
		}
	})
	t.Run("too much memory", func(t *testing.T) {
		id, _, err := c.NewApplication(ctx)
		if err != nil {
			t.Fatal(err)
		}
		s := sleeper(id)
		s.Resource.MemoryMB = 1 << 30
		err = c.Submit(ctx, s)
		if !errors.Is(err, yarn.ErrBadRequest) || !strings.Contains(err.Error(), "memory") {
			t.Errorf("error %v, want ErrBadRequest for memory", err)
		}
	})
	t.Run("queue filter", func(t *testing.T) {
		if _, err := c.Applications(ctx, yarn.Filter{Queue: "nowhere"}); !errors.Is(err, yarn.ErrBadRequest) {
			t.Errorf("error %v, want ErrBadRequest", err)
		}
	})
}

func suiteReading(ctx context.Context, t *testing.T, c *yarn.Client) {
	info, err := c.Info(ctx)
	if err != nil || info.HAState != "ACTIVE" || info.State != "STARTED" || info.Version == "" || info.Started.IsZero() || info.StateStore == "" {
		t.Errorf("info %+v, %v", info, err)
	}
	metrics, err := c.Metrics(ctx)
	if err != nil || metrics.ActiveNodes < 1 || metrics.Total.MemoryMB < 128 || metrics.Total.VCores < 1 {
		t.Errorf("metrics %+v, %v", metrics, err)
	}
	nodes, err := c.Nodes(ctx, yarn.NodeRunning, yarn.NodeUnhealthy)
	if err != nil || len(nodes) < 1 || nodes[0].Total.MemoryMB < 128 || nodes[0].State != yarn.NodeRunning || nodes[0].ID == "" || nodes[0].HTTPAddress == "" {
		t.Errorf("nodes %+v, %v", nodes, err)
	}
	if lost, err := c.Nodes(ctx, yarn.NodeLost); err != nil || len(lost) != 0 {
		t.Errorf("lost nodes %+v, %v", lost, err)
	}
	if _, err := c.Nodes(ctx, "all"); !errors.Is(err, yarn.ErrBadRequest) {
		t.Errorf("nodes in no state: error %v, want ErrBadRequest", err)
	}
	scheduler, err := c.Queues(ctx)
	if err != nil || len(scheduler.Queues) < 2 || scheduler.Queues[0].Path != "root" || scheduler.Queues[0].Leaf {
		t.Errorf("queues %+v, %v", scheduler, err)
	}
	if q, ok := scheduler.Lookup("default"); !ok || !q.Leaf || q.Path != "root.default" || q.State != "RUNNING" || q.MaxApplications == 0 {
		t.Errorf("queue default: %+v, %t", q, ok)
	}
	if value, ok, err := c.Conf(ctx, "yarn.resourcemanager.am.max-attempts"); err != nil || !ok || value != "2" {
		t.Errorf("attempts %q, %t, %v", value, ok, err)
	}
	if value, ok, err := c.Conf(ctx, "no.such.key"); err != nil || ok {
		t.Errorf("no such key: %q, %t, %v", value, ok, err)
	}
	who, err := c.UserInfo(ctx)
	if strings.HasPrefix(info.Version, "2.") {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("user info of %s: error %v, want ErrUnsupported", info.Version, err)
		}
	} else if err != nil || who.Requested != user || who.Login == "" {
		t.Errorf("user info %+v, %v", who, err)
	}
}

func suiteLife(ctx context.Context, t *testing.T, c *yarn.Client) {
	id := submit(ctx, t, c, nil)
	sent := sleeper(id)
	r := await(ctx, t, c, id)
	if r.State != yarn.Accepted && r.State != yarn.Running {
		t.Fatalf("state %s, %q", r.State, r.Diagnostics)
	}
	if r.ID != id || r.User != user || r.Name != sent.Name || r.Type != sent.Type || r.FinalStatus != yarn.StatusUndefined ||
		r.Started.IsZero() || !r.Finished.IsZero() || !slices.Equal(r.Tags, []string{strings.ToLower(sent.Tags[0])}) {
		t.Errorf("report %+v", r)
	}
	if r.Queue != "default" && r.Queue != "root.default" {
		t.Errorf("queue %q", r.Queue)
	}
	if err := c.Submit(ctx, sent); err != nil {
		t.Errorf("the same submission again: %v", err)
	}
	for name, f := range map[string]yarn.Filter{
		"tag":      {Tags: sent.Tags},
		"the rest": {States: yarn.LiveStates(), User: user, Queue: "default", Name: sent.Name, Types: []string{"sleep"}, Tags: []string{"other", sent.Tags[0]}, Limit: 5},
	} {
		if found, err := c.Applications(ctx, f); err != nil || len(found) != 1 || found[0].ID != id {
			t.Errorf("list by %s: %+v, %v", name, found, err)
		}
	}
	if none, err := c.Applications(ctx, yarn.Filter{Tags: sent.Tags, User: "nobody-of-this-name"}); err != nil || len(none) != 0 {
		t.Errorf("list of another user: %+v, %v", none, err)
	}
	for range 2 { // the second time it has ended already
		killed, err := c.Kill(ctx, id, "the suite is done")
		if err != nil || killed.State != yarn.Killed || killed.FinalStatus != yarn.StatusKilled || killed.Finished.IsZero() {
			t.Errorf("kill: %+v, %v", killed, err)
		}
		if !strings.Contains(killed.Diagnostics, "the suite is done") {
			t.Errorf("diagnostics %q", killed.Diagnostics)
		}
	}
	if live, err := c.Applications(ctx, yarn.Filter{States: yarn.LiveStates(), Tags: sent.Tags}); err != nil || len(live) != 0 {
		t.Errorf("live after kill: %+v, %v", live, err)
	}
}

// submit submits a sleeper, changed by edit.
func submit(ctx context.Context, t *testing.T, c *yarn.Client, edit func(*yarn.ApplicationSubmissionContext)) yarn.ApplicationID {
	t.Helper()
	id, maximum, err := c.NewApplication(ctx)
	if err != nil || id.IsZero() || maximum.MemoryMB < 128 || maximum.VCores < 1 {
		t.Fatalf("new application: %v, %v, %v", id, maximum, err)
	}
	s := sleeper(id)
	if edit != nil {
		edit(&s)
	}
	if err := c.Submit(ctx, s); err != nil {
		t.Fatal(err)
	}
	return id
}

// await returns the first report whose state says what became of a submission.
func await(ctx context.Context, t *testing.T, c *yarn.Client, id yarn.ApplicationID) yarn.ApplicationReport {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := c.Application(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		switch r.State {
		case yarn.New, yarn.NewSaving, yarn.Submitted:
		default:
			return r
		}
		<-tick.C
	}
}

// lostAnswers breaks submissions and kills on their way to a server, fake or real.
func lostAnswers(t *testing.T, url string) {
	const post = "POST /ws/v1/cluster/apps"
	proxied := func(t *testing.T, f ...faults.Fault) (context.Context, *yarn.Client, *yarntest.Proxy) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		t.Cleanup(cancel)
		p := yarntest.NewProxy(t, url)
		for _, f := range f {
			p.Faults.Add(f)
		}
		return ctx, newClient(t, impatient(p.URL)), p
	}
	for _, tt := range []struct {
		name  string
		fault faults.Fault
		posts int
	}{
		{"answer lost", faults.Fault{Match: post, Mode: faults.LoseAnswer}, 1},
		{"request lost", faults.Fault{Match: post, Mode: faults.Cut}, 2},
		{"request lost twice", faults.Fault{Match: post, Mode: faults.Cut, Times: 2}, 3},
		{"request cut in its body", faults.Fault{Match: post, Mode: faults.Cut, AfterBytes: 20}, 2},
		{"gateway", faults.Fault{Match: post, Mode: faults.Answer, Code: 504, Body: "<html>Gateway Timeout</html>"}, 2},
		{"standby", faults.Fault{Match: post, Mode: faults.Answer, Code: 307, Body: "This is standby RM."}, 2},
	} {
		t.Run("submit, "+tt.name, func(t *testing.T) {
			ctx, c, p := proxied(t, tt.fault)
			id := submit(ctx, t, c, nil)
			if posts := strings.Count("\n"+strings.Join(p.Faults.Requests(), "\n"), "\n"+post+"?"); posts != tt.posts {
				t.Errorf("%d submissions sent, want %d", posts, tt.posts)
			}
			if r := await(ctx, t, c, id); r.User != user {
				t.Errorf("report %+v", r)
			}
			if _, err := c.Kill(ctx, id, ""); err != nil {
				t.Error(err)
			}
		})
	}
	for name, mode := range map[string]faults.Mode{"answer lost": faults.LoseAnswer, "request lost": faults.Cut} {
		t.Run("kill, "+name, func(t *testing.T) {
			ctx, c, _ := proxied(t, faults.Fault{Match: "PUT /ws/v1/cluster/apps/*/state", Mode: mode, Times: 2})
			id := submit(ctx, t, c, nil)
			if r, err := c.Kill(ctx, id, ""); err != nil || r.State != yarn.Killed {
				t.Errorf("kill: %+v, %v", r, err)
			}
		})
	}
}
