package yarn_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

func TestApplicationFilters(t *testing.T) {
	for name, dialect := range map[string]yarntest.Dialect{"2.10": yarntest.Hadoop210, "3.4": yarntest.Hadoop34} {
		t.Run(name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{Dialect: dialect, Queues: []yarntest.Queue{{Path: "root.default"}, {Path: "root.a.etl"}}})
			ctx := context.Background()
			one := submit(ctx, t, c, func(s *yarn.ApplicationSubmissionContext) { s.Name, s.Type, s.Tags = "one", "A, B", nil })
			two := submit(ctx, t, c, func(s *yarn.ApplicationSubmissionContext) { s.Name, s.Queue, s.Tags = "two", "etl", []string{"X"} })
			three := submit(ctx, t, c, func(s *yarn.ApplicationSubmissionContext) { s.Name, s.Tags = "two", []string{"x", "y"} })
			s.Finish(three, yarn.Finished, yarn.StatusSucceeded, "")
			for _, tt := range []struct {
				name string
				f    yarn.Filter
				want []yarn.ApplicationID
			}{
				{"all", yarn.Filter{}, []yarn.ApplicationID{one, two, three}},
				{"limit", yarn.Filter{Limit: 2}, []yarn.ApplicationID{one, two}},
				{"name", yarn.Filter{Name: "two"}, []yarn.ApplicationID{two, three}},
				{"name and limit", yarn.Filter{Name: "two", Limit: 1}, []yarn.ApplicationID{two}},
				{"type with a comma", yarn.Filter{Types: []string{"a, b"}, Limit: 1}, []yarn.ApplicationID{one}},
				{"types", yarn.Filter{Types: []string{"none", "SLEEP"}}, []yarn.ApplicationID{two, three}},
				{"tags", yarn.Filter{Tags: []string{"Y", "z"}}, []yarn.ApplicationID{three}},
				{"live", yarn.Filter{States: yarn.LiveStates()}, []yarn.ApplicationID{one, two}},
				{"queue by name", yarn.Filter{Queue: "etl"}, []yarn.ApplicationID{two}},
				{"queue by path", yarn.Filter{Queue: "root.a.etl"}, []yarn.ApplicationID{two}},
				{"user", yarn.Filter{User: "bob"}, nil},
			} {
				t.Run(tt.name, func(t *testing.T) {
					reports, err := c.Applications(ctx, tt.f)
					if err != nil {
						t.Fatal(err)
					}
					var got []yarn.ApplicationID
					for _, r := range reports {
						got = append(got, r.ID)
					}
					if diff := cmp.Diff(tt.want, got); diff != "" {
						t.Error(diff)
					}
				})
			}
			for _, r := range s.Faults.Requests() {
				if strings.HasPrefix(r, "GET /ws/v1/cluster/apps") && !strings.Contains(r, "deSelects=resourceRequests") {
					t.Errorf("asks for resource requests: %s", r)
				}
			}
		})
	}
}

func TestNoApplications(t *testing.T) {
	for name, dialect := range map[string]yarntest.Dialect{"null": yarntest.Hadoop210, "empty object": yarntest.Hadoop34} {
		t.Run(name, func(t *testing.T) {
			_, c := fake(t, yarntest.Options{Dialect: dialect})
			if got, err := c.Applications(context.Background(), yarn.Filter{}); err != nil || len(got) != 0 {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}
