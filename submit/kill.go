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
	// Err is nil where the application is final now and no folder is left.
	Err error `json:"-"`
}

// Kill kills applications, waits until each is final and removes its staging
// folder. An application that has ended already only has its folder removed.
//
// Java: YarnClusterDescriptor.killCluster.
func (c *Client) Kill(ctx context.Context, ids []yarn.ApplicationID) []KillResult {
	results := make([]KillResult, len(ids))
	for i, id := range ids {
		results[i] = c.kill(ctx, id)
	}
	return results
}

func (c *Client) kill(ctx context.Context, id yarn.ApplicationID) KillResult {
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
