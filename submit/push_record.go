package submit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/hdfs"
)

const (
	// recordName is a file beside lib that says what was pushed.
	recordName    = "distribution.json"
	recordVersion = 1
	maxRecord     = 16 << 20
)

// distributionRecord is the content of recordName.
type distributionRecord struct {
	Version int                     `json:"version"`
	Flink   string                  `json:"flink"`
	Files   map[string]recordedFile `json:"files"` // by their paths below the distribution
}

type recordedFile struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// isThere tells whether the distribution is there already. Anything else that is
// there is an error.
func (p *push) isThere(ctx context.Context) (bool, error) {
	status, err := p.dfs.Stat(ctx, p.to)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	refuse := func(why string) error {
		return &ValidationError{[]Problem{{What: p.dfs.URI() + p.to + " is there already", Why: why,
			Do: "push to another folder with --to: applications may be using this one, so nothing in it is changed"}}}
	}
	if !status.IsDir {
		return false, refuse("it is a file")
	}
	content, err := readSmall(ctx, p.dfs, path.Join(p.to, recordName), maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return false, refuse("nothing in it says what it is")
	}
	if err != nil {
		return false, err
	}
	var there distributionRecord
	if err := json.Unmarshal(content, &there); err != nil || there.Version != recordVersion {
		return false, refuse("its " + recordName + " can't be read")
	}
	files, err := p.dfs.Walk(ctx, p.to)
	if err != nil {
		return false, err
	}
	ours, err := p.record(ctx)
	if err != nil {
		return false, err
	}
	sizes := map[string]int64{}
	for _, f := range files {
		sizes[strings.TrimPrefix(f.Path, p.to+"/")] = f.Length
	}
	if different := there.differences(ours, sizes); len(different) > 0 {
		return false, refuse("it differs in " + some(different))
	}
	return true, nil
}

// record hashes what is to be pushed, where the index does not know it.
func (p *push) record(ctx context.Context) (distributionRecord, error) {
	for i := range p.items {
		p.index.remember(&p.items[i])
	}
	items, err := p.index.hashAll(ctx, p.items)
	if err != nil {
		return distributionRecord{}, err
	}
	return recordOf(p.distribution.Version, items), nil
}

func recordOf(v flink.Version, items []cacheItem) distributionRecord {
	r := distributionRecord{Version: recordVersion, Flink: v.String(), Files: map[string]recordedFile{}}
	for _, item := range items {
		r.Files[item.resource.Key] = recordedFile{Bytes: item.resource.Size, SHA256: item.hash}
	}
	return r
}

// differences names the files in which a distribution is not another one, or not
// what its record says; sizes are those of the files that are there.
func (r distributionRecord) differences(other distributionRecord, sizes map[string]int64) []string {
	different := map[string]bool{}
	for key := range other.Files {
		different[key] = true
	}
	for key, f := range r.Files {
		size, ok := sizes[key]
		different[key] = other.Files[key] != f || !ok || size != f.Bytes
	}
	var names []string
	for key, is := range different {
		if is {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return names
}

// some names the first few.
func some(names []string) string {
	const few = 3
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

func (p *push) writeRecord(ctx context.Context, to string) error {
	content, err := json.MarshalIndent(recordOf(p.distribution.Version, p.items), "", " ")
	if err != nil {
		return err
	}
	_, err = p.dfs.Create(ctx, to, bytes.NewReader(content), hdfs.CreateOptions{Permission: cachedMode, Size: int64(len(content))})
	return err
}
