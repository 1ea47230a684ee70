package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/submit"
)

// TestProgressWithoutTotal: as long as it is not known how much there is, no share of it is told.
func TestProgressWithoutTotal(t *testing.T) {
	steps := []submit.Progress{{Message: "uploading", Done: 1024}, {Message: "uploading", Done: 2048}, {Message: "uploading", Done: 2048, Total: 8192}}
	for _, tt := range []struct {
		name    string
		columns func() int
		want    string
	}{
		{"lines", nil, "uploading\nuploading: 2.0 KiB of 8.0 KiB (25%)\n"},
		{"terminal", func() int { return 80 }, "\r\x1b[Kuploading: 1.0 KiB\r\x1b[Kuploading: 2.0 KiB\r\x1b[Kuploading: 2.0 KiB of 8.0 KiB (25%)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			clock := time.Unix(0, 0)
			p := &progress{to: &talk{w: &b}, columns: tt.columns, now: func() time.Time { return clock }}
			for _, step := range steps {
				p.show(step)
				clock = clock.Add(lineInterval)
			}
			if b.String() != tt.want {
				t.Errorf("got %q, want %q", &b, tt.want)
			}
		})
	}
}
