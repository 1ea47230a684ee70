package submit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/yarnflink/yarnflink/yarn"
)

const (
	lockFile   = "client.pem"
	recordFile = "session.json"
	// maxLock bounds what is read as an owner's half.
	maxLock = 64 << 10
)

// lockFolder is the local folder of the owner's halves, one folder each; all of it
// is its owner's alone.
type lockFolder struct{ dir string } // "" keeps nothing

// lockRecord says whose half it is, for a later collection.
type lockRecord struct {
	ApplicationID   yarn.ApplicationID      `json:"applicationId"`
	User            string                  `json:"user"`
	ResourceManager resourceManagerIdentity `json:"resourceManager"`
	Created         time.Time               `json:"created"`
}

func (f lockFolder) of(id yarn.ApplicationID) string { return filepath.Join(f.dir, id.String()) }

// keep writes an owner's half.
func (f lockFolder) keep(r lockRecord, client []byte) error {
	if f.dir == "" {
		return nil
	}
	record, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	dir := f.of(r.ApplicationID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil { // it may have been there
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, recordFile), record, 0o600), os.WriteFile(filepath.Join(dir, lockFile), client, 0o600))
}

// read returns an owner's half; one that is not here is fs.ErrNotExist.
func (f lockFolder) read(id yarn.ApplicationID) ([]byte, error) {
	if f.dir == "" {
		return nil, fs.ErrNotExist
	}
	path := filepath.Join(f.of(id), lockFile)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxLock:
		return nil, fmt.Errorf("%s is no key of a session", path)
	}
	return os.ReadFile(path)
}

// forget removes what is kept of a session; nothing kept is no error.
func (f lockFolder) forget(id yarn.ApplicationID) error {
	if f.dir == "" {
		return nil
	}
	return os.RemoveAll(f.of(id))
}

// records are those of all halves that are kept. Folders without a readable one
// are left alone.
func (f lockFolder) records() ([]lockRecord, error) {
	if f.dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []lockRecord
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(f.dir, e.Name(), recordFile))
		var r lockRecord
		if err == nil && json.Unmarshal(content, &r) == nil && r.ApplicationID.String() == e.Name() {
			all = append(all, r)
		}
	}
	return all, nil
}
