package standalone_test

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// TestPushBesideRunning pushes a new dist jar beside a cluster that runs from the old one: its processes keep theirs, nobody
// ever finds half a jar, and what is started later has the new one.
func TestPushBesideRunning(t *testing.T) {
	const host = "127.0.0.2"
	w := newWorld(t, sshdtest.Options{Hosts: []string{host}})
	remote := filepath.Join(t.TempDir(), "flink there")
	c := w.openRemote(t, remote, host)
	pushed, err := c.Push(t.Context(), standalone.PushOptions{})
	if err != nil || pushed.Hosts[0].ConfDir != w.confDir(host) {
		t.Fatalf("%v, %+v", err, pushed)
	}
	if _, err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if _, err := w.openRemote(t, remote, host).Stop(ctx, true); err != nil {
			t.Error(err)
		}
	})

	jar := newComment(t, filepath.Join(w.home, "lib"))
	watching, stop := context.WithCancel(t.Context())
	broken := make(chan error, 1)
	go func() { broken <- watchJar(watching, filepath.Join(remote, "lib", jar)) }()
	pushed, err = w.openRemote(t, remote, host).Push(t.Context(), standalone.PushOptions{})
	stop()
	if err != nil {
		t.Fatal(err)
	}
	if err := <-broken; err != nil {
		t.Errorf("half a jar was to be seen: %v", err)
	}
	wantNames(t, "sent", pushed.Hosts[0].Sent, "lib/"+jar)

	for _, p := range w.processes(t) {
		pid, _, _ := strings.Cut(p, " ")
		open := output(t, "find", "/proc/"+pid+"/fd", "-lname", filepath.Join(remote, "lib", jar)+"*", "-printf", `%l\n`)
		if open != filepath.Join(remote, "lib", jar)+" (deleted)\n" {
			t.Errorf("%s has open %q, want the old jar", p, open)
		}
	}
	added, err := w.openRemote(t, remote, host).AddTaskManagers(t.Context(), []string{host})
	if err != nil || added.TaskManagers != 2 {
		t.Errorf("one more with the new jar: %v, %+v", err, added)
	}
}

// openRemote opens the cluster of one host with a FLINK_HOME of its own.
func (w *world) openRemote(t *testing.T, remote, host string) *standalone.Cluster {
	t.Helper()
	conf := filepath.Join(w.home, "conf")
	v, err := flink.ParseVersion("1.20.5")
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := flink.LoadConfiguration(conf, v)
	if err != nil {
		t.Fatal(err)
	}
	c.Set("env.ssh.opts", fmt.Sprintf("-p %d", w.sshd.Port), "test")
	cluster, err := standalone.New(standalone.Options{
		Home: w.home, RemoteHome: remote, ConfDir: conf, Configuration: c, Masters: lines([]string{host}), Workers: lines([]string{host}),
		SSH: standalone.SSH{User: userName(), Home: w.sshd.Home}, Report: func(e standalone.Event) { t.Logf("%+v", e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

// newComment gives the dist jar of a lib folder, where it is a link, another content of the same worth: a comment.
func newComment(t *testing.T, lib string) string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(lib, "flink-dist*.jar"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%v: %q", err, list)
	}
	content, err := os.ReadFile(list[0])
	if err != nil {
		t.Fatal(err)
	}
	const comment = "not the jar it was"
	content = append(binary.LittleEndian.AppendUint16(content[:len(content)-2], uint16(len(comment))), comment...)
	if err := os.Remove(list[0]); err != nil {
		t.Fatal(err)
	}
	writeFile(t, list[0], string(content), 0o644)
	return filepath.Base(list[0])
}

// watchJar reads a jar's list of files again and again.
func watchJar(ctx context.Context, name string) error {
	for ctx.Err() == nil {
		r, err := zip.OpenReader(name)
		if err != nil {
			return err
		}
		r.Close()
		time.Sleep(time.Millisecond)
	}
	return nil
}
