package yarn_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestActiveIsFoundAndRemembered(t *testing.T) {
	for _, active := range []string{"first", "second"} {
		t.Run(active, func(t *testing.T) {
			p := yarntest.NewPair(t, yarntest.Options{})
			is, isNot := p.A, p.B
			if active == "second" {
				is, isNot = p.B, p.A
			}
			p.Activate(is)
			c := newClient(t, impatient(p.Addresses()...))
			for range 3 {
				if _, err := c.Metrics(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			if n := count(is, "/metrics"); n != 3 {
				t.Errorf("%d requests to the active one, want 3", n)
			}
			if n := count(isNot, "/metrics"); n != 0 {
				t.Errorf("%d requests to the standby, want none", n)
			}
			if n := count(is, "/info"); n != 1 {
				t.Errorf("the active one was probed %d times, want once", n)
			}
		})
	}
}

// count counts requests to a path below the cluster's.
func count(s *yarntest.Server, path string) int {
	n := 0
	for _, r := range s.Faults.Requests() {
		if strings.Contains(r, "/ws/v1/cluster"+path+"?") {
			n++
		}
	}
	return n
}

func TestFailover(t *testing.T) {
	for _, tt := range []struct {
		name string
		fail func(*yarntest.Pair)
	}{
		{"the active one becomes standby", func(p *yarntest.Pair) { p.Activate(p.B) }},
		{"the active one dies", func(p *yarntest.Pair) { p.A.Stop(); p.Activate(p.B) }},
		{"nobody is active for a while", func(p *yarntest.Pair) {
			p.Activate(nil)
			time.AfterFunc(20*time.Millisecond, func() { p.Activate(p.B) })
		}},
		{"nobody is, and they say so with a 200", func(p *yarntest.Pair) {
			p.Activate(nil)
			p.A.GiveUp()
			time.AfterFunc(20*time.Millisecond, func() { p.Activate(p.A) })
		}},
		{"the active one hangs", func(p *yarntest.Pair) {
			p.A.Faults.Add(faults.Fault{Match: "* /ws/v1/cluster/*", Mode: faults.Hang, Times: -1})
			p.A.Faults.Add(faults.Fault{Match: "* /ws/v1/cluster/*/*", Mode: faults.Hang, Times: -1, Optional: true})
			p.Activate(p.B)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := yarntest.NewPair(t, yarntest.Options{Auto: true})
			o := impatient(p.Addresses()...)
			o.Timeout = 200 * time.Millisecond
			c := newClient(t, o)
			ctx := context.Background()
			id, _, err := c.NewApplication(ctx)
			if err != nil {
				t.Fatal(err)
			}
			tt.fail(p)
			if err := c.Submit(ctx, sleeper(id)); err != nil {
				t.Fatalf("submit: %v", err)
			}
			if r, err := c.Application(ctx, id); err != nil || r.User != user {
				t.Errorf("report %+v, %v", r, err)
			}
			if r, err := c.Kill(ctx, id, ""); err != nil || r.State != yarn.Killed {
				t.Errorf("kill %+v, %v", r, err)
			}
		})
	}
}

func TestFailoverDuringSubmit(t *testing.T) {
	p := yarntest.NewPair(t, yarntest.Options{})
	c := newClient(t, impatient(p.Addresses()...))
	ctx := context.Background()
	id, _, err := c.NewApplication(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// The submission arrives, but the server dies before it is saved.
	p.A.Handle(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != "POST" {
			return false
		}
		p.Activate(p.B)
		panic(http.ErrAbortHandler)
	})
	if err := c.Submit(ctx, sleeper(id)); err != nil {
		t.Fatal(err)
	}
	apps := p.B.Applications()
	if len(apps) != 1 || apps[0].ID != id || apps[0].Submissions != 1 {
		t.Errorf("applications %+v", apps)
	}
	if n := count(p.B, "/apps/"+id.String()); n != 1 {
		t.Errorf("asked for the id %d times, want once", n)
	}
}

func TestUnknownIsNotBelievedRightAfterFailover(t *testing.T) {
	p := yarntest.NewPair(t, yarntest.Options{Auto: true})
	c := newClient(t, impatient(p.Addresses()...))
	ctx := context.Background()
	id := submit(ctx, t, c, nil)
	p.Activate(p.B)
	p.B.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/apps/*", Mode: faults.Answer, Code: 404, Times: 2,
		Body: `{"RemoteException":{"exception":"NotFoundException","message":"app not found"}}`})
	if _, err := c.Application(ctx, id); err != nil {
		t.Errorf("error %v while the new ResourceManager was recovering", err)
	}
}

func TestNobodyActive(t *testing.T) {
	p := yarntest.NewPair(t, yarntest.Options{})
	p.Activate(nil)
	o := impatient(p.Addresses()...)
	o.RetryFor = 300 * time.Millisecond
	_, err := newClient(t, o).Info(context.Background())
	if !errors.Is(err, yarn.ErrUnreachable) || !strings.Contains(err.Error(), p.A.URL+" is standby") {
		t.Errorf("error %v, want ErrUnreachable that tells each one's state", err)
	}
}

func TestSingleStandbyNamesTheActive(t *testing.T) {
	p := yarntest.NewPair(t, yarntest.Options{})
	p.Activate(p.B)
	o := impatient(p.A.URL)
	o.RetryFor = 300 * time.Millisecond
	_, err := newClient(t, o).Metrics(context.Background())
	if !errors.Is(err, yarn.ErrUnreachable) || !strings.Contains(err.Error(), "redirects to "+p.B.URL) {
		t.Errorf("error %v, want ErrUnreachable that names the other", err)
	}
	if n := len(p.B.Faults.Requests()); n != 0 {
		t.Errorf("the redirect was followed: %v", p.B.Faults.Requests())
	}
}

func TestRefusalWhileProbing(t *testing.T) {
	p := yarntest.NewPair(t, yarntest.Options{Kerberos: true})
	_, err := newClient(t, impatient(p.Addresses()...)).Info(context.Background())
	if !errors.Is(err, yarn.ErrKerberosRequired) {
		t.Errorf("error %v, want ErrKerberosRequired", err)
	}
}

// The first ResourceManager accepts a submission, and dies before it has saved
// it: the next one has never heard of the application.
func TestSubmissionThatWasNotSaved(t *testing.T) {
	p := yarntest.NewPair(t, yarntest.Options{})
	c := newClient(t, impatient(p.Addresses()...))
	ctx := context.Background()
	id, _, err := c.NewApplication(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Submit(ctx, sleeper(id)); err != nil {
		t.Fatal(err)
	}
	if r, err := c.Submitted(ctx, sleeper(id)); err != nil || r.State != yarn.NewSaving {
		t.Errorf("report %+v, %v", r, err)
	}
	p.A.Forget(id)
	p.Activate(p.B)
	if r, err := c.Submitted(ctx, sleeper(id)); err != nil || r.ID != id || r.State != yarn.NewSaving {
		t.Errorf("report after the failover %+v, %v", r, err)
	}
	apps := p.B.Applications()
	if len(apps) != 1 || apps[0].Submissions != 1 {
		t.Errorf("applications %+v, want one that the second ResourceManager was given once", apps)
	}
}

// A server that takes submissions and forgets them is not asked for ever.
func TestSubmissionThatIsNeverKnown(t *testing.T) {
	s := yarntest.New(t, yarntest.Options{})
	s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/apps/*", Mode: faults.Answer, Code: 404, Times: -1,
		Body: `{"RemoteException":{"exception":"NotFoundException","message":"app not found"}}`})
	o := impatient(s.URL)
	o.RetryFor = 100 * time.Millisecond
	_, err := newClient(t, o).Submitted(context.Background(), sleeper(yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}))
	if !errors.Is(err, yarn.ErrApplicationNotFound) {
		t.Errorf("error %v, want ErrApplicationNotFound", err)
	}
}

// Whoever waits for a failover is told, once each time.
func TestWaitingIsTold(t *testing.T) {
	t.Parallel()
	p := yarntest.NewPair(t, yarntest.Options{})
	o := impatient(p.Addresses()...)
	var told []string
	o.Waiting = func(why error, upTo time.Duration) { told = append(told, why.Error()+" "+upTo.String()) }
	c := newClient(t, o)
	for range 2 {
		p.Activate(nil)
		time.AfterFunc(2200*time.Millisecond, func() { p.Activate(p.B) })
		if _, err := c.Metrics(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 || !strings.Contains(told[0], p.A.URL+" is standby") || !strings.HasSuffix(told[0], " 5s") {
		t.Errorf("told %q", told)
	}
}
