package main

import (
	"fmt"
	"slices"
	"time"
)

// usage is what one run of a client took.
type usage struct {
	Wall   time.Duration
	CPU    time.Duration // user and system, of the whole process tree
	RSS    int64         // bytes; the largest process of the tree
	Staged int64         // bytes in the application's folder; 0 where the work uploads nothing there
	Owned  time.Duration // of Wall, without the time from YARN's taking the application to its RUNNING; 0 where that is not measured
}

// figure is one of the numbers of a usage.
type figure int

const (
	wall figure = iota
	cpu
	rss
	staged
	owned
)

func (f figure) String() string {
	return [...]string{"wall", "CPU", "max RSS", "uploaded", "client's own time"}[f]
}

// of picks the figure from a usage: nanoseconds or bytes.
func (f figure) of(u usage) float64 {
	switch f {
	case wall:
		return float64(u.Wall)
	case cpu:
		return float64(u.CPU)
	case rss:
		return float64(u.RSS)
	case owned:
		return float64(u.Owned)
	default:
		return float64(u.Staged)
	}
}

// format writes a value of the figure for people, with its unit.
func (f figure) format(value float64) string {
	switch f {
	case wall, cpu, owned:
		if d := time.Duration(value); d < time.Second {
			return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
		}
		return fmt.Sprintf("%.2f s", time.Duration(value).Seconds())
	case rss:
		return fmt.Sprintf("%.0f MiB", value/(1<<20))
	default:
		return fmt.Sprintf("%.1f MB", value/1e6)
	}
}

// result is a work with all its runs.
type result struct {
	Work       work
	Java, Ours []usage
}

// line is a figure of both clients, ready to be judged and rendered.
type line struct {
	java, ours spread
	ratio      float64 // of the medians, ours to Java's; 0 when Java's is 0
	target     float64 // 0: none
}

// spread is the middle and the ends of some values.
type spread struct{ median, least, most float64 }

func (r result) line(w row) line {
	l := line{java: spreadOf(w.figure, r.Java), ours: spreadOf(w.figure, r.Ours), target: w.target}
	if l.java.median > 0 {
		l.ratio = l.ours.median / l.java.median
	}
	return l
}

// met tells whether the target is reached, and whether there is one.
func (l line) met() (met, judged bool) {
	return l.java.median > 0 && l.ratio <= l.target, l.target > 0
}

func spreadOf(f figure, usages []usage) spread {
	var values []float64
	for _, u := range usages {
		values = append(values, f.of(u))
	}
	if len(values) == 0 {
		return spread{}
	}
	return spread{median(values), slices.Min(values), slices.Max(values)}
}

// median is the middle value, or the mean of the two in the middle; 0 of none.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
