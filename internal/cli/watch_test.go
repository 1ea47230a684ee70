package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

// watched runs read with --watch over what look finds at each time; its context
// ends with the last.
func watched(t *testing.T, terminal bool, format string, looks ...any) (stdout, stderr string, err error) {
	t.Helper()
	env, talk := testEnv(t, "ps --watch --no-progress -o "+format)
	screen := &strings.Builder{}
	env.out.stdout, env.lookEvery = screen, time.Millisecond
	env.Terminal = func(any) bool { return terminal }
	ctx, cancel := context.WithCancelCause(t.Context())
	err = env.read(ctx, globalOptions{Watch: true}, func(context.Context) (view, error) {
		next := looks[0]
		if looks = looks[1:]; len(looks) == 0 {
			cancel(&interruption{os.Interrupt})
		}
		if err, ok := next.(error); ok {
			return view{}, err
		}
		return view{next, func(w io.Writer) { fmt.Fprintln(w, next) }}, nil
	})
	return screen.String(), talk.String(), err
}

func TestReadAgain(t *testing.T) {
	away := fmt.Errorf("list: %w", yarn.ErrUnreachable)
	tests := []struct {
		name     string
		terminal bool
		format   string
		looks    []any
		stdout   string
		code     int
	}{
		{"changes", false, "text", []any{"a", "a", "b", "-"}, "a\nb\n", exitInterrupted},
		{"a screen", true, "text", []any{"a", "b", "-"}, clearScreen + "a\n" + clearScreen + "b\n", exitInterrupted},
		{"JSON on a line", true, "json", []any{[]int{1}, []int{1}, []int{2}, "-"}, "[1]\n[2]\n", exitInterrupted},
		{"out of reach for a while", false, "text", []any{"a", away, away, "b", "-"}, "a\nb\n", exitInterrupted},
		{"refused", false, "text", []any{"a", yarn.ErrForbidden, "-"}, "a\n", exitNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, err := watched(t, tt.terminal, tt.format, tt.looks...)
			if exitCode(err) != tt.code {
				t.Errorf("got %v, want exit code %d", err, tt.code)
			}
			if stdout != tt.stdout {
				t.Errorf("stdout %q, want %q", stdout, tt.stdout)
			}
			if n := strings.Count(stderr, "warning:"); (n == 1) != (tt.name == "out of reach for a while") {
				t.Errorf("stderr: %s", stderr)
			}
		})
	}
}
