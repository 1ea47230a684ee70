package submit

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// The old format as the JobManager takes it apart: key and path have no blanks.
var oldDescriptor = regexp.MustCompile(`^YarnLocalResourceDescriptor\{key=(\S+), path=(\S+), size=(\d+), modificationTime=(\d+), visibility=(\S+), type=(\S+)\}$`)

// readDescriptor is what becomes of a descriptor: the list is split at
// semicolons, bash reads it in double quotes, then it is parsed.
func readDescriptor(t *testing.T, v flink.Version, text string) (key string, r yarn.LocalResource) {
	t.Helper()
	if strings.ContainsAny(text, ";\"`$\\\n") {
		t.Fatalf("bash or the list would change %q", text)
	}
	var field [6]string
	if v.AtLeast(1, 19) {
		rest, ok := strings.CutPrefix(text, "{")
		for i, name := range []string{"resourceKey", "path", "size", "modificationTime", "visibility", "resourceType"} {
			if i > 0 {
				rest = expect(t, rest, ",")
			}
			rest = expect(t, rest, "'"+name+"':")
			if name == "size" || name == "modificationTime" {
				end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
				field[i], rest = rest[:end], rest[end:]
				continue
			}
			rest = expect(t, rest, "'")
			field[i], rest, ok = strings.Cut(rest, "'")
			if !ok {
				t.Fatalf("a text does not end in %q", text)
			}
		}
		if rest != "}" || !ok {
			t.Fatalf("%q does not end where it should", text)
		}
	} else {
		m := oldDescriptor.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%q is no descriptor", text)
		}
		copy(field[:], m[1:])
	}
	size, err := strconv.ParseInt(field[2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	timestamp, err := strconv.ParseInt(field[3], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return field[0], yarn.LocalResource{URL: field[1], Size: size, Timestamp: timestamp, Visibility: yarn.Visibility(field[4]), Type: yarn.LocalResourceType(field[5])}
}

func expect(t *testing.T, text, prefix string) string {
	t.Helper()
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		t.Fatalf("%q does not go on with %q", text, prefix)
	}
	return rest
}

// Whatever name passes for shippable comes out of the descriptor as it went in.
func FuzzDescriptor(f *testing.F) {
	for _, key := range []string{"lib/a.jar", "my file.txt", "it's", "a;b", "a, path=b", "x}", "ü%", "", "\u2028", "\u00a0", "\xff"} {
		f.Add(key, int64(1), int64(1700000000123), true)
		f.Add(key, int64(0), int64(0), false)
	}
	f.Fuzz(func(t *testing.T, key string, size, timestamp int64, modern bool) {
		v := flink.Version{Major: 1, Minor: 12}
		if modern {
			v.Minor = 20
		}
		if key == "" || size < 0 || timestamp < 0 || keyProblem(v, key) != "" {
			return
		}
		want := yarn.LocalResource{URL: stagedPath("hdfs://nn:9000/user/alice/.flink/application_1_0001", key), Size: size, Timestamp: timestamp,
			Type: yarn.FileResource, Visibility: yarn.VisibilityPrivate}
		gotKey, got := readDescriptor(t, v, descriptor(v, key, want))
		if gotKey != key || got != want {
			t.Errorf("%q came out as %q\n%+v\n%+v", key, gotKey, want, got)
		}
		if name := want.URL[strings.Index(want.URL, "0001/")+5:]; strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`%?#:;,'"\`, r) }) {
			t.Errorf("%q is staged at %q", key, want.URL)
		}
	})
}

func TestStagedPathsAreDifferent(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{"a b", "a_20b", "a_5f20b", "a_b", "a/b", "a%20b", "A b", "a__20b"} {
		at := stagedPath("/f", key)
		if other, ok := seen[at]; ok {
			t.Errorf("%q and %q both lie at %s", key, other, at)
		}
		seen[at] = key
	}
}
