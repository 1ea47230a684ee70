package hdfs_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// zeros gives endless content at memory speed.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// BenchmarkReal measures what staging does most, on the shared real cluster.
func BenchmarkReal(b *testing.B) {
	c := clustertest.ForTest(b)
	const jar = 126 << 20
	for transport, open := range realTransports(b, c) {
		fsys := open(b, "alice")
		dir := "/tmp/bench-" + string(transport)
		if err := fsys.MkdirAll(b.Context(), dir, 0o755); err != nil {
			b.Fatal(err)
		}
		b.Run(string(transport)+"/stat", func(b *testing.B) {
			for b.Loop() {
				if _, err := fsys.Stat(b.Context(), dir); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(transport)+"/create small", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := fsys.Create(b.Context(), fmt.Sprint(dir, "/small", i), strings.NewReader("x"), hdfs.CreateOptions{}); err != nil {
					b.Fatal(err)
				}
				if err := fsys.RemoveAll(b.Context(), fmt.Sprint(dir, "/small", i)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(transport)+"/upload jar", func(b *testing.B) {
			b.SetBytes(jar)
			for b.Loop() {
				if _, err := fsys.Create(b.Context(), dir+"/jar", io.LimitReader(zeros{}, jar), hdfs.CreateOptions{Size: jar}); err != nil {
					b.Fatal(err)
				}
				if err := fsys.RemoveAll(b.Context(), dir+"/jar"); err != nil {
					b.Fatal(err)
				}
			}
		})
		if err := fsys.RemoveAll(b.Context(), dir); err != nil {
			b.Fatal(err)
		}
	}
}
