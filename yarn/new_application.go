package yarn

import (
	"context"
)

// NewApplication takes an application id. Nothing is reserved with it and it
// never expires. maximum is the largest container the cluster gives: the
// smaller of the configured maximum and its biggest node.
func (c *Client) NewApplication(ctx context.Context) (id ApplicationID, maximum Resource, err error) {
	const op = "new application"
	// An answer that is lost costs an id at worst, so this is tried again like a reading call.
	a, err := c.call(ctx, request{op: op, method: "POST", path: clusterPath + "/apps/new-application"})
	if err != nil {
		return ApplicationID{}, Resource{}, err
	}
	var doc struct {
		ID      word                 `json:"application-id"`
		Maximum object[resourceJSON] `json:"maximum-resource-capability"`
	}
	if err := a.decode(op, &doc); err != nil {
		return ApplicationID{}, Resource{}, err
	}
	id, err = ParseApplicationID(string(doc.ID))
	if err != nil {
		return ApplicationID{}, Resource{}, answerError(op, a.addr, err)
	}
	return id, doc.Maximum.value.resource(), nil
}
