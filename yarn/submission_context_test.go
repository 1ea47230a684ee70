package yarn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func fullContext() yarn.ApplicationSubmissionContext {
	priority := 0
	return yarn.ApplicationSubmissionContext{
		ID: yarn.ApplicationID{ClusterTimestamp: 1, ID: 2}, Name: "n", Queue: "default", Type: "T", Priority: &priority,
		Tags: []string{"a", "b"}, Resource: yarn.Resource{MemoryMB: 1024, VCores: 2}, MaxAttempts: 3,
		AttemptFailuresValidityInterval: 10 * time.Second, KeepContainers: true, NodeLabel: "gpu",
		LogAggregation: &yarn.LogAggregationContext{RolledInclude: ".*log", RolledExclude: "x"},
		Container: yarn.ContainerLaunchContext{
			LocalResources: map[string]yarn.LocalResource{
				"lib/a.jar": {URL: "hdfs://nn/a.jar", Size: 5, Timestamp: 1700000000123, Type: yarn.FileResource, Visibility: yarn.VisibilityPrivate},
				"b.zip":     {URL: "hdfs://nn/b.zip", Size: 1 << 40, Timestamp: 1, Type: yarn.ArchiveResource, Visibility: yarn.VisibilityPublic},
			},
			Environment: map[string]string{"B": `"q"`, "A": ""},
			Commands:    []string{"a", "b"},
			ACLs:        map[string]string{yarn.ViewApplication: "u g", yarn.ModifyApplication: " "},
		},
	}
}

func TestSubmissionBody(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   yarn.ApplicationSubmissionContext
		want string
	}{
		{"the least", yarn.ApplicationSubmissionContext{ID: yarn.ApplicationID{ClusterTimestamp: 1, ID: 2}},
			`{"application-id":"application_1_0002","am-container-spec":{},"resource":{"memory":0,"vCores":0}}`},
		{"empty lists are left out", yarn.ApplicationSubmissionContext{ID: yarn.ApplicationID{ClusterTimestamp: 1, ID: 2}, Tags: []string{},
			Container: yarn.ContainerLaunchContext{Environment: map[string]string{}, Commands: []string{}}, LogAggregation: &yarn.LogAggregationContext{}},
			`{"application-id":"application_1_0002","am-container-spec":{},"resource":{"memory":0,"vCores":0}}`},
		{"all", fullContext(), `{"application-id":"application_1_0002","application-name":"n","queue":"default","priority":0,"am-container-spec":{` +
			`"local-resources":{"entry":[{"key":"b.zip","value":{"resource":"hdfs://nn/b.zip","type":"ARCHIVE","visibility":"PUBLIC","size":1099511627776,"timestamp":1}},` +
			`{"key":"lib/a.jar","value":{"resource":"hdfs://nn/a.jar","type":"FILE","visibility":"PRIVATE","size":5,"timestamp":1700000000123}}]},` +
			`"environment":{"entry":[{"key":"A","value":""},{"key":"B","value":"\"q\""}]},"commands":{"command":["a","b"]},` +
			`"application-acls":{"entry":[{"key":"MODIFY_APP","value":" "},{"key":"VIEW_APP","value":"u g"}]}},` +
			`"max-app-attempts":3,"resource":{"memory":1024,"vCores":2},"application-type":"T","keep-containers-across-application-attempts":true,` +
			`"application-tags":{"tag":["a","b"]},"app-node-label-expression":"gpu","log-aggregation-context":{"rolled-log-include-pattern":".*log","rolled-log-exclude-pattern":"x"},` +
			`"attempt-failures-validity-interval":10000}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSubmissionIsReadAsMeant(t *testing.T) {
	for name, dialect := range map[string]yarntest.Dialect{"2.10": yarntest.Hadoop210, "3.4": yarntest.Hadoop34} {
		t.Run(name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{Dialect: dialect})
			want := fullContext()
			if err := c.Submit(context.Background(), want); err != nil {
				t.Fatal(err)
			}
			got := s.Applications()[0]
			if diff := cmp.Diff(want, got.Context); diff != "" {
				t.Error(diff)
			}
			if !bytes.HasPrefix(got.Body, []byte("{")) {
				t.Errorf("body %q", got.Body)
			}
		})
	}
}

func TestSubmissionMistakes(t *testing.T) {
	s, c := fake(t, yarntest.Options{})
	in := yarn.ApplicationSubmissionContext{Container: yarn.ContainerLaunchContext{LocalResources: map[string]yarn.LocalResource{
		"relative": {URL: "/a/b"},
		"broken":   {URL: "hdfs://a b/c"},
		"type":     {URL: "hdfs://a/b", Type: "file"},
		"who":      {URL: "hdfs://a/b", Visibility: "public"},
	}}}
	err := c.Submit(context.Background(), in)
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"without an application id", "relative", "broken", `unknown type "file"`, `unknown visibility "public"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
	if n := len(s.Faults.Requests()); n != 0 {
		t.Errorf("%d requests for what can't be right", n)
	}
}
