package flink

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseVersion(t *testing.T) {
	tests := []struct {
		text string
		want Version
	}{
		{"1.20.5", Version{1, 20, 5, ""}},
		{"1.20", Version{1, 20, -1, ""}},
		{"2.0-SNAPSHOT", Version{2, 0, -1, "-SNAPSHOT"}},
		{"2.2.0-preview1", Version{2, 2, 0, "-preview1"}},
		{"1.14.3-csa1.6.1.0", Version{1, 14, 3, "-csa1.6.1.0"}},
		{"1.15.2.1", Version{1, 15, 2, ".1"}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseVersion(tt.text)
			if err != nil || got != tt.want {
				t.Fatalf("ParseVersion = %+v, %v; want %+v", got, err, tt.want)
			}
			if got.String() != tt.text {
				t.Errorf("String = %q, want %q", got.String(), tt.text)
			}
		})
	}
	for _, bad := range []string{"", "1", "v1.20", "1.20.5 ", "1..2", "x.y", "1.20.5 beta", "12345678.1"} {
		if v, err := ParseVersion(bad); err == nil {
			t.Errorf("ParseVersion(%q) = %v, want an error", bad, v)
		}
	}
}

func TestVersionAtLeast(t *testing.T) {
	tests := []struct {
		version      string
		major, minor int
		want         bool
	}{
		{"1.20.5", 1, 20, true},
		{"1.20.5", 1, 19, true},
		{"1.9.3", 1, 19, false},
		{"1.20.5", 2, 0, false},
		{"2.0-SNAPSHOT", 2, 0, true},
		{"2.0.0", 1, 20, true},
	}
	for _, tt := range tests {
		v, err := ParseVersion(tt.version)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.AtLeast(tt.major, tt.minor); got != tt.want {
			t.Errorf("%s AtLeast(%d, %d) = %v", v, tt.major, tt.minor, got)
		}
	}
}

func TestParseMemorySize(t *testing.T) {
	tests := []struct {
		text string
		want MemorySize
		mb   MemorySize // as -jm reads it
	}{
		{"1024", 1024, Gibibyte},
		{" 12 ", 12, 12 * Mebibyte},
		{"7b", 7, 7},
		{"7 bytes", 7, 7},
		{"2k", 2 * Kibibyte, 2 * Kibibyte},
		{"2KB", 2 * Kibibyte, 2 * Kibibyte},
		{"2 kibibytes", 2 * Kibibyte, 2 * Kibibyte},
		{"1600m", 1600 * Mebibyte, 1600 * Mebibyte},
		{"3\tGb", 3 * Gibibyte, 3 * Gibibyte},
		{"1t", Tebibyte, Tebibyte},
		{"1 tebibytes", Tebibyte, Tebibyte},
		{"0", 0, 0},
		{"8388607t", 8388607 * Tebibyte, 8388607 * Tebibyte},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got, err := ParseMemorySize(tt.text); err != nil || got != tt.want {
				t.Errorf("ParseMemorySize = %d, %v; want %d", got, err, tt.want)
			}
			if got, err := ParseMemoryMB(tt.text); err != nil || got != tt.mb {
				t.Errorf("ParseMemoryMB = %d, %v; want %d", got, err, tt.mb)
			}
		})
	}
	bad := []string{"", "  ", "m", "-1m", "+1m", "1.5g", "1 mib", "1 gigabytes", "1m2", "8388608t",
		"9223372036854775808", "99999999999999999999m", "١m", "1\u00a0m"}
	for _, text := range bad {
		if got, err := ParseMemorySize(text); err == nil {
			t.Errorf("ParseMemorySize(%q) = %d, want an error", text, got)
		}
	}
}

func TestMemorySizeString(t *testing.T) {
	tests := []struct {
		size MemorySize
		want string
	}{
		{1, "1 bytes"},
		{1025, "1025 bytes"},
		{Kibibyte, "1 kb"},
		{1600 * Mebibyte, "1600 mb"},
		{2 * Gibibyte, "2 gb"},
		{1023 * Gibibyte, "1023 gb"},
		{0, "0 bytes"},
		{Tebibyte, "1099511627776 bytes"},
		{math.MaxInt64, "9223372036854775807 bytes"},
	}
	for _, tt := range tests {
		if got := tt.size.String(); got != tt.want {
			t.Errorf("MemorySize(%d) = %q, want %q", int64(tt.size), got, tt.want)
		}
	}
	if got := (1600*Mebibyte + 1).MB(); got != 1600 {
		t.Errorf("MB = %d, want 1600", got)
	}
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
	}{
		{"10000", 10 * time.Second},
		{" 5 s ", 5 * time.Second},
		{"3min", 3 * time.Minute},
		{"3m", 3 * time.Minute},
		{"2 Hours", 2 * time.Hour},
		{"1d", 24 * time.Hour},
		{"2 days", 48 * time.Hour},
		{"4 milli", 4 * time.Millisecond},
		{"4 millis", 4 * time.Millisecond},
		{"7µs", 7 * time.Microsecond},
		{"7 micros", 7 * time.Microsecond},
		{"9 ns", 9},
		{"9 nanoseconds", 9},
		{"60 secs", time.Minute},
		{"0", 0},
		{"PT1H30M", 90 * time.Minute},
		{"pt0.5s", 500 * time.Millisecond},
		{"P1DT1S", 24*time.Hour + time.Second},
		{"-PT-5S", 5 * time.Second},
		{"PT-0.5S", -500 * time.Millisecond},
		{"9223372036854775807ns", math.MaxInt64},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got, err := ParseDuration(tt.text); err != nil || got != tt.want {
				t.Errorf("ParseDuration = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	bad := []string{"", " ", "s", "-1", "1.5s", "1 mins", "1 ss", "1 ms s", "1 dd", "P", "PT", "P1DT", "1y",
		"9223372036854775808ns", "106752 d", "P106752D"}
	for _, text := range bad {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{0, "0 ms"},
		{1, "1 ns"},
		{1500 * time.Nanosecond, "1500 ns"},
		{2 * time.Microsecond, "2 µs"},
		{10 * time.Second, "10 s"},
		{90 * time.Minute, "90 min"},
		{25 * time.Hour, "25 h"},
		{48 * time.Hour, "172800000 ms"},
	}
	for _, tt := range tests {
		if got := FormatDuration(tt.d); got != tt.want {
			t.Errorf("FormatDuration(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestParseList(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"one", "a", []string{"a"}},
		{"semicolons", "a;b; c ", []string{"a", "b", "c"}},
		{"commas are text", "a,b", []string{"a,b"}},
		{"empty item between", "a;;b", []string{"a", "", "b"}},
		{"empty items at the ends count for nothing", ";a;", []string{"a"}},
		{"blank between", "a; ;b", []string{"a", "", "b"}},
		{"single quotes", "'A;B';C", []string{"A;B", "C"}},
		{"double quotes", `"AB'D";B;C`, []string{"AB'D", "B", "C"}},
		{"doubled quotes", `"AB'""D;B";C`, []string{`AB'"D;B`, "C"}},
		{"quote inside", "a'b;c", []string{"a'b", "c"}},
		{"empty quoted", "'';x", []string{"", "x"}},
		{"blanks around quotes", " ' a ' ; b", []string{" a ", "b"}},
		{"yaml flow", "[a, 'b, c', 0x1F, \"d\"]", []string{"a", "b, c", "31", "d"}},
		{"empty yaml flow", "[]", []string{}},
		{"nested yaml", "[a, [b, c], {k: v}]", []string{"a", `["b", "c"]`, `{"k": "v"}`}},
		{"no yaml after all", "[a;b", []string{"[a", "b"}},
		{"no-break space is text", "\u00a0;b", []string{"\u00a0", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseList(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseList(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
	for _, bad := range []string{"'a", `"a;b`, "'a'b;c", "'a''"} {
		if got, err := ParseList(bad); err == nil {
			t.Errorf("ParseList(%q) = %q, want an error", bad, got)
		}
	}
}

func TestValueListText(t *testing.T) {
	tests := []struct {
		items []string
		want  string
	}{
		{[]string{"a", "b"}, "a;b"},
		{[]string{"a;b", "c'd", `e"f`}, `'a;b';'c''d';'e"f'`},
		{[]string{"", " x ", "[y]", "- z"}, `'';' x ';'[y]';'- z'`},
		{nil, ""},
	}
	for _, tt := range tests {
		v := NewList(tt.items)
		if got := v.String(); got != tt.want {
			t.Errorf("String(%q) = %s, want %s", tt.items, got, tt.want)
		}
		if diff := cmp.Diff(tt.items, NewScalar(v.String()).List()); diff != "" {
			t.Errorf("%q does not survive (-want +got):\n%s", tt.items, diff)
		}
	}
	if got := NewScalar("'broken").List(); !cmp.Equal(got, []string{"'broken"}) {
		t.Errorf("List of a broken text = %q, want it as it stands", got)
	}
}

func TestParseMap(t *testing.T) {
	want := map[string]string{"k1": "v1", "k2": "v,2"}
	for _, text := range []string{"k1:v1,'k2:''v,2'''", "{k1: v1, k2: 'v,2'}"} {
		got, err := ParseMap(text)
		if err != nil {
			t.Errorf("ParseMap(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseMap(%q) (-want +got):\n%s", text, diff)
		}
	}
	for _, bad := range []string{"a", "a:b:c", "a:b,a:c", "a:'b"} {
		if got, err := ParseMap(bad); err == nil {
			t.Errorf("ParseMap(%q) = %v, want an error", bad, got)
		}
	}
}
