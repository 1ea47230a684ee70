package submit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/faults"
)

func (w *world) push(t *testing.T, to string) (*PushResult, error) {
	t.Helper()
	d, err := flink.OpenDistribution(w.home, "")
	if err != nil {
		t.Fatal(err)
	}
	return w.PushDistribution(t.Context(), PushOptions{Distribution: d, To: to})
}

func (w *world) wantRefused(t *testing.T, err error, words string) {
	t.Helper()
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v, want ErrInvalid with %q", err, words)
	}
}

// What was pushed is a distribution that starts sessions, and everything of it is used in place.
func TestPushedDistributionStarts(t *testing.T) {
	w := newWorld(t, worldOptions{})
	r, err := w.push(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if r.Address != w.files(t).URI()+"/user/alice/flink/flink-1.20.5" || r.Existing || r.FlinkVersion != "1.20.5" || !r.Public || r.UploadedBytes == 0 || len(r.Warnings) > 0 {
		t.Errorf("%+v", r)
	}
	d, err := w.OpenDistribution(t.Context(), "flink/flink-1.20.5")
	if err != nil || d.Home != r.Address {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := w.OpenDistribution(t.Context(), "flink"); !errors.As(err, new(*flink.Problem)) {
		t.Errorf("what is none: %v", err)
	}
	c, file, err := w.LoadConfiguration(t.Context(), d)
	if err != nil || file != r.Address+"/conf/config.yaml" {
		t.Fatal(file, err)
	}
	deployment, err := w.Start(t.Context(), SessionSpec{Distribution: d, Configuration: c})
	if err != nil {
		t.Fatal(err)
	}
	var staged []string
	for _, f := range w.dfs.Files() {
		if strings.Contains(f, "/.flink/") {
			staged = append(staged, filepath.Base(f))
		}
	}
	if !slices.Equal(staged, []string{"config.yaml"}) {
		t.Errorf("staged are %v", staged)
	}
	for _, a := range w.rm.Applications() {
		for key, r := range a.Context.Container.LocalResources {
			if strings.HasPrefix(key, "lib/") && (r.Visibility != "PUBLIC" || !strings.Contains(r.URL, "/flink-1.20.5/lib/")) {
				t.Errorf("%s is %+v", key, r)
			}
		}
	}
	if deployment.UploadedBytes > 10_000 {
		t.Errorf("%d bytes were sent", deployment.UploadedBytes)
	}
}

// Of many pushes at once one is first, and the others find what they wanted.
func TestPushesAtOnce(t *testing.T) {
	w := newWorld(t, worldOptions{})
	results := make([]*PushResult, 8)
	var group errgroup.Group
	for i := range results {
		group.Go(func() (err error) { results[i], err = w.push(t, "/user/alice/dists/one"); return err })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	first := 0
	for _, r := range results {
		if !r.Existing {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d pushes were the first", first)
	}
	w.noPushIsLeft(t)
	list, err := w.ListDistributions(t.Context(), "dists")
	if err != nil || len(list) != 1 || list[0] != results[0].DistributionReport {
		t.Errorf("%+v, %v", list, err)
	}
}

func (w *world) noPushIsLeft(t *testing.T) {
	t.Helper()
	list, err := w.files(t).List(context.Background(), "/user/alice/dists")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if strings.Contains(s.Path, pushingPrefix) {
			t.Errorf("%s is left", s.Path)
		}
	}
}

func TestPushRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*testing.T, *world)
		words   string
	}{
		{"a file", func(t *testing.T, w *world) { w.put(t, "/user/alice/dists/one", "text") }, "it is a file"},
		{"a folder of something else", func(t *testing.T, w *world) { w.put(t, "/user/alice/dists/one/notes.txt", "text") }, "nothing in it says what it is"},
		{"one whose record is damaged", func(t *testing.T, w *world) { w.put(t, "/user/alice/dists/one/distribution.json", "{") }, "distribution.json can't be read"},
		{"another one", func(t *testing.T, w *world) {
			w.mustPush(t)
			w.write(t, "lib/flink-cep.jar", "another")
		}, "it differs in lib/flink-cep.jar"},
		{"one more file", func(t *testing.T, w *world) {
			w.mustPush(t)
			w.write(t, "lib/x.jar", "x")
		}, "it differs in lib/x.jar"},
		{"one that lacks a file", func(t *testing.T, w *world) {
			w.mustPush(t)
			if err := w.files(t).RemoveAll(t.Context(), "/user/alice/dists/one/plugins"); err != nil {
				t.Fatal(err)
			}
		}, "it differs in plugins/s3/s3.jar"},
		{"secrets", func(t *testing.T, w *world) {
			w.write(t, "conf/config.yaml", "s3.secret-key: x\nsecurity.ssl.rest.key-password: y\n")
		}, "s3.secret-key, security.ssl.rest.key-password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			c.prepare(t, w)
			_, err := w.push(t, "/user/alice/dists/one")
			w.wantRefused(t, err, c.words)
			if strings.Contains(err.Error(), "key: x") {
				t.Error("the secret is told")
			}
		})
	}
}

func (w *world) mustPush(t *testing.T) {
	t.Helper()
	if _, err := w.push(t, "/user/alice/dists/one"); err != nil {
		t.Fatal(err)
	}
}

func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.home, filepath.FromSlash(name)), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Whatever breaks, the folder is there and complete, or it is not there.
func TestPushBreaks(t *testing.T) {
	const at = "/webhdfs/v1/user/alice/dists/"
	for _, c := range []struct {
		name string
		faults.Fault
		fails bool
	}{
		{"a lost answer to the name", faults.Fault{Match: "PUT " + at + ".pushing-*?op=RENAME", Mode: faults.LoseAnswer}, false},
		{"a cut before the name", faults.Fault{Match: "PUT " + at + ".pushing-*?op=RENAME", Mode: faults.Cut}, false},
		{"a cut upload", faults.Fault{Match: "PUT " + at + ".pushing-*/lib/.tmp-*?op=CREATE", Mode: faults.Cut}, false},
		{"an upload that is refused", faults.Fault{Match: "PUT " + at + ".pushing-*/lib/.tmp-*?op=CREATE", Mode: faults.Answer, Code: 403}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			w.dfs.Faults.Add(c.Fault)
			_, err := w.push(t, "/user/alice/dists/one")
			if (err != nil) != c.fails {
				t.Fatalf("error %v", err)
			}
			w.noPushIsLeft(t)
			w.mustPush(t)
		})
	}
}

func TestPushInterrupted(t *testing.T) {
	w := newWorld(t, worldOptions{})
	hit := w.dfs.Faults.Add(faults.Fault{Match: "PUT /webhdfs/v1/user/alice/dists/.pushing-*/lib/.tmp-*?op=CREATE", Mode: faults.Hang})
	d, err := flink.OpenDistribution(w.home, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	go func() {
		if err := hit.Wait(t.Context()); err == nil {
			cancel(stop)
		}
	}()
	if _, err := w.PushDistribution(ctx, PushOptions{Distribution: d, To: "/user/alice/dists/one"}); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	hit.Release()
	w.noPushIsLeft(t)
	w.mustPush(t)
}

// A push that was killed leaves a folder, which a later one removes when it is a day old.
func TestPushRemovesWhatWasGivenUp(t *testing.T) {
	w := newWorld(t, worldOptions{})
	for _, name := range []string{".pushing-old", ".pushing-new", "one"} {
		w.put(t, "/user/alice/dists/"+name+"/lib/a.jar", "text")
	}
	p := &push{dfs: w.files(t)}
	left := func() string {
		t.Helper()
		list, err := p.dfs.List(t.Context(), "/user/alice/dists")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range list {
			names = append(names, filepath.Base(s.Path))
		}
		return strings.Join(names, " ")
	}
	for _, c := range []struct {
		age  time.Duration
		want string
	}{{graceTime, ".pushing-new .pushing-old one"}, {-time.Minute, ".pushing-new one"}} {
		if err := p.removeStale(t.Context(), "/user/alice/dists/.pushing-new", c.age); err != nil {
			t.Fatal(err)
		}
		if got := left(); got != c.want {
			t.Errorf("older than %s: left are %s, want %s", c.age, got, c.want)
		}
	}
}
