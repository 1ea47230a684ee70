package cli

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// How often progress is printed, on a terminal and elsewhere.
const (
	liveInterval = 100 * time.Millisecond
	lineInterval = 5 * time.Second
)

// talk is stderr, shared by logs and progress: the live line of a terminal is
// removed before anything else is written. It is safe for concurrent use.
type talk struct {
	mu   sync.Mutex
	w    io.Writer
	live bool // the terminal shows a live line
}

// Write writes p below what stands there.
func (t *talk) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	return t.w.Write(p)
}

func (t *talk) clear() {
	if t.live {
		fmt.Fprint(t.w, "\r\x1b[K")
		t.live = false
	}
}

func (t *talk) showLive(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "\r\x1b[K%s", line)
	t.live = true
}

// end removes a live line.
func (t *talk) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
}

// progress prints what is being done: one line that changes on a terminal, else
// a line for each new step and one every few seconds while bytes go out. The
// zero value prints nothing and remembers the last step. It is safe for
// concurrent use.
type progress struct {
	mu       sync.Mutex
	to       *talk
	terminal bool
	log      *slog.Logger // instead of lines, with --log-format json
	now      func() time.Time

	message string
	printed time.Time
}

// show prints a step; total above 0 adds how many bytes of it are done.
func (p *progress) show(message string, done, total int64) {
	if message == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.to == nil {
		p.message = message
		return
	}
	fresh, now := message != p.message, p.now()
	interval := lineInterval
	if p.terminal {
		interval = liveInterval
	}
	if !fresh && now.Sub(p.printed) < interval {
		return
	}
	if !fresh && total == 0 && !p.terminal {
		return
	}
	p.message, p.printed = message, now
	line := message
	if total > 0 {
		line = fmt.Sprintf("%s: %s of %s (%d%%)", message, bytesText(done), bytesText(total), done*100/total)
	}
	switch {
	case p.log != nil:
		p.log.Info(message, "done", done, "total", total)
	case p.terminal:
		p.to.showLive(line)
	default:
		fmt.Fprintln(p.to, line)
	}
}

// line prints a step in a line of its own, also on a terminal.
func (p *progress) line(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.message = message
	switch {
	case p.to == nil:
	case p.log != nil:
		p.log.Info(message)
	default:
		fmt.Fprintln(p.to, message)
	}
}

// bytesText writes a size for people, in powers of 1024.
func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n)/unit, 0
	for value >= unit && prefix < 4 {
		value /= unit
		prefix++
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[prefix])
}

// last returns the step shown last, also where nothing is printed.
func (p *progress) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.message
}
