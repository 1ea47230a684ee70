package submit

import (
	"errors"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
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

// A program can fail before its JobManager was asked for the first time.
func TestAProgramThatFailsAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		running bool
		want    error
	}{
		"before the JobManager registers": {false, ErrDeploymentFailed},
		"afterwards":                      {true, ErrJobFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{})
			w.rm.SetAMAddress(nobody)
			looks := 0
			w.onReport = func(a yarntest.Application) {
				switch looks++; {
				case looks == 1 && c.running:
					w.rm.SetState(a.ID, yarn.Running)
				case looks == 2:
					w.rm.Finish(a.ID, yarn.Failed, yarn.StatusFailed, "AM Container exited with exitCode: 2")
				}
			}
			_, err := w.Start(t.Context(), ApplicationSpec{Cluster: w.spec(t, nil), Job: JobSpec{Jar: jar(t, ""), EntryClass: mainClass}})
			if !errors.Is(err, c.want) || errors.Is(err, ErrJobFailed) != (c.want == ErrJobFailed) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if left := w.folders(t); len(left) > 0 {
				t.Errorf("folders left: %v", left)
			}
		})
	}
}

func TestRestURL(t *testing.T) {
	secure := flink.NewConfiguration()
	secure.Set("security.ssl.rest.enabled", "TRUE", "-D")
	for _, c := range []struct {
		address   string
		conf, own *flink.Configuration // the application's, and this machine's
		want      string
	}{
		{"", secure, nil, ""},
		{"h:1", nil, nil, "http://h:1"},
		{"h:1", nil, secure, "https://h:1"},
		{"h:1", flink.NewConfiguration(), secure, "http://h:1"},
		{"h:1", secure, nil, "https://h:1"},
	} {
		client, err := NewClient(Options{User: "alice", Flink: c.own})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := client.restURL(t.Context(), yarn.ApplicationReport{AMRPCAddress: c.address}, c.conf); got != c.want || err != nil {
			t.Errorf("got %q (%v), want %q", got, err, c.want)
		}
	}
}
