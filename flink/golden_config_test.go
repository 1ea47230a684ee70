package flink

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The files hold what Flink's own client shipped. The same values must come
// out of our file, and out of our JSON in the same shape.
func TestShippedConfigurations(t *testing.T) {
	paths, err := filepath.Glob("testdata/flink-config-*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := json.Unmarshal(content, &want); err != nil {
				t.Fatal(err)
			}
			_, shipped, err := goldenConfiguration(t, want).File(version(t, "2.2.1"))
			if err != nil {
				t.Fatal(err)
			}
			back, err := ParseYAML(shipped, "shipped")
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(back)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func goldenConfiguration(t *testing.T, values map[string]any) *Configuration {
	t.Helper()
	c := NewConfiguration()
	for key, value := range values {
		switch v := value.(type) {
		case string:
			c.Set(key, v, "golden")
		case []any:
			var items []string
			for _, item := range v {
				items = append(items, item.(string))
			}
			c.SetList(key, items, "golden")
		default:
			t.Fatalf("%s is a %T", key, v)
		}
	}
	return c
}
