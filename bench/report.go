package main

import (
	"fmt"
	"strings"
)

// report is what a benchmark has found.
type report struct {
	Machine  string
	Rounds   int
	LeastRSS int64 // bytes; what can't be told apart below it
	Results  []result
	Binary   binaryFacts
}

const none = "–"

// markdown renders the report: the machine, the table, and how to read it.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n", r.Machine)
	runs := "1 run"
	if r.Rounds > 1 {
		runs = fmt.Sprintf("%d runs", r.Rounds)
	}
	fmt.Fprintf(&b, "Medians of %s of each client (fewer where the table says so), taking turns; in brackets the least and the most. ", runs)
	fmt.Fprintf(&b, "A max RSS of %s or less can't be told from the benchmark's own.\n\n", rss.format(float64(r.LeastRSS)))
	b.WriteString("| what | figure | Flink's Java client | yarnflink | ratio | target | |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | --- |\n")
	for _, result := range r.Results {
		title := result.Work.title
		if n := max(len(result.Java), len(result.Ours)); n < r.Rounds {
			title += fmt.Sprintf(" (%d×)", n)
		}
		for _, w := range result.Work.rows {
			l := result.line(w)
			java := none // it doesn't do works of ours alone
			if len(result.Java) > 0 {
				java = l.java.format(w.figure)
			}
			writeRow(&b, title, w.figure.String(), java, l.ours.format(w.figure), l.formatRatio(), l.formatTarget(), l.verdict())
			title = ""
		}
	}
	writeRow(&b, "binary", "size", none, fmt.Sprintf("%.1f MB", float64(r.Binary.Bytes)/1e6), none, fmt.Sprintf("≤ %d MB", maxBinary/1_000_000), word(r.Binary.Bytes <= maxBinary))
	writeRow(&b, "", "static", none, yes(r.Binary.Static), none, "yes", word(r.Binary.Static))
	return b.String()
}

func writeRow(b *strings.Builder, cells ...string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// missed tells whether any target was.
func (r report) missed() bool {
	for _, result := range r.Results {
		for _, w := range result.Work.rows {
			if met, judged := result.line(w).met(); judged && !met {
				return true
			}
		}
	}
	return r.Binary.Bytes > maxBinary || !r.Binary.Static
}

// format writes the median, and the ends where they read differently.
func (s spread) format(f figure) string {
	median, least, most := f.format(s.median), f.format(s.least), f.format(s.most)
	if least == most {
		return median
	}
	return fmt.Sprintf("%s (%s – %s)", median, least, most)
}

func (l line) formatRatio() string {
	switch {
	case l.java.median == 0:
		return none
	case l.ratio < 0.1:
		return fmt.Sprintf("%.3f", l.ratio)
	}
	return fmt.Sprintf("%.2f", l.ratio)
}

func (l line) formatTarget() string {
	if l.target == 0 {
		return none
	}
	return fmt.Sprintf("≤ %g", l.target)
}

func (l line) verdict() string {
	met, judged := l.met()
	if !judged {
		return none
	}
	return word(met)
}

func word(met bool) string {
	if met {
		return "met"
	}
	return "**missed**"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
