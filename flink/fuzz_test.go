package flink

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// What a parser of config.yaml accepts must survive shipping.
func FuzzParseYAML(f *testing.F) {
	for _, seed := range []string{
		"a: 1\n", "a:\n  b: [x, 'y']\n", "a: 0x1F\nb: 1e3\n", "? a\n: b\n", "a: &x {b: *x}\n", "a: |\n x\n",
		"a: \"\\u0085\"\n", "- a\n", "a: !!int 1\n", "---\na: b\n---\n", "\ufeffa: b", "a: [[1], {b: c}]", "'': ''\n",
	} {
		f.Add([]byte(seed))
	}
	v := Version{Major: 2, Minor: 2}
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := ParseYAML(content, "fuzz")
		if err != nil {
			return
		}
		_, shipped, err := c.File(v)
		if err != nil {
			return
		}
		back, err := ParseYAML(shipped, "back")
		if err != nil {
			t.Fatalf("shipped %q: %v", shipped, err)
		}
		if diff := cmp.Diff(entries(c), entries(back)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func FuzzParseLegacy(f *testing.F) {
	for _, seed := range []string{"a: b\n", "a: b # c\r\nd: e\rf: g", "a:b\n: c\n", "a: : b\n", "\ufeffa: b", "a : b: c"} {
		f.Add([]byte(seed))
	}
	v := Version{Major: 1, Minor: 18}
	f.Fuzz(func(t *testing.T, content []byte) {
		c := ParseLegacy(content, "fuzz")
		_, shipped, err := c.File(v)
		if err != nil {
			if utf8.Valid(content) && !bytes.Contains(content, []byte("\ufeff")) {
				t.Fatalf("what was read can't be written: %v", err)
			}
			return
		}
		if diff := cmp.Diff(entries(c), entries(ParseLegacy(shipped, "back"))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// Any text must survive a shipped config.yaml as key, value and list item.
func FuzzYAMLFile(f *testing.F) {
	for _, seed := range []string{"", "a", "$internal.x", "a: b #c", "\x00\u0085\u2028\ufeff", "\\\"'", "~", "é\U0001F600"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		c := configuration(key, value)
		c.SetList("list", []string{value, key}, "test")
		_, shipped, err := c.File(Version{Major: 2})
		if err != nil {
			if utf8.ValidString(key) && utf8.ValidString(value) {
				t.Fatal(err)
			}
			return
		}
		back, err := ParseYAML(shipped, "back")
		if err != nil {
			t.Fatalf("shipped %q: %v", shipped, err)
		}
		if diff := cmp.Diff(entries(c), entries(back)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func FuzzParseMemorySize(f *testing.F) {
	for _, seed := range []string{"1", "1600m", " 2 gb ", "9223372036854775807", "8388608t", "K", "0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMemorySize(s)
		if err != nil {
			return
		}
		if m < 0 {
			t.Fatalf("ParseMemorySize(%q) = %d", s, m)
		}
		if back, err := ParseMemorySize(m.String()); err != nil || back != m {
			t.Fatalf("%q is %d, its text %q is %d, %v", s, m, m, back, err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"1", "5 s", "1d", "PT1H30M", "-PT0.5S", "3 µs", "106751 d", "P1D"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil || d < 0 {
			return
		}
		if back, err := ParseDuration(FormatDuration(d)); err != nil || back != d {
			t.Fatalf("%q is %d, its text %q is %d, %v", s, d, FormatDuration(d), back, err)
		}
	})
}

func FuzzParseList(f *testing.F) {
	for _, seed := range []string{"", "a;b", "'a;b';\"c\"", "[a, b]", "'", ";;", "'a''b'", "- a", "[a", " x ;\u00a0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		items, err := ParseList(s)
		if err != nil {
			return
		}
		text := NewList(items).String()
		back, err := ParseList(text)
		if err != nil || len(back) != len(items) {
			t.Fatalf("%q is %q, its text %q is %q, %v", s, items, text, back, err)
		}
		for i := range items {
			if items[i] != back[i] {
				t.Fatalf("%q is %q, its text %q is %q", s, items, text, back)
			}
		}
	})
}
