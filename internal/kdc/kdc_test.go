package kdc_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/kdc"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/minicluster/kdctest"
)

func TestKDC(t *testing.T) {
	k := kdctest.Start(t, kdc.Options{})
	if err := k.AddToKeytab(t.Context(), "alice", "alice", "HTTP/localhost"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(k.Keytab("alice"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the keytab: %v, %v", info, err)
	}
	if err := k.AddPassword(t.Context(), "bob", "secret"); err != nil {
		t.Fatal(err)
	}
	if err := k.AddPassword(t.Context(), "bob", "other"); err == nil {
		t.Error("a principal was added twice")
	}
	kinit, err := exec.LookPath("kinit")
	if err != nil {
		clustertest.Unavailable(t, "no kinit here")
	}
	cache := t.TempDir() + "/cache"
	login := exec.Command(kinit, "-c", cache, "-kt", k.Keytab("alice"), "alice")
	login.Env = k.Environ(os.Environ())
	if out, err := login.CombinedOutput(); err != nil {
		t.Errorf("kinit: %v: %s", err, out)
	}
	login = exec.Command(kinit, "-c", cache, "bob")
	login.Env, login.Stdin = k.Environ(os.Environ()), strings.NewReader("secret\n")
	if out, err := login.CombinedOutput(); err != nil {
		t.Errorf("kinit: %v: %s", err, out)
	}
}
