package yarn

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// longestKillPause bounds the pauses between the requests of a kill.
const longestKillPause = 2 * time.Second

// Kill ends an application and returns its report when that is final. The
// request is repeated until the state is: the first one only starts the end, and
// a ResourceManager that fails in between forgets it. How long that takes is
// bounded by ctx alone; each request by Options.RetryFor. An application that
// has ended already is no error; the report tells how it did.
//
// diagnostics is the reason that the report shows afterwards, from Hadoop 2.10
// on; it may be empty.
//
// Java: org.apache.hadoop.yarn.client.api.impl.YarnClientImpl.killApplication.
func (c *Client) Kill(ctx context.Context, id ApplicationID, diagnostics string) (ApplicationReport, error) {
	op := "kill " + id.String()
	body, err := json.Marshal(struct {
		State       State  `json:"state"`
		Diagnostics string `json:"diagnostics,omitempty"`
	}{Killed, diagnostics})
	if err != nil {
		return ApplicationReport{}, fmt.Errorf("%s: %w", op, err)
	}
	r := request{op: op, method: http.MethodPut, path: applicationPath(id) + "/state", body: body}
	pause := backoff{c.retryDelay, max(c.retryDelay, longestKillPause)}
	for {
		b, cancel := c.budget(ctx)
		a, err := c.callKnown(b, r)
		cancel()
		if err != nil {
			return ApplicationReport{}, err
		}
		// 202 is "not yet", whatever state the body shows.
		if a.status == http.StatusOK {
			report, err := c.Application(ctx, id)
			if err != nil || report.State.IsFinal() {
				return report, err
			}
		}
		if err := pause.wait(ctx); err != nil {
			return ApplicationReport{}, fmt.Errorf("%s: %w (it was asked for, but has not ended yet)", op, err)
		}
	}
}
