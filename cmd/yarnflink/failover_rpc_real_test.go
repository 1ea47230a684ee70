//go:build unix

package main

import (
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// uploadOverRPC changes the NameNode while a start sends a file over RPC, which no proxy sees: the program is stopped meanwhile.
func (l *failoverLane) uploadOverRPC(ch change) func(*testing.T) {
	return func(t *testing.T) {
		p := newPlaceOn(t, l.cluster)
		p.env = append(p.env, "HADOOP_CONF_DIR="+l.cluster.HadoopConfDir())
		ship, _ := newShipped(t, 192<<20)
		r := p.start(t, slices.Concat([]string{"session", "-d"}, p.settings, []string{"-t", ship})...)
		p.awaitSending(t, r)
		r.signal(t, syscall.SIGSTOP)
		bringBack := ch.happen(t, l.cluster, func() { r.signal(t, syscall.SIGCONT) })
		r.endsAs(t, []int{0})
		// A NameNode that is gone says nothing of the way to the next one.
		if text := r.stderr.String(); strings.Contains(text, "WebHDFS") {
			t.Errorf("it has left RPC:\n%s", text)
		}
		bringBack()
		if l.outcome(t, p, sessionStart); t.Failed() {
			t.Log(r.stderr.String())
		}
	}
}

// awaitSending returns when a file is on its way into the cache.
func (p *place) awaitSending(t *testing.T, r *process) {
	t.Helper()
	reached := make(chan struct{})
	go func() {
		defer close(reached)
		for t.Context().Err() == nil {
			folders, err := p.dfs.List(t.Context(), p.base+"/.flink/cache")
			for _, f := range folders {
				if err == nil && strings.HasPrefix(path.Base(f.Path), ".tmp-") && f.IsDir {
					time.Sleep(100 * time.Millisecond) // some of it
					return
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	r.reach(t, reached)
}
