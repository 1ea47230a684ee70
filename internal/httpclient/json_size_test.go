package httpclient

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckObjects(t *testing.T) {
	for _, tt := range []struct {
		document string
		objects  int
	}{
		{"", 0},
		{`{"a":[1,{"b":2}]}`, 3},
		{`["{[", "\"{", "\\", {}]`, 2},
		{"[" + strings.Repeat("{},", 1000) + "{}]", 1002},
	} {
		if err := CheckObjects([]byte(tt.document), tt.objects); err != nil {
			t.Errorf("%.30q: %v", tt.document, err)
		}
		if err := CheckObjects([]byte(tt.document), tt.objects-1); !errors.Is(err, ErrBodyTooLarge) {
			t.Errorf("%.30q: got %v, want ErrBodyTooLarge", tt.document, err)
		}
	}
}
