package yarn

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Filter selects applications: those that match every field that is set.
type Filter struct {
	// States: any of them.
	States []State
	User   string
	// Queue is a leaf's name or its path.
	Queue string
	// Name is compared exactly.
	Name string
	// Types: any of them, compared without case.
	Types []string
	// Tags: any of them, compared without case.
	Tags []string
	// Limit is how many at most; 0 means all.
	Limit int
	// Match is asked, if it is not nil, about what matches all else: what it does
	// not want is never kept in memory.
	Match func(ApplicationReport) bool
}

// Applications lists the applications that match f, in the order of their ids.
// The ResourceManager may hide those of other users. What an older release does
// not filter is filtered here.
func (c *Client) Applications(ctx context.Context, f Filter) ([]ApplicationReport, error) {
	const op = "list applications"
	b, cancel := c.budget(ctx)
	defer cancel()
	selected := selection{filter: f}
	if err := c.readAnswer(b, request{op: op, method: "GET", path: clusterPath + "/apps", query: f.query()}, selected.read); err != nil {
		return nil, err
	}
	reports := selected.reports
	if reports == nil {
		reports = []ApplicationReport{}
	}
	slices.SortFunc(reports, func(a, b ApplicationReport) int { return a.ID.Compare(b.ID) })
	if f.Limit > 0 && len(reports) > f.Limit {
		reports = reports[:f.Limit]
	}
	return reports, nil
}

// query is the part of f that the server is asked to apply.
func (f Filter) query() url.Values {
	q := withoutRequests()
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	set("states", joined(f.States))
	set("user", f.User)
	set("queue", f.Queue)
	set("name", f.Name)
	// A comma would make two types of one, and there is no way to escape it.
	types := strings.Join(f.Types, ",")
	divided := strings.Count(types, ",") >= max(1, len(f.Types))
	if !divided {
		set("applicationTypes", types)
	}
	set("applicationTags", strings.Join(f.Tags, ","))
	// A server that counts before it filters (by name: before 3.3) would count
	// the wrong ones.
	if f.Limit > 0 && f.Name == "" && f.Match == nil && !divided {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

func (f Filter) matches(r ApplicationReport) bool {
	anyFold := func(wanted []string, have ...string) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool {
			return slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(w, h) })
		})
	}
	return (len(f.States) == 0 || slices.Contains(f.States, r.State)) &&
		(f.User == "" || f.User == r.User) &&
		(f.Name == "" || f.Name == r.Name) &&
		(f.Queue == "" || sameQueue(f.Queue, r.Queue)) &&
		anyFold(f.Types, r.Type) &&
		anyFold(f.Tags, r.Tags...) &&
		(f.Match == nil || f.Match(r))
}

// sameQueue compares a name or path with another, which may be of either kind.
func sameQueue(a, b string) bool {
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}
