package yarn_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

const user = "alice"

// impatient are options for servers that answer at once.
func impatient(addrs ...string) yarn.Options {
	return yarn.Options{Addresses: addrs, User: user, RetryDelay: time.Millisecond, Timeout: 5 * time.Second, RetryFor: 5 * time.Second}
}

func newClient(t *testing.T, o yarn.Options) *yarn.Client {
	t.Helper()
	c, err := yarn.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fake returns a server with a client of it.
func fake(t *testing.T, o yarntest.Options) (*yarntest.Server, *yarn.Client) {
	t.Helper()
	s := yarntest.New(t, o)
	return s, newClient(t, impatient(s.URL))
}

// hint returns the advice that an error carries.
func hint(err error) string {
	var h interface{ Hint() string }
	if !errors.As(err, &h) {
		return ""
	}
	return h.Hint()
}

func TestNewClientChecksOptions(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    yarn.Options
		want []string // parts of the error; none: no error
	}{
		{"fine", yarn.Options{Addresses: []string{"http://rm:8088", "https://rm2:8090/gateway/"}, User: user}, nil},
		{"nothing", yarn.Options{}, []string{"no address", "no user"}},
		{"no scheme", yarn.Options{Addresses: []string{"rm:8088"}, User: user}, []string{`"rm:8088"`, "http://host:port"}},
		{"all mistakes", yarn.Options{Addresses: []string{"ftp://a", "http://"}, User: user}, []string{"ftp://a", `"http://"`}},
		{"query", yarn.Options{Addresses: []string{"http://a?x=y"}, User: user}, []string{"query"}},
		{"password is not repeated", yarn.Options{Addresses: []string{"http://u:secret@a"}, User: user}, []string{"user"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := yarn.NewClient(tt.o)
			if (err != nil) != (tt.want != nil) {
				t.Fatalf("error %v", err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("error %q tells the password", err)
			}
		})
	}
}

func TestUserNameIsOnEachCall(t *testing.T) {
	s, c := fake(t, yarntest.Options{Auto: true, RequireUser: true})
	ctx := context.Background()
	id, _, err := c.NewApplication(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Submit(ctx, sleeper(id)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Kill(ctx, id, ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Conf(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Faults.Requests() {
		if !strings.Contains(r, "user.name="+user) {
			t.Errorf("no user.name: %s", r)
		}
	}
}

func TestUnreachable(t *testing.T) {
	s := yarntest.New(t, yarntest.Options{})
	s.Stop()
	for _, tt := range []struct {
		name  string
		addrs []string
		keys  string
	}{
		{"one", []string{s.URL}, "yarn.resourcemanager.webapp.address"},
		{"several", []string{s.URL, s.URL + "/other"}, "yarn.resourcemanager.ha.rm-ids"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := impatient(tt.addrs...)
			o.RetryFor = 20 * time.Millisecond
			_, err := newClient(t, o).Info(context.Background())
			if !errors.Is(err, yarn.ErrUnreachable) {
				t.Fatalf("error %v, want ErrUnreachable", err)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v could be taken for the end of the caller's context", err)
			}
			for _, text := range []string{err.Error(), hint(err)} {
				if !strings.Contains(text, s.URL) {
					t.Errorf("%q does not name the address", text)
				}
			}
			if !strings.Contains(hint(err), tt.keys) {
				t.Errorf("hint %q does not name %s", hint(err), tt.keys)
			}
		})
	}
}

func TestContextEndsEveryCallAtOnce(t *testing.T) {
	why := errors.New("interrupted by the user")
	id := yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}
	for _, tt := range []struct {
		name, match string
		call        func(context.Context, *yarn.Client) error
	}{
		{"info", "GET /ws/v1/cluster/info", func(ctx context.Context, c *yarn.Client) error { _, err := c.Info(ctx); return err }},
		{"submit", "POST /ws/v1/cluster/apps", func(ctx context.Context, c *yarn.Client) error { return c.Submit(ctx, sleeper(id)) }},
		{"kill", "PUT /ws/v1/cluster/apps/*/state", func(ctx context.Context, c *yarn.Client) error { _, err := c.Kill(ctx, id, ""); return err }},
		{"report", "GET /ws/v1/cluster/apps/*", func(ctx context.Context, c *yarn.Client) error { _, err := c.Application(ctx, id); return err }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{})
			hit := s.Faults.Add(faults.Fault{Match: tt.match, Mode: faults.Hang})
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			go func() {
				<-hit.C
				cancel(why)
			}()
			err := tt.call(ctx, c)
			if !errors.Is(err, why) || errors.Is(err, yarn.ErrUnreachable) {
				t.Fatalf("error %v, want %v", err, why)
			}
			if n := len(s.Faults.Requests()); n != 1 {
				t.Errorf("%d requests, want the one that hung", n)
			}
		})
	}
}

func TestContextEndDuringPause(t *testing.T) {
	s, _ := fake(t, yarntest.Options{})
	s.Stop()
	o := impatient(s.URL)
	o.RetryDelay, o.RetryFor = time.Hour, 2*time.Hour
	why := errors.New("time is over")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, why)
	defer cancel()
	_, err := newClient(t, o).Metrics(ctx)
	if !errors.Is(err, why) || !strings.Contains(err.Error(), "refused") {
		t.Fatalf("error %v, want %v and what went wrong before", err, why)
	}
}

func TestRetries(t *testing.T) {
	const match = "GET /ws/v1/cluster/metrics"
	gateway := faults.Fault{Match: match, Mode: faults.Answer, Code: 502, Body: "<html><body><h1>502 Bad Gateway</h1></body></html>"}
	for _, tt := range []struct {
		name  string
		fault faults.Fault
		want  int // requests
		error error
	}{
		{"connection cut", faults.Fault{Match: match, Mode: faults.Cut, Times: 2}, 3, nil},
		{"gateway", gateway, 2, nil},
		{"503 without a word", faults.Fault{Match: match, Mode: faults.Answer, Code: 503}, 2, nil},
		{"redirect without location", faults.Fault{Match: match, Mode: faults.Answer, Code: 307}, 2, nil},
		{"200 of plain text", faults.Fault{Match: match, Mode: faults.Answer, Code: 200, Body: "There is no active RM right now."}, 2, nil},
		{"standby exception", faults.Fault{Match: match, Mode: faults.Answer, Code: 403,
			Body: `{"RemoteException":{"exception":"StandbyException","message":"not active"}}`}, 2, nil},
		{"server bug is final", faults.Fault{Match: match, Mode: faults.Answer, Code: 503,
			Body: `{"RemoteException":{"exception":"NullPointerException","javaClassName":"java.lang.NullPointerException"}}`}, 1, errAny},
		{"refusal is final", faults.Fault{Match: match, Mode: faults.Answer, Code: 403, Body: "no"}, 1, yarn.ErrForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{})
			s.Faults.Add(tt.fault)
			_, err := c.Metrics(context.Background())
			if (err != nil) != (tt.error != nil) || tt.error != errAny && !errors.Is(err, tt.error) {
				t.Errorf("error %v, want %v", err, tt.error)
			}
			if n := len(s.Faults.Requests()); n != tt.want {
				t.Errorf("%d requests, want %d", n, tt.want)
			}
		})
	}
}

// errAny stands for any error in tables.
var errAny = errors.New("any")

func TestOneTryOnly(t *testing.T) {
	s := yarntest.New(t, yarntest.Options{})
	s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/metrics", Mode: faults.Answer, Code: 502, Body: "<html>Bad Gateway</html>"})
	o := impatient(s.URL)
	o.RetryFor = -1
	_, err := newClient(t, o).Metrics(context.Background())
	var remote *yarn.RemoteError
	if !errors.Is(err, yarn.ErrUnreachable) || !errors.As(err, &remote) || remote.Status != 502 {
		t.Errorf("error %v, want ErrUnreachable around the gateway's 502", err)
	}
}

func TestExchangeTimeoutIsTriedAgain(t *testing.T) {
	s := yarntest.New(t, yarntest.Options{})
	s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/info", Mode: faults.Hang})
	o := impatient(s.URL)
	o.Timeout = 50 * time.Millisecond
	if _, err := newClient(t, o).Info(context.Background()); err != nil {
		t.Errorf("error %v after the server answered the second request", err)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	s, c := fake(t, yarntest.Options{})
	s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/nodes", Mode: faults.Answer, Code: 200, Body: strings.Repeat(" ", 9<<20)})
	_, err := c.Nodes(context.Background())
	if err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("error %v, want one of size", err)
	}
	if n := len(s.Faults.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestConcurrentUse(t *testing.T) {
	p := yarntest.NewPair(t, yarntest.Options{Auto: true})
	c := newClient(t, impatient(p.Addresses()...))
	ctx := context.Background()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if i == 4 {
				p.Activate(p.B)
			}
			id, _, err := c.NewApplication(ctx)
			if err == nil {
				err = c.Submit(ctx, sleeper(id))
			}
			if err == nil {
				_, err = c.Kill(ctx, id, "")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(p.A.Applications()); n != 8 {
		t.Errorf("%d applications, want 8", n)
	}
}
