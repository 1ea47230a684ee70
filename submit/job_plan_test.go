package submit

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/flink/rest/resttest"
	"github.com/yarnflink/yarnflink/internal/faults"
)

func TestPlanJob(t *testing.T) {
	w, s, _ := operating(t, resttest.Options{})
	p, err := w.PlanJob(t.Context(), s, JobSpec{Jar: jar(t, ""), EntryClass: mainClass, Parallelism: 2})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "Count" || p.Type != "STREAMING" || !json.Valid(p.Plan) || !strings.Contains(string(p.Plan), `"parallelism":2`) {
		t.Errorf("%s %s %s", p.Name, p.Type, p.Plan)
	}
	if n, jars := len(w.jm.Jobs()), len(w.jm.Jars()); n != 1 || jars != 0 {
		t.Errorf("%d jobs and %d jars", n, jars)
	}
}

func TestPlanJobThatFails(t *testing.T) {
	for _, c := range []struct {
		name    string
		options resttest.Options
		fault   faults.Fault
		is      error
		words   string
	}{
		{name: "main", options: resttest.Options{Programs: map[string]resttest.Program{mainClass: {MainError: "java.lang.IllegalStateException: no input"}}}, words: "no input"},
		{name: "submission disabled", options: resttest.Options{SubmitDisabled: true}, is: rest.ErrSubmitDisabled, words: "plan "},
		{name: "lost answer", fault: faults.Fault{Match: "POST /jars/*/plan", Times: 1, Mode: faults.LoseAnswer}, is: rest.ErrUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s, _ := operating(t, c.options)
			if c.fault.Match != "" {
				w.jm.Faults.Add(c.fault)
			}
			_, err := w.PlanJob(t.Context(), s, JobSpec{Jar: jar(t, ""), EntryClass: mainClass})
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v", err)
			}
			if n := len(w.jm.Jars()); n != 0 {
				t.Errorf("%d jars are left", n)
			}
		})
	}
}
