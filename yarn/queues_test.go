package yarn_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestQueues(t *testing.T) {
	no, yes := false, true
	maximum := yarn.Resource{MemoryMB: 8192, VCores: 4}
	queues := []yarntest.Queue{
		{Path: "root.default", Capacity: 60}, {Path: "root.etl.night", Capacity: 50},
		{Path: "root.etl.day", Capacity: 50, Stopped: true}, {Path: "root.users", Capacity: 10, AutoCreation: "flexible"},
	}
	for _, tt := range []struct {
		name string
		o    yarntest.Options
		want yarn.Scheduler
	}{
		{"capacity", yarntest.Options{Queues: queues}, yarn.Scheduler{Type: "capacityScheduler", Queues: []yarn.Queue{
			{Name: "root", Path: "root", CapacityPercent: 100, MaxCapacityPercent: 100, MaximumAllocation: maximum, AutoCreate: &no},
			{Name: "default", Path: "root.default", Parent: "root", State: "RUNNING", Leaf: true, CapacityPercent: 60, MaxCapacityPercent: 100, MaxApplications: 10000, MaximumAllocation: maximum, AutoCreate: &no},
			{Name: "etl", Path: "root.etl", Parent: "root", State: "RUNNING", CapacityPercent: 100, MaxCapacityPercent: 100, MaximumAllocation: maximum, AutoCreate: &no},
			{Name: "night", Path: "root.etl.night", Parent: "root.etl", State: "RUNNING", Leaf: true, CapacityPercent: 50, MaxCapacityPercent: 100, MaxApplications: 10000, MaximumAllocation: maximum, AutoCreate: &no},
			{Name: "day", Path: "root.etl.day", Parent: "root.etl", State: "STOPPED", Leaf: true, CapacityPercent: 50, MaxCapacityPercent: 100, MaxApplications: 10000, MaximumAllocation: maximum, AutoCreate: &no},
			{Name: "users", Path: "root.users", Parent: "root", State: "RUNNING", CapacityPercent: 10, MaxCapacityPercent: 100, MaximumAllocation: maximum, AutoCreate: &yes},
		}}},
		{"capacity of 2.10", yarntest.Options{Queues: queues[:2], Dialect: yarntest.Hadoop210}, yarn.Scheduler{Type: "capacityScheduler", Queues: []yarn.Queue{
			{Name: "root", Path: "root", CapacityPercent: 100, MaxCapacityPercent: 100},
			{Name: "default", Path: "root.default", Parent: "root", State: "RUNNING", Leaf: true, CapacityPercent: 60, MaxCapacityPercent: 100, MaxApplications: 10000},
			{Name: "etl", Path: "root.etl", Parent: "root", State: "RUNNING", CapacityPercent: 100, MaxCapacityPercent: 100},
			{Name: "night", Path: "root.etl.night", Parent: "root.etl", State: "RUNNING", Leaf: true, CapacityPercent: 50, MaxCapacityPercent: 100, MaxApplications: 10000},
		}}},
		{"fair", yarntest.Options{Queues: queues[:2], Scheduler: "fairScheduler"}, fairQueues()},
		{"fair of 2.10", yarntest.Options{Queues: queues[:2], Scheduler: "fairScheduler", Dialect: yarntest.Hadoop210}, fairQueues()},
		{"fifo", yarntest.Options{Scheduler: "fifoScheduler"}, yarn.Scheduler{Type: "fifoScheduler", Queues: []yarn.Queue{
			{Name: "default", Path: "default", State: "RUNNING", Leaf: true, CapacityPercent: 100, MaxCapacityPercent: 100}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := fake(t, tt.o)
			got, err := c.Queues(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func fairQueues() yarn.Scheduler {
	const most = 2147483647
	return yarn.Scheduler{Type: "fairScheduler", Queues: []yarn.Queue{
		{Name: "root", Path: "root", MaxApplications: most},
		{Name: "default", Path: "root.default", Parent: "root", Leaf: true, MaxApplications: most},
		{Name: "etl", Path: "root.etl", Parent: "root", MaxApplications: most},
		{Name: "night", Path: "root.etl.night", Parent: "root.etl", Leaf: true, MaxApplications: most},
	}}
}

func TestQueueLookup(t *testing.T) {
	s := yarn.Scheduler{Queues: []yarn.Queue{
		{Name: "root", Path: "root"}, {Name: "a", Path: "root.a", Leaf: true}, {Name: "b", Path: "root.b"},
		{Name: "x", Path: "root.b.x", Leaf: true}, {Name: "c", Path: "root.c"}, {Name: "x", Path: "root.c.x", Leaf: true}, {Name: "y", Path: "root.c.y", Leaf: true},
	}}
	for name, want := range map[string]string{"a": "root.a", "root.a": "root.a", "b.x": "root.b.x", "y": "root.c.y", "x": "", "nope": "", "b": "root.b", "": ""} {
		if q, ok := s.Lookup(name); q.Path != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %t; want %q", name, q.Path, ok, want)
		}
	}
}
