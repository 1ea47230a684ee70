package rest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
)

func version(t *testing.T, s string) flink.Version {
	t.Helper()
	v, err := flink.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRunBody(t *testing.T) {
	id := JobID{15: 1}
	claim := RunJarRequest{SavepointPath: "hdfs:///sp", ClaimMode: "no-claim"}
	configured := RunJarRequest{Configuration: map[string]string{"a": "b"}}
	for _, tt := range []struct {
		name, version string
		in            RunJarRequest
		want          string // JSON
		err           string // part of the error
		unsupported   bool
	}{
		{name: "nothing asked for", version: "1.20.5", want: `{}`},
		{
			name: "everything", version: "1.20.5",
			in: RunJarRequest{
				EntryClass: "a.Main", ProgramArgs: []string{"--x", "a b", ""}, Parallelism: 4, JobID: id, SavepointPath: "/sp",
				AllowNonRestoredState: true, ClaimMode: "CLAIM", Configuration: map[string]string{"k": "v"},
			},
			want: `{"entryClass":"a.Main","programArgsList":["--x","a b",""],"parallelism":4,` +
				`"jobId":"00000000000000000000000000000001","savepointPath":"/sp","allowNonRestoredState":true,` +
				`"claimMode":"CLAIM","flinkConfiguration":{"k":"v"}}`,
		},
		{name: "claim mode 2.x", version: "2.2.1", in: claim, want: `{"savepointPath":"hdfs:///sp","claimMode":"NO_CLAIM"}`},
		{name: "claim mode 1.20", version: "1.20.0", in: claim, want: `{"savepointPath":"hdfs:///sp","claimMode":"NO_CLAIM"}`},
		{name: "claim mode 1.19", version: "1.19.1", in: claim, want: `{"savepointPath":"hdfs:///sp","restoreMode":"NO_CLAIM"}`},
		{name: "claim mode 1.15", version: "1.15.4", in: claim, want: `{"savepointPath":"hdfs:///sp","restoreMode":"NO_CLAIM"}`},
		{name: "claim mode 1.14", version: "1.14.6", in: claim, err: "needs Flink 1.15 or newer, the cluster runs 1.14.6", unsupported: true},
		{name: "claim mode misspelt", version: "1.20.5", in: RunJarRequest{ClaimMode: "claims"}, err: "CLAIM, NO_CLAIM, LEGACY"},
		{name: "configuration 1.18", version: "1.18.1", in: configured, want: `{"flinkConfiguration":{"a":"b"}}`},
		{name: "configuration 1.17", version: "1.17.2", in: configured, err: "needs Flink 1.18 or newer, the cluster runs 1.17.2", unsupported: true},
		{name: "negative parallelism", version: "1.20.5", in: RunJarRequest{Parallelism: -1}, err: "parallelism -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, err := tt.in.body("run jar x", version(t, tt.version))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || errors.Is(err, ErrUnsupported) != tt.unsupported {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnsupportedConfigurationNamesTheWayOut(t *testing.T) {
	_, err := RunJarRequest{Configuration: map[string]string{"a": "b"}}.body("run jar x", version(t, "1.12.5"))
	var hint interface{ Hint() string }
	if !errors.As(err, &hint) || !strings.Contains(hint.Hint(), "run -m yarn-cluster") {
		t.Errorf("%v has no hint at run -m yarn-cluster", err)
	}
}
