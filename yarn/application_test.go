package yarn_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestReportThroughItsStates(t *testing.T) {
	s, c := fake(t, yarntest.Options{AMAddress: "worker:8081"})
	ctx := context.Background()
	id := submit(ctx, t, c, nil)
	check := func(edit func(*yarn.ApplicationReport)) {
		t.Helper()
		want := yarn.ApplicationReport{
			ID: id, User: user, Name: sleeper(id).Name, Queue: "root.default", Type: "Sleep", Tags: []string{"suite-" + id.String()},
			Priority: -1, State: yarn.NewSaving, FinalStatus: yarn.StatusUndefined, TrackingUI: "UNASSIGNED",
			MasterNodeID: "localhost:45454", LogAggregation: "DISABLED",
		}
		edit(&want)
		got, err := c.Application(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(yarn.ApplicationReport{}, "Started", "Finished", "Elapsed", "AMContainerLogs", "AMHostHTTPAddress")); diff != "" {
			t.Error(diff)
		}
	}
	check(func(*yarn.ApplicationReport) {})
	s.Step(id)
	check(func(r *yarn.ApplicationReport) { r.State = yarn.Submitted })
	s.Step(id)
	accepted := func(r *yarn.ApplicationReport) {
		r.State, r.Diagnostics = yarn.Accepted, "AM container is launched, waiting for AM container to Register with RM"
		r.AllocatedMB, r.AllocatedVCores, r.RunningContainers = 128, 1, 1
	}
	check(accepted)
	s.Step(id)
	running := func(r *yarn.ApplicationReport) {
		accepted(r)
		r.State, r.Diagnostics, r.AMRPCAddress = yarn.Running, "", "worker:8081"
		r.TrackingUI, r.TrackingURL = "ApplicationMaster", s.URL+"/proxy/"+id.String()+"/"
	}
	check(running)
	s.SetAMAddress("other:8082")
	check(func(r *yarn.ApplicationReport) { running(r); r.AMRPCAddress = "other:8082" })
	s.Finish(id, yarn.Finished, yarn.StatusSucceeded, "done")
	check(func(r *yarn.ApplicationReport) {
		r.State, r.FinalStatus, r.Diagnostics, r.Progress, r.AMRPCAddress = yarn.Finished, yarn.StatusSucceeded, "done", 100, "other:8082"
		r.TrackingUI, r.TrackingURL = "History", s.URL+"/cluster/app/"+id.String()
	})
}

func TestReportOfOddShapes(t *testing.T) {
	id := yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}
	for _, tt := range []struct {
		name, body string
		want       yarn.ApplicationReport
		wantErr    bool
	}{
		{"strings for numbers", `{"app":{"id":"application_1_0001","progress":"50.5","runningContainers":"2","priority":"3","unmanagedApplication":"true"}}`,
			yarn.ApplicationReport{ID: id, Progress: 50.5, RunningContainers: 2, Priority: 3, Unmanaged: true}, false},
		{"not registered", `{"app":{"id":"application_1_0001","amRPCAddress":"N/A:-1"}}`, yarn.ApplicationReport{ID: id}, false},
		{"registered without a port", `{"app":{"id":"application_1_0001","amRPCAddress":"host:-1"}}`, yarn.ApplicationReport{ID: id}, false},
		{"null for texts", `{"app":{"id":"application_1_0001","diagnostics":null,"applicationTags":{}}}`, yarn.ApplicationReport{ID: id}, false},
		{"array of one", `{"app":[{"id":"application_1_0001","state":"RUNNING"}]}`, yarn.ApplicationReport{ID: id, State: yarn.Running}, false},
		{"nothing", `{"app":null}`, yarn.ApplicationReport{}, true},
		{"no JSON", `{"app":`, yarn.ApplicationReport{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{})
			s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/apps/*", Mode: faults.Answer, Code: 200,
				Header: map[string][]string{"Content-Type": {"application/json"}}, Body: tt.body})
			got, err := c.Application(context.Background(), id)
			if (err != nil) != tt.wantErr {
				t.Fatalf("error %v, want one: %t", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
