package minicluster

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// serveWord answers every connection whose first word is srvr, and returns its port.
func serveWord(t *testing.T, answer string) int {
	t.Helper()
	listener, err := net.Listen("tcp4", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			word := make([]byte, len("srvr"))
			if _, err := io.ReadFull(conn, word); err == nil && string(word) == "srvr" {
				io.WriteString(conn, answer)
			}
			conn.Close()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestProbeZooKeeper(t *testing.T) {
	tests := []struct{ name, answer, want string }{
		{"serves", "Zookeeper version: 3.8.4-9316c2a\nMode: standalone\n", ""},
		{"not yet", "This ZooKeeper instance is not currently serving requests\n", "not currently serving"},
		{"word refused", "srvr is not executed because it is not in the whitelist.\n", "whitelist"},
		{"silent", "", "not serving"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := state{ZooKeeper: true, Ports: ports{ZooKeeper: serveWord(t, test.answer)}}
			err := newProbe(s).daemon(t.Context(), ZooKeeper)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !contains(err, test.want)) {
				t.Errorf("probe: %v, want %q", err, test.want)
			}
		})
	}
}

func TestProbeZooKeeperNobodyListens(t *testing.T) {
	p, err := freePorts()
	if err != nil {
		t.Fatal(err)
	}
	if err := newProbe(state{ZooKeeper: true, Ports: p}).daemon(t.Context(), ZooKeeper); err == nil {
		t.Error("a port without a server serves")
	}
}

func TestDaemonsOfState(t *testing.T) {
	hadoop := []string{NameNode, DataNode, ResourceManager, NodeManager}
	if diff := cmp.Diff(hadoop, state{}.daemons()); diff != "" {
		t.Errorf("without ZooKeeper (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append(hadoop, ZooKeeper), state{ZooKeeper: true}.daemons()); diff != "" {
		t.Errorf("with ZooKeeper (-want +got):\n%s", diff)
	}
	if err := (state{}).errNoDaemon("journalnode"); !contains(err, "nodemanager") || contains(err, ZooKeeper) {
		t.Errorf("errNoDaemon: %v, want the daemons there are", err)
	}
}

func TestWriteZooKeeperConfig(t *testing.T) {
	dir := t.TempDir()
	if err := writeZooKeeperConfig(dir, 9013); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(zooKeeperConfigPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"clientPort=9013\n", "clientPortAddress=127.0.0.1\n", "dataDir=" + zooKeeperDir(dir) + "\n", "admin.enableServer=false\n"} {
		if !strings.Contains(string(content), want) {
			t.Errorf("no %q in:\n%s", want, content)
		}
	}
	if info, err := os.Stat(zooKeeperDir(dir)); err != nil || !info.IsDir() {
		t.Errorf("the data folder: %v", err)
	}
}
