//go:build unix

package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/keytab"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
	"github.com/yarnflink/yarnflink/yarn"
)

var kdcAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// On a cluster with everything, Kerberos, https, protected transfers and two masters of each kind, all is as on another, and nobody
// is taken for somebody else. The test is not parallel: it has the machine to itself.
func TestRealSecure(t *testing.T) {
	m := newMainJobOn(t, clustertest.Secure(t, minicluster.Options{HA: true, TLS: true, DataProtection: "privacy"}))
	t.Run("main job", m.checkAll) // the first one: it looks at what is staged already
	t.Run("archives", m.checkArchives)
	t.Run("who one is", m.checkIdentity)
	t.Run("refused", m.checkLoginRefusals)
	t.Run("password", m.checkPassword)
	t.Run("session of a keytab", m.checkKeytabSession)
	t.Run("session of a keytab that is there", m.checkLocalizedKeytab)
	t.Run("acting for another", m.checkImpersonation)
}

// Where Kerberos is on and the web side is open, what is read can be read, and what decides that nothing can be submitted is named.
func TestLongOpenWebSide(t *testing.T) {
	clustertest.Long(t)
	cluster := clustertest.Secure(t, minicluster.Options{HadoopProperties: map[string]map[string]string{"core-site.xml": {
		"hadoop.http.filter.initializers": "", "hadoop.http.authentication.type": "simple", "hadoop.http.authentication.simple.anonymous.allowed": "true"}}})
	p := &place{cluster: cluster, caller: clustertest.NewCaller(t, cluster)}
	p.env = slices.Concat(os.Environ(), p.caller.Env, []string{"HADOOP_CONF_DIR=" + cluster.HadoopConfDir(), "FLINK_HOME=" + cluster.FlinkHome("")})
	var id submit.Identity
	p.result(t, &id, "auth", "status")
	if !id.WebOpen || id.Principal == "" || !strings.Contains(id.TokenProblem, "not authenticated by filter") {
		t.Errorf("%+v", id)
	}
	p.start(t, "ps").ends(t, 0)
	p.start(t, "nodes").ends(t, 0)
	deciding := []string{"static user", "hadoop.http.filter.initializers", "hadoop.http.authentication.type"}
	p.start(t, "session", "-d").ends(t, 4, deciding...)
	p.start(t, "gc", "--hdfs-transport", "webhdfs").ends(t, 4, deciding...)
}

// byKeytab are the settings of a login from a user's keytab; m.caller's ticket cache is not there then.
func (m *mainJob) byKeytab(user string) []string {
	return []string{"-D", "security.kerberos.login.keytab=" + m.cluster.Keytab(user), "-D", "security.kerberos.login.principal=" + user}
}

func (m *mainJob) withoutTickets() *mainJob {
	return &mainJob{place: m.with("KRB5CCNAME=/no/such/cache"), input: m.input}
}

func (m *mainJob) checkIdentity(t *testing.T) {
	for from, c := range map[string]struct {
		m       *mainJob
		options []string
		lasting bool
	}{
		"ticket cache": {m, nil, false},
		"keytab":       {m.withoutTickets(), m.byKeytab("alice"), true},
	} {
		var id submit.Identity
		c.m.result(t, &id, append([]string{"auth", "status"}, c.options...)...)
		if id.User != "alice" || id.Principal != "alice@"+kdc.Realm || !strings.HasPrefix(id.Source, from) || id.Lasting != c.lasting || id.WebOpen {
			t.Errorf("%s: %+v", from, id)
		}
		if left := time.Until(id.TicketEnd); left < 20*time.Hour || left > 24*time.Hour {
			t.Errorf("%s: the ticket ends in %s, want a day", from, left)
		}
		if id.Token == nil {
			t.Fatalf("%s: no token", from)
		}
		if left := time.Until(id.Token.End); id.Token.Owner != "alice" || id.Token.Renewer != "yarn" || left < 160*time.Hour || left > 168*time.Hour {
			t.Errorf("%s: token %+v, want one of alice that the ResourceManager renews for seven days", from, id.Token)
		}
	}
}

// checkPassword types one.
func (m *mainJob) checkPassword(t *testing.T) {
	server, err := m.cluster.KDC(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.AddPassword(t.Context(), "carol", "pass-phrase"); err != nil {
		t.Fatal(err)
	}
	line := []string{"auth", "status", "--principal", "carol"}
	for name, c := range map[string]struct {
		keys  string
		code  int
		words []string
	}{
		"right":  {"pass-phrase\n", 0, []string{"carol@" + kdc.Realm, "password"}},
		"wrong":  {"guess\n", 4, []string{"the key or password is wrong"}},
		"Ctrl-C": {"\x03", 130, nil},
	} {
		s := m.withoutTickets().sit(t, line...)
		s.shows(t, "Password for carol: ")
		s.types(t, c.keys)
		s.ends(t, c.code, c.words...)
		if strings.Contains(s.stderr.String(), strings.TrimSpace(c.keys)) && c.code != 130 {
			t.Errorf("%s: the terminal shows what was typed: %s", name, s.stderr.String())
		}
	}
}

// checkLoginRefusals wants every wrong login to be told with its remedy, and nothing started.
func (m *mainJob) checkLoginRefusals(t *testing.T) {
	server, err := m.cluster.KDC(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(t.TempDir(), "stale")
	if err := server.Login(t.Context(), "alice", "alice", stale, "-l", "1s"); err != nil {
		t.Fatal(err)
	}
	nobody := filepath.Join(t.TempDir(), "krb5.conf") // of a realm without a KDC
	content, err := os.ReadFile(m.cluster.Krb5Config())
	if err != nil {
		t.Fatal(err)
	}
	address := kdcAddress.FindString(string(content))
	if err := os.WriteFile(nobody, []byte(strings.ReplaceAll(string(content), address, "127.0.0.1:1")), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	simple := []string{"-D", "flink.hadoop.hadoop.security.authentication=simple"}
	for name, c := range map[string]struct {
		variable string
		options  []string
		code     int
		words    []string
	}{
		"no tickets":                     {"KRB5CCNAME=/no/such/cache", nil, 4, []string{"/no/such/cache", "kinit"}},
		"tickets have expired":           {"KRB5CCNAME=" + stale, nil, 4, []string{"has expired at", "kinit"}},
		"tickets of a daemon":            {"KRB5CCNAME=KCM:", nil, 3, []string{"KCM", "FILE:"}},
		"no krb5.conf":                   {"KRB5_CONFIG=/no/such/krb5.conf", nil, 3, []string{"/no/such/krb5.conf", "KRB5_CONFIG"}},
		"no KDC":                         {"KRB5_CONFIG=" + nobody, m.byKeytab("alice"), 5, []string{"127.0.0.1:1", "KDC"}},
		"no keytab":                      {"", []string{"-D", "security.kerberos.login.keytab=/no/such/keytab", "-D", "security.kerberos.login.principal=alice"}, 3, []string{"/no/such/keytab"}},
		"another's keytab":               {"", []string{"-D", "security.kerberos.login.keytab=" + m.cluster.Keytab("bob"), "-D", "security.kerberos.login.principal=alice"}, 3, []string{"alice@" + kdc.Realm, "bob@" + kdc.Realm}},
		"neither keytab nor cache":       {"", []string{"-D", "security.kerberos.login.use-ticket-cache=false"}, 3, []string{"security.kerberos.login.keytab"}},
		"may not act for another":        {"HADOOP_PROXY_USER=bob", nil, 4, []string{"alice", "not allowed to impersonate bob", "hadoop.proxyuser"}},
		"a configuration without it":     {"HADOOP_USER_NAME=alice", simple, 4, []string{"asks for Kerberos", "hadoop.security.authentication"}},
		"the services have another name": {"", m.byAddress(t), 4, []string{"HTTP/127.0.0.1", "host names"}},
	} {
		t.Run(name, func(t *testing.T) {
			place := m.with(c.variable)
			place.start(t, append([]string{"ps"}, c.options...)...).ends(t, c.code, c.words...)
			place.start(t, slices.Concat([]string{"session", "-d", "-nm", m.name + "-refused"}, set("yarn.properties-file.location", t.TempDir()), c.options)...).ends(t, c.code, c.words...)
		})
	}
	if apps := m.named(t, "-refused"); len(apps) > 0 {
		t.Errorf("%s was started", apps[0].ID)
	}
}

// byAddress are the settings that name the ResourceManagers by an address instead of their host name.
func (m *mainJob) byAddress(t *testing.T) []string {
	t.Helper()
	managers, err := m.Hadoop.ResourceManagers()
	if err != nil {
		t.Fatal(err)
	}
	var settings []string
	for _, rm := range managers {
		web := strings.Replace(strings.TrimPrefix(rm.WebURL, "https://"), "localhost", "127.0.0.1", 1)
		settings = append(settings, set("flink.hadoop.yarn.resourcemanager.webapp.https.address."+rm.ID, web)...)
	}
	return settings
}

// checkKeytabSession starts from a keytab, as a scheduler in a container does, and lets others try to end what it started.
func (m *mainJob) checkKeytabSession(t *testing.T) {
	scheduler := m.withoutTickets()
	krb5 := []string{"-D", "security.kerberos.krb5-conf.path=" + m.cluster.Krb5Config()}
	login := m.byKeytab("alice")
	name := m.name + "-keytab"
	properties := "yarn.properties-file.location=" + t.TempDir()
	line := append(append([]string{"session", "-d", "-o", "json", "--verbose", "-nm", name, "-n", "1", "-jm", "1024", "-tm", "1280", "-s", "2", "-D", properties}, login...), krb5...)
	plan := scheduler.start(t, append([]string{"session", "--dry-run"}, line[1:]...)...)
	plan.ends(t, 0)
	start := scheduler.start(t, line...)
	start.ends(t, 0)
	apps := m.named(t, "-keytab", yarn.Running)
	if len(apps) != 1 {
		t.Fatalf("%d applications run", len(apps))
	}
	app := apps[0]
	if app.User != "alice" {
		t.Errorf("the application is %s's", app.User)
	}
	m.checkFolderIsSecret(t, app.ID)
	output := m.base + "/counts-keytab"
	scheduler.start(t, append(append([]string{"run", "-yid", app.ID.String(), "--verbose"}, login...), m.wordCount(m.cluster.ExamplesJar(""), output)...)...).ends(t, 0)
	m.checkCounts(t, output)

	bob := clustertest.NewSecureCaller(t, m.cluster, "bob")
	m.with(bob.Env...).start(t, "kill", app.ID.String()).ends(t, 4, "Unauthorized attempt to kill", "bob@"+kdc.Realm, "MODIFY_APP")
	kill := scheduler.start(t, append([]string{"kill", "--verbose", app.ID.String()}, login...)...)
	kill.ends(t, 0)
	said := map[string]string{}
	for name, r := range map[string]*process{"plan": plan, "start": start, "kill": kill} {
		said[name] = r.stdout.String() + r.stderr.String()
	}
	for name, text := range m.containerLogs(t, app.ID, "launch_container.sh") {
		said[name] = text
	}
	checkNoSecrets(t, m.cluster.Keytab("alice"), said)
}

// checkLocalizedKeytab starts with a keytab that the administrators have put on each machine of the cluster: none is staged.
func (m *mainJob) checkLocalizedKeytab(t *testing.T) {
	kept := slices.Concat(m.byKeytab("alice"), set("yarn.security.kerberos.ship-local-keytab", "false",
		"yarn.security.kerberos.localized-keytab-path", m.cluster.Keytab("alice"), "security.kerberos.krb5-conf.path", m.cluster.Krb5Config()))
	s := m.withoutTickets().startSession(t, "-localized", "1", kept...)
	if _, err := m.dfs.Stat(t.Context(), m.folder(s.ApplicationID)+"/krb5.keytab"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the keytab is staged (%v)", err)
	}
	m.withoutTickets().start(t, slices.Insert(m.wordCountIn(s), 1, m.byKeytab("alice")...)...).ends(t, 0)
	m.start(t, "kill", s.ApplicationID.String()).ends(t, 0)
}

// containerLogs are the files of a name, of each of an application's containers.
func (m *mainJob) containerLogs(t *testing.T, id yarn.ApplicationID, name string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.cluster.Dir(), "container-logs", id.String(), "*", name))
	if err != nil || len(files) == 0 {
		t.Fatalf("no container of %s has a %s (%v)", id, name, err)
	}
	logs := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		logs[file] = string(content)
	}
	return logs
}

// checkFolderIsSecret wants nobody else to read what an application has in its folder.
func (m *mainJob) checkFolderIsSecret(t *testing.T, id yarn.ApplicationID) {
	t.Helper()
	folder := m.folder(id)
	if st, err := m.dfs.Stat(t.Context(), folder); err != nil || st.Permission.Perm() != 0o700 {
		t.Errorf("the folder has the mode %s (%v)", st.Permission, err)
	}
	files, err := m.dfs.List(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	secret := map[string]fs.FileMode{"krb5.keytab": 0o600, "config.yaml": 0o600, "krb5.conf": 0o600}
	for _, f := range files {
		name := path.Base(f.Path)
		if want, ok := secret[name]; ok && f.Permission.Perm() != want {
			t.Errorf("%s has the mode %s", name, f.Permission)
		}
		delete(secret, name)
	}
	for name := range secret {
		t.Errorf("%s is not in the folder", name)
	}
}

// checkNoSecrets looks for a keytab's keys, delegation tokens, tickets and cookies in what a program said.
func checkNoSecrets(t *testing.T, keytabPath string, said map[string]string) {
	t.Helper()
	kt, err := keytab.Load(keytabPath)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"a ticket": "Negotiate YI", "a cookie": "hadoop.auth=\"u="}
	forms := func(what string, secret []byte) {
		secrets[what] = string(secret)
		secrets[what+" in hexadecimal"] = hex.EncodeToString(secret)
		for shift := range 3 { // of the bytes before it
			text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
			from, to := (8*shift+5)/6, len(text)-len(text)%4-4
			secrets[what+" in base64"+strings.Repeat("'", shift)] = text[from:to]
		}
	}
	for _, e := range kt.Entries {
		forms("a key", e.Key.KeyValue)
	}
	forms("a token", []byte("\x00\x05alice\x04yarn\x00"))
	for where, text := range said {
		if len(text) == 0 {
			t.Errorf("%s is empty", where)
		}
		for what, secret := range secrets {
			if strings.Contains(text, secret) || strings.Contains(text, strings.NewReplacer("+", "-", "/", "_").Replace(secret)) {
				t.Errorf("%s is in %s", what, where)
			}
		}
	}
}

// checkImpersonation lets the superuser, who may, act for bob.
func (m *mainJob) checkImpersonation(t *testing.T) {
	const proxied = "bob"
	service := clustertest.NewSecureCaller(t, m.cluster, "hdfs")
	superuser, err := hdfs.New(t.Context(), hdfs.Options{Configuration: m.Hadoop, User: service.User, Login: service.Login, TLS: service.TLS})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(superuser.RemoveAll(context.Background(), m.base+"/bob"), superuser.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := m.dfs.SetPermission(t.Context(), m.base, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{m.base + "/bob", m.base + "/bob/.flink"} {
		if err := m.dfs.MkdirAll(t.Context(), dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	acting := &mainJob{place: m.with(append(service.Env, "HADOOP_PROXY_USER="+proxied)...), input: m.input}
	s := acting.startSession(t, "-proxied", "1", "-D", "yarn.staging-directory="+m.base+"/bob")
	report, err := m.rm.Application(t.Context(), s.ApplicationID)
	if err != nil || report.User != proxied {
		t.Errorf("the application is %s's (%v)", report.User, err)
	}
	acting.start(t, m.wordCountIn(s)...).ends(t, 0)
	m.start(t, "kill", s.ApplicationID.String()).ends(t, 4, "Unauthorized attempt to kill", "alice@")
	acting.start(t, "kill", s.ApplicationID.String(), "-D", "yarn.staging-directory="+m.base+"/bob").ends(t, 0)
}
