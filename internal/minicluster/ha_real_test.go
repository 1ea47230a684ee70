package minicluster_test

import (
	"slices"
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// Roles go from one to the other and back, in order and by a crash, and what was written stays.
func TestFailovers(t *testing.T) {
	for _, version := range []string{"3.3.6", minicluster.DefaultHadoopVersion} {
		t.Run(version, func(t *testing.T) {
			cluster := clustertest.Own(t, minicluster.Options{HadoopVersion: version, HA: true})
			if _, err := cluster.FS(t.Context(), "-mkdir", "hdfs://"+minicluster.Nameservice+"/kept"); err != nil {
				t.Fatal(err)
			}
			for _, role := range []string{minicluster.ResourceManager, minicluster.NameNode} {
				before, other, err := cluster.Active(t.Context(), role)
				if err != nil {
					t.Fatal(err)
				}
				if active, err := cluster.Failover(t.Context(), role); err != nil || active != other {
					t.Errorf("failover of %s from %s: %s is active, want %s (%v)", role, before, active, other, err)
				}
				if active, err := cluster.CrashAndRestart(t.Context(), role); err != nil || active != before {
					t.Errorf("crash of %s: %s is active, want %s (%v)", other, active, before, err)
				}
			}
			checkRoles(t, cluster)
			if err := cluster.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			if left := processesOf(t, cluster.Dir()); len(left) != 0 {
				t.Errorf("processes %v are left", left)
			}
			again := clustertest.Own(t, minicluster.Options{Dir: cluster.Dir(), HadoopVersion: version, HA: true})
			checkRoles(t, again)
			if _, err := again.FS(t.Context(), "-test", "-d", "/kept"); err != nil {
				t.Errorf("the folder made before the failovers: %v", err)
			}
		})
	}
}

// checkRoles wants all daemons to serve, and two to be active.
func checkRoles(t *testing.T, cluster *minicluster.Cluster) {
	t.Helper()
	if err := cluster.AwaitWhole(t.Context()); err != nil {
		t.Fatal(err)
	}
	var roles []string
	for _, d := range status(t, cluster) {
		if !d.Serving {
			t.Errorf("%s does not serve: %s", d.Name, d.Problem)
		}
		if d.Role != "" {
			roles = append(roles, d.Role)
		}
	}
	slices.Sort(roles)
	if want := []string{"active", "active", "standby", "standby"}; !slices.Equal(roles, want) {
		t.Errorf("roles %v, want %v", roles, want)
	}
}
