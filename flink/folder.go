package flink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// WalkFolder returns all files below dir with keys that begin with prefix,
// sorted by key. Links are followed, also to folders; a link that leads back
// to a folder it lies in is a problem. Every file must be regular and
// readable, and a jar not empty. All problems are returned joined, each a
// [*Problem].
func WalkFolder(dir, prefix string) ([]File, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, &Problem{Path: dir, Err: err}
	}
	files, problems := walkFolder(abs, prefix, true)
	return files, errors.Join(problems...)
}

// walkFolder returns nothing for a missing folder that is not required.
func walkFolder(dir, prefix string, required bool) ([]File, []error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, []error{&Problem{Path: dir, Err: err}}
	}
	info, err := os.Stat(abs)
	if err == nil && !info.IsDir() {
		err = errors.New("not a folder")
	}
	if err != nil {
		if !required && errors.Is(err, fs.ErrNotExist) && !isLink(abs) {
			return nil, nil
		}
		return nil, []error{&Problem{Path: abs, Err: fmt.Errorf("list %s: %w", prefix, bare(err)),
			Advice: "check the path; it must be a folder"}}
	}
	var w folderWalk
	w.folder(abs, prefix, nil)
	sortFiles(w.files)
	return w.files, w.problems
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

type folderWalk struct {
	files    []File
	problems []error
}

func (w *folderWalk) problem(path string, err error, advice string) {
	w.problems = append(w.problems, &Problem{Path: path, Err: bare(err), Advice: advice})
}

// folder walks one folder; above are the real paths of those it lies in.
func (w *folderWalk) folder(dir, key string, above []string) {
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		w.problem(dir, err, "remove the link or restore what it points to")
		return
	}
	if slices.Contains(above, resolved) {
		w.problem(dir, fmt.Errorf("the link leads back to %s, which it lies in", resolved), "remove the link")
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.problem(dir, err, "make the folder readable")
		return
	}
	above = append(slices.Clone(above), resolved)
	for _, e := range entries {
		w.entry(filepath.Join(dir, e.Name()), path.Join(key, e.Name()), above)
	}
}

func (w *folderWalk) entry(file, key string, above []string) {
	info, err := os.Stat(file)
	switch {
	case err != nil && isLink(file):
		w.problem(file, fmt.Errorf("follow the link: %w", bare(err)), "remove the link or restore what it points to")
	case err != nil:
		w.problem(file, err, "make the file readable")
	case info.IsDir():
		w.folder(file, key, above)
	case !info.Mode().IsRegular():
		w.problem(file, fmt.Errorf("a %s can't be shipped", fileKind(info.Mode())), "remove it; only files and folders are shipped")
	case !utf8.ValidString(key):
		w.problem(file, errors.New("the name is not valid UTF-8, which YARN can't transport"), "rename it")
	case info.Size() == 0 && strings.EqualFold(filepath.Ext(file), ".jar"):
		w.problem(file, errors.New("the jar is empty"), "copy it again; the disk may have been full")
	default:
		if err := readable(file); err != nil {
			w.problems = append(w.problems, err)
			return
		}
		w.files = append(w.files, File{Path: file, Key: key, Size: info.Size()})
	}
}

func fileKind(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// readable opens the file, for permissions alone don't tell on every system.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return &Problem{Path: path, Err: fmt.Errorf("open: %w", bare(err)), Advice: "make the file readable"}
	}
	return f.Close()
}

// bare drops the path from a path error, where the message names it already.
func bare(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
