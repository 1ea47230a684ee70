package yarn

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// expiryFormat is how the ResourceManager writes and reads points in time.
//
// Java: org.apache.hadoop.yarn.util.Times.ISO8601_DATE_FORMAT.
const expiryFormat = "2006-01-02T15:04:05.000-0700"

const lifetime = "LIFETIME"

type timeoutJSON struct {
	Type   word `json:"type"`
	Expiry word `json:"expiryTime"`
}

// SetExpiry says when YARN kills an application that has not ended by then, by
// the clock of the ResourceManager and to the millisecond. The application must
// have been submitted and not have ended, and the time must be to come. Hadoop
// 2.10 and later.
//
// Java: org.apache.hadoop.yarn.client.api.YarnClient.updateApplicationTimeouts.
func (c *Client) SetExpiry(ctx context.Context, id ApplicationID, at time.Time) error {
	op := "limit the lifetime of " + id.String()
	// The one body of this API that is wrapped.
	body, err := json.Marshal(map[string]any{"timeout": map[string]string{"type": lifetime, "expiryTime": at.UTC().Format(expiryFormat)}})
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	b, cancel := c.budget(ctx)
	defer cancel()
	_, err = c.callKnown(b, request{op: op, method: http.MethodPut, path: applicationPath(id) + "/timeout", body: body})
	return err
}

// Expiry tells when YARN will kill an application; the zero time means never.
func (c *Client) Expiry(ctx context.Context, id ApplicationID) (time.Time, error) {
	var doc struct {
		Timeouts object[struct {
			Timeout list[timeoutJSON] `json:"timeout"`
		}] `json:"timeouts"`
	}
	op := "lifetime of " + id.String()
	if err := c.get(ctx, op, applicationPath(id)+"/timeouts", nil, &doc); err != nil {
		return time.Time{}, err
	}
	for _, t := range doc.Timeouts.value.Timeout {
		if !strings.EqualFold(string(t.Type), lifetime) || t.Expiry == "" || strings.EqualFold(string(t.Expiry), "UNLIMITED") {
			continue
		}
		at, err := time.Parse(expiryFormat, string(t.Expiry))
		if err != nil {
			return time.Time{}, fmt.Errorf("%s: %w", op, err)
		}
		return at, nil
	}
	return time.Time{}, nil
}
