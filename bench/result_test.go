package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMedian(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		want   float64
	}{
		{"none", nil, 0},
		{"one", []float64{3}, 3},
		{"two: their mean", []float64{4, 1}, 2.5},
		{"odd, not sorted", []float64{9, 1, 5}, 5},
		{"even, not sorted", []float64{9, 1, 5, 3}, 4},
		{"one far off", []float64{1, 1, 1000, 1, 1}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := append([]float64(nil), tt.values...)
			if got := median(tt.values); got != tt.want {
				t.Errorf("median(%v) = %v, want %v", tt.values, got, tt.want)
			}
			if diff := cmp.Diff(given, tt.values); diff != "" {
				t.Errorf("the values have changed:\n%s", diff)
			}
		})
	}
}

func TestFigureFormat(t *testing.T) {
	tests := []struct {
		name   string
		figure figure
		value  float64
		want   string
	}{
		{"milliseconds", wall, float64(8400 * time.Microsecond), "8 ms"},
		{"just below a second", cpu, float64(999 * time.Millisecond), "999 ms"},
		{"seconds", wall, float64(14934 * time.Millisecond), "14.93 s"},
		{"memory in MiB", rss, 217 << 20, "217 MiB"},
		{"files in MB", staged, 210_640_000, "210.6 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.figure.format(tt.value); got != tt.want {
				t.Errorf("format = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFigurePicksItsValue(t *testing.T) {
	u := usage{Wall: 1, CPU: 2, RSS: 3, Staged: 4}
	for f, want := range map[figure]float64{wall: 1, cpu: 2, rss: 3, staged: 4} {
		if got := f.of(u); got != want {
			t.Errorf("%s of %+v = %v, want %v", f, u, got, want)
		}
	}
}

func TestLineVerdict(t *testing.T) {
	tests := []struct {
		name       string
		java, ours time.Duration
		target     float64
		ratio      string
		want       string
	}{
		{"met", 10 * time.Second, 5 * time.Second, 0.8, "0.50", "met"},
		{"exactly at the target", 10 * time.Second, 8 * time.Second, 0.8, "0.80", "met"},
		{"missed by less than what is shown", 10 * time.Second, 8001 * time.Millisecond, 0.8, "0.80", "**missed**"},
		{"small ratios keep their digits", 10 * time.Second, 30 * time.Millisecond, 0.02, "0.003", "met"},
		{"no target", 10 * time.Second, 20 * time.Second, 0, "2.00", "–"},
		{"nothing to compare with is no success", 0, time.Second, 0.8, "–", "**missed**"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := result{Java: []usage{{Wall: tt.java}}, Ours: []usage{{Wall: tt.ours}}}
			l := r.line(row{wall, tt.target})
			if diff := cmp.Diff([]string{tt.ratio, tt.want}, []string{l.formatRatio(), l.verdict()}); diff != "" {
				t.Errorf("ratio and verdict (-want +got):\n%s", diff)
			}
		})
	}
}
