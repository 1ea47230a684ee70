//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
)

// With Kerberos, tokens are for the nameservice: containers localize and write whichever NameNode is active, and tickets are got for
// each server.
func TestLongHASecure(t *testing.T) {
	c := clustertest.Own(t, minicluster.Options{HA: true, Secure: true})
	conf := t.TempDir()
	content, err := os.ReadFile(filepath.Join(c.FlinkHome(""), "conf", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	content = append(content, "\nsecurity.kerberos.login.keytab: "+c.Keytab("alice")+"\nsecurity.kerberos.login.principal: alice"+
		"\nsecurity.kerberos.krb5-conf.path: "+c.Krb5Config()+"\n"...)
	if err := os.WriteFile(filepath.Join(conf, "config.yaml"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &place{cluster: c, env: append(os.Environ(), "HADOOP_CONF_DIR="+c.HadoopConfDir(), "KRB5_CONFIG="+c.Krb5Config(),
		"FLINK_HOME="+c.FlinkHome(""), "FLINK_CONF_DIR="+conf)}
	fail := func(roles ...string) {
		for _, role := range roles {
			if _, err := c.Failover(t.Context(), role); err != nil {
				t.Fatal(err)
			}
		}
	}
	session := func(name string) (d submit.Deployment) {
		p.result(t, &d, "session", "-d", "-jm", "1024", "-tm", "1280", "-s", "2", "-nm", name, "-D", "yarn.properties-file.location="+t.TempDir(),
			"-D", "yarn.staging-directory=hdfs://"+minicluster.Nameservice+"/user/alice")
		return d
	}
	job := func(name string) {
		p.start(t, slices.Concat([]string{"run", "--session", name, "-c", wordCountClass, c.ExamplesJar("")},
			[]string{"--execution-mode", "BATCH", "--output", "hdfs://" + minicluster.Nameservice + "/user/alice/" + name})...).ends(t, 0)
	}
	one := session("one")
	fail(minicluster.NameNode, minicluster.ResourceManager)
	job("one") // its TaskManagers are localized with the token that the other NameNode gave
	two := session("two")
	fail(minicluster.NameNode)
	job("two")
	if _, err := c.CrashAndRestart(t.Context(), minicluster.ResourceManager); err != nil {
		t.Fatal(err)
	}
	p.start(t, "kill", one.ApplicationID.String(), two.ApplicationID.String()).ends(t, 0)
}
