package yarn_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/internal/minicluster/kdctest"
	"github.com/yarnflink/yarnflink/kerberos"
	"github.com/yarnflink/yarnflink/yarn"
)

// TestRealNoTicketForWhoIsNamed: a host that a report names for logs gets a proof of who asks only where it wants one, as a
// NodeManager does.
func TestRealNoTicketForWhoIsNamed(t *testing.T) {
	k := kdctest.Start(t, kdc.Options{})
	for keytab, principal := range map[string]string{"alice": "alice", "http": "HTTP/127.0.0.1"} {
		if err := k.AddToKeytab(t.Context(), keytab, principal); err != nil {
			t.Fatal(err)
		}
	}
	conf, err := kerberos.Load(k.ConfigPath())
	if err != nil {
		t.Fatal(err)
	}
	login, err := kerberos.FromKeytab(conf, k.Keytab("alice"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer login.Close()
	asks, requests, proofs := false, 0, 0
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if r.Header.Get("Authorization") != "" {
			proofs++
		} else if asks {
			w.Header().Set("WWW-Authenticate", "Negotiate")
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer node.Close()
	c, err := yarn.NewClient(yarn.Options{Addresses: []string{"http://127.0.0.1:1"}, User: "alice", Login: login, RetryFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	report := yarn.ApplicationReport{AMContainerLogs: node.URL + "/node/containerlogs/container_1_0001_01_000001/alice"}
	for _, want := range []int{0, 1} {
		if _, err := c.MasterLogTail(t.Context(), report, "jobmanager.log", 100); err != nil || proofs != want {
			t.Errorf("asking %t: %d proofs in %d requests, and %v", asks, proofs, requests, err)
		}
		asks = true
	}
}
