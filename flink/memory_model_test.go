package flink

import (
	"math"
	"testing"
)

func memoryVersion(t testing.TB, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// configured makes a configuration of keys and values in turn.
func configured(pairs ...string) *Configuration {
	c := NewConfiguration()
	for i := 0; i < len(pairs); i += 2 {
		c.Set(pairs[i], pairs[i+1], "-D")
	}
	return c
}

func TestMultiply(t *testing.T) {
	wide := func(f float32) float64 { return float64(f) }
	tests := []struct {
		name   string
		n      int64
		factor float64
		want   int64
		ok     bool
	}{
		{"float32 widened", 4 << 30, wide(0.1), 429496736, true},
		{"not 0.1 itself", 4 << 30, 0.1, 429496729, true},
		{"inverse", 1<<30 + 384<<20, wide(0.1) / (1 - wide(0.1)), 164043892, true},
		{"zero", math.MaxInt64, 0, 0, true},
		{"negative zero", math.MaxInt64, math.Copysign(0, -1), 0, true},
		{"exact beyond float64", math.MaxInt64, 0.5, math.MaxInt64 / 2, true},
		{"one", math.MaxInt64, 1, math.MaxInt64, true},
		{"overflow", math.MaxInt64, 1.0000001, 0, false},
		{"infinite", 1, math.Inf(1), 0, false},
		{"tiny", math.MaxInt64, 1e-300, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := multiply(tt.n, tt.factor); got != tt.want || ok != tt.ok {
				t.Errorf("multiply(%d, %g) = %d, %t; want %d, %t", tt.n, tt.factor, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestSizeText(t *testing.T) {
	tests := []struct {
		bytes int64
		want  string
	}{
		{0, "0"},
		{1, "1b"},
		{mebibyte - 1, "1048575b"},
		{437248 * kibibyte, "427m"},
		{437249 * kibibyte, "437249k"},
		{1600 * mebibyte, "1600m"},
		{4 * gibibyte, "4g"},
		{429496736, "429496736b (409.6m)"},
		{unlimited, "unlimited"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			if got := sizeText(tt.bytes); got != tt.want {
				t.Errorf("sizeText(%d) = %q, want %q", tt.bytes, got, tt.want)
			}
		})
	}
}

func TestSmallestTotal(t *testing.T) {
	got, ok := smallestTotal(func(n int64) bool { return n > 576*mebibyte })
	if got != 577*mebibyte || !ok {
		t.Errorf("got %d, %t; want 577 MiB", got, ok)
	}
	if got, ok = smallestTotal(func(int64) bool { return true }); got != 0 || !ok {
		t.Errorf("got %d, %t; want 0", got, ok)
	}
	if _, ok = smallestTotal(func(int64) bool { return false }); ok {
		t.Error("found a total although none is enough")
	}
}

func TestMemorySums(t *testing.T) {
	if n, ok := sumBytes(Figure{Bytes: math.MaxInt64}, Figure{}); n != math.MaxInt64 || !ok {
		t.Errorf("sum of the largest and 0 is %d, %t", n, ok)
	}
	if _, ok := sumBytes(Figure{Bytes: math.MaxInt64}, Figure{Bytes: 1}); ok {
		t.Error("a sum beyond 64 bits is ok")
	}
	if n, ok := subtractBytes(2, Figure{Bytes: 1}, Figure{Bytes: 1}); n != 0 || !ok {
		t.Errorf("rest is %d, %t; want 0", n, ok)
	}
	if _, ok := subtractBytes(2, Figure{Bytes: math.MaxInt64}, Figure{Bytes: math.MaxInt64}); ok {
		t.Error("a negative rest is ok")
	}
}
