package yarn_test

import (
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

func TestSuiteOnRealCluster(t *testing.T) {
	url := clustertest.ForTest(t).RMWebURL()
	suite(t, newClient(t, impatient(url)))
	lostAnswers(t, url)
}
