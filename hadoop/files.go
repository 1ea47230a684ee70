package hadoop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
)

const (
	maxFileSize     = 16 << 20 // bytes of one file
	maxTotalSize    = 64 << 20 // bytes of all files of one Load, includes counted each time
	maxFiles        = 1000     // files of one Load, includes counted each time
	maxIncludeDepth = 16
)

// reader reads configuration files within limits that hold for one Load.
type reader struct {
	dirs  []string // the class path: where a relative include is looked for first
	files int
	bytes int64
}

// read parses the file at path. chain has the files whose includes led to it.
func (r *reader) read(path string, chain []string) ([]property, error) {
	if slices.Contains(chain, path) {
		return nil, fmt.Errorf("%w: %s includes itself", ErrIncludeLoop, path)
	}
	if len(chain) > maxIncludeDepth {
		return nil, fmt.Errorf("%w: more than %d levels", ErrIncludeLoop, maxIncludeDepth)
	}
	content, err := r.content(path)
	if err != nil {
		return nil, err
	}
	chain = append(slices.Clone(chain), path)
	return parseXML(bytes.NewReader(content), path, func(href string) ([]property, bool, error) {
		included, err := r.locate(href, filepath.Dir(path))
		if err != nil || included == "" {
			return nil, false, err
		}
		properties, err := r.read(included, chain)
		return properties, true, err
	})
}

// content reads a regular file; opening anything else, a FIFO for one, could
// block for ever.
func (r *reader) content(path string) ([]byte, error) {
	if r.files++; r.files > maxFiles {
		return nil, fmt.Errorf("read %s: %w: more than %d files", path, ErrTooLarge, maxFiles)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w", path, ErrNotRegular)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(content) > maxFileSize {
		return nil, fmt.Errorf("read %s: %w: above %d MiB", path, ErrTooLarge, maxFileSize>>20)
	}
	if r.bytes += int64(len(content)); r.bytes > maxTotalSize {
		return nil, fmt.Errorf("read %s: %w: all files together are above %d MiB", path, ErrTooLarge, maxTotalSize>>20)
	}
	return content, nil
}

// locate finds what an include in a file of folder dir names; "" if there is
// no such file. Java looks on the class path, which has the configuration
// folders, and then beside the file that it started with; ours looks beside the
// file that has the include.
func (r *reader) locate(href, dir string) (string, error) {
	path := filepath.FromSlash(href)
	// One letter is a Windows drive.
	if u, err := url.Parse(href); err == nil && len(u.Scheme) > 1 {
		if u.Scheme != "file" || (u.Host != "" && u.Host != "localhost") || u.Path == "" {
			return "", ErrRemoteInclude
		}
		path = filepath.FromSlash(u.Path)
	}
	candidates := []string{path}
	if !filepath.IsAbs(path) {
		candidates = nil
		for _, d := range append(slices.Clone(r.dirs), dir) {
			candidates = append(candidates, filepath.Join(d, path))
		}
	}
	for _, c := range candidates {
		switch exists, err := present(c); {
		case err != nil:
			return "", err
		case exists:
			return filepath.Clean(c), nil
		}
	}
	return "", nil
}

// present tells whether something is at path, also a link that leads nowhere:
// reading that gives a better error than passing over it.
func present(path string) (bool, error) {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, fmt.Errorf("find configuration: %w", err)
}
