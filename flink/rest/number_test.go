package rest

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestInteger(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     integer
		bad      bool
	}{
		{name: "number", in: `12`, want: 12},
		{name: "negative", in: `-1`, want: -1},
		{name: "largest", in: `9223372036854775807`, want: math.MaxInt64},
		{name: "float", in: `143.0`, want: 143},
		{name: "exponent", in: `1e3`, want: 1000},
		{name: "text", in: `"7"`, want: 7},
		{name: "no text", in: `""`, want: 0},
		{name: "null", in: `null`, want: 0},
		{name: "NaN as text", in: `"NaN"`, bad: true},
		{name: "too large", in: `1e30`, bad: true},
		{name: "a word", in: `"many"`, bad: true},
		{name: "an object", in: `{}`, bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n integer
			err := json.Unmarshal([]byte(tt.in), &n)
			if (err != nil) != tt.bad || n != tt.want {
				t.Errorf("got %d, %v; want %d", n, err, tt.want)
			}
		})
	}
}

func TestIntegerTimes(t *testing.T) {
	if got := integer(-1).time(); !got.IsZero() {
		t.Errorf("-1 is the time %s, want none", got)
	}
	if got := integer(1795227639597).time(); got.UnixMilli() != 1795227639597 {
		t.Errorf("got %d ms", got.UnixMilli())
	}
	if got := integer(2082).duration(); got != 2082*time.Millisecond {
		t.Errorf("got %s", got)
	}
	for _, n := range []integer{-1, math.MaxInt64} {
		if got := n.duration(); got != 0 {
			t.Errorf("%d ms is %s, want none", n, got)
		}
	}
}
