package hadoop

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParseXML(f *testing.F) {
	b, err := os.ReadFile("testdata/oracle/cases.json")
	if err != nil {
		f.Fatal(err)
	}
	var cases []struct{ Files map[string]string }
	if err := json.Unmarshal(b, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		for _, content := range c.Files {
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content string) {
		includes := 0
		properties, err := parseXML(strings.NewReader(content), "f.xml", func(href string) ([]property, bool, error) {
			switch includes++; includes % 3 {
			case 0:
				return nil, false, errors.New("refused")
			case 1:
				return nil, false, nil
			}
			return []property{{key: href, value: "v", hasValue: true, file: "g.xml"}}, true, nil
		})
		if err != nil && properties != nil {
			t.Fatalf("properties beside the error %v", err)
		}
		var parse *ParseError
		if err != nil && (!errors.As(err, &parse) || parse.File != "f.xml" || parse.Line < 1) {
			t.Fatalf("error without file and line: %v", err)
		}
		if len(properties) > len(content) {
			t.Fatalf("%d properties of %d bytes", len(properties), len(content))
		}
		l := newLoader(LoadOptions{}, nil)
		for _, p := range properties {
			if !utf8.ValidString(p.key) || !utf8.ValidString(p.value) {
				t.Fatalf("not UTF-8: %q %q", p.key, p.value)
			}
			l.apply(p)
		}
		for _, key := range l.c.Keys() {
			l.c.Get(key)
		}
	})
}

func FuzzExpand(f *testing.F) {
	for _, s := range []string{"", "x", "${a}", "${a}${b}", "${a${b}}", "${}", "${ a}", "${env.X:-d}", "${env.X-d}", "${env.-}", "${c}", "$${a}", "${a", "{a}", "${a}}"} {
		f.Add(s, "1", "${a}")
	}
	f.Add("${a}", "${b}", "${a}")
	f.Add("${a}", "${a}${a}", "x")
	f.Fuzz(func(t *testing.T, value, a, b string) {
		c := NewConfiguration(map[string]string{"a": a, "b": b, "c": value})
		got, err := expand(value, c.variable)
		if err != nil {
			if !errors.Is(err, ErrExpansion) {
				t.Fatalf("%v is not ErrExpansion", err)
			}
			return
		}
		if !strings.Contains(value, "${") && got != value {
			t.Fatalf("expand(%q) = %q", value, got)
		}
		start, end := findVariable(got)
		if start < 0 || got == value {
			return
		}
		// What is left is unknown.
		name := got[start+2 : end-1]
		if _, ok := c.variable(name); ok {
			t.Fatalf("expand(%q) = %q leaves %q", value, got, name)
		}
	})
}
