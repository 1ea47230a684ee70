package hdfs_test

import (
	"testing"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/kerberos"
)

// With Kerberos all is as without, whatever the cluster protects connections by.
func TestLongProtection(t *testing.T) {
	clustertest.Long(t)
	const aes = "AES/CTR/NoPadding"
	for name, c := range map[string]struct{ core, hdfs map[string]string }{
		"authentication": {nil, map[string]string{"dfs.data.transfer.protection": "authentication"}},
		"integrity":      {map[string]string{"hadoop.rpc.protection": "integrity"}, map[string]string{"dfs.data.transfer.protection": "integrity"}},
		"privacy":        {map[string]string{"hadoop.rpc.protection": "privacy"}, map[string]string{"dfs.data.transfer.protection": "privacy"}},
		"privacy with AES": {map[string]string{"hadoop.rpc.protection": "privacy"},
			map[string]string{"dfs.data.transfer.protection": "privacy", "dfs.encrypt.data.transfer.cipher.suites": aes}},
		"encryption": {map[string]string{"hadoop.rpc.protection": "authentication,privacy"},
			map[string]string{"dfs.encrypt.data.transfer": "true", "dfs.encrypt.data.transfer.cipher.suites": aes}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := clustertest.Secure(t, minicluster.Options{HadoopProperties: map[string]map[string]string{"core-site.xml": c.core, "hdfs-site.xml": c.hdfs}})
			conf, err := hadoop.Load(hadoop.LoadOptions{Dir: cluster.HadoopConfDir()})
			if err != nil {
				t.Fatal(err)
			}
			logins := map[string]*kerberos.Login{}
			for _, user := range minicluster.SecureUsers {
				logins[user] = clustertest.NewSecureCaller(t, cluster, user).Login
			}
			for _, transport := range []hdfs.Transport{hdfs.RPC, hdfs.WebHDFS} {
				t.Run(string(transport), func(t *testing.T) {
					hdfstest.Conformance(t, hdfstest.Target{User: "alice", Other: "bob", Scratch: "/tmp", Open: func(t testing.TB, user string) hdfs.FileSystem {
						fsys, err := hdfs.New(t.Context(), hdfs.Options{Configuration: conf, User: user, Login: logins[user], Transport: transport})
						if err != nil {
							t.Fatal(err)
						}
						t.Cleanup(func() { fsys.Close() })
						return fsys
					}})
				})
			}
		})
	}
}
