package submit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// settledFile is a local file that was last changed a while ago, as far as its
// own times tell.
func settledFile(t *testing.T) (string, fileIdentity) {
	t.Helper()
	name := localFile(t, filepath.Join(t.TempDir(), "a.jar"), "text").Source
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return name, identify(name, info)
}

func TestHashIndexRemembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "hashes")
	_, id := settledFile(t)
	hash := sumOf([]byte("text"))
	x := openHashIndex(path)
	x.record(id, hash)
	if _, ok := x.lookUp(id); ok && id.Changed != 0 {
		t.Error("a file that has just changed was recorded")
	}
	id.Changed = id.Modified
	x.record(id, hash)
	if err := x.save(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, error %v", info.Mode(), err)
	}
	if got, ok := openHashIndex(path).lookUp(id); !ok || got != hash {
		t.Errorf("got %q, %v", got, ok)
	}
	for name, change := range map[string]func(*fileIdentity){
		"size": func(f *fileIdentity) { f.Size++ }, "time": func(f *fileIdentity) { f.Modified++ },
		"change": func(f *fileIdentity) { f.Changed++ }, "inode": func(f *fileIdentity) { f.Inode++ }, "path": func(f *fileIdentity) { f.Path += "x" },
	} {
		other := id
		change(&other)
		if got, ok := openHashIndex(path).lookUp(other); ok {
			t.Errorf("another %s: got %q", name, got)
		}
	}
}

func TestADamagedHashIndexIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hashes")
	_, id := settledFile(t)
	id.Changed = id.Modified
	hash := sumOf([]byte("text"))
	x := openHashIndex(path)
	x.record(id, hash)
	if err := x.save(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"empty": "", "half": string(good[:len(good)/2]), "other": "[]",
		"another hash": strings.Replace(string(good), hash, sumOf(nil), 1),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, ok := openHashIndex(path).lookUp(id); ok {
			t.Errorf("%s: got %q", name, got)
		}
	}
	var none *hashIndex
	none.record(id, hash)
	none.forget(id.Path)
	if _, ok := none.lookUp(id); ok || none.save() != nil {
		t.Error("no index remembers something")
	}
}

func FuzzDecodeHashIndex(f *testing.F) {
	good, err := encodeHashIndex(map[string]indexedFile{"/a": {fileIdentity{Path: "/a", Size: 1}, sumOf(nil), 1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1,"sum":"","files":[]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		for path, file := range decodeHashIndex(content) {
			if path != file.Path || !isHash(file.Hash) {
				t.Errorf("%q: %+v", path, file)
			}
		}
	})
}

func FuzzDecodeManifest(f *testing.F) {
	f.Add([]byte(`{"version":1,"applicationId":"application_1700000000000_0001","user":"alice","resourceManager":{"clusterTimestamp":1,"addresses":["http://rm:8088"]},"created":"2026-01-02T03:04:05Z","hashes":["` + sumOf(nil) + `"]}`))
	f.Add([]byte(`{"version":1,"applicationId":"application_1700000000000_0001","hashes":[""]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := decodeManifest(content)
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil {
			t.Skip("a time that JSON does not write")
		}
		if other, err := decodeManifest(again); err != nil || other.ApplicationID != m.ApplicationID || len(other.Hashes) != len(m.Hashes) {
			t.Errorf("%+v became %+v, error %v", m, other, err)
		}
	})
}
