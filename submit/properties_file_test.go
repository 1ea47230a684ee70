package submit

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

var sampleID = yarn.ApplicationID{ClusterTimestamp: 1700000000000, ID: 12}

func TestParsePropertiesFile(t *testing.T) {
	const id = "applicationID=application_1700000000000_0012\n"
	for _, c := range []struct {
		name, content string
		want          map[string]string // nil: an error
	}{
		{"only the id", id, map[string]string{}},
		{"as Java writes it", "#Generated YARN properties file\n#Mon Nov 20 10:00:00 UTC 2023\ndynamicPropertiesString=taskmanager.numberOfTaskSlots\\=4@@rest.address\\=http\\://h\\:1\n" + id,
			map[string]string{"taskmanager.numberOfTaskSlots": "4", "rest.address": "http://h:1"}},
		{"DOS lines", "# x\r\napplicationID=application_1700000000000_0012\r\ndynamicPropertiesString=a\\=b\r\n", map[string]string{"a": "b"}},
		{"comments of both kinds, blanks", "! x\n\n  applicationID : application_1700000000000_0012  \n", map[string]string{}},
		{"an old one with parallelism", "parallelism=4\n" + id, map[string]string{}},
		{"blanks around keys and values", id + "dynamicPropertiesString= a = b @@ c=d\n", map[string]string{"a": "b", "c": "d"}},
		{"equals in a value", id + "dynamicPropertiesString=a\\=b\\=c\n", map[string]string{"a": "b=c"}},
		{"pairs that are none", id + "dynamicPropertiesString=a@@@@=b@@c=d\n", map[string]string{"c": "d"}},
		{"no expansion", id + "dynamicPropertiesString=a\\=${HOME}\n", map[string]string{"a": "${HOME}"}},
		{"unicode", id + "dynamicPropertiesString=a\\=\\u00fc\n", map[string]string{"a": "ü"}},
		{"no id", "dynamicPropertiesString=a\\=b\n", nil},
		{"empty", "", nil},
		{"an id that is none", "applicationID=application_x\n", nil},
		{"broken unicode", id + "x=\\u00\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParsePropertiesFile([]byte(c.content))
			if c.want == nil {
				if err == nil {
					t.Errorf("got %v, want an error", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&PropertiesFile{sampleID, c.want}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPropertiesFileLeavesOutSecretsAndWhatTheSeparatorTears(t *testing.T) {
	text := string(PropertiesFile{sampleID, map[string]string{
		"a": "b", "security.ssl.rest.key-password": "hunter2", "x": "1@@applicationID=evil", "y": "ends@", "@z": "1",
	}}.Bytes())
	if strings.Contains(text, "hunter2") {
		t.Errorf("a secret is in\n%s", text)
	}
	got, err := ParsePropertiesFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "b"}, got.DynamicProperties); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWritePropertiesFile(t *testing.T) {
	name := PropertiesFilePath(t.TempDir(), "alice")
	if filepath.Base(name) != ".yarn-properties-alice" {
		t.Errorf("the file is called %s", name)
	}
	if err := os.WriteFile(name, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	want := PropertiesFile{sampleID, map[string]string{"a.b": "c = #d!\\ \tü€\nx", "e": ""}}
	if err := WritePropertiesFile(name, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPropertiesFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 1 {
		t.Errorf("something is left beside it: %v %v", entries, err)
	}
}

func TestWritePropertiesFileLeavesNothingWhenItFails(t *testing.T) {
	name := PropertiesFilePath(t.TempDir(), "alice")
	if err := os.MkdirAll(filepath.Join(name, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WritePropertiesFile(name, PropertiesFile{ApplicationID: sampleID}); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, _ := os.ReadDir(filepath.Dir(name)); len(entries) != 1 {
		t.Errorf("left: %v", entries)
	}
	if err := WritePropertiesFile("/nowhere/at/all", PropertiesFile{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestReadPropertiesFileErrors(t *testing.T) {
	root := tree(t, "broken", "folder/")
	for name, words := range map[string]string{"nowhere": "no such file", "broken": "names no applicationID", "folder": "no properties file"} {
		_, err := ReadPropertiesFile(filepath.Join(root, name))
		if err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
		if name != "nowhere" && hintOf(err) == "" {
			t.Errorf("%s: no hint", name)
		}
	}
	if got := PropertiesFilePath("", "bob"); got != filepath.FromSlash("/tmp/.yarn-properties-bob") {
		t.Errorf("got %s", got)
	}
}

// What was parsed is written so that it parses to the same, secrets and what
// the separator tears left out.
func FuzzParsePropertiesFile(f *testing.F) {
	f.Add([]byte("applicationID=application_1700000000000_0012\ndynamicPropertiesString=a\\=b@@c\\=\\u00fc \\\n  d\n"))
	f.Add([]byte("# x\r\napplicationID: application_1_1\r\ndynamicPropertiesString a\\:1"))
	f.Add([]byte("applicationID=application_1_1\ndynamicPropertiesString=x\\=a@@@y\\=b@@my.token\\=1"))
	f.Add([]byte("applicationID=application_1_1\ndynamicPropertiesString=\\ \\=\\u0000\\ud83d\\ude00"))
	f.Add([]byte("applicationID"))
	f.Fuzz(func(t *testing.T, content []byte) {
		first, err := ParsePropertiesFile(content)
		if err != nil {
			return
		}
		second, err := ParsePropertiesFile(first.Bytes())
		if err != nil {
			t.Fatalf("%v in what was written:\n%s", err, first.Bytes())
		}
		maps.DeleteFunc(first.DynamicProperties, func(k, v string) bool {
			return flink.IsSecretKey(k) || strings.Trim(k+"="+v, "@") != k+"="+v
		})
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s\n%s", first.Bytes(), second.Bytes())
		}
	})
}
