package submit

import (
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
)

// A start that takes long passes on YARN's own words, and the cluster's figures
// where there are some.
func TestWaitingTellsWhy(t *testing.T) {
	w := newWorld(t, worldOptions{})
	rm, err := w.resourceManager()
	if err != nil {
		t.Fatal(err)
	}
	l := &launch{client: w.Client, rm: rm, id: sampleID}
	got := l.waiting(t.Context(), yarn.ApplicationReport{State: yarn.Accepted, Diagnostics: "\nqueue's AM resource limit exceeded. "})
	for _, want := range []string{sampleID.String(), "still ACCEPTED", "queue's AM resource limit exceeded.", "1 active nodes", "8192 MB"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	w.rm.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/metrics", Mode: faults.Answer, Code: 403})
	if got := l.waiting(t.Context(), yarn.ApplicationReport{State: yarn.Accepted}); got != sampleID.String()+" is still ACCEPTED" {
		t.Errorf("got %q", got)
	}
}

func TestRestURL(t *testing.T) {
	secure := flink.NewConfiguration()
	secure.Set("security.ssl.rest.enabled", "TRUE", "-D")
	for _, c := range []struct {
		address string
		conf    *flink.Configuration
		want    string
	}{
		{"", secure, ""},
		{"h:1", nil, "http://h:1"},
		{"h:1", flink.NewConfiguration(), "http://h:1"},
		{"h:1", secure, "https://h:1"},
	} {
		if got := restURL(yarn.ApplicationReport{AMRPCAddress: c.address}, c.conf); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
