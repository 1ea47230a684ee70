package submit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

func TestProblemString(t *testing.T) {
	for want, p := range map[string]Problem{
		"what":                  {What: "what"},
		"what (where)":          {What: "what", Where: "where"},
		"what: why":             {What: "what", Why: "why"},
		"what (where): why; do": {What: "what", Where: "where", Why: "why", Do: "do"},
		"what; do":              {What: "what", Do: "do"},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := (&ValidationError{[]Problem{{What: "one"}}}).Error(); got != "one" {
		t.Errorf("got %q", got)
	}
	if got := (&ValidationError{[]Problem{{What: "one"}, {What: "two"}}}).Error(); got != "2 problems:\n  - one\n  - two" {
		t.Errorf("got %q", got)
	}
}

func TestDeploymentError(t *testing.T) {
	cause := fmt.Errorf("%w: the application is FAILED", ErrDeploymentFailed)
	e := &DeploymentError{
		ID: sampleID, Step: "await", Err: cause, TakenBack: true,
		Report: &yarn.ApplicationReport{Diagnostics: " the AM died\n", AMContainerLogs: "http://nm:8042/logs"},
	}
	want := "await application_1700000000000_0012: the deployment failed: the application is FAILED\nYARN says: the AM died\nnothing is left: no application, no staging folder"
	if e.Error() != want {
		t.Errorf("got %q", e.Error())
	}
	for _, word := range []string{"http://nm:8042/logs", "yarn logs -applicationId application_1700000000000_0012"} {
		if !strings.Contains(e.Hint(), word) {
			t.Errorf("no %s in %q", word, e.Hint())
		}
	}
	if !errors.Is(e, ErrDeploymentFailed) || errors.Is(e, ErrLeftBehind) {
		t.Error("nothing is left behind")
	}

	ended := errors.New("interrupted")
	e = &DeploymentError{ID: sampleID, Step: "stage", Err: withHint(ended, "again"), Left: []string{"a folder"}, Report: &yarn.ApplicationReport{Diagnostics: "waiting"}}
	if !errors.Is(e, ErrLeftBehind) || !errors.Is(e, ended) || e.Hint() != "again" || !strings.HasSuffix(e.Error(), "interrupted\nleft behind: a folder") {
		t.Errorf("%v (%s)", e, e.Hint())
	}
}

func TestJobResultErr(t *testing.T) {
	for state, want := range map[rest.JobState]error{"FINISHED": nil, "CANCELED": ErrJobCancelled, "FAILED": ErrJobFailed, "SUSPENDED": ErrJobFailed} {
		r := &JobResult{State: state, Failure: "boom"}
		if err := r.Err(); !errors.Is(err, want) {
			t.Errorf("%s: %v", state, err)
		}
	}
}
