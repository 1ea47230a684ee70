package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
)

// output is where a command prints: results to stdout, all else to stderr.
type output struct {
	stdout   io.Writer
	stderr   *talk
	json     bool // -o json
	logJSON  bool // --log-format json
	verbose  bool
	progress *progress
}

// newOutput reads how to print from a command line, which may have errors.
func newOutput(env *Env, line commandLine) *output {
	o := &output{
		stdout:  env.Stdout,
		stderr:  &talk{w: env.Stderr},
		json:    line.has("output", "json"),
		logJSON: line.has("log-format", "json"),
		verbose: line.has("verbose", ""),
	}
	o.progress = &progress{}
	if !line.has("no-progress", "") {
		o.progress = &progress{to: o.stderr, now: env.now}
		switch {
		case o.logJSON:
			o.progress.log = slog.New(slog.NewJSONHandler(o.stderr, nil))
		case env.terminal():
			o.progress.columns = env.columns
		}
	}
	return o
}

// result prints a command's result: v as JSON with -o json, else what text writes.
func (o *output) result(v any, text func(w io.Writer)) error {
	o.stderr.end()
	if !o.json {
		text(o.stdout)
		return nil
	}
	encoder := json.NewEncoder(o.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// begin prints the first part of a result whose rest follows later; with -o json
// there is nothing to print before its end.
func (o *output) begin(text func(w io.Writer)) {
	if !o.json {
		o.stderr.end()
		text(o.stdout)
	}
}

// line prints v as one line of JSON: one of several results.
func (o *output) line(v any) error {
	o.stderr.end()
	encoder := json.NewEncoder(o.stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// warn prints what the caller should know and may want to change.
func (o *output) warn(message string) { o.say(slog.LevelWarn, "warning: ", message) }

// note prints what was decided for the caller.
func (o *output) note(message string) { o.say(slog.LevelInfo, "note: ", message) }

func (o *output) say(level slog.Level, prefix, message string) {
	if o.logJSON {
		slog.New(slog.NewJSONHandler(o.stderr, nil)).Log(context.Background(), level, message)
		return
	}
	fmt.Fprintln(o.stderr, prefix+message)
}

// errorJSON is an error with -o json. The keys are stable.
type errorJSON struct {
	Error string `json:"error"`
	Code  int    `json:"code"`
	Hint  string `json:"hint"`
}

// failure prints an error and its advice.
func (o *output) failure(err error, code int) {
	o.stderr.end()
	hint := hintOf(err)
	if o.json {
		encoder := json.NewEncoder(o.stderr)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(errorJSON{err.Error(), code, hint}) // nothing is left to tell it to
		return
	}
	fmt.Fprintf(o.stderr, "yarnflink: %s\n", strings.TrimRight(err.Error(), "\n"))
	if hint != "" {
		fmt.Fprintf(o.stderr, "hint: %s\n", hint)
	}
}

// hintOf returns the outermost advice in err's tree that is not empty.
func hintOf(err error) string {
	for err != nil {
		if h, ok := err.(interface{ Hint() string }); ok && h.Hint() != "" { //nolint:errorlint // each level is looked at
			return h.Hint()
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // each level is looked at
			for _, one := range many.Unwrap() {
				if hint := hintOf(one); hint != "" {
					return hint
				}
			}
			return ""
		}
		err = errors.Unwrap(err)
	}
	return ""
}

// table writes rows in columns.
func table(w io.Writer, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	_ = tw.Flush() // w is stdout; a full disk shows in the next write too
}
