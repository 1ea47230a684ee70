package submit

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	hashIndexVersion = 1
	maxHashIndexSize = 16 << 20
	maxHashIndex     = 20_000 // entries
	// settled is how old a file's last change has to be before its hash is kept:
	// two changes within one tick of the file system's clock look like one.
	settled = 3 * time.Second
)

// fileIdentity is what a file's hash is kept under. Two of them are equal only
// if no ordinary write came in between: changed is the time of the inode's last
// change where the system has it, which no program can set.
type fileIdentity struct {
	Path     string `json:"path"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // ns since 1970
	Changed  int64  `json:"changed"`  // ns since 1970, 0 where the system has none
	Device   uint64 `json:"device"`
	Inode    uint64 `json:"inode"`
}

// identify makes the identity of an open or found file.
func identify(path string, info os.FileInfo) fileIdentity {
	id := fileIdentity{Path: path, Size: info.Size(), Modified: info.ModTime().UnixNano()}
	id.Device, id.Inode, id.Changed = inodeOf(info)
	return id
}

// settledAt tells whether a change after now would show in the identity.
func (f fileIdentity) settledAt(now time.Time) bool {
	last := max(f.Modified, f.Changed)
	return now.UnixNano()-last > int64(settled)
}

// hashIndex remembers the hashes of local files between runs. It is a hint: it
// may be lost, old, or written by several processes at once, of which the last
// wins. It is safe for concurrent use; nil is an index that remembers nothing.
//
// What it is worth: a file that is sent has its hash made again from the bytes
// sent, so that nothing wrong can be published. A file that is not sent, because
// an entry with its hash and its size is there, rests on the index: on the
// file's path, size, both times, device and inode being those of the file that
// was hashed, and on the sum over the index that finds damage.
type hashIndex struct {
	path string

	mu      sync.Mutex
	files   map[string]indexedFile // by path
	changed bool
}

type indexedFile struct {
	fileIdentity
	Hash string `json:"hash"`
	Used int64  `json:"used"` // s since 1970; the longest unused are dropped first
}

// hashIndexFile is the form on disk; Sum is the sha256 of Files.
type hashIndexFile struct {
	Version int             `json:"version"`
	Sum     string          `json:"sum"`
	Files   json.RawMessage `json:"files"`
}

// openHashIndex reads the index at path; whatever can't be read counts as
// nothing. "" is no index.
func openHashIndex(path string) *hashIndex {
	if path == "" {
		return nil
	}
	x := &hashIndex{path: path}
	x.files = readHashIndex(path)
	return x
}

func readHashIndex(path string) map[string]indexedFile {
	file, err := os.Open(path)
	if err != nil {
		return map[string]indexedFile{}
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxHashIndexSize+1))
	if err != nil || len(content) > maxHashIndexSize {
		return map[string]indexedFile{}
	}
	return decodeHashIndex(content)
}

// decodeHashIndex returns what content holds, all or nothing.
func decodeHashIndex(content []byte) map[string]indexedFile {
	files := map[string]indexedFile{}
	var doc hashIndexFile
	if json.Unmarshal(content, &doc) != nil || doc.Version != hashIndexVersion || doc.Sum != sumOf(doc.Files) {
		return files
	}
	var list []indexedFile
	if json.Unmarshal(doc.Files, &list) != nil {
		return files
	}
	for _, f := range list {
		if isHash(f.Hash) && f.Path != "" {
			files[f.Path] = f
		}
	}
	return files
}

func encodeHashIndex(files map[string]indexedFile) ([]byte, error) {
	list := make([]indexedFile, 0, len(files))
	for _, f := range files {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b indexedFile) int {
		return cmp.Or(cmp.Compare(b.Used, a.Used), cmp.Compare(a.Path, b.Path))
	})
	list = list[:min(len(list), maxHashIndex)]
	raw, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	return json.Marshal(hashIndexFile{Version: hashIndexVersion, Sum: sumOf(raw), Files: raw})
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// lookUp returns the hash that a file of this identity had.
func (x *hashIndex) lookUp(id fileIdentity) (hash string, ok bool) {
	if x == nil {
		return "", false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	f, ok := x.files[id.Path]
	if !ok || f.fileIdentity != id {
		return "", false
	}
	// Once a day is often enough to know what is in use.
	if now := time.Now().Unix(); now-f.Used > int64(24*time.Hour/time.Second) {
		f.Used = now
		x.files[id.Path] = f
		x.changed = true
	}
	return f.Hash, true
}

// record keeps the hash of a file whose last change is long enough ago.
func (x *hashIndex) record(id fileIdentity, hash string) {
	if x == nil || !id.settledAt(time.Now()) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.files[id.Path] = indexedFile{id, hash, time.Now().Unix()}
	x.changed = true
}

// forget drops what was found to be wrong.
func (x *hashIndex) forget(path string) {
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.files, path)
	x.changed = true
}

// save writes the index where it has changed, readable by the user only, and
// replaces the old one in one step.
func (x *hashIndex) save() (err error) {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.changed {
		return nil
	}
	content, err := encodeHashIndex(x.files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(x.path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(x.path), filepath.Base(x.path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = io.Copy(file, bytes.NewReader(content))
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), x.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	x.changed = false
	return nil
}
