package yarn

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// MasterLogTail reads the last bytes of a file among the logs of an
// application's last ApplicationMaster, "jobmanager.log", from the NodeManager
// that has them: while the application runs and, where logs are not aggregated,
// as long as yarn.nodemanager.log.retain-seconds after it. It is asked for once;
// ErrApplicationNotFound says that the report names no logs.
//
// Java: NMWebServices.getContainerLogFile.
func (c *Client) MasterLogTail(ctx context.Context, r ApplicationReport, file string, bytes int64) (string, error) {
	op := fmt.Sprintf("read %s of %s", file, r.ID)
	// http://node:8042/node/containerlogs/container_…/alice, a page for people.
	u, err := url.Parse(r.AMContainerLogs)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%s: %w: its report names no logs", op, ErrApplicationNotFound)
	}
	container := path.Base(path.Dir(strings.TrimSuffix(u.Path, "/")))
	a, err := c.exchange(ctx, u.Scheme+"://"+u.Host, request{
		op: op, node: true, method: http.MethodGet, path: "/ws/v1/node/containerlogs/" + container + "/" + file, accept: "text/plain",
		query: url.Values{"size": {strconv.FormatInt(-bytes, 10)}, "format": {"text"}},
	}, c.timeout)
	switch {
	case err != nil:
		return "", err
	case a.status != http.StatusOK:
		return "", a.remoteError(op)
	}
	return logContents(string(a.body)), nil
}

var (
	logHeader  = regexp.MustCompile(`(?s)\AContainer:.*?\nLogContents:\n`)
	logTrailer = regexp.MustCompile(`(?s)\nEnd of LogType:.*\z`)
)

// logContents takes off what Hadoop 2.8 and later write around the bytes.
func logContents(text string) string {
	return logTrailer.ReplaceAllString(logHeader.ReplaceAllString(text, ""), "")
}
