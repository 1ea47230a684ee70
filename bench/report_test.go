package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func exampleReport() report {
	seconds := func(n ...int) (list []usage) {
		for _, s := range n {
			list = append(list, usage{Wall: time.Duration(s) * time.Second, CPU: time.Second, Staged: 210_600_000})
		}
		return list
	}
	w := work{title: "`session -d`", rows: []row{{wall, 0.8}, {cpu, 0.15}, {staged, 0}}}
	return report{
		Machine: "yarnflink 1.0; 2 cores", Rounds: 3, LeastRSS: 11 << 20,
		Results: []result{{w, seconds(15, 14, 17), seconds(6, 6, 6)}},
		Binary:  binaryFacts{Bytes: 15_640_000, Static: true},
	}
}

func TestMarkdown(t *testing.T) {
	want := "yarnflink 1.0; 2 cores.\n" +
		"\n" +
		"Medians of 3 runs of each client (fewer where the table says so), taking turns; in brackets the least and the most. A max RSS of 11 MiB or less can't be told from the benchmark's own.\n" +
		"\n" +
		"| what | figure | Flink's Java client | yarnflink | ratio | target | |\n" +
		"| --- | --- | ---: | ---: | ---: | ---: | --- |\n" +
		"| `session -d` | wall | 15.00 s (14.00 s – 17.00 s) | 6.00 s | 0.40 | ≤ 0.8 | met |\n" +
		"|  | CPU | 1.00 s | 1.00 s | 1.00 | ≤ 0.15 | **missed** |\n" +
		"|  | uploaded | 210.6 MB | 210.6 MB | 1.00 | – | – |\n" +
		"| binary | size | – | 15.6 MB | – | ≤ 24 MB | met |\n" +
		"|  | static | – | yes | – | yes | met |\n"
	if diff := cmp.Diff(want, exampleReport().markdown()); diff != "" {
		t.Errorf("markdown (-want +got):\n%s", diff)
	}
}

func TestMissed(t *testing.T) {
	met := func(r *report) { r.Results[0].Work.rows = []row{{wall, 0.8}, {staged, 0}} }
	tests := []struct {
		name   string
		change func(*report)
		want   bool
	}{
		{"a ratio", func(*report) {}, true},
		{"nothing", met, false},
		{"size of the binary", func(r *report) { met(r); r.Binary.Bytes = maxBinary + 1 }, true},
		{"static binary", func(r *report) { met(r); r.Binary.Static = false }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := exampleReport()
			tt.change(&r)
			if got := r.missed(); got != tt.want {
				t.Errorf("missed = %v, want %v", got, tt.want)
			}
			if marked := strings.Contains(r.markdown(), "**missed**"); marked != tt.want {
				t.Errorf("the table marks a miss: %v, want %v", marked, tt.want)
			}
		})
	}
}

func TestPublish(t *testing.T) {
	r := exampleReport()
	file := t.TempDir() + "/report.md"
	var stdout strings.Builder
	if err := publish(r, options{output: file}, &stdout); err != nil {
		t.Errorf("a missed target is an error without -strict: %v", err)
	}
	if diff := cmp.Diff(stdout.String(), read(t, file)); diff != "" {
		t.Errorf("stdout and file differ:\n%s", diff)
	}
	if err := publish(r, options{strict: true}, &stdout); err != errTargetMissed {
		t.Errorf("strict: error %v, want %v", err, errTargetMissed)
	}
}
