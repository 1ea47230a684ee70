package yarn_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestNodes(t *testing.T) {
	running := yarn.Node{ID: "a:1", Host: "a", Rack: "/default-rack", State: yarn.NodeRunning, HTTPAddress: "a:8042",
		Total: yarn.Resource{MemoryMB: 1 << 33, VCores: 8}, Used: yarn.Resource{MemoryMB: 1024, VCores: 2}, Containers: 2, Labels: []string{"gpu"}}
	running.Avail = yarn.Resource{MemoryMB: running.Total.MemoryMB - 1024, VCores: 6}
	sick := yarn.Node{ID: "b:1", Host: "b", Rack: "/default-rack", State: yarn.NodeUnhealthy, HealthReport: "1/1 local-dirs are bad"}
	for name, dialect := range map[string]yarntest.Dialect{"2.10": yarntest.Hadoop210, "3.4": yarntest.Hadoop34} {
		t.Run(name, func(t *testing.T) {
			_, c := fake(t, yarntest.Options{Dialect: dialect, Nodes: []yarn.Node{running, sick}})
			for _, tt := range []struct {
				name   string
				states []yarn.NodeState
				want   []yarn.Node
			}{
				{"all", nil, []yarn.Node{running, sick}},
				{"running", []yarn.NodeState{yarn.NodeRunning}, []yarn.Node{running}},
				{"two states", []yarn.NodeState{yarn.NodeLost, yarn.NodeUnhealthy}, []yarn.Node{sick}},
				{"none", []yarn.NodeState{yarn.NodeLost}, []yarn.Node{}},
			} {
				t.Run(tt.name, func(t *testing.T) {
					got, err := c.Nodes(context.Background(), tt.states...)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(yarn.Node{}, "Version", "LastHealthUpdate")); diff != "" {
						t.Error(diff)
					}
				})
			}
		})
	}
}

func TestMetrics(t *testing.T) {
	_, c := fake(t, yarntest.Options{Auto: true, Nodes: []yarn.Node{
		{State: yarn.NodeRunning, Total: yarn.Resource{MemoryMB: 4096, VCores: 4}, Used: yarn.Resource{MemoryMB: 1024, VCores: 1}},
		{State: yarn.NodeUnhealthy}, {State: yarn.NodeLost}}})
	ctx := context.Background()
	submit(ctx, t, c, nil)
	got, err := c.Metrics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := yarn.ClusterMetrics{AppsSubmitted: 1, AppsPending: 1, TotalNodes: 3, ActiveNodes: 1, UnhealthyNodes: 1, LostNodes: 1,
		Total: yarn.Resource{MemoryMB: 4096, VCores: 4}, Allocated: yarn.Resource{MemoryMB: 1024, VCores: 1}, Available: yarn.Resource{MemoryMB: 3072, VCores: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
