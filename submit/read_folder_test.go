package submit

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/yarnflink/yarnflink/hadoop"
	"github.com/yarnflink/yarnflink/hdfs"
)

// breaking is a file system whose transfers break so many times.
type breaking struct {
	hdfs.FileSystem
	times, opened int
}

func (b *breaking) Open(context.Context, string) (io.ReadCloser, error) {
	b.opened++
	if b.opened <= b.times {
		return io.NopCloser(io.MultiReader(strings.NewReader("hal"), iotest.ErrReader(hdfs.ErrTransfer))), nil
	}
	return io.NopCloser(strings.NewReader("half and whole")), nil
}

// TestReadFolder: what broke is read again from its beginning, for a moment; what
// the reader itself says is not.
func TestReadFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong := errors.New("no archive")
		for _, tt := range []struct {
			name    string
			times   int
			says    error
			opened  int
			want    string
			wantErr error
			atMost  time.Duration
		}{
			{name: "whole", opened: 1, want: "half and whole"},
			{name: "broken twice", times: 2, opened: 3, want: "half and whole", atMost: time.Second},
			{name: "broken for good", times: 1000, opened: minAttempts, want: "hal", wantErr: hdfs.ErrTransfer, atMost: readRetryFor},
			{name: "refused", says: wrong, opened: 1, want: "half and whole", wantErr: wrong},
		} {
			server := &breaking{times: tt.times}
			dfs := &repeating{FileSystem: server, retryFor: DefaultRetryFor, logger: slog.New(slog.DiscardHandler), progress: func(Progress) {}}
			f := newReadFolder(dfs, "/archives")
			began, got := time.Now(), ""
			err := f.Read(t.Context(), "/archives/a", func(r io.Reader) error {
				content, err := io.ReadAll(r)
				got = string(content)
				return errors.Join(err, tt.says)
			})
			if !errors.Is(err, tt.wantErr) || got != tt.want || server.opened != tt.opened || time.Since(began) > tt.atMost {
				t.Errorf("%s: %v, %q, opened %d times in %s", tt.name, err, got, server.opened, time.Since(began))
			}
		}
	})
}

func (b *breaking) URI() string { return "hdfs://nn" }

func TestOpenFolder(t *testing.T) {
	dir := t.TempDir()
	site := "<configuration><property><name>fs.defaultFS</name><value>hdfs://nn:8020</value></property></configuration>"
	if err := os.WriteFile(filepath.Join(dir, "core-site.xml"), []byte(site), 0o644); err != nil {
		t.Fatal(err)
	}
	conf, err := hadoop.Load(hadoop.LoadOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(Options{User: "alice", Hadoop: conf})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for address, want := range map[string]string{
		"hdfs:///archives/": "hdfs://nn:8020 /archives", "/archives": "hdfs://nn:8020 /archives", "webhdfs://other:9870/a/../b": "webhdfs://other:9870 /b",
		"s3://bucket/a": "", "hdfs:/a": "",
	} {
		f, err := c.OpenFolder(t.Context(), address)
		switch {
		case want == "" && !errors.Is(err, ErrInvalid):
			t.Errorf("%s: %v", address, err)
		case want != "" && (err != nil || f.URI+" "+f.Path != want):
			t.Errorf("%s: %v, %+v", address, err, f)
		}
	}
}
