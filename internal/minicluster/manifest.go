package minicluster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const manifestName = "manifest.json"

// manifest lists what an assembled folder holds, itself excepted. It is written last, inside the folder that is then
// renamed into place, so a folder with a manifest once was whole.
type manifest struct {
	Files []manifestFile `json:"files"`
}

type manifestFile struct {
	Path   string `json:"path"` // relative, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// writeManifest hashes every regular file below dir and writes the list into dir.
func writeManifest(dir string) error {
	var m manifest
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		sum, size, err := hashFile(path)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, manifestFile{Path: filepath.ToSlash(rel), Size: size, SHA256: sum})
		return nil
	})
	if err != nil {
		return fmt.Errorf("list %s: %w", dir, err)
	}
	content, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("list %s: %w", dir, err)
	}
	return os.WriteFile(filepath.Join(dir, manifestName), content, 0o644)
}

// checkManifest compares dir with its manifest: names and sizes, and with hashes set the content as well. It returns every
// difference. A missing manifest is fs.ErrNotExist.
func checkManifest(dir string, hashes bool) error {
	content, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return err
	}
	var m manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Join(dir, manifestName), err)
	}
	if len(m.Files) == 0 {
		return fmt.Errorf("read %s: it lists no files", filepath.Join(dir, manifestName))
	}
	var errs []error
	for _, f := range m.Files {
		if err := f.check(dir, hashes); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (f manifestFile) check(dir string, hashes bool) error {
	path := filepath.Join(dir, filepath.FromSlash(f.Path))
	info, err := os.Stat(path)
	if err != nil {
		// Not wrapped: fs.ErrNotExist is kept for "there is no manifest".
		return fmt.Errorf("check %s: %v", path, err)
	}
	if info.Size() != f.Size {
		return fmt.Errorf("check %s: %d bytes, the manifest says %d", path, info.Size(), f.Size)
	}
	if !hashes {
		return nil
	}
	sum, _, err := hashFile(path)
	if err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	if sum != f.SHA256 {
		return fmt.Errorf("check %s: its sha256 is %s, the manifest says %s", path, sum, f.SHA256)
	}
	return nil
}

func hashFile(path string) (sum string, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	hash := sha256.New()
	if size, err = io.Copy(hash, file); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(hash.Sum(nil)), size, nil
}
