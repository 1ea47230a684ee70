package hadoop

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// differences are the answers in which this package differs from Hadoop's own
// on purpose, by case and query.
var differences = map[string]map[string]string{
	// A time.Duration ends at 292 years, in milliseconds:
	"duration": {
		"duration d15": "9223372036854",
		"duration d16": "9223372036854",
		"duration d17": "-9223372036854",
	},
}

// TestOracle compares with what Hadoop 3.4.2 answered to the same files;
// testdata/oracle/Oracle.java shows how the answers were captured.
func TestOracle(t *testing.T) {
	var cases []struct {
		Name    string            `json:"name"`
		Files   map[string]string `json:"files"`
		Queries []string          `json:"queries"`
	}
	readJSON(t, "testdata/oracle/cases.json", &cases)
	var answers map[string]map[string]*string
	readJSON(t, "testdata/oracle/answers.json", &answers)
	if len(cases) == 0 || len(cases) != len(answers) {
		t.Fatalf("%d cases, %d answers", len(cases), len(answers))
	}
	for _, tc := range cases {
		t.Run(tc.Name, func(t *testing.T) {
			dir := writeFiles(t, tc.Files)
			c, err := Load(LoadOptions{
				Dir:              dir,
				Getenv:           lookup(map[string]string{"ORACLE_SET": "value", "ORACLE_EMPTY": ""}),
				SystemProperties: map[string]string{"user.name": "alice"},
			})
			got, want := map[string]string{}, map[string]string{}
			for _, q := range tc.Queries {
				want[q] = "unset"
				if a := answers[tc.Name][q]; a != nil {
					want[q] = *a
				}
				if d, ok := differences[tc.Name][q]; ok {
					want[q] = d
				}
				got[q] = "!error"
				if err == nil {
					got[q] = answer(t, c, q)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Hadoop's answers (-), ours (+):\n%s(Load: %v)", diff, err)
			}
		})
	}
}

// answer says what c says, in the words of Oracle.java.
func answer(t *testing.T, c *Configuration, query string) string {
	t.Helper()
	kind, key, _ := strings.Cut(query, " ")
	if value, ok, err := c.Resolve(key); err != nil {
		return "!error"
	} else if !ok {
		return "unset"
	} else if kind == "get" {
		return value
	}
	var (
		n   int64
		err error
	)
	switch kind {
	case "bool":
		return strconv.FormatBool(c.Bool(key))
	case "list":
		return strings.Join(c.Strings(key), "|")
	case "int":
		n, err = c.Int(key)
	case "size":
		n, err = c.Size(key)
	case "duration":
		var d time.Duration
		d, err = c.Duration(key, time.Millisecond)
		n = d.Milliseconds()
	default:
		t.Fatalf("query %q", query)
	}
	if err != nil {
		if !errors.Is(err, ErrInvalidValue) {
			t.Errorf("%s: %v is not ErrInvalidValue", query, err)
		}
		return "!error"
	}
	return strconv.FormatInt(n, 10)
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func lookup(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	}
}
