package submit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

const (
	// LockTag is the tag of applications whose REST is locked.
	LockTag = "yarnflink-locked"

	// The JobManager's half, as its container finds it.
	lockKeystore   = "yarnflink-rest-keystore.p12"
	lockTruststore = "yarnflink-rest-truststore.p12"
	// lockSuites is what newer releases of Flink allow by default; the default of
	// older ones is switched off in today's Java.
	lockSuites   = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
	lockSuites13 = ",TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384"
)

// lockPasswords are the keys whose values a launch makes.
var lockPasswords = []flink.Option{flink.RESTKeystorePassword, flink.RESTKeyPassword, flink.RESTTruststorePassword}

// lock sets the keys by which the JobManager speaks TLS and takes only clients with
// a certificate. Without it, on a cluster with Kerberos, it says what that means.
//
// Java: SecurityOptions, SSLUtils.createRestServerSSLEngineFactory.
func (m *planner) lock() {
	if !m.spec.Lock {
		if m.facts.Secured && !m.locksItself() {
			m.plan.warn("anyone who reaches the JobManager's port can run code as %s: Kerberos does not protect it, --lock does", m.plan.User)
		}
		return
	}
	m.plan.Locked = true
	for _, o := range slices.Concat([]flink.Option{flink.RESTSSLEnabled, flink.RESTSSLAuthentication, flink.RESTKeystore, flink.RESTKeystoreType,
		flink.RESTTruststore, flink.RESTTruststoreType, flink.RESTFingerprint}, lockPasswords) {
		// Its older names are Flink's internal TLS, too, and may stay.
		if _, set := m.conf.Lookup(o.Key); set {
			m.problem(Problem{What: o.Key + " is set", Where: string(m.conf.Origin(o.Key)), Why: "--lock makes keys for this one cluster, and sets it",
				Do: "leave out one of both"})
		}
	}
	const origin = "--lock"
	c := m.conf
	c.Set(flink.RESTSSLEnabled.Key, "true", origin)
	c.Set(flink.RESTSSLAuthentication.Key, "true", origin)
	c.Set(flink.RESTKeystore.Key, lockKeystore, origin)
	c.Set(flink.RESTKeystoreType.Key, "PKCS12", origin)
	c.Set(flink.RESTTruststore.Key, lockTruststore, origin)
	c.Set(flink.RESTTruststoreType.Key, "PKCS12", origin)
	for _, o := range lockPasswords {
		c.Set(o.Key, flink.HiddenValue, origin)
	}
	if !c.IsSet(flink.SSLAlgorithms) {
		suites := lockSuites
		if strings.Contains(m.text(flink.SSLProtocol), "TLSv1.3") {
			suites += lockSuites13
		}
		c.Set(flink.SSLAlgorithms.Key, suites, origin)
	}
	m.plan.because("REST", "locked", "--lock: only who has the session's key may use it")
}

// locksItself tells whether the configuration has the JobManager ask for certificates.
func (m *planner) locksItself() bool {
	secure, _, _ := m.conf.Bool(flink.RESTSSLEnabled)
	mutual, _, _ := m.conf.Bool(flink.RESTSSLAuthentication)
	return secure && mutual
}

// lockFiles adds the JobManager's half. It goes into the application's own folder
// like a keytab, and not to TaskManagers.
func (m *planner) lockFiles(r *resources) {
	if !m.spec.Lock {
		return
	}
	for _, key := range []string{lockKeystore, lockTruststore} {
		r.add(PlannedResource{Key: key, Class: Private, Type: yarn.FileResource})
	}
}

// withLock is the plan of a launch that has made these keys.
func (p *Plan) withLock(k *lockKeys) *Plan {
	launched := *p
	launched.configuration = p.configuration.Clone()
	for _, o := range lockPasswords {
		launched.configuration.Set(o.Key, k.password, "--lock")
	}
	launched.Resources = slices.Clone(p.Resources)
	for i, r := range launched.Resources {
		if content, ok := k.files()[r.Key]; ok {
			launched.Resources[i].Size = int64(len(content))
		}
	}
	return &launched
}

// files are the JobManager's half by their keys; none where nothing is locked.
func (k *lockKeys) files() map[string][]byte {
	if k == nil {
		return nil
	}
	return map[string][]byte{lockKeystore: k.keystore, lockTruststore: k.truststore}
}

func (k *lockKeys) String() string { return fmt.Sprintf("keys (%s)", flink.HiddenValue) }
