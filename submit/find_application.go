package submit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// FindApplication finds the application on YARN that a target means: by its id
// whatever its state and type, by its name among the live sessions of the user.
// ErrSessionNotFound and ErrAmbiguous name what there is.
func (c *Client) FindApplication(ctx context.Context, t Target) (yarn.ApplicationReport, error) {
	switch {
	case t.ApplicationID != "":
		return c.applicationByID(ctx, t)
	case t.Name != "":
		return c.applicationByName(ctx, t.Name)
	}
	return yarn.ApplicationReport{}, withHint(fmt.Errorf("%w was named", ErrSessionNotFound), "name one by its application id or its name")
}

func (c *Client) applicationByID(ctx context.Context, t Target) (yarn.ApplicationReport, error) {
	id, err := yarn.ParseApplicationID(t.ApplicationID)
	if err != nil {
		return yarn.ApplicationReport{}, &ValidationError{[]Problem{{What: err.Error(), Where: t.Origin}}}
	}
	rm, err := c.resourceManager()
	if err != nil {
		return yarn.ApplicationReport{}, err
	}
	report, err := rm.Application(ctx, id)
	if errors.Is(err, yarn.ErrApplicationNotFound) {
		err = withHint(fmt.Errorf("%w: %s, named by %s, is not known to the ResourceManager", ErrSessionNotFound, id, t.Origin), "list what runs with `yarnflink ps`, or name another session by its id or name")
	}
	return report, err
}

func (c *Client) applicationByName(ctx context.Context, name string) (yarn.ApplicationReport, error) {
	all, err := c.Sessions(ctx)
	if err != nil {
		return yarn.ApplicationReport{}, err
	}
	var names []string
	found := slices.DeleteFunc(slices.Clone(all), func(r yarn.ApplicationReport) bool {
		names = append(names, fmt.Sprintf("%s (%s)", r.Name, r.ID))
		return r.Name != name
	})
	switch len(found) {
	case 0:
		hint := "none of yours is running: start one with `yarnflink session -d`"
		if len(names) > 0 {
			hint = "running: " + strings.Join(names, ", ")
		}
		return yarn.ApplicationReport{}, withHint(fmt.Errorf("%w: %q", ErrSessionNotFound, name), hint)
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, r := range found {
		ids = append(ids, fmt.Sprintf("%s (started %s)", r.ID, r.Started.Format(time.DateTime)))
	}
	return yarn.ApplicationReport{}, withHint(fmt.Errorf("%w: %d are called %q", ErrAmbiguous, len(found), name), "name one by its id: "+strings.Join(ids, ", "))
}
