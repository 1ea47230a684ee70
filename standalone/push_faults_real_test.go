package standalone_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/standalone"
)

// TestPushFaults pushes to hosts that are not as they should be: each is named with its cause and is as it was, and the good
// one gets everything.
func TestPushFaults(t *testing.T) {
	const good, full, readOnly, noTar, missing, foreign = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.9", "127.0.0.6"
	w := newPushWorldWith(t, map[string]string{noTar: "/usr/bin/tar"}, good, full, readOnly, noTar, foreign)
	mountTmpfs(t, filepath.Dir(w.disks[full]), "size=2m")
	mountTmpfs(t, filepath.Dir(w.disks[readOnly]), "ro")
	writeFile(t, w.there(foreign, "bin/somebody's"), "else", 0o755)
	w.hosts = append(w.hosts, missing)
	pushed, err := w.tryPush(t.Context(), t, standalone.PushOptions{Delete: true})
	var incomplete *standalone.IncompleteError
	if !errors.As(err, &incomplete) || !errors.Is(err, standalone.ErrIncomplete) {
		t.Fatalf("got %v", err)
	}
	t.Log(err)
	want := map[string]string{
		full: "No space left on device", readOnly: "Read-only file system", noTar: "there is no program tar",
		missing: "connection refused", foreign: "is not empty, and no distribution of Flink",
	}
	for _, f := range incomplete.Failures {
		if text, ok := want[f.Host]; !ok || !strings.Contains(f.Error(), text) {
			t.Errorf("%s: got %v", f.Host, f)
		}
		delete(want, f.Host)
	}
	for host := range want {
		t.Errorf("%s: no failure", host)
	}
	for _, h := range pushed.Hosts {
		if (h.Error == "") != (h.Host == good) || h.Host != good && len(h.Sent) > 0 {
			t.Errorf("got %+v", h)
		}
	}
	w.wantSame(t, good)
	w.wantNoTemps(t, full)
	if out := output(t, "find", w.disks[full], w.disks[foreign], "-type", "f"); out != w.there(foreign, "bin/somebody's")+"\n" {
		t.Errorf("left there: %s", out)
	}
	output(t, "mount", "-o", "remount,size=20m", filepath.Dir(w.disks[full]))
	w.hosts = []string{full}
	w.push(t, standalone.PushOptions{})
	w.wantSame(t, full)

	// Where it is the last file that has no room, all else arrives, the end included.
	before := listing(t, w.disks[full]+"/lib")
	w.write(t, "lib/more.jar", random(30<<20), 0o644)
	_, err = w.tryPush(t.Context(), t, standalone.PushOptions{})
	if err == nil || !strings.Contains(err.Error(), filepath.Join(w.remote, "lib/more.jar")+": ") || !strings.Contains(err.Error(), "the disk may be full") {
		t.Errorf("got %v", err)
	}
	w.wantNoTemps(t, full)
	wantAsBefore(t, before, listing(t, w.disks[full]+"/lib"))
}

// TestPushDenied: a folder that must not be written to is a matter of permissions.
func TestPushDenied(t *testing.T) {
	const host = "127.0.0.2"
	w := newPushWorld(t, host)
	w.push(t, standalone.PushOptions{})
	w.write(t, "bin/flink", "#!/bin/bash\n", 0o755)
	bin := w.there(host, "bin")
	if out, err := exec.Command("chattr", "+i", bin).CombinedOutput(); err != nil { // root may write to any other
		t.Skipf("the disk has no immutable folders: %v: %s", err, out)
	}
	defer output(t, "chattr", "-i", bin)
	if _, err := w.tryPush(t.Context(), t, standalone.PushOptions{}); !errors.Is(err, standalone.ErrNotAllowed) || !strings.Contains(err.Error(), "bin/flink: ") {
		t.Errorf("got %v", err)
	}
}

// TestPushOutOfPlace: where a folder has the name of a file, or the other way round, the host says so.
func TestPushOutOfPlace(t *testing.T) {
	const host = "127.0.0.2"
	w := newPushWorld(t, host)
	w.push(t, standalone.PushOptions{})
	if err := os.Remove(w.there(host, "bin/flink")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, w.there(host, "bin/flink/file"), "in a folder", 0o644)
	if _, err := w.tryPush(t.Context(), t, standalone.PushOptions{}); err == nil || !strings.Contains(err.Error(), "cannot overwrite directory") {
		t.Errorf("got %v", err)
	}
	w.wantNoTemps(t, host)
	if err := os.RemoveAll(w.there(host, "bin")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, w.there(host, "bin"), "a file", 0o644)
	if _, err := w.tryPush(t.Context(), t, standalone.PushOptions{}); err == nil || !strings.Contains(err.Error(), "bin") {
		t.Errorf("got %v", err)
	}
	w.wantNoTemps(t, host)
}

func mountTmpfs(t *testing.T, dir, options string) {
	t.Helper()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		clustertest.Unavailable(t, "needs the right to mount a tmpfs: "+err.Error()+": "+string(out))
	}
	t.Cleanup(func() { output(t, "umount", "-l", dir) })
}

// gate stands between a caller and a host, and lets some bytes through to it before it closes.
type gate struct {
	reached chan struct{} // is closed when so many have passed
	opened  chan struct{}
	mu      sync.Mutex
	conns   []net.Conn
}

// newGate listens at an address and passes connections on to another one.
func newGate(t *testing.T, at, to string, bytes int64) *gate {
	t.Helper()
	g := &gate{reached: make(chan struct{}), opened: make(chan struct{})}
	l := listen(t, at)
	t.Cleanup(func() { l.Close(); g.cut() })
	once := sync.OnceFunc(func() { close(g.reached) })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			other, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			g.mu.Lock()
			g.conns = append(g.conns, conn, other)
			g.mu.Unlock()
			go func() { _, _ = io.Copy(conn, other); conn.Close() }()
			go func() {
				defer other.Close()
				if _, err := io.CopyN(other, conn, bytes); err == nil {
					once()
					<-g.opened
					_, _ = io.Copy(other, conn)
				}
			}()
		}
	}()
	return g
}

func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.Close()
	}
}

// behindGate is a world whose host is reached by way of a gate.
func behindGate(t *testing.T, bytes int64) (*pushWorld, *gate) {
	t.Helper()
	const host, at = "127.0.0.2", "127.0.0.8"
	w := newPushWorld(t, host)
	w.push(t, standalone.PushOptions{})
	w.write(t, "lib/flink-dist-1.20.5.jar", random(6<<20), 0o644)
	w.write(t, "lib/more.jar", random(100), 0o644)
	g := newGate(t, w.sshd.Address(at), w.sshd.Address(host), bytes)
	w.disks[at] = w.disks[host]
	w.hosts = []string{at}
	w.args = "-o StrictHostKeyChecking=accept-new"
	return w, g
}

// TestPushCut: a connection that breaks in the middle leaves the host as it was, and the next push ends well.
func TestPushCut(t *testing.T) {
	w, g := behindGate(t, 3<<20)
	before := listing(t, w.disks["127.0.0.2"]+"/lib")
	go func() { <-g.reached; g.cut() }()
	_, err := w.tryPush(t.Context(), t, standalone.PushOptions{})
	if !errors.Is(err, standalone.ErrUnreachable) || !strings.Contains(err.Error(), "the connection was cut") || !strings.Contains(err.Error(), ".yarnflink-push-") {
		t.Errorf("got %v", err)
	}
	w.wantNoTemps(t, "127.0.0.2")
	wantAsBefore(t, before, listing(t, w.disks["127.0.0.2"]+"/lib"))
	w.hosts = []string{"127.0.0.2"}
	w.push(t, standalone.PushOptions{})
	w.wantSame(t, "127.0.0.2")
}

// wantAsBefore compares listings but for the times of folders, which temporary files change.
func wantAsBefore(t *testing.T, before, after string) {
	t.Helper()
	_, before, _ = strings.Cut(before, "\n")
	_, after, _ = strings.Cut(after, "\n")
	if before != after {
		t.Errorf("changed from\n%s\nto\n%s", before, after)
	}
}

// TestPushInterrupted: the end of the context in the middle leaves the host as it was.
func TestPushInterrupted(t *testing.T) {
	w, g := behindGate(t, 3<<20)
	before := listing(t, w.disks["127.0.0.2"]+"/lib")
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-g.reached
		cancel(cause)
		time.Sleep(100 * time.Millisecond)
		close(g.opened)
	}()
	began := time.Now()
	_, err := w.tryPush(ctx, t, standalone.PushOptions{})
	if !errors.Is(err, cause) || strings.Contains(err.Error(), ".yarnflink-push-") || time.Since(began) > 8*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	// Not later: it was waited for.
	if out := output(t, "find", w.disks["127.0.0.2"], "-name", ".yarnflink-push-*"); out != "" {
		t.Errorf("left there: %s", out)
	}
	wantAsBefore(t, before, listing(t, w.disks["127.0.0.2"]+"/lib"))
}

// TestPushInterruptedSilence: where the host does not answer any more the error says what may be left there.
func TestPushInterruptedSilence(t *testing.T) {
	w, g := behindGate(t, 3<<20)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-g.reached; cancel(cause) }()
	_, err := w.tryPush(ctx, t, standalone.PushOptions{})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "127.0.0.8: ") || !strings.Contains(err.Error(), filepath.Join(w.remote, "lib")+"/.yarnflink-push-") {
		t.Errorf("got %v", err)
	}
	g.cut()
	w.wantNoTemps(t, "127.0.0.2")
}

// TestPushKilled kills a sender in the middle, by which nothing of it is ended in order.
func TestPushKilled(t *testing.T) {
	const variable = "YARNFLINK_TEST_PUSH_FROM"
	if from := os.Getenv(variable); from != "" {
		words := strings.Split(from, "|")
		w := &pushWorld{home: words[0], remote: words[1], hosts: []string{"127.0.0.8"}, args: "-p " + words[2] + " -o StrictHostKeyChecking=accept-new"}
		w.pushFrom(t, words[3])
		return
	}
	w, g := behindGate(t, 3<<20)
	before := listing(t, w.disks["127.0.0.2"]+"/lib")
	_, port, err := net.SplitHostPort(w.sshd.Address("127.0.0.2"))
	if err != nil {
		t.Fatal(err)
	}
	sender := exec.Command(os.Args[0], "-test.run=^TestPushKilled$")
	sender.Env = append(os.Environ(), variable+"="+strings.Join([]string{w.home, w.remote, port, w.sshd.Home}, "|"))
	if err := sender.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-g.reached:
	case <-time.After(20 * time.Second):
		t.Error("it did not send")
	}
	if out := output(t, "find", w.disks["127.0.0.2"], "-name", ".yarnflink-push-*"); out == "" {
		t.Error("nothing is on its way")
	}
	if err := sender.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = sender.Wait() // it was killed
	close(g.opened)
	w.wantNoTemps(t, "127.0.0.2")
	wantAsBefore(t, before, listing(t, w.disks["127.0.0.2"]+"/lib"))
	w.hosts = []string{"127.0.0.2"}
	w.push(t, standalone.PushOptions{})
	w.wantSame(t, "127.0.0.2")
}

// TestPushStale: what a host that went down has left is removed, once it can't be somebody's who pushes now.
func TestPushStale(t *testing.T) {
	const host = "127.0.0.2"
	w := newPushWorld(t, host)
	w.push(t, standalone.PushOptions{})
	writeFile(t, w.there(host, "lib/.yarnflink-push-0123.7"), "young", 0o644)
	h := w.push(t, standalone.PushOptions{}).Hosts[0]
	if len(h.Sent)+len(h.Loaded)+h.Others > 0 {
		t.Errorf("got %+v", h)
	}
	if _, err := os.Stat(w.there(host, "lib/.yarnflink-push-0123.7")); err != nil {
		t.Errorf("it is somebody else's: %v", err)
	}
}

// TestPushMemory: what is sent is never in memory as a whole.
func TestPushMemory(t *testing.T) {
	const host, size, most = "127.0.0.2", 150 << 20, 48 << 20
	w := newPushWorld(t, host)
	big := filepath.Join(w.home, "lib", "big.jar")
	writeFile(t, big, "", 0o644)
	if err := os.Truncate(big, size); err != nil {
		t.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak, asked, last := uint64(0), time.Now(), standalone.PushProgress{}
	w.push(t, standalone.PushOptions{Progress: func(p standalone.PushProgress) {
		last = p
		if time.Since(asked) > 20*time.Millisecond {
			runtime.ReadMemStats(&now)
			peak, asked = max(peak, now.HeapInuse), time.Now()
		}
	}})
	if peak == 0 || peak > before.HeapInuse+most {
		t.Errorf("%d MB in use, %d before", peak>>20, before.HeapInuse>>20)
	}
	if !last.Complete || last.Done != last.Total || last.Done < size || len(last.Hosts) != 1 || last.Hosts[0].Done != last.Done {
		t.Errorf("the last that was told: %+v", last)
	}
}
