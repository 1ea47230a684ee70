package flink

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func version(t testing.TB, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoadConfiguration(t *testing.T) {
	const legacy, modern = "flink-conf.yaml", "config.yaml"
	tests := []struct {
		version  string
		files    []string
		want     string // read, "" for an error
		shipped  string
		warnings int
	}{
		{"1.12.5", []string{legacy}, legacy, legacy, 0},
		{"1.18.1", []string{legacy, modern}, legacy, legacy, 0},
		{"1.18.1", []string{modern}, "", "", 0},
		{"1.19.0", []string{modern}, modern, modern, 0},
		{"1.20.5", []string{legacy, modern}, legacy, legacy, 1},
		{"1.20.5", []string{legacy}, legacy, legacy, 0},
		{"1.20.5", nil, "", "", 0},
		{"2.2.1", []string{modern}, modern, modern, 0},
		{"2.2.1", []string{legacy, modern}, modern, modern, 1},
		{"2.0-SNAPSHOT", []string{legacy}, "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.version+" "+strings.Join(tt.files, " "), func(t *testing.T) {
			dir, v := t.TempDir(), version(t, tt.version)
			for _, name := range tt.files {
				writeFiles(t, dir, map[string]string{name: "from: " + name + "\n"})
			}
			c, path, err := LoadConfiguration(dir, v)
			if tt.want == "" {
				var p *Problem
				if !errors.As(err, &p) || !errors.Is(err, fs.ErrNotExist) || p.Hint() == "" {
					t.Fatalf("err = %v, want a Problem that is fs.ErrNotExist", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(dir, tt.want); path != want || c.Origin("from") != Origin(want) {
				t.Errorf("read %s, origin %s; want %s", path, c.Origin("from"), want)
			}
			if c.Get("from") != tt.want || len(c.Warnings()) != tt.warnings {
				t.Errorf("from %q, warnings %q", c.Get("from"), c.Warnings())
			}
			if got := c.FileName(v); got != tt.shipped {
				t.Errorf("shipped as %s, want %s", got, tt.shipped)
			}
		})
	}
}

func TestLoadConfigurationReportsContent(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"config.yaml": "a: 1\na: 2\n"})
	if _, _, err := LoadConfiguration(dir, version(t, "2.2.1")); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("err = %v, want the path in it", err)
	}
}

// nasty holds values that a careless writer would break.
func nasty() *Configuration {
	c := configuration(
		"$internal.deployment.config-dir", "/opt/flink conf",
		"a", "prefix of a.b", "a.b", "x",
		"key with: colon #", "v", "long."+strings.Repeat("k", 2000), "v",
		"hash", "a #b", "empty", "", "blanks", "  x\t", "lines", "a\nb\r\n\nc\n", "quotes", `"'\`,
		"number", "0123", "bool", "yes", "null", "~", "alias", "*x", "flow", "[a", "percent", "%x", "at", "@x",
		"unicode", "é 日本 \U0001F600 \u00a0\u0085\u2028\ufeff", "control", "\x00\x01\x1b\x7f\u0080",
		"long", strings.Repeat("word ", 500))
	c.SetList("list", []string{"", "a;b", "x: y", "- z", "\n"}, "test")
	c.SetList("empty.list", nil, "test")
	return c
}

func TestYAMLFileRoundTrip(t *testing.T) {
	c := nasty()
	for _, v := range []string{"1.19.0", "1.20.5", "2.2.1"} {
		name, content, err := c.File(version(t, v))
		if err != nil || name != "config.yaml" {
			t.Fatalf("File(%s) = %s, %v", v, name, err)
		}
		back, err := ParseYAML(content, "back")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(entries(c), entries(back)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestFileText(t *testing.T) {
	c := configuration("b.c", "1", "$a", `x "y" #z`)
	c.SetList("l", []string{"p", "q r"}, "test")
	c.SetList("e", nil, "test")
	want := "\"$a\": \"x \\\"y\\\" #z\"\n\"b.c\": \"1\"\n\"e\": []\n\"l\": \n- \"p\"\n- \"q r\"\n"
	if _, got, err := c.File(version(t, "2.2.1")); err != nil || string(got) != want {
		t.Errorf("File = %q, %v; want %q", got, err, want)
	}
}

func TestLegacyFileRoundTrip(t *testing.T) {
	c := configuration("a.b", "x: y", "c", "'quoted'", "$internal.x", "ä b")
	c.SetList("l", []string{"p", "q;r"}, "test")
	c.SetList("gone", nil, "test")
	name, content, err := c.File(version(t, "1.12.5"))
	if err != nil || name != "flink-conf.yaml" {
		t.Fatalf("File = %s, %v", name, err)
	}
	back := ParseLegacy(content, "back")
	want := scalars("a.b", "x: y", "c", "'quoted'", "$internal.x", "ä b", "l", "p;'q;r'")
	if diff := cmp.Diff(want, entries(back)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v, _ := back.Lookup("l"); !cmp.Equal(v.List(), []string{"p", "q;r"}) {
		t.Errorf("l = %q", v.List())
	}
}

func TestLegacyFileRefuses(t *testing.T) {
	c := configuration("fine", "x", "hash", "s3cret#", "lines", "s3cret\n", "cr", "a\rs3cret", "empty", "",
		"blanks", " s3cret", "tabs", "x\t", "bad: key", "v", "#key", "v", " key", "v", "", "v", "utf", "\xff")
	_, content, err := c.File(version(t, "1.18.1"))
	var fe *FileError
	if !errors.As(err, &fe) || content != nil || fe.Hint() == "" {
		t.Fatalf("err = %v, want a FileError", err)
	}
	var keys []string
	for _, v := range fe.Values {
		keys = append(keys, v.Key)
		if v.Origin != "test" || v.Reason == "" {
			t.Errorf("%q: origin %q, reason %q", v.Key, v.Origin, v.Reason)
		}
	}
	want := []string{"", " key", "#key", "bad: key", "blanks", "cr", "empty", "hash", "lines", "tabs", "utf"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %q shows a value", err)
	}
}

func TestLegacySourceFallsBackToYAML(t *testing.T) {
	c := ParseLegacy([]byte("a: 1\n"), "flink-conf.yaml")
	args := NewConfiguration()
	args.SetList("$internal.application.program-args", []string{"--x", "a#b"}, "argument")
	c.Merge(args)
	if got := c.FileName(version(t, "1.20.5")); got != "config.yaml" {
		t.Errorf("1.20.5 ships %s", got)
	}
	if _, _, err := c.File(version(t, "1.18.1")); err == nil {
		t.Error("1.18.1 ships what it can't carry")
	}
}

func TestYAMLFileRefusesInvalidText(t *testing.T) {
	c := configuration("good", "x", "bad", "\xff")
	c.SetList("list", []string{"\xfe"}, "test")
	var fe *FileError
	if _, _, err := c.File(version(t, "2.2.1")); !errors.As(err, &fe) || len(fe.Values) != 2 {
		t.Errorf("err = %v, want two values", err)
	}
}
