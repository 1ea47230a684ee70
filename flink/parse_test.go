package flink

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entries flattens a configuration for comparing.
func entries(c *Configuration) map[string]Value {
	m := map[string]Value{}
	for _, k := range c.Keys() {
		m[k], _ = c.Lookup(k)
	}
	return m
}

func scalars(kv ...string) map[string]Value {
	m := map[string]Value{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = NewScalar(kv[i+1])
	}
	return m
}

func TestParseYAML(t *testing.T) {
	tests := []struct {
		name, text string
		want       map[string]Value
	}{
		{"nothing", "", scalars()},
		{"comments only", "# a\n\n# b\n", scalars()},
		{"document markers", "---\na: b\n...\n", scalars("a", "b")},
		{"null document", "---\n", scalars()},
		{"flat", "a.b: x\n", scalars("a.b", "x")},
		{"nested", "a:\n  b:\n    c: x\n  d: y\n", scalars("a.b.c", "x", "a.d", "y")},
		{"flat below nested", "a:\n  b.c: x\na.b.d: y\n", scalars("a.b.c", "x", "a.b.d", "y")},
		{"prefix clash", "a: x\na.b: y\n", scalars("a", "x", "a.b", "y")},
		{"hash in a value", "a: x#y # z\n", scalars("a", "x#y")},
		{"quotes", "a: 'it''s'\nb: \"x\\ty\\u00e9\"\nc: ''\n", scalars("a", "it's", "b", "x\tyé", "c", "")},
		{"integers", "a: 0x1F\nb: 0123\nc: 0o17\nd: -5\ne: +5\nf: 123456789012345678901234567890\n",
			scalars("a", "31", "b", "123", "c", "15", "d", "-5", "e", "5", "f", "123456789012345678901234567890")},
		{"floats", "a: 1e3\nb: 0.1\nc: .5\nd: 1.\ne: 1e10\nf: 1.5e-5\ng: .inf\nh: -.INF\ni: .nan\nj: 0.001\nk: -0.0\n",
			scalars("a", "1000.0", "b", "0.1", "c", "0.5", "d", "1.0", "e", "1.0E10", "f", "1.5E-5",
				"g", "Infinity", "h", "-Infinity", "i", "NaN", "j", "0.001", "k", "-0.0")},
		{"booleans", "a: true\nb: FALSE\nc: yes\nd: on\ne: tRue\n",
			scalars("a", "true", "b", "false", "c", "yes", "d", "on", "e", "tRue")},
		{"text that 1.1 would convert", "a: 1_000\nb: 12:30:45\nc: 2024-01-02\nd: 0b11\ne: 1600m\nf: 5 min\n",
			scalars("a", "1_000", "b", "12:30:45", "c", "2024-01-02", "d", "0b11", "e", "1600m", "f", "5 min")},
		{"quoted numbers stay", "a: '0x1F'\nb: \"1e3\"\nc: !!str 0123\n", scalars("a", "0x1F", "b", "1e3", "c", "0123")},
		{"tagged", "a: !!int 0x10\nb: !!bool true\n", scalars("a", "16", "b", "true")},
		{"block texts", "a: |\n  x\n  y\nb: >-\n  x\n  y\n", scalars("a", "x\ny\n", "b", "x y")},
		{"lists", "a: [x, 'y;z', 010]\nb:\n  - p\n  - q\nc: []\n",
			map[string]Value{"a": NewList([]string{"x", "y;z", "10"}), "b": NewList([]string{"p", "q"}), "c": NewList(nil)}},
		{"list of lists is text", "a: [x, [y, 1]]\n", scalars("a", `["x", ["y", 1]]`)},
		{"empty map", "a: {}\nb: x\n", scalars("b", "x")},
		{"aliases", "a: &l [x]\nb: *l\n", map[string]Value{"a": NewList([]string{"x"}), "b": NewList([]string{"x"})}},
		{"dollar and special keys", "$internal.a-b_c: x\n\"k: #\": y\n", scalars("$internal.a-b_c", "x", "k: #", "y")},
		{"byte order mark", "\ufeffa: x\n", scalars("a", "x")},
		{"windows lines", "a: x\r\nb: y\r\n", scalars("a", "x", "b", "y")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ParseYAML([]byte(tt.text), "config.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, entries(c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, k := range c.Keys() {
				if c.Origin(k) != "config.yaml" {
					t.Errorf("origin of %s = %q", k, c.Origin(k))
				}
			}
		})
	}
}

func TestParseYAMLErrors(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // all in the error
	}{
		{"duplicate", "a: 1\nb: 2\na: s3cret\n", []string{"config.yaml", "line 3", `"a"`, "twice"}},
		{"nested duplicate", "a:\n  b: 1\n  b: 2\n", []string{"line 3", `"a.b"`}},
		{"all at once", "a: 1\na: 2\nb: ~\nc:\n", []string{"line 2", `"b"`, `"c"`, "line 4"}},
		{"null", "a: null\n", []string{`"a"`, "no value"}},
		{"null in a list", "a: [x, ~]\n", []string{`"a"`, "no value"}},
		{"unknown alias", "a: *x\n", []string{"x"}},
		{"no map", "- a\n", []string{"no map"}},
		{"a text", "hello\n", []string{"no map"}},
		{"two documents", "a: 1\n---\nb: 2\n", []string{"second document"}},
		{"key is a number", "1: x\n", []string{"line 1", "no text"}},
		{"key is a list", "[a]: x\n", []string{"no text"}},
		{"merge", "a: &x {b: c}\nd:\n  <<: *x\n", []string{"merge"}},
		{"local tag", "a: !java x\n", []string{"!java"}},
		{"tag without its value", "a: !!int s3cret\n", []string{"int"}},
		{"self reference", "a: &x\n  b: *x\n", []string{"nested"}},
		{"self reference in a list", "a: &x [*x]\n", []string{"nested"}},
		{"broken", "a: [x\n", []string{"config.yaml"}},
		{"tab", "a:\n\tb: x\n", []string{"config.yaml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ParseYAML([]byte(tt.text), "config.yaml")
			if err == nil {
				t.Fatalf("no error, got %v", entries(c))
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %q shows a value", err)
			}
		})
	}
}

func TestParseYAMLBoundsAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 {x: 1, y: 2, z: 3}\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "a%d: &a%d {p: *a%d, q: *a%d}\n", i, i, i-1, i-1)
	}
	if _, err := ParseYAML([]byte(b.String()), "f"); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Fatalf("err = %v, want a limit", err)
	}
}

func TestParseYAMLWarnsOfFlattenedDuplicate(t *testing.T) {
	c, err := ParseYAML([]byte("a.b: 1\na:\n  b: 2\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	if c.Get("a.b") != "2" {
		t.Errorf("a.b = %q, want the last value", c.Get("a.b"))
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0], "line 3") {
		t.Errorf("warnings = %q", w)
	}
}

func TestParseLegacy(t *testing.T) {
	text := "\ufeff# comment\n" +
		"a: 1\n" +
		"  b.c :  x: y  # rest\n" +
		"c: \"quoted\"\r\n" +
		"d:nothing\n" +
		"e: \n" +
		": f\n" +
		"a: 2\r" +
		"g: 0x1F\n" +
		"h: [a, b]\n" +
		"password: p#1"
	c := ParseLegacy([]byte(text), "flink-conf.yaml")
	want := scalars("a", "2", "b.c", "x: y", "c", `"quoted"`, "g", "0x1F", "h", "[a, b]", "password", "p")
	if diff := cmp.Diff(want, entries(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	warnings := strings.Join(c.Warnings(), "\n")
	if n := len(c.Warnings()); n != 3 {
		t.Errorf("%d warnings, want 3:\n%s", n, warnings)
	}
	for _, want := range []string{"line 5", "line 6", "line 7"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("no warning for %s:\n%s", want, warnings)
		}
	}
	if strings.Contains(warnings, "nothing") {
		t.Errorf("a warning shows a value:\n%s", warnings)
	}
}

// The files hold the flat values of the distributions' own configuration and
// are legible to both parsers.
func TestParseDistributionFiles(t *testing.T) {
	for _, version := range []string{"1.12.5", "1.20.5", "2.2.1"} {
		t.Run(version, func(t *testing.T) {
			content, err := os.ReadFile("testdata/conf-" + version + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			legacy := ParseLegacy(content, "f")
			modern, err := ParseYAML(content, "f")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(entries(legacy), entries(modern)); diff != "" {
				t.Errorf("the parsers differ (-legacy +yaml):\n%s", diff)
			}
			if lines := strings.Count(string(content), "\n"); len(legacy.Keys()) != lines {
				t.Errorf("%d keys of %d lines", len(legacy.Keys()), lines)
			}
			if got := legacy.Get("jobmanager.memory.process.size"); got != "1600m" {
				t.Errorf("jobmanager.memory.process.size = %q", got)
			}
			if w := slices.Concat(legacy.Warnings(), modern.Warnings()); len(w) > 0 {
				t.Errorf("warnings: %q", w)
			}
		})
	}
}

func TestJavaDouble(t *testing.T) {
	tests := map[float64]string{
		1e7: "1.0E7", 9999999: "9999999.0", 0.000999: "9.99E-4", 123456789: "1.23456789E8", 1e-5: "1.0E-5", 100: "100.0",
	}
	for _, f := range slices.Sorted(maps.Keys(tests)) {
		if got := javaDouble(f); got != tests[f] {
			t.Errorf("javaDouble(%v) = %q, want %q", f, got, tests[f])
		}
	}
}
