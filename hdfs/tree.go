package hdfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
)

func (f *fileSystem) List(ctx context.Context, p string) ([]FileStatus, error) {
	if err := f.check(ctx, "list", p); err != nil {
		return nil, err
	}
	return f.list(ctx, p)
}

func (f *fileSystem) list(ctx context.Context, p string) ([]FileStatus, error) {
	st, err := f.transport.stat(ctx, "list", p)
	if err != nil {
		return nil, err
	}
	if !st.IsDir {
		return nil, &operationError{op: "list", path: p, kind: ErrNotDirectory}
	}
	children, err := f.transport.list(ctx, p)
	if err != nil {
		return nil, err
	}
	sort.Slice(children, func(i, j int) bool { return children[i].Path < children[j].Path })
	return children, nil
}

func (f *fileSystem) Walk(ctx context.Context, root string) ([]FileStatus, error) {
	if err := f.check(ctx, "walk", root); err != nil {
		return nil, err
	}
	var files []FileStatus
	directories := []string{root}
	for i := 0; i < len(directories); i++ {
		children, err := f.list(ctx, directories[i])
		if i > 0 && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotDirectory)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, c := range children {
			if c.IsDir {
				directories = append(directories, c.Path)
			} else {
				files = append(files, c)
			}
		}
		if len(files) > maxWalkFiles || len(directories) > maxWalkDirectories {
			return nil, &operationError{op: "walk", path: root, cause: fmt.Errorf("more than %d files or %d directories", maxWalkFiles, maxWalkDirectories)}
		}
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	return files, nil
}

// MkdirAll makes one directory after the other: the NameNode would give all the
// missing ones the permission of the last.
func (f *fileSystem) MkdirAll(ctx context.Context, p string, perm fs.FileMode) error {
	const op = "make directory"
	if err := f.check(ctx, op, p); err != nil {
		return err
	}
	missing, err := f.missing(ctx, op, p)
	if err != nil {
		return err
	}
	for i := len(missing) - 1; i >= 0; i-- {
		bits := fs.FileMode(parentPermission)
		if i == 0 {
			bits = perm
		}
		if err := f.makeDirectory(ctx, missing[i], bits); err != nil {
			return err
		}
	}
	return nil
}

// missing returns the directories that are not there, p first, upwards.
func (f *fileSystem) missing(ctx context.Context, op, p string) ([]string, error) {
	var missing []string
	for dir := p; ; dir = path.Dir(dir) {
		st, err := f.transport.stat(ctx, op, dir)
		switch {
		case err == nil && st.IsDir:
			return missing, nil
		case err == nil:
			return nil, &operationError{op: op, path: p, kind: ErrNotDirectory, cause: fmt.Errorf("%s is a file", dir)}
		case !errors.Is(err, fs.ErrNotExist) || dir == "/":
			return nil, err
		}
		missing = append(missing, dir)
	}
}

// makeDirectory leaves a directory alone that somebody else made meanwhile.
func (f *fileSystem) makeDirectory(ctx context.Context, dir string, perm fs.FileMode) error {
	err := f.transport.mkdir(ctx, dir, perm)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	st, statErr := f.transport.stat(ctx, "make directory", dir)
	switch {
	case statErr != nil:
		return statErr
	case !st.IsDir:
		return &operationError{op: "make directory", path: dir, kind: ErrNotDirectory, cause: errors.New("a file has come in between")}
	}
	return nil
}
