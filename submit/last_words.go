package submit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

const (
	// lastWordsTimeout bounds the look into a log: it only explains.
	lastWordsTimeout = 3 * time.Second
	lastWordsBytes   = 64 << 10
)

// lastWords is what an application's last JobManager wrote about why it ended;
// "" where the application did not fail, or the log is out of reach.
func (c *Client) lastWords(ctx context.Context, r yarn.ApplicationReport) string {
	if r.State != yarn.Failed && r.FinalStatus != yarn.StatusFailed {
		return ""
	}
	rm, err := c.resourceManager()
	if err != nil {
		return ""
	}
	ctx, cancel := afterwards(ctx, lastWordsTimeout)
	defer cancel()
	for _, file := range []string{"jobmanager.log", "jobmanager.err"} {
		text, err := rm.MasterLogTail(ctx, r, file, lastWordsBytes)
		if err != nil {
			c.options.Logger.Debug("no last words", "application", r.ID, "file", file, "error", err)
			continue
		}
		if words := rootCause(text); words != "" {
			return words
		}
	}
	return ""
}

// explained adds to the end of an application what YARN and its JobManager's log
// say of it, as far as they do.
func explained(err error, diagnostics, lastWords string) error {
	if diagnostics != "" {
		err = fmt.Errorf("%w: %s", err, diagnostics)
	}
	return fmt.Errorf("%w%s", err, saidByLog(lastWords))
}

// saidByLog is a further line of an error's text, "" where nothing was said.
func saidByLog(lastWords string) string {
	if lastWords == "" {
		return ""
	}
	return "\nthe JobManager's log says: " + lastWords
}

// rootCause is the innermost cause of the last exception in a log; "" where
// there is none. A Python program's is the last exception that Python told of.
func rootCause(log string) string {
	var cause, python string
	var traced bool
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if _, said, ok := strings.Cut(line, pythonDriver+" "); ok {
			_, said, _ = strings.Cut(said, " - ")
			traced = traced || strings.HasPrefix(said, "Traceback ")
			if class, _, ok := strings.Cut(said, ":"); traced && ok && !strings.ContainsAny(class, " \t") {
				python = said
			}
		}
		class, _, _ := strings.Cut(strings.TrimPrefix(line, "Caused by: "), ":")
		switch {
		case strings.HasPrefix(line, "Caused by: "), isThrowable(class), strings.HasPrefix(line, "Error: "):
			cause = strings.TrimPrefix(line, "Caused by: ")
		}
	}
	if python != "" {
		return python
	}
	return cause
}

// isThrowable tells whether a line's beginning is the name of an exception's class.
func isThrowable(class string) bool {
	return strings.Contains(class, ".") && !strings.ContainsAny(class, " \t()") &&
		(strings.HasSuffix(class, "Exception") || strings.HasSuffix(class, "Error"))
}
