package submit

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
)

func TestPlanLock(t *testing.T) {
	lock := func(s *SessionSpec) { s.Lock = true }
	secured := func(f *Facts) { f.Secured = true }
	own := map[string]string{"security.ssl.rest.enabled": "true", "security.ssl.rest.authentication-enabled": "true"}
	suites := func(want string) func(*testing.T, *Plan) {
		return func(t *testing.T, p *Plan) {
			if got := p.configuration.Get(flink.SSLAlgorithms.Key); got != want {
				t.Errorf("suites %q, want %q", got, want)
			}
		}
	}
	testPlans(t, []planCase{
		{name: "not asked for", check: func(t *testing.T, p *Plan) {
			if p.Locked || p.configuration.IsSet(flink.RESTSSLEnabled) {
				t.Error("it is locked")
			}
		}},
		{name: "asked for", spec: lock, check: checkLocked},
		{name: "on Flink 1.12", version: "1.12.5", spec: lock, check: checkLocked},
		{name: "on Flink 2", version: "2.2.1", spec: lock, check: checkLocked},
		{name: "its tag is the last", spec: lock, set: map[string]string{"yarn.tags": "a,b"}, check: tags("a", "b", LockTag)},
		{name: "its tag is one too many", spec: lock, set: map[string]string{"yarn.tags": "a,b,c,d,e,f,g,h,i,j"}, problems: []string{"11 application tags"}},
		{name: "with keys of its own", spec: lock, set: map[string]string{"security.ssl.rest.keystore": "/k.jks"},
			problems: []string{"security.ssl.rest.keystore is set|-D|--lock makes keys|leave out one of both"}},
		{name: "with Flink's internal TLS", spec: lock, set: map[string]string{"security.ssl.internal.enabled": "true", "security.ssl.keystore": "/k.jks"}, check: checkLocked},
		{name: "with suites", spec: lock, set: map[string]string{"security.ssl.algorithms": "X"}, check: suites("X")},
		{name: "with TLS 1.3", spec: lock, set: map[string]string{"security.ssl.protocol": "TLSv1.3"}, check: suites(lockSuites + lockSuites13)},
		{name: "Kerberos, not locked", facts: secured, warnings: []string{"anyone who reaches the JobManager's port can run code as alice|--lock"}},
		{name: "Kerberos, locked", facts: secured, spec: lock, check: checkLocked},
		{name: "Kerberos, locked by Flink's own keys", facts: secured, set: own},
	})
}

// checkLocked wants a plan that says all but the keys, and nothing of them in what is shown.
func checkLocked(t *testing.T, p *Plan) {
	t.Helper()
	c := p.configuration
	if !p.Locked || c.Get("security.ssl.rest.enabled") != "true" || c.Get("security.ssl.rest.authentication-enabled") != "true" {
		t.Errorf("not locked: %v", c.WithPrefix("security.ssl.rest."))
	}
	found := map[string]PlannedResource{}
	for _, r := range p.Resources {
		found[r.Key] = r
	}
	for _, key := range []string{c.Get("security.ssl.rest.keystore"), c.Get("security.ssl.rest.truststore")} {
		if r, ok := found[key]; !ok || r.Class != Private || r.Shipped || strings.Contains(p.classpath, key) {
			t.Errorf("resource %q: %+v", key, r)
		}
	}
	keys, err := newLockKeys(id(1), now)
	if err != nil {
		t.Fatal(err)
	}
	launched := p.withLock(keys)
	if got := launched.configuration.Get("security.ssl.rest.keystore-password"); got != keys.password {
		t.Errorf("the launch has the password %q", got)
	}
	if got := c.Get("security.ssl.rest.keystore-password"); got != flink.HiddenValue {
		t.Errorf("the launch has changed the plan: %q", got)
	}
	shown, err := json.Marshal(launched)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(shown), keys.password) || strings.Contains(keys.String(), keys.password) {
		t.Error("the password is shown")
	}
}
