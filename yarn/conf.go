package yarn

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Conf asks for the value of a configuration key in force at the active
// ResourceManager; ok is false where the key is not set. Passwords and the like
// come as "<redacted>". Some clusters let administrators only ask: ErrForbidden.
//
// It is what the server read from its files: the queues of the Capacity
// scheduler are not among it.
func (c *Client) Conf(ctx context.Context, key string) (value string, ok bool, err error) {
	op := "configuration key " + key
	var doc struct {
		Property   object[propertyJSON] `json:"property"`
		Properties list[propertyJSON]   `json:"properties"`
	}
	// The format is chosen by the Accept header, before 2.10 by this parameter.
	query := url.Values{"name": {key}, "format": {"json"}}
	err = c.get(ctx, op, "/conf", query, &doc)
	var remote *RemoteError
	if errors.As(err, &remote) && remote.Status == http.StatusNotFound {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	// Releases before 2.10 ignore the name and answer with everything.
	for _, p := range append(doc.Properties, doc.Property.value) {
		if p.Key == key {
			return string(p.Value), true, nil
		}
	}
	return "", false, nil
}

type propertyJSON struct {
	Key   string `json:"key"`
	Value word   `json:"value"`
}
