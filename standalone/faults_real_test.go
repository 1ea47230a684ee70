package standalone_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// TestFaults starts a cluster of which five hosts are not as they should be: each is named with its cause, one that is only
// slow serves, and the rest does too.
func TestFaults(t *testing.T) {
	const good, wrongJava, portTaken, diskFull, slow, missing, elsewhere = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.9", "127.0.0.7"
	taken := listen(t, "127.0.0.1:0")
	defer taken.Close()
	full := fullDisk(t)
	w := newWorld(t, sshdtest.Options{
		Hosts: []string{good, wrongJava, portTaken, diskFull, elsewhere}, Known: []string{slow},
		SetEnv: map[string]map[string]string{
			wrongJava: {"JAVA_HOME": "/nowhere/jdk"},
			// Hosts have disks of their own: on this one the next process would write over its log.
			portTaken: {"FLINK_ENV_JAVA_OPTS_TM": fmt.Sprintf("-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=%s", taken.Addr()), "FLINK_LOG_DIR": t.TempDir()},
			diskFull:  {"FLINK_LOG_DIR": full},
			elsewhere: {"FLINK_CONF_DIR": "/nowhere/conf"},
		},
	})
	delay(t, w.sshd.Address(slow), w.sshd.Address("127.0.0.1"), 20*time.Second)
	workers := []string{good, wrongJava, portTaken, diskFull, slow, missing, elsewhere}
	c := w.cluster(t, []string{good}, workers)
	_, err := c.Start(t.Context())
	var incomplete *standalone.IncompleteError
	if !errors.As(err, &incomplete) || !errors.Is(err, standalone.ErrIncomplete) {
		t.Fatalf("got %v", err)
	}
	t.Log(err)
	want := map[string]string{
		wrongJava: "JAVA_HOME (environment of the host) is /nowhere/jdk, and there is no program /nowhere/jdk/bin/java",
		portTaken: "Address already in use",
		diskFull:  "No space left on device",
		missing:   "connection refused",
		elsewhere: "/nowhere/conf is no folder",
	}
	for _, f := range incomplete.Failures {
		if text, ok := want[f.Host]; !ok || !strings.Contains(f.Error(), text) {
			t.Errorf("%s: got %v", f.Host, f)
		}
		delete(want, f.Host)
		if f.Host == portTaken && !strings.Contains(f.Log, "transport error 202") {
			t.Errorf("%s: its log is %q", f.Host, f.Log)
		}
	}
	for host := range want {
		t.Errorf("%s: no failure", host)
	}
	status, err := w.cluster(t, []string{good}, []string{good, slow}).Status(t.Context())
	if err != nil || status.TaskManagers != 2 || status.Slots != 4 {
		t.Errorf("the rest: %v, %+v", err, status)
	}
	// What is missing can be stopped as well as not.
	stopped, err := w.cluster(t, []string{good}, []string{good, slow, missing}).Stop(t.Context(), false)
	if !errors.Is(err, standalone.ErrIncomplete) || len(stopped) != 3 {
		t.Errorf("stop: %v, %v", stopped, err)
	}
}

// TestNothingReachable has the error of what is wrong with each host.
func TestNothingReachable(t *testing.T) {
	w := newWorld(t, sshdtest.Options{Hosts: []string{"127.0.0.2"}})
	_, err := w.cluster(t, []string{"127.0.0.9"}, []string{"127.0.0.9"}).Start(t.Context())
	if !errors.Is(err, standalone.ErrUnreachable) || errors.Is(err, standalone.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(filepath.Join(w.sshd.Home, ".ssh", "known_hosts")); err != nil {
		t.Fatal(err)
	}
	_, err = w.cluster(t, []string{"127.0.0.2"}, []string{"127.0.0.2"}).Start(t.Context())
	if !errors.Is(err, standalone.ErrNotAllowed) || !strings.Contains(err.Error(), "SHA256:") {
		t.Errorf("got %v", err)
	}
}

// fullDisk is a folder on a small disk without room.
func fullDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", dir).CombinedOutput(); err != nil {
		clustertest.Unavailable(t, fmt.Sprintf("needs the right to mount a tmpfs: %v: %s", err, out))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	_ = os.WriteFile(filepath.Join(dir, "full"), make([]byte, 1<<20), 0o644) // writes what fits
	return dir
}

// delay listens at an address and answers as another one does, each time after a while.
func delay(t *testing.T, at, to string, wait time.Duration) {
	t.Helper()
	l := listen(t, at)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				time.Sleep(wait)
				other, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer other.Close()
				go func() { _, _ = io.Copy(other, conn) }()
				_, _ = io.Copy(conn, other)
			}()
		}
	}()
}
