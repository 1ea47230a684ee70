package minicluster

import (
	"context"
	"fmt"
	"os"
	"time"
)

// fileLock is an exclusive lock between processes. The kernel drops it when its holder dies, however it dies.
type fileLock struct{ file *os.File }

// acquireLock waits until the lock file at path is this process's, or ctx ends. It creates the file. waiting is called once
// if somebody else holds the lock.
func acquireLock(ctx context.Context, path string, waiting func()) (*fileLock, error) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for told := false; ; {
		lock, err := tryLock(path)
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if lock != nil {
			return lock, nil
		}
		if !told && waiting != nil {
			waiting()
			told = true
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("lock %s: held by another process: %w", path, ctx.Err())
		}
	}
}

// tryLock returns nil without an error if the lock is taken.
func tryLock(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	locked, err := flock(file)
	if err != nil || !locked {
		file.Close()
		return nil, err
	}
	// The holder before may have deleted the folder with the file: then this lock is one that nobody else would find.
	held, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	if named, err := os.Stat(path); err != nil || !os.SameFile(held, named) {
		file.Close()
		return nil, nil
	}
	return &fileLock{file}, nil
}

func (l *fileLock) release() { l.file.Close() }
