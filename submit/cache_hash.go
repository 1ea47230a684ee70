package submit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

const hashBuffer = 1 << 20

// remembered gives the resources the hashes that the index knows. Big files that
// it doesn't know come apart, the largest first.
func (r *cacheRun) remembered(list []PlannedResource) (items, big []cacheItem) {
	for i, resource := range list {
		item := cacheItem{at: i, resource: resource}
		r.Index.remember(&item)
		if !item.remembered && resource.Size >= bigFile {
			big = append(big, item)
		} else {
			items = append(items, item)
		}
	}
	slices.SortStableFunc(big, func(a, b cacheItem) int { return cmp.Compare(b.resource.Size, a.resource.Size) })
	return items, big
}

// remember gives an item the hash that is known of its file.
func (x *hashIndex) remember(item *cacheItem) {
	if info, err := os.Stat(item.resource.Source); err == nil && info.Size() == item.resource.Size {
		item.hash, item.remembered = x.lookUp(identify(item.resource.Source, info))
	}
}

// hashAll makes the hashes that are missing, several at once.
func (x *hashIndex) hashAll(ctx context.Context, items []cacheItem) ([]cacheItem, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, min(runtime.GOMAXPROCS(0), uploads)))
	for i := range items {
		if items[i].hash == "" {
			group.Go(func() error { return x.hash(ctx, &items[i]) })
		}
	}
	return items, group.Wait()
}

// hash reads a resource's file for its hash, and records it.
func (x *hashIndex) hash(ctx context.Context, item *cacheItem) error {
	content, err := openSource(ctx, item.resource)
	if err != nil {
		return err
	}
	buffer := make([]byte, min(hashBuffer, item.resource.Size+1))
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{content}, buffer)
	if err == nil {
		err = content.verify()
	}
	if err := errors.Join(err, content.Close()); err != nil {
		return err
	}
	item.hash, item.remembered = content.sum(), false
	x.record(content.identity, item.hash)
	return nil
}

// sourceFile is a local file that is hashed while it is read. A file that has
// another size than planned, or changes meanwhile, is errChanged.
type sourceFile struct {
	ctx      context.Context
	file     *os.File
	identity fileIdentity
	digest   hash.Hash
	read     int64
}

func openSource(ctx context.Context, resource PlannedResource) (*sourceFile, error) {
	file, err := os.Open(resource.Source)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Size() != resource.Size {
		err = changed(resource.Source)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &sourceFile{ctx: ctx, file: file, identity: identify(resource.Source, info), digest: sha256.New()}, nil
}

func changed(path string) error { return &fs.PathError{Op: "read", Path: path, Err: errChanged} }

func (s *sourceFile) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.file.Read(p)
	s.digest.Write(p[:n])
	if s.read += int64(n); s.read > s.identity.Size || err == io.EOF && s.read < s.identity.Size {
		return n, changed(s.identity.Path)
	}
	return n, err
}

// verify tells, after the last byte, whether the file is still what was opened.
func (s *sourceFile) verify() error {
	info, err := s.file.Stat()
	if err == nil && (s.read != s.identity.Size || identify(s.identity.Path, info) != s.identity) {
		err = changed(s.identity.Path)
	}
	return err
}

func (s *sourceFile) sum() string  { return hex.EncodeToString(s.digest.Sum(nil)) }
func (s *sourceFile) Close() error { return s.file.Close() }
