package submit

import (
	"errors"
	"fmt"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

func TestRescale(t *testing.T) {
	w, s, job := operating(t, resttest.Options{Adaptive: true})
	w.jm.Faults.Add(faults.Fault{Match: "PUT /jobs/*/resource-requirements", Times: 1, Mode: faults.LoseAnswer})
	r, err := w.Rescale(t.Context(), s, job, 3)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, r, fmt.Sprintf(`{"applicationId":%q,"jobId":%q,"vertices":{"cbc357ccb763df2852fee8c4fc7d55f2":{"lower":1,"upper":3}},"restUrl":%q}`, s.ApplicationID, job, s.RestURL))
	if j, _ := w.jm.Job(job); j.Parallelism != 3 {
		t.Errorf("it runs with %d", j.Parallelism)
	}
	if _, err := w.Rescale(t.Context(), s, rest.NewJobID(), 3); !errors.Is(err, rest.ErrJobNotFound) {
		t.Errorf("unknown job: %v", err)
	}
}

func TestRescaleRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		options resttest.Options
	}{
		{"another scheduler", resttest.Options{}},
		{"an old release", resttest.Options{Version: "1.17.2", Adaptive: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s, job := operating(t, c.options)
			if _, err := w.Rescale(t.Context(), s, job, 3); !errors.Is(err, rest.ErrUnsupported) || hintOf(err) == "" {
				t.Errorf("got %v, hint %q", err, hintOf(err))
			}
		})
	}
}
