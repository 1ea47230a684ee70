package cli

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
)

// The -y options mean for a job's own cluster what they meant for Flink's per-job clusters, as its client submitted one.
func TestOptionsMeanWhatTheyDidPerJob(t *testing.T) {
	text, err := os.ReadFile("testdata/perjob-seed.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Args   string         `json:"client_args"`
		Config map[string]any `json:"flink_config"`
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	env, _ := testEnv(t, strings.TrimPrefix(golden.Args, "bin/flink "))
	var got *runOptions
	if err := execute(t, env, newRunCommand(env, cmdRun, func(_ context.Context, o *runOptions) error { got = o; return nil })); err != nil {
		t.Fatal(err)
	}
	set := flink.NewConfiguration()
	apply(set, got.Cluster.Settings)
	keys := []string{"jobmanager.memory.process.size", "taskmanager.memory.process.size", "taskmanager.numberOfTaskSlots", "yarn.application.name"}
	for _, key := range keys {
		if want := golden.Config[key]; set.Get(key) != want {
			t.Errorf("%s is %q, Java's client made it %q", key, set.Get(key), want)
		}
	}
	if starts, err := got.startsCluster(env); err != nil || !starts || !got.Detached || golden.Config["execution.attached"] != "false" {
		t.Errorf("starts a cluster: %v (%v), detached: %v", starts, err, got.Detached)
	}
	for _, key := range set.Keys() {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is set, and no option says so", key)
		}
	}
	if got.Job.EntryClass == "" || !strings.Contains(golden.Args, " -c "+got.Job.EntryClass+" ") || len(got.Job.Args) != 2 {
		t.Errorf("the job is %+v", got.Job)
	}
}
