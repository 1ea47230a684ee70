package cli

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/yarnflink/yarnflink/submit"
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
	mu      sync.Mutex
	to      *talk
	columns func() int   // of the terminal; nil for another output
	log     *slog.Logger // instead of lines, with --log-format json
	now     func() time.Time

	message string
	printed time.Time
}

// show prints a step; a total above 0 adds how many bytes of it are done, and on
// a terminal those of each file.
func (p *progress) show(step submit.Progress) {
	message, done, total := step.Message, step.Done, step.Total
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
	if p.columns != nil {
		interval = liveInterval
	}
	if !fresh && now.Sub(p.printed) < interval {
		return
	}
	if !fresh && total == 0 && p.columns == nil {
		return
	}
	p.message, p.printed = message, now
	line := message
	if total > 0 {
		line = fmt.Sprintf("%s: %s of %s (%d%%)", message, bytesText(done), bytesText(total), done*100/total)
	} else if done > 0 && p.columns != nil {
		line = fmt.Sprintf("%s: %s", message, bytesText(done))
	}
	switch {
	case p.log != nil:
		p.log.Info(message, "done", done, "total", total)
	case p.columns != nil:
		p.to.showLive(liveLine(line, step.Files, p.columns()))
	default:
		fmt.Fprintln(p.to, line)
	}
}

// liveLine adds the files on their way, as many as there is room for. A line that
// were too long would go on in the next one, and could not be removed.
func liveLine(line string, files []submit.FileProgress, columns int) string {
	line = cut(line, columns-1)
	separator := " – "
	for _, f := range files {
		text := separator + filepath.Base(f.Name)
		if f.Total > 0 {
			text += fmt.Sprintf(" %d%%", f.Done*100/f.Total)
		}
		if utf8.RuneCountInString(line+text) >= columns {
			break
		}
		line, separator = line+text, ", "
	}
	return line
}

// cut returns the beginning of a text of at most n characters.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:max(n-1, 0)]) + "…"
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
