package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/yarn"
)

// watchInterval is how often --watch looks again.
const watchInterval = 2 * time.Second

// view is what a read command shows.
type view struct {
	value any // as JSON
	text  func(w io.Writer)
}

// clearScreen moves to the top of a terminal and removes what stands there.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// read prints what look finds: once, or with --watch until ctx ends, whose cause
// it then returns. On a terminal the screen is drawn again each time, elsewhere
// what has changed is printed, JSON on one line. While it watches, servers that
// are out of reach are asked again.
func (e *Env) read(ctx context.Context, g globalOptions, look func(context.Context) (view, error)) error {
	if !g.Watch {
		ctx, cancel := bounded(ctx, "--timeout", g.Timeout)
		defer cancel()
		v, err := look(ctx)
		if err != nil {
			return withCause(ctx, err)
		}
		return e.out.result(v.value, v.text)
	}
	var shown []byte
	missing := false
	for {
		v, err := look(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && !outOfReach(err):
			return err
		case err != nil && !missing:
			missing = true
			e.out.warn(err.Error())
		case err == nil:
			missing = false
			if shown, err = e.draw(v, shown); err != nil {
				return err
			}
		}
		timer := time.NewTimer(cmp.Or(e.lookEvery, watchInterval))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

func outOfReach(err error) bool {
	return errors.Is(err, yarn.ErrUnreachable) || errors.Is(err, rest.ErrUnreachable)
}

// draw prints v where it differs from what is shown, and returns what is shown now.
func (e *Env) draw(v view, shown []byte) ([]byte, error) {
	var b bytes.Buffer
	if e.out.json {
		only := &output{stdout: &b, stderr: e.out.stderr, json: true}
		if err := only.line(v.value); err != nil {
			return shown, err
		}
	} else {
		v.text(&b)
	}
	if bytes.Equal(b.Bytes(), shown) {
		return shown, nil
	}
	e.out.stderr.end()
	top := ""
	if !e.out.json && e.isTerminal(e.Stdout) {
		top = clearScreen
	}
	if _, err := fmt.Fprintf(e.out.stdout, "%s%s", top, b.Bytes()); err != nil {
		return shown, fmt.Errorf("print the result: %w", err)
	}
	return b.Bytes(), nil
}
