package cli

import (
	"bufio"
	"context"
	"io"
	"strings"
)

// typed is a line of input without the blanks around it, or why there are no more.
type typed struct {
	line string
	end  error // io.EOF, or what broke; nil for a line
}

// input reads lines of stdin until they end or ctx does. The reading goroutine
// outlives ctx where stdin gives nothing, for a read can't be interrupted.
func (e *Env) input(ctx context.Context) <-chan typed {
	lines := make(chan typed)
	go func() {
		send := func(t typed) {
			select {
			case lines <- t:
			case <-ctx.Done():
			}
		}
		if e.Stdin == nil {
			send(typed{end: io.EOF})
			return
		}
		s := bufio.NewScanner(e.Stdin)
		for s.Scan() && ctx.Err() == nil {
			send(typed{line: strings.TrimSpace(s.Text())})
		}
		if err := s.Err(); err != nil {
			send(typed{end: err})
			return
		}
		send(typed{end: io.EOF})
	}()
	return lines
}
