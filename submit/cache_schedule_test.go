package submit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/hdfs"
	"github.com/yarnflink/yarnflink/hdfs/hdfstest"
	"github.com/yarnflink/yarnflink/yarn"
)

// actor is a start or a collection that does one step at a time.
type actor struct {
	name    string
	turn    chan struct{}
	arrived chan string // the next step; closed at the end
}

// steps is a file system that lets the actor do what belongs to the protocol
// only when it is its turn. Everything else passes.
type steps struct {
	hdfs.FileSystem
	a *actor
}

func (s *steps) wait(step string) {
	s.a.arrived <- step
	<-s.a.turn
}

func (s *steps) Create(ctx context.Context, p string, r io.Reader, o hdfs.CreateOptions) (hdfs.FileStatus, error) {
	switch name := path.Base(p); {
	case isManifest(name):
		s.wait("announce")
	case strings.HasPrefix(name, condemnedPrefix):
		s.wait("condemn")
	}
	return s.FileSystem.Create(ctx, p, r, o)
}

func (s *steps) List(ctx context.Context, p string) ([]hdfs.FileStatus, error) {
	switch name := path.Base(p); {
	case name == cacheFolder:
		s.wait("list cache")
	case name == ".flink":
		s.wait("list folders")
	case isHash(name) && s.a.name != "gc":
		s.wait("look up")
	}
	return s.FileSystem.List(ctx, p)
}

func (s *steps) Rename(ctx context.Context, from, to string) error {
	if s.a.name == "gc" {
		s.wait("take")
	} else {
		s.wait("publish")
	}
	return s.FileSystem.Rename(ctx, from, to)
}

func (s *steps) RemoveAll(ctx context.Context, p string) error {
	if name := path.Base(p); strings.HasPrefix(name, condemnedPrefix) || strings.HasPrefix(name, trashPrefix) {
		s.wait("release")
	}
	return s.FileSystem.RemoveAll(ctx, p)
}

// schedule runs actors one step at a time: choices say who is next, and who is
// first where they end. It returns what was chosen and from how many each time.
func schedule(actors map[string]func(*actor), order, choices []string, may func(trail []string, next string) bool) (trail []string, enabled [][]string) {
	waiting := map[string]*actor{}
	for _, name := range order {
		a := &actor{name: name, turn: make(chan struct{}), arrived: make(chan string)}
		go func() {
			defer close(a.arrived)
			actors[name](a)
		}()
		if _, ok := <-a.arrived; ok {
			waiting[name] = a
		}
	}
	for len(waiting) > 0 {
		var options []string
		for _, name := range order {
			if waiting[name] != nil && may(trail, name) {
				options = append(options, name)
			}
		}
		if len(options) == 0 {
			// The one who is not to be interrupted any more has ended.
			for _, name := range order {
				if waiting[name] != nil {
					options = append(options, name)
				}
			}
		}
		next := options[0]
		if len(trail) < len(choices) {
			next = choices[len(trail)]
		}
		enabled = append(enabled, options)
		trail = append(trail, next)
		a := waiting[next]
		a.turn <- struct{}{}
		if _, ok := <-a.arrived; !ok {
			delete(waiting, next)
		}
	}
	return trail, enabled
}

// explore runs every schedule.
func explore(t *testing.T, run func(choices []string) (trail []string, enabled [][]string)) (count int) {
	t.Helper()
	var choices []string
	for !t.Failed() {
		trail, enabled := run(choices)
		count++
		choices = nil
		for i := len(trail) - 1; i >= 0 && choices == nil; i-- {
			for j, name := range enabled[i] {
				if name == trail[i] && j+1 < len(enabled[i]) {
					choices = append(append([]string{}, trail[:i]...), enabled[i][j+1])
				}
			}
		}
		if choices == nil {
			break
		}
	}
	return count
}

// preemptions bounds how often one who could go on is interrupted.
func preemptions(limit int) func([]string, string) bool {
	return func(trail []string, next string) bool {
		switches := 0 // also those where one has ended
		for i := 1; i < len(trail); i++ {
			if trail[i] != trail[i-1] {
				switches++
			}
		}
		return len(trail) == 0 || switches < limit || next == trail[len(trail)-1]
	}
}

// scene is a cache with an old entry, two starts that need it and another
// content, and a collection.
type scene struct {
	server *hdfstest.Server
	dfs    hdfs.FileSystem
	rounds int
	list   []PlannedResource
}

func (s *scene) run(t *testing.T, entry bool, start func(*scene, *cacheWorld, hdfs.FileSystem, string, manifest) []Staged, choices []string, may func([]string, string) bool) ([]string, [][]string, error) {
	s.rounds++
	w := &cacheWorld{dfs: s.dfs, base: fmt.Sprintf("%s/user/alice/%s/%d", s.dfs.URI(), path.Base(t.Name()), s.rounds)}
	if entry {
		w.mustStage(t, w.cache(cacheOptions{}), s.list...)
		w.remove(t)
	}
	staged := map[string][]Staged{}
	actors := map[string]func(*actor){}
	for _, name := range []string{"A", "B"} {
		folder, m := w.application(t, s.dfs)
		actors[name] = func(a *actor) { staged[a.name] = start(s, w, &steps{s.dfs, a}, folder, m) }
	}
	var problem error
	actors["gc"] = func(a *actor) {
		g := w.collector(&steps{s.dfs, a})
		problem = g.run(context.Background())
	}
	trail, enabled := schedule(actors, []string{"A", "B", "gc"}, choices, may)
	for name, list := range staged {
		for _, f := range list {
			status, err := s.dfs.Stat(context.Background(), pathOf(f.Resource.URL))
			if err != nil || status.ModificationTime != f.Resource.Timestamp || status.Length != f.Resource.Size {
				problem = errors.Join(problem, fmt.Errorf("%s has lost %s %s: %v", name, f.Key, f.Resource.URL, err))
			}
		}
	}
	for _, name := range w.names(t) {
		if strings.HasPrefix(name, ".") {
			problem = errors.Join(problem, fmt.Errorf("%s is left", name))
		}
	}
	return trail, enabled, problem
}

// remove removes the folders of the applications so far.
func (w *cacheWorld) remove(t *testing.T) {
	t.Helper()
	for i := 1; i <= w.next; i++ {
		if err := w.dfs.RemoveAll(context.Background(), w.path(yarn.ApplicationID{ClusterTimestamp: 1700000000000, ID: i}.String())); err != nil {
			t.Fatal(err)
		}
	}
}

// collector is a collection of entries of any age, by a ResourceManager that
// knows no application yet.
func (w *cacheWorld) collector(dfs hdfs.FileSystem) *collector {
	return &collector{
		client: &Client{options: Options{User: "alice"}}, dfs: dfs, id: "1", options: GCOptions{OlderThan: -1, Now: time.Now().Add(time.Hour)},
		folder: w.path(), cache: w.path(cacheFolder), named: map[string]bool{},
	}
}

// startInOrder is what a start does.
func startInOrder(_ *scene, w *cacheWorld, dfs hdfs.FileSystem, folder string, m manifest) []Staged {
	s := &stagingScene{w, dfs}
	result, err := s.cache().Stage(context.Background(), folder, m, scheduledFiles)
	if err != nil {
		return []Staged{{Key: err.Error()}}
	}
	return result.Staged
}

type stagingScene struct {
	w   *cacheWorld
	dfs hdfs.FileSystem
}

func (s *stagingScene) cache() *stagingCache { return s.w.cache(cacheOptions{FS: s.dfs}) }

// startLookingFirst looks at the cache before it announces itself.
func startLookingFirst(_ *scene, w *cacheWorld, dfs hdfs.FileSystem, folder string, m manifest) []Staged {
	s := &stagingScene{w, dfs}
	ctx := context.Background()
	run := &cacheRun{stagingCache: s.cache(), folder: folder, manifest: m, staged: make([]Staged, 1), slots: make(chan struct{}, 1)}
	item := cacheItem{resource: scheduledFiles[0]}
	if run.prepare(ctx) != nil || run.Index.hash(ctx, &item) != nil {
		return nil
	}
	view, err := run.look(ctx)
	if err != nil {
		return nil
	}
	missing, err := run.lookUpAll(ctx, view, []cacheItem{item})
	if err != nil {
		return nil
	}
	if view.announced, err = run.announce(ctx, []cacheItem{item}); err != nil || run.sendAll(ctx, view, missing) != nil {
		return nil
	}
	return run.staged
}

// scheduledFiles is the one file that all schedules are about.
var scheduledFiles []PlannedResource

// TestNoScheduleTakesAnEntry interleaves two starts and a collection that may
// take entries of any age. Without YARNFLINK_TEST_LONG the number of switches is
// bounded: almost all races show with few.
func TestNoScheduleTakesAnEntry(t *testing.T) {
	server := hdfstest.NewServer(t)
	scheduledFiles = local(t, map[string]string{"job.jar": "the content"})
	limit := 2
	if isLong() {
		limit = 4
	}
	for _, tt := range []struct {
		name  string
		entry bool
	}{{"the entry is there", true}, {"there is no entry", false}} {
		t.Run(tt.name, func(t *testing.T) {
			s := &scene{server: server, dfs: openFake(t, server, "alice"), list: scheduledFiles}
			n := explore(t, func(choices []string) ([]string, [][]string) {
				trail, enabled, err := s.run(t, tt.entry, startInOrder, choices, preemptions(limit))
				if err != nil {
					t.Errorf("%s: %v", strings.Join(trail, " "), err)
				}
				return trail, enabled
			})
			t.Logf("%d schedules", n)
			if n < 20 {
				t.Errorf("only %d schedules", n)
			}
		})
	}
}

// TestTheOrderMatters: the explorer finds what goes wrong when a start looks
// before it has announced itself.
func TestTheOrderMatters(t *testing.T) {
	server := hdfstest.NewServer(t)
	scheduledFiles = local(t, map[string]string{"job.jar": "the content"})
	s := &scene{server: server, dfs: openFake(t, server, "alice"), list: scheduledFiles}
	var lost error
	explore(t, func(choices []string) ([]string, [][]string) {
		trail, enabled, err := s.run(t, true, startLookingFirst, choices, preemptions(3))
		if err != nil && strings.Contains(err.Error(), "has lost") {
			lost = err
			return nil, nil
		}
		return trail, enabled
	})
	if lost == nil {
		t.Error("a start that looked too early has lost nothing in any schedule: the explorer finds nothing")
	}
}
