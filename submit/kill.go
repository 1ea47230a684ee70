package submit

import (
	"context"
	"fmt"

	"github.com/yarnflink/yarnflink/yarn"
)

// KillResult is what became of one application.
type KillResult struct {
	ApplicationID string           `json:"applicationId"`
	State         yarn.State       `json:"state"`
	FinalStatus   yarn.FinalStatus `json:"finalStatus"`
	// StagingRemoved is nil where there was no folder, false where it could not be removed.
	StagingRemoved *bool `json:"stagingRemoved"`
	// HighAvailabilityRemoved is nil where the application is not known to have
	// kept data of high availability, false where that data stays.
	HighAvailabilityRemoved *bool `json:"highAvailabilityRemoved,omitempty"`
	// HighAvailability is that data.
	HighAvailability *HighAvailabilityData `json:"-"`
	// Err is nil where the application is final now and no folder is left.
	Err error `json:"-"`
}

// KillOptions says what goes with a killed application. The zero value is useful.
type KillOptions struct {
	// CleanHighAvailability also removes its data of high availability, from which
	// a cluster with the same id would go on.
	CleanHighAvailability bool
}

// Kill kills applications, waits until each is final and removes its staging
// folder. An application that has ended already only has its folder removed.
//
// Java: YarnClusterDescriptor.killCluster.
func (c *Client) Kill(ctx context.Context, ids []yarn.ApplicationID, o KillOptions) []KillResult {
	results := make([]KillResult, len(ids))
	for i, id := range ids {
		results[i] = c.kill(ctx, id, o)
	}
	return results
}

func (c *Client) kill(ctx context.Context, id yarn.ApplicationID, o KillOptions) KillResult {
	result := KillResult{ApplicationID: id.String()}
	rm, err := c.resourceManager()
	if err != nil {
		result.Err = err
		return result
	}
	report, err := rm.Kill(ctx, id, "killed by "+c.options.User+" with yarnflink")
	result.State, result.FinalStatus = report.State, report.FinalStatus
	if err != nil {
		result.Err = err
		return result
	}
	c.forgetLock(id)
	// The folder tells what the application has kept, so it goes last.
	if err := c.cleanHighAvailability(ctx, report, o, &result); err != nil {
		result.Err = err
		return result
	}
	folder, err := c.folderOf(report)
	if err != nil {
		result.Err = err
		return result
	}
	removed, err := c.removeFolder(ctx, folder)
	switch {
	case err != nil:
		no := false
		result.StagingRemoved = &no
		result.Err = fmt.Errorf("%s is %s, but its folder %s is left: %w", id, report.State, folder, err)
	case removed:
		result.StagingRemoved = &removed
	}
	return result
}

// cleanHighAvailability removes what a final application has kept, or finds out
// what that is.
func (c *Client) cleanHighAvailability(ctx context.Context, report yarn.ApplicationReport, o KillOptions, result *KillResult) error {
	if !o.CleanHighAvailability {
		// This machine's configuration says nothing about applications that left none.
		conf, origin, err := c.stagedConfiguration(ctx, report)
		if err == nil && conf != nil {
			result.HighAvailability, err = highAvailabilityData(conf, report.ID, origin)
		}
		if err == nil && result.HighAvailability != nil {
			result.HighAvailabilityRemoved = new(bool)
		}
		return nil
	}
	data, err := c.highAvailability(ctx, report)
	if err != nil || data == nil {
		return err
	}
	removed := false
	result.HighAvailability, result.HighAvailabilityRemoved = data, &removed
	if err := c.removeHighAvailability(ctx, data); err != nil {
		return fmt.Errorf("%s is %s, but its high availability data is left, %s (known from %s): %w", report.ID, report.State, data, data.Origin, err)
	}
	removed = true
	return nil
}

// folderOf is where an application's folder is, or was: below its own user's
// home, unless yarn.staging-directory was set for this client.
func (c *Client) folderOf(r yarn.ApplicationReport) (string, error) {
	base := c.options.StagingDirectory
	if base == "" {
		base = c.homeOf(r.User)
	}
	root, err := c.root(base)
	if err != nil {
		return "", err
	}
	return root + c.stagingPath(base, r.User) + "/.flink/" + r.ID.String(), nil
}
