package submit

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/internal/httpclient"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

var now = time.Now()

func id(n int) yarn.ApplicationID { return yarn.ApplicationID{ClusterTimestamp: 1700000000000, ID: n} }

// lockedWorld is a world whose JobManager speaks TLS, with what it finds in the application's folder, as Flink's does.
type lockedWorld struct {
	*world
	keys    string // the local folder of keys
	address string
}

func newLockedWorld(t *testing.T) *lockedWorld {
	t.Helper()
	w := &lockedWorld{keys: filepath.Join(t.TempDir(), "sessions")}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		u, err := url.Parse(w.jm.URL)
		if err != nil {
			panic(err)
		}
		httputil.NewSingleHostReverseProxy(u).ServeHTTP(out, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return w.restOfFlink(t) }}
	server.StartTLS()
	t.Cleanup(server.Close)
	w.address = server.Listener.Addr().String()
	w.world = newWorld(t, worldOptions{
		yarn:    yarntest.Options{AMAddress: w.address},
		flink:   resttest.Options{OnShutdown: func() { w.rm.Finish(w.rm.Applications()[0].ID, yarn.Finished, yarn.StatusSucceeded, "") }},
		options: func(o *Options) { o.LockFolder, o.NoCache = w.keys, false },
	})
	return w
}

func (w *lockedWorld) folder(t *testing.T) string {
	t.Helper()
	apps := w.rm.Applications()
	if len(apps) == 0 {
		t.Fatal("no application")
	}
	return "/user/alice/.flink/" + apps[len(apps)-1].ID.String()
}

// staged is the configuration that the JobManager finds.
func (w *lockedWorld) staged(t *testing.T) *flink.Configuration {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(w.read(t, w.folder(t)+"/config.yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := flink.LoadConfiguration(dir, flink.Version{Major: 1, Minor: 20})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *lockedWorld) restOfFlink(t *testing.T) (*tls.Config, error) {
	c := w.staged(t)
	store := func(o flink.Option) []byte { return []byte(w.read(t, w.folder(t)+"/"+c.Text(o))) }
	key, leaf, chain, err := pkcs12.DecodeChain(store(flink.RESTKeystore), c.Text(flink.RESTKeystorePassword))
	if err != nil {
		return nil, err
	}
	trusted, err := pkcs12.DecodeTrustStore(store(flink.RESTTruststore), c.Text(flink.RESTTruststorePassword))
	if err != nil {
		return nil, err
	}
	result := &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool(),
		Certificates: []tls.Certificate{{PrivateKey: key, Certificate: [][]byte{leaf.Raw, chain[0].Raw}}}}
	for _, ca := range trusted {
		result.ClientCAs.AddCert(ca)
	}
	return result, nil
}

func (w *lockedWorld) startLocked(t *testing.T) *Deployment {
	t.Helper()
	spec := w.spec(t, map[string]string{"yarn.application.name": "locked"})
	spec.Lock = true
	d, err := w.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// other is a client on another machine.
func (w *lockedWorld) other(t *testing.T, user string) *Client {
	t.Helper()
	o := w.options
	o.User, o.LockFolder = user, filepath.Join(t.TempDir(), "sessions")
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// use asks a session's JobManager.
func use(ctx context.Context, c *Client, t Target) error {
	session, err := c.FindSession(ctx, t)
	if err == nil {
		_, err = c.Jobs(ctx, session)
	}
	return err
}

func TestLockedSession(t *testing.T) {
	w := newLockedWorld(t)
	d := w.startLocked(t)
	if !d.Locked || d.RestURL != "https://"+w.address || d.FlinkVersion != "1.20.5" {
		t.Errorf("%+v", d)
	}
	w.checkLockFiles(t, d)
	w.checkNoSecrets(t)
	byID, byName := Target{ApplicationID: d.ApplicationID.String()}, Target{Name: "locked"}
	for name, c := range map[string]*Client{"this machine": w.Client, "another machine": w.other(t, "alice")} {
		for _, target := range []Target{byID, byName} {
			if err := use(t.Context(), c, target); err != nil {
				t.Errorf("from %s: %v", name, err)
			}
		}
		report, err := c.FindApplication(t.Context(), byID)
		if err != nil {
			t.Fatal(err)
		}
		if s := c.Status(t.Context(), report); !s.Serving || s.RestURL != d.RestURL {
			t.Errorf("status from %s: %+v", name, s)
		}
	}
	if err := use(t.Context(), w.other(t, "bob"), byID); !errors.Is(err, ErrLocked) || !errors.Is(err, fs.ErrPermission) || !strings.Contains(hintOf(err), "only its owner, alice") {
		t.Errorf("bob: %v (%s)", err, hintOf(err))
	}
	if err := use(t.Context(), w.other(t, "alice"), Target{RestURL: d.RestURL}); !errors.Is(err, httpclient.ErrUntrusted) && !errors.Is(err, httpclient.ErrClientRefused) {
		t.Errorf("by its address: %v", err)
	}
	// #nosec: what a stranger may do who looks at no certificate.
	stranger := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	if res, err := stranger.Get(d.RestURL + "/overview"); err == nil {
		t.Errorf("a stranger got %s", res.Status)
	}
	if r, err := w.Stop(t.Context(), d.ApplicationID); err != nil || r.State != yarn.Finished || !r.StagingRemoved {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(w.keys, d.ApplicationID.String())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its key is kept (%v)", err)
	}
}

// checkLockFiles wants each file where it belongs, for its owner alone.
func (w *lockedWorld) checkLockFiles(t *testing.T, d *Deployment) {
	t.Helper()
	list, err := w.files(t).List(t.Context(), w.folder(t))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{}
	for _, f := range list {
		if !strings.HasPrefix(filepath.Base(f.Path), ".manifest") {
			modes[filepath.Base(f.Path)] = f.Permission
		}
	}
	want := map[string]fs.FileMode{"config.yaml": 0o600, lockKeystore: 0o600, lockTruststore: 0o600, stagedLock: 0o600}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Errorf("the folder (-want +got):\n%s", diff)
	}
	dir := filepath.Join(w.keys, d.ApplicationID.String())
	for path, want := range map[string]fs.FileMode{w.keys: 0o700, dir: 0o700, filepath.Join(dir, "client.pem"): 0o600, filepath.Join(dir, "session.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", path, info, err, want)
		}
	}
	c := w.rm.Applications()[0].Context
	for _, key := range []string{lockKeystore, lockTruststore} {
		if r, ok := c.Container.LocalResources[key]; !ok || r.Visibility != yarn.VisibilityApplication || r.Size == 0 {
			t.Errorf("local resource %s: %+v", key, r)
		}
		if strings.Contains(c.Container.Environment[envShipFiles], key) {
			t.Errorf("%s is handed on to TaskManagers", key)
		}
	}
}

// checkNoSecrets looks for the password and the owner's key where they have no business.
func (w *lockedWorld) checkNoSecrets(t *testing.T) {
	t.Helper()
	client := w.read(t, w.folder(t)+"/"+stagedLock)
	password := w.staged(t).Text(flink.RESTKeystorePassword)
	if len(password) < 20 || !strings.Contains(client, "PRIVATE KEY") {
		t.Fatalf("password %q, client's half %q", password, client)
	}
	submitted, err := json.Marshal(w.rm.Applications()[0].Context)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Split(client, "PRIVATE KEY-----\n")[1][:60]
	for _, secret := range []string{password, key} {
		if bytes.Contains(submitted, []byte(secret)) {
			t.Error("a secret was submitted")
		}
		for _, name := range w.dfs.Files() {
			allowed := strings.HasSuffix(name, "/config.yaml") && secret == password || strings.HasSuffix(name, stagedLock) && secret == key
			if !allowed && strings.Contains(w.read(t, name), secret) {
				t.Errorf("a secret is in %s", name)
			}
		}
	}
	for _, name := range w.dfs.Files() {
		if strings.Contains(name, "/cache/") && strings.HasSuffix(name, ".p12") {
			t.Errorf("%s is cached", name)
		}
	}
}

// A key that is nowhere is told, and nothing but the use of the JobManager needs it.
func TestLockedWithoutKey(t *testing.T) {
	w := newLockedWorld(t)
	d := w.startLocked(t)
	if err := w.files(t).RemoveAll(t.Context(), w.folder(t)+"/"+stagedLock); err != nil {
		t.Fatal(err)
	}
	target := Target{ApplicationID: d.ApplicationID.String()}
	c := w.other(t, "alice")
	if err := use(t.Context(), c, target); !errors.Is(err, ErrLocked) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want ErrLocked", err)
	}
	report, err := c.FindApplication(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Status(t.Context(), report); s.Serving || !strings.Contains(s.Problem, "locked") {
		t.Errorf("%+v", s)
	}
	if _, err := c.Stop(t.Context(), d.ApplicationID); !errors.Is(err, ErrLocked) {
		t.Errorf("stop: %v", err)
	}
	if r := c.Kill(t.Context(), []yarn.ApplicationID{d.ApplicationID}, KillOptions{}); r[0].Err != nil {
		t.Errorf("kill: %v", r[0].Err)
	}
}

// An HDFS that is out of reach does not make a locked session another's.
func TestLockedWithoutHDFS(t *testing.T) {
	w := newLockedWorld(t)
	d := w.startLocked(t)
	w.dfs.Faults.Add(faults.Fault{Match: "GET /webhdfs/v1" + w.folder(t) + "/" + stagedLock + "*", Mode: faults.Answer, Code: http.StatusBadGateway, Times: -1})
	target := Target{ApplicationID: d.ApplicationID.String()}
	if err := use(t.Context(), w.other(t, "alice"), target); !errors.Is(err, hdfs.ErrUnreachable) || errors.Is(err, ErrLocked) {
		t.Errorf("%v, want ErrUnreachable and not ErrLocked", err)
	}
	if err := use(t.Context(), w.Client, target); err != nil {
		t.Errorf("with the key that is here: %v", err)
	}
}

// What ends a session, or a start, forgets its key.
func TestLockIsForgotten(t *testing.T) {
	kept := func(t *testing.T, w *lockedWorld) int {
		entries, err := os.ReadDir(w.keys)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	t.Run("killed", func(t *testing.T) {
		w := newLockedWorld(t)
		d := w.startLocked(t)
		if kept(t, w) != 1 {
			t.Fatal("no key is kept")
		}
		if r := w.Kill(t.Context(), []yarn.ApplicationID{d.ApplicationID}, KillOptions{}); r[0].Err != nil {
			t.Fatal(r[0].Err)
		}
		if n := kept(t, w); n != 0 {
			t.Errorf("%d keys are left", n)
		}
	})
	t.Run("has ended", func(t *testing.T) {
		w := newLockedWorld(t)
		d := w.startLocked(t)
		w.rm.Finish(d.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "")
		if _, err := w.Stop(t.Context(), d.ApplicationID); err != nil {
			t.Fatal(err)
		}
		if n := kept(t, w); n != 0 {
			t.Errorf("%d keys are left", n)
		}
	})
	t.Run("taken back", func(t *testing.T) {
		w := newLockedWorld(t)
		w.onReport = func(a yarntest.Application) { w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, "no") }
		spec := w.spec(t, nil)
		spec.Lock = true
		if _, err := w.Start(t.Context(), spec); !errors.Is(err, ErrDeploymentFailed) {
			t.Fatal(err)
		}
		if n := kept(t, w); n != 0 {
			t.Errorf("%d keys are left", n)
		}
	})
	t.Run("collected", func(t *testing.T) {
		w := newLockedWorld(t)
		gone, live := w.startLocked(t), w.startLocked(t)
		w.rm.Finish(gone.ApplicationID, yarn.Finished, yarn.StatusSucceeded, "")
		keep := func(n int, change func(*lockRecord)) {
			identity, err := w.identity()
			if err != nil {
				t.Fatal(err)
			}
			r := lockRecord{ApplicationID: id(n), User: "alice", ResourceManager: identity, Created: time.Now().Add(-48 * time.Hour)}
			change(&r)
			if err := (lockFolder{w.keys}).keep(r, nil); err != nil {
				t.Fatal(err)
			}
		}
		keep(101, func(*lockRecord) {}) // forgotten by the ResourceManager
		keep(102, func(r *lockRecord) { r.Created = time.Now() })
		keep(103, func(r *lockRecord) { r.User = "bob" })
		keep(104, func(r *lockRecord) { r.ResourceManager.Addresses = []string{"http://other:8088"} })
		for _, dry := range []bool{true, false} {
			result, err := w.CollectGarbage(t.Context(), GCOptions{DryRun: dry})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range result.Removed {
				if item.Kind == GCLock {
					got = append(got, filepath.Base(item.Path))
				}
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values([]string{id(101).String(), gone.ApplicationID.String()})), slices.Sorted(slices.Values(got))); diff != "" {
				t.Errorf("dry run %t (-want +got):\n%s", dry, diff)
			}
			if want := map[bool]int{true: 6, false: 4}[dry]; kept(t, w) != want {
				t.Errorf("%d keys are left, want %d", kept(t, w), want)
			}
		}
		if err := use(t.Context(), w.other(t, "alice"), Target{ApplicationID: live.ApplicationID.String()}); err != nil {
			t.Error(err)
		}
	})
}

// A start that finds a session of an earlier one says where that is not locked.
func TestLockOfExisting(t *testing.T) {
	w := newWorld(t, worldOptions{})
	spec := w.spec(t, nil)
	spec.RequestID = "nightly"
	if _, err := w.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	spec.Lock = true
	d, err := w.Start(t.Context(), spec)
	if err != nil || !d.Existing || d.Locked || len(d.Warnings) == 0 || !strings.Contains(d.Warnings[len(d.Warnings)-1], "is not locked") {
		t.Errorf("%+v, %v", d, err)
	}
}

// The halves fit each other, and no other's.
func TestLockKeys(t *testing.T) {
	a, err := newLockKeys(id(1), now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newLockKeys(id(1), now)
	if err != nil {
		t.Fatal(err)
	}
	server := lockedServer(t, a)
	own, err := openLock(a.client)
	if err != nil {
		t.Fatal(err)
	}
	others, err := openLock(b.client)
	if err != nil {
		t.Fatal(err)
	}
	key, leaf, _, err := pkcs12.DecodeChain(a.keystore, a.password)
	if err != nil {
		t.Fatal(err)
	}
	asServer := own.Clone() // whoever has the JobManager's half only
	asServer.Certificates = []tls.Certificate{{PrivateKey: key, Certificate: [][]byte{leaf.Raw}}}
	withOthers := own.Clone()
	withOthers.Certificates = others.Certificates
	for name, c := range map[string]struct {
		conf *tls.Config
		kind error
	}{
		"the owner":             {own, nil},
		"another's owner":       {others, httpclient.ErrUntrusted},
		"another's certificate": {withOthers, httpclient.ErrClientRefused},
		"the JobManager's half": {asServer, httpclient.ErrClientRefused},
	} {
		client := httpclient.NewHTTP(httpclient.Options{TLS: c.conf})
		res, err := client.Get(server)
		if err == nil {
			res.Body.Close()
		}
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
	if _, err := openLock([]byte("nothing")); err == nil {
		t.Error("nothing opens")
	}
}

func lockedServer(t *testing.T, k *lockKeys) string {
	t.Helper()
	key, leaf, chain, err := pkcs12.DecodeChain(k.keystore, k.password)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(chain[0])
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, Certificates: []tls.Certificate{{PrivateKey: key, Certificate: [][]byte{leaf.Raw}}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}
