package clustertest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
)

// recorder is a test that notes how it was ended instead of ending.
type recorder struct {
	testing.TB
	end, words string
}

type ended struct{}

func (r *recorder) Helper() {}

func (r *recorder) stop(end string, words string) {
	r.end, r.words = end, words
	panic(ended{})
}

func (r *recorder) Skip(args ...any)                 { r.stop("skip", fmt.Sprint(args...)) }
func (r *recorder) Skipf(format string, args ...any) { r.stop("skip", fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                { r.stop("fatal", fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) {
	r.stop("fatal", fmt.Sprintf(format, args...))
}

func TestForTestWithoutCluster(t *testing.T) {
	tests := []struct{ name, dir, require, end, words string }{
		{"none named", "", "", "skip", "minicluster up"},
		{"none named but required", "", "1", "fatal", "minicluster up"},
		{"named but not there", "/nonexistent/cluster", "", "fatal", "no cluster in /nonexistent/cluster"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(clustertest.ClusterVariable, test.dir)
			t.Setenv(clustertest.RequireVariable, test.require)
			r := &recorder{TB: t}
			func() {
				defer func() {
					if r := recover(); r != nil && r != any(ended{}) {
						panic(r)
					}
				}()
				clustertest.ForTest(r)
			}()
			if r.end != test.end || !strings.Contains(r.words, test.words) {
				t.Errorf("ended by %q saying %q, want %q saying %q", r.end, r.words, test.end, test.words)
			}
		})
	}
}
