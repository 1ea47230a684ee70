package submit

import (
	"context"
	"fmt"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// LimitLifetime makes YARN kill a deployment's application when it has lived so
// long, counted from its submission; it returns when that will be. Where the
// ResourceManager refuses, the application is killed and its folder removed, for
// it would run without the limit that was asked for; the error is then a
// *DeploymentError.
func (c *Client) LimitLifetime(ctx context.Context, d *Deployment, lifetime time.Duration) (time.Time, error) {
	rm, err := c.resourceManager()
	if err != nil {
		return time.Time{}, err
	}
	// By the ResourceManager's clock, which need not be ours.
	report, err := rm.Application(ctx, d.ApplicationID)
	at := report.Started.Add(lifetime)
	if err == nil {
		err = rm.SetExpiry(ctx, d.ApplicationID, at)
	}
	if err == nil {
		return at, nil
	}
	failure := &DeploymentError{ID: d.ApplicationID, Step: "limit the lifetime of", Report: &report, Err: err}
	ctx, cancel := afterwards(ctx, killTimeout)
	defer cancel()
	if r := c.kill(ctx, d.ApplicationID, KillOptions{}); r.Err != nil {
		failure.Left = append(failure.Left, fmt.Sprintf("application %s (%v): end it with `yarnflink kill %s`", d.ApplicationID, r.Err, d.ApplicationID))
	}
	failure.TakenBack = len(failure.Left) == 0
	return time.Time{}, failure
}

// Expiry tells when YARN will kill an application; the zero time means never,
// or that the release does not say.
func (c *Client) Expiry(ctx context.Context, id yarn.ApplicationID) (time.Time, error) {
	rm, err := c.resourceManager()
	if err != nil {
		return time.Time{}, err
	}
	return rm.Expiry(ctx, id)
}
