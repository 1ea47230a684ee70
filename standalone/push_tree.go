package standalone

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// pushFile is a file, or a folder, that hosts should have.
type pushFile struct {
	name     string // below its root, with slashes
	path     string // on this machine
	dir      bool
	mode     fs.FileMode // permissions only
	size     int64
	modified time.Time
	sum      func() (string, error) // of its content, in hexadecimal; read once
}

// pushTree is a folder of this machine with all that is sent of it.
type pushTree struct {
	root string
	// entries are files and folders, a folder before what is in it.
	entries []*pushFile
	byName  map[string]*pushFile
	// skipped are the names of what is neither file nor folder.
	skipped []string
}

// readPushTree reads a folder. Links are followed, for what they lead to need not
// be on other hosts; one that leads nowhere, or back to a folder above it, is
// refused. skip tells what is left out, by its name below the root.
func readPushTree(ctx context.Context, root string, skip func(name string) bool) (*pushTree, error) {
	t := &pushTree{root: root, byName: map[string]*pushFile{}}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, problem("", "read %s: %v", root, err)
	}
	if problems := t.read(ctx, "", []string{real}, skip); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return t, context.Cause(ctx)
}

// read adds what is in the folder name; above are the real paths of it and of
// those that it is in.
func (t *pushTree) read(ctx context.Context, name string, above []string, skip func(string) bool) (problems []error) {
	list, err := os.ReadDir(filepath.Join(t.root, filepath.FromSlash(name)))
	if err != nil {
		return []error{problem("", "%v", err)}
	}
	for _, one := range list {
		entry := path.Join(name, one.Name())
		if ctx.Err() != nil || skip(entry) {
			continue
		}
		if strings.ContainsAny(one.Name(), "\n\r") {
			problems = append(problems, problem("rename it", "%q: a name with a line break is not sent", filepath.Join(t.root, entry)))
			continue
		}
		problems = append(problems, t.add(ctx, entry, above, skip)...)
	}
	return problems
}

func (t *pushTree) add(ctx context.Context, name string, above []string, skip func(string) bool) []error {
	file := filepath.Join(t.root, filepath.FromSlash(name))
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []error{problem("remove the link, or put there what it should lead to", "%s leads nowhere", file)}
	case err != nil:
		return []error{problem("", "%v", err)}
	case info.IsDir():
		real, err := filepath.EvalSymlinks(file)
		if err != nil {
			return []error{problem("", "%v", err)}
		}
		if slices.Contains(above, real) {
			return []error{problem("remove the link", "%s leads back to %s, which it is in", file, real)}
		}
		t.keep(&pushFile{name: name, path: file, dir: true, mode: pushMode(name, info)})
		return t.read(ctx, name, append(slices.Clone(above), real), skip)
	case !info.Mode().IsRegular():
		t.skipped = append(t.skipped, file)
		return nil
	}
	t.keep(&pushFile{
		name: name, path: file, mode: pushMode(name, info), size: info.Size(), modified: info.ModTime().Truncate(time.Second),
		sum: sync.OnceValues(func() (string, error) { return fileSum(file) }),
	})
	return nil
}

func (t *pushTree) keep(f *pushFile) {
	t.entries = append(t.entries, f)
	t.byName[f.name] = f
}

// small are the names of files that are compared by content always: what is
// edited by hand keeps its size easily, and is not read for long.
func (t *pushTree) small() []string {
	var names []string
	for _, f := range t.entries {
		if !f.dir && f.size <= smallFile {
			names = append(names, f.name)
		}
	}
	return names
}

// pushMode are the permissions that hosts should see. Windows has none that mean
// anything to them.
func pushMode(name string, info fs.FileInfo) fs.FileMode {
	switch {
	case runtime.GOOS != "windows":
		return info.Mode().Perm()
	case info.IsDir() || strings.HasPrefix(name, "bin/"):
		return 0o755
	case slices.Contains(configurationFiles, name):
		return 0o600
	}
	return 0o644
}

func fileSum(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
