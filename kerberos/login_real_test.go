package kerberos_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/internal/minicluster/kdctest"
	"github.com/yarnflink/yarnflink/kerberos"
)

// realm is a KDC with alice in a keytab, bob with a password, and a service.
type realm struct {
	*kdctest.Server
	conf *kerberos.Configuration
}

func newRealm(t *testing.T, o kdc.Options) realm {
	t.Helper()
	k := kdctest.Start(t, o)
	for keytab, principals := range map[string][]string{"alice": {"alice"}, "two": {"alice", "flink/host"}, "http": {"HTTP/localhost"}} {
		if err := k.AddToKeytab(t.Context(), keytab, principals...); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.AddPassword(t.Context(), "bob", "secret"); err != nil {
		t.Fatal(err)
	}
	conf, err := kerberos.Load(k.ConfigPath())
	if err != nil {
		t.Fatal(err)
	}
	return realm{k, conf}
}

// admin runs commands of kadmin.local.
func (r realm) admin(t *testing.T, script string) {
	t.Helper()
	if out, err := r.Admin(t.Context(), script); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// kinit makes a ticket cache.
func (r realm) kinit(t *testing.T, args ...string) string {
	t.Helper()
	kinit, err := exec.LookPath("kinit")
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "cache")
	cmd := exec.Command(kinit, append([]string{"-c", cache, "-kt", r.Keytab("alice")}, args...)...)
	cmd.Env = r.Environ(os.Environ())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kinit: %v: %s", err, out)
	}
	return cache
}

func TestRealLogin(t *testing.T) {
	r := newRealm(t, kdc.Options{TicketLife: time.Hour, RenewableLife: 2 * time.Hour})
	cache := r.kinit(t, "-r", "2h", "alice")
	for name, c := range map[string]struct {
		login   func() (*kerberos.Login, error)
		who     string
		lasting bool
		renews  bool
	}{
		"keytab, its only principal": {func() (*kerberos.Login, error) {
			return kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")
		}, "alice", true, true},
		"keytab, a principal without realm": {func() (*kerberos.Login, error) {
			return kerberos.FromKeytab(r.conf, r.Keytab("two"), "flink/host")
		}, "flink/host", true, true},
		"password": {func() (*kerberos.Login, error) {
			return kerberos.FromPassword(r.conf, "bob", "secret")
		}, "bob", true, true},
		"ticket cache":        {func() (*kerberos.Login, error) { return kerberos.FromTicketCache(r.conf, cache) }, "alice", false, true},
		"ticket cache, FILE:": {func() (*kerberos.Login, error) { return kerberos.FromTicketCache(r.conf, "FILE:"+cache) }, "alice", false, true},
		"ticket cache, DIR::": {func() (*kerberos.Login, error) { return kerberos.FromTicketCache(r.conf, "DIR::"+cache) }, "alice", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := c.login()
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := l.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := l.Principal().String(); got != c.who+"@"+kdc.Realm {
				t.Errorf("logged in as %s", got)
			}
			times := l.Times()
			if left := time.Until(times.End); left < 50*time.Minute || left > time.Hour+time.Minute {
				t.Errorf("the ticket ends in %s", left)
			}
			if times.Lasting != c.lasting || c.renews != times.RenewUntil.After(times.End) {
				t.Errorf("times %+v", times)
			}
			if l.Source() == "" || strings.Contains(l.Source(), "secret") {
				t.Errorf("source %q", l.Source())
			}
		})
	}
}

// checked is what is wrong with a login, sooner or later.
func checked(ctx context.Context) func(*kerberos.Login, error) error {
	return func(l *kerberos.Login, err error) error {
		if err != nil {
			return err
		}
		defer l.Close()
		return l.Check(ctx)
	}
}

func TestRealLoginRefused(t *testing.T) {
	r := newRealm(t, kdc.Options{})
	fromKeytab := func(keytab, principal string) func(context.Context) error {
		return func(ctx context.Context) error {
			return checked(ctx)(kerberos.FromKeytab(r.conf, keytab, principal))
		}
	}
	password := func(principal, password string) func(context.Context) error {
		return func(ctx context.Context) error {
			return checked(ctx)(kerberos.FromPassword(r.conf, principal, password))
		}
	}
	cache := func(name string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := kerberos.FromTicketCache(r.conf, name)
			return err
		}
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("\x05\x04no cache"), 0o600); err != nil {
		t.Fatal(err)
	}
	stale := r.kinit(t, "-l", "1s", "alice")
	time.Sleep(2 * time.Second)
	for name, c := range map[string]struct {
		prepare string // commands of kadmin.local
		login   func(context.Context) error
		kind    error
		words   []string // of the error, and of its hint
	}{
		"no keytab":             {"", fromKeytab("/no/such/keytab", ""), kerberos.ErrConfiguration, []string{"/no/such/keytab"}},
		"no keytab's format":    {"", fromKeytab(text, ""), kerberos.ErrConfiguration, nil},
		"several principals":    {"", fromKeytab(r.Keytab("two"), ""), kerberos.ErrConfiguration, []string{"flink/host@" + kdc.Realm, "security.kerberos.login.principal"}},
		"not in the keytab":     {"", fromKeytab(r.Keytab("alice"), "carol"), kerberos.ErrConfiguration, []string{"carol@" + kdc.Realm, "alice@" + kdc.Realm}},
		"no principal":          {"", password("a b", "secret"), kerberos.ErrConfiguration, []string{`"a b"`}},
		"wrong password":        {"", password("bob", "wrong"), kerberos.ErrLogin, []string{"the key or password is wrong"}},
		"unknown":               {"", password("dave", "secret"), kerberos.ErrLogin, []string{"does not know the principal", "spelling"}},
		"another realm":         {"", password("bob@ELSEWHERE.TEST", "secret"), kerberos.ErrUnreachable, nil},
		"a keytab that is old":  {"addprinc -randkey old\nktadd -k " + r.Keytab("old") + " old\ncpw -randkey old", fromKeytab(r.Keytab("old"), ""), kerberos.ErrLogin, []string{"the key or password is wrong", "a keytab has to be made anew"}},
		"locked":                {"addprinc -pw x locked\nmodprinc -allow_tix locked", password("locked", "x"), kerberos.ErrLogin, []string{"is locked"}},
		"password has expired":  {"addprinc -pw x -pwexpire yesterday aged", password("aged", "x"), kerberos.ErrLogin, []string{"has expired", "kpasswd"}},
		"no ticket cache":       {"", cache("/no/such/cache"), kerberos.ErrLogin, []string{"there is none", "kinit"}},
		"no cache's format":     {"", cache(text), kerberos.ErrConfiguration, []string{text}},
		"expired":               {"", cache(stale), kerberos.ErrLogin, []string{"alice@" + kdc.Realm + " has expired at", "kinit"}},
		"tickets in the kernel": {"", cache("KEYRING:persistent:0"), kerberos.ErrConfiguration, []string{"KEYRING", "KRB5CCNAME=FILE:"}},
		"tickets of a daemon":   {"", cache("KCM:"), kerberos.ErrConfiguration, []string{"KCM", "KRB5CCNAME=FILE:"}},
	} {
		t.Run(name, func(t *testing.T) {
			r.admin(t, c.prepare+"\n")
			err := c.login(t.Context())
			if !errors.Is(err, c.kind) {
				t.Fatalf("error %v, want %v", err, c.kind)
			}
			said := err.Error()
			if hint, ok := err.(interface{ Hint() string }); ok {
				said += "\n" + hint.Hint()
			}
			t.Log(said)
			for _, w := range c.words {
				if !strings.Contains(said, w) {
					t.Errorf("no %q in: %s", w, said)
				}
			}
			if strings.Contains(said, "secret") {
				t.Errorf("a password is in: %s", said)
			}
		})
	}
}

func TestRealLoginWithoutKDC(t *testing.T) {
	r := newRealm(t, kdc.Options{})
	r.Stop()
	err := checked(t.Context())(kerberos.FromKeytab(r.conf, r.Keytab("alice"), ""))
	var e *kerberos.Error
	if !errors.Is(err, kerberos.ErrUnreachable) || !errors.As(err, &e) || e.Hint() == "" {
		t.Errorf("error %v", err)
	}
	t.Log(err)
}

// Clocks that differ by more than five minutes, whichever is wrong, are told of.
func TestRealClocksAreApart(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			r := newRealm(t, kdc.Options{Ahead: ahead})
			err := checked(t.Context())(kerberos.FromKeytab(r.conf, r.Keytab("alice"), ""))
			var e *kerberos.Error
			if !errors.Is(err, kerberos.ErrLogin) || !errors.As(err, &e) || !strings.Contains(err.Error(), "clocks are more than 5 minutes apart") || !strings.Contains(e.Hint(), "NTP") {
				t.Errorf("error %v", err)
			}
			t.Log(err)
		})
	}
	r := newRealm(t, kdc.Options{Ahead: time.Minute})
	if err := checked(t.Context())(kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")); err != nil {
		t.Errorf("clocks a minute apart: %v", err)
	}
}

func TestRealLoginInterrupted(t *testing.T) {
	r := newRealm(t, kdc.Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	cancel(interrupted)
	if err := checked(ctx)(kerberos.FromKeytab(r.conf, r.Keytab("alice"), "")); err != nil && !errors.Is(err, interrupted) {
		t.Errorf("error %v", err)
	}
}
