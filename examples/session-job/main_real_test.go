package main

import (
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/submit"
)

// The example is run as it stands.
func TestRealExample(t *testing.T) {
	c := clustertest.ForTest(t)
	t.Setenv("HADOOP_CONF_DIR", c.HadoopConfDir())
	err := run(t.Context(), c.User(), c.FlinkHome(""), submit.JobSpec{
		Jar: c.ExamplesJar(""), EntryClass: "org.apache.flink.streaming.examples.wordcount.WordCount",
	})
	if err != nil {
		t.Fatal(err)
	}
}
