package standalone_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/flink/rest"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// archives are those of real jobs: one finished, one failed, one was cancelled.
func archives(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../flink/archive/testdata/1.20.5")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// configure adds to the configuration of a host.
func (w *world) configure(t *testing.T, host, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(w.confDir(host), "flink-conf.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func (w *world) historyServer(t *testing.T, host string) *standalone.HistoryServer {
	t.Helper()
	conf := filepath.Join(w.home, "conf")
	c, _, err := flink.LoadConfiguration(conf, flink.Version{Major: 1, Minor: 20})
	if err != nil {
		t.Fatal(err)
	}
	s, err := standalone.NewHistoryServer(standalone.Options{
		Home: w.home, ConfDir: conf, Configuration: c, SSH: standalone.SSH{User: userName(), Home: w.sshd.Home},
		Report: func(e standalone.Event) { t.Logf("%+v", e) },
	}, host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestHistoryServer goes through the life of a history server on another host, with Flink's own script in between.
func TestHistoryServer(t *testing.T) {
	const host = "127.0.0.2"
	w := newWorldIn(t, "flink", sshdtest.Options{Hosts: []string{host}}) // Flink's own scripts can't have a blank in their path
	// Any port will do: where it listens the process itself tells.
	w.configure(t, host, "historyserver.archive.fs.dir: file://"+archives(t)+"\nhistoryserver.web.port: 0\njobmanager.archive.fs.dir: /elsewhere\n")
	s := w.historyServer(t, host)
	if _, err := s.Status(t.Context()); !errors.Is(err, standalone.ErrNotRunning) {
		t.Errorf("status of nothing: %v", err)
	}
	started, err := s.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !started.Started || started.FlinkVersion != "1.20.5" || len(started.Warnings) != 1 {
		t.Errorf("got %+v", started)
	}
	client, err := rest.NewClient(rest.Options{BaseURL: started.WebURL})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "all jobs", 30*time.Second, func() bool {
		jobs, err := client.Jobs(t.Context())
		return err == nil && len(jobs) == 3
	})
	again, err := w.historyServer(t, host).Start(t.Context())
	if err != nil || again.Started || again.PID != started.PID || again.WebURL != started.WebURL {
		t.Errorf("start of what runs: %v, %+v", err, again)
	}
	status, err := s.Status(t.Context())
	if err != nil || len(status.Processes) != 1 || status.Processes[0].WebURL != started.WebURL || status.Processes[0].Jobs != 3 || status.Processes[0].Lost {
		t.Errorf("status: %v, %+v", err, status)
	}

	// Flink's script ends what ours has started, and ours ends what the script has.
	if out := w.script(t, host, "historyserver.sh", "stop"); !strings.Contains(out, fmt.Sprintf("(pid: %d)", started.PID)) {
		t.Errorf("historyserver.sh stop: %s", out)
	}
	if _, err := s.Status(t.Context()); !errors.Is(err, standalone.ErrNotRunning) {
		t.Errorf("status after the script: %v", err)
	}
	w.script(t, host, "historyserver.sh", "start")
	again, err = s.Start(t.Context())
	if err != nil || again.Started {
		t.Errorf("start of what the script has started: %v, %+v", err, again)
	}
	// A pid file that is gone loses nothing.
	pidFile := filepath.Join(w.home, "pid", "flink-"+userName()+"-historyserver.pid")
	if err := os.Remove(pidFile); err != nil {
		t.Fatal(err)
	}
	if status, err := s.Status(t.Context()); err != nil || !status.Processes[0].Lost {
		t.Errorf("status without a pid file: %v, %+v", err, status)
	}
	stopped, err := s.Stop(t.Context())
	if err != nil || len(stopped) != 1 || stopped[0].PID != again.PID || stopped[0].Killed {
		t.Errorf("stop: %v, %+v", err, stopped)
	}
	if stopped, err := s.Stop(t.Context()); err != nil || len(stopped) != 0 {
		t.Errorf("stop of nothing: %v, %+v", err, stopped)
	}
	if _, err := os.Stat(pidFile); err == nil {
		t.Error("the pid file is left")
	}
}

// TestHistoryServerFaults: each cause is told as itself, and nothing is left.
func TestHistoryServerFaults(t *testing.T) {
	const wrongJava, portTaken, noFolder, noHadoop, missing, interrupted = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.9", "127.0.0.6"
	taken := listen(t, ":0")
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	w := newWorld(t, sshdtest.Options{
		Hosts:  []string{wrongJava, portTaken, noFolder, noHadoop, interrupted},
		SetEnv: map[string]map[string]string{wrongJava: {"JAVA_HOME": "/nowhere/jdk"}, portTaken: {"FLINK_LOG_DIR": t.TempDir()}, noHadoop: {"FLINK_LOG_DIR": t.TempDir()}, interrupted: {"FLINK_LOG_DIR": t.TempDir()}},
	})
	dir := "historyserver.archive.fs.dir: " + archives(t) + "\n"
	w.configure(t, wrongJava, dir)
	w.configure(t, portTaken, dir+"historyserver.web.port: "+port+"\n")
	w.configure(t, noHadoop, "historyserver.archive.fs.dir: hdfs://127.0.0.1:1/archives\nhistoryserver.web.port: 0\n")
	w.configure(t, interrupted, dir+"historyserver.web.port: 0\n")
	var group sync.WaitGroup
	for _, tt := range []struct {
		host, want string
		is         error
	}{
		{wrongJava, "JAVA_HOME (environment of the host) is /nowhere/jdk, and there is no program /nowhere/jdk/bin/java", nil},
		{portTaken, "Address already in use", standalone.ErrIncomplete},
		{noFolder, "historyserver.archive.fs.dir is not set", standalone.ErrInvalid},
		{noHadoop, "Hadoop is not in its class path, which hdfs://127.0.0.1:1/archives needs", standalone.ErrIncomplete},
		{missing, "connection refused", standalone.ErrUnreachable},
	} {
		s := w.historyServer(t, tt.host)
		group.Go(func() {
			_, err := s.Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%s: %v", tt.host, err)
			}
		})
	}
	group.Wait()

	// The end of the context while it is waited for.
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("no more patience")
	time.AfterFunc(1500*time.Millisecond, func() { cancel(why) })
	_, err := w.historyServer(t, interrupted).Start(ctx)
	var ended *standalone.InterruptedError
	if !errors.As(err, &ended) || !errors.Is(err, why) || len(ended.Left) > 0 {
		t.Errorf("interrupted: %v", err)
	}
	if left := w.processes(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
