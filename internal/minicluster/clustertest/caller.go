package clustertest

import (
	"crypto/tls"
	"path/filepath"
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/kerberos"
)

// Caller is whom a cluster takes a test for.
type Caller struct {
	User  string
	Login *kerberos.Login // nil where the cluster does not ask for Kerberos
	TLS   *tls.Config     // trusts the cluster's CA; nil where the cluster does not speak https
	// Env are the variables by which a program is the same caller.
	Env []string
}

// NewCaller is the user of an ordinary cluster, and on a secure one the first of minicluster.SecureUsers, with a ticket cache.
func NewCaller(tb testing.TB, c *minicluster.Cluster) Caller {
	tb.Helper()
	if c.Krb5Config() == "" {
		return Caller{User: c.User(), TLS: trusting(tb, c), Env: []string{"HADOOP_USER_NAME=" + c.User()}}
	}
	return NewSecureCaller(tb, c, minicluster.SecureUsers[0])
}

// NewSecureCaller is a user of a secure cluster who has a keytab.
func NewSecureCaller(tb testing.TB, c *minicluster.Cluster, user string) Caller {
	tb.Helper()
	login, err := c.Login(user)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(login.Close)
	server, err := c.KDC(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	cache := filepath.Join(tb.TempDir(), "tickets")
	if err := server.Login(tb.Context(), user, user, cache); err != nil {
		tb.Fatal(err)
	}
	return Caller{User: user, Login: login, TLS: trusting(tb, c), Env: []string{"KRB5_CONFIG=" + c.Krb5Config(), "KRB5CCNAME=" + cache}}
}

func trusting(tb testing.TB, c *minicluster.Cluster) *tls.Config {
	tb.Helper()
	config, err := c.TLS()
	if err != nil {
		tb.Fatal(err)
	}
	return config
}
