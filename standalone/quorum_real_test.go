package standalone_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
	"github.com/yarnflink/yarnflink/standalone"
)

// peers are a quorum of a world: the same server lines on all hosts, a dataDir and client address for each.
type peers struct {
	world      *world
	hosts      []string
	clientPort int
	lines      string
}

// newPeers writes conf/zoo.cfg for the hosts, with ports that are the same on all of them.
func (w *world) newPeers(t *testing.T, hosts []string) *peers {
	t.Helper()
	p := &peers{world: w, hosts: hosts, clientPort: freePort(t)}
	peerPort, electionPort := freePort(t), freePort(t)
	for i, host := range hosts {
		p.lines += fmt.Sprintf("server.%d=%s:%d:%d\n", i+1, host, peerPort, electionPort)
	}
	for _, host := range hosts {
		p.write(t, host, "")
	}
	w.write(t, "conf/zoo.cfg", "clientPort="+fmt.Sprint(p.clientPort)+"\n"+p.lines)
	t.Cleanup(func() { _, _ = p.open(t, func(standalone.Event) {}).Stop(context.WithoutCancel(t.Context()), true) }) // after a failure
	return p
}

// write writes a host's own zoo.cfg.
func (p *peers) write(t *testing.T, host, more string) {
	t.Helper()
	text := fmt.Sprintf("tickTime=500\ninitLimit=20\nsyncLimit=10\nmaxSessionTimeout=20000\nadmin.enableServer=false\ndataDir=%s\nclientPort=%d\nclientPortAddress=%s\n%s%s",
		filepath.Join(p.world.home, "zookeeper-"+host), p.clientPort, host, p.lines, more)
	p.world.write(t, "conf-"+host+"/zoo.cfg", text)
}

func (p *peers) open(t *testing.T, report func(standalone.Event)) *standalone.Quorum {
	t.Helper()
	conf := filepath.Join(p.world.home, "conf")
	content, err := os.ReadFile(filepath.Join(conf, "zoo.cfg"))
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := flink.LoadConfiguration(conf, flink.Version{Major: 1, Minor: 20})
	if err != nil {
		t.Fatal(err)
	}
	q, err := standalone.NewQuorum(standalone.Options{
		Home: p.world.home, ConfDir: conf, Configuration: c, SSH: standalone.SSH{User: userName(), Home: p.world.sshd.Home},
		Report: func(e standalone.Event) { t.Logf("%s %+v", time.Now().Format("05.00"), e); report(e) },
	}, filepath.Join(conf, "zoo.cfg"), content)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

func (p *peers) quorum(t *testing.T) *standalone.Quorum {
	t.Helper()
	return p.open(t, func(standalone.Event) {})
}

// addresses is the quorum for high-availability.zookeeper.quorum.
func (p *peers) addresses() string {
	var list []string
	for _, host := range p.hosts {
		list = append(list, net.JoinHostPort(host, fmt.Sprint(p.clientPort)))
	}
	return strings.Join(list, ",")
}

func pidsOf(s *standalone.QuorumStatus) []int {
	var pids []int
	for _, p := range s.Peers {
		pids = append(pids, p.PID)
	}
	return pids
}

// TestQuorum goes through the life of a quorum of three peers, with Flink's own scripts in between, and with what can go wrong
// on one host.
func TestQuorum(t *testing.T) {
	hosts := []string{"127.0.0.2", "127.0.0.3", "127.0.0.4"}
	w := newWorldIn(t, "flink", sshdtest.Options{Hosts: hosts})
	p := w.newPeers(t, hosts)
	ctx := t.Context()
	if _, err := p.quorum(t).Status(ctx); !errors.Is(err, standalone.ErrNotRunning) {
		t.Errorf("status of nothing: %v", err)
	}
	p.checkFaults(t)

	// By now the second and the third run.
	started, err := p.quorum(t).Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]int{}
	for _, peer := range started.Peers {
		modes[peer.Mode]++
		if !peer.Serving || peer.Lost || peer.PID == 0 || peer.Seconds < 0 {
			t.Errorf("got %+v", peer)
		}
		content, err := os.ReadFile(filepath.Join(w.home, "zookeeper-"+peer.Host, "myid"))
		if err != nil || strings.TrimSpace(string(content)) != fmt.Sprint(peer.ID) {
			t.Errorf("myid of %d: %q, %v", peer.ID, content, err)
		}
	}
	if modes["leader"] != 1 || modes["follower"] != 2 || started.Leader == 0 || started.Version == "" {
		t.Errorf("got %+v", started)
	}
	again, err := p.quorum(t).Start(ctx)
	if err != nil || !slices.Equal(pidsOf(again), pidsOf(started)) {
		t.Errorf("start of what runs: %v, %+v", err, again)
	}
	p.checkScripts(t, started)

	status, err := p.quorum(t).Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stopped, err := p.quorum(t).Stop(ctx, false)
	if err != nil || len(stopped) != 3 || slices.ContainsFunc(stopped, func(s standalone.Stopped) bool { return s.Killed }) {
		t.Errorf("stop: %v, %+v", err, stopped)
	}
	if led := status.Peers[status.Leader-1].Host; len(stopped) == 3 && stopped[2].Host != led {
		t.Errorf("stopped %+v, of which the peer on %s led", stopped, led)
	}
	if left := w.processes(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if files, _ := filepath.Glob(filepath.Join(w.home, "pid", "*")); len(files) > 0 {
		t.Errorf("pid files left: %v", files)
	}
	if stopped, err = p.quorum(t).Stop(ctx, false); err != nil || len(stopped) != 0 {
		t.Errorf("stop of nothing: %v, %v", stopped, err)
	}
}

// checkScripts has Flink's script stop a peer that ours has started, and start one that ours finds and stops.
func (p *peers) checkScripts(t *testing.T, started *standalone.QuorumStatus) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(p.world.home, "pid", "flink-"+userName()+"-zookeeper.pid"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(content))
	last := lines[len(lines)-1]
	id := 1 + slices.IndexFunc(started.Peers, func(s standalone.PeerStatus) bool { return fmt.Sprint(s.PID) == last })
	if out := p.world.script(t, p.hosts[0], "zookeeper.sh", "stop"); !strings.Contains(out, "(pid: "+last+")") {
		t.Errorf("zookeeper.sh stop: %s", out)
	}
	status, err := p.quorum(t).Status(t.Context())
	if !errors.Is(err, standalone.ErrIncomplete) || id == 0 || status.Peers[id-1].PID != 0 || !status.Serving {
		t.Errorf("status with one stopped: %v, %+v", err, status)
	}
	p.world.script(t, p.hosts[id-1], "zookeeper.sh", "start", fmt.Sprint(id))
	eventually(t, "serving again", time.Minute, func() bool {
		status, err = p.quorum(t).Status(t.Context())
		return err == nil
	})
	if slices.ContainsFunc(status.Peers, func(s standalone.PeerStatus) bool { return s.Lost || !s.Serving }) {
		t.Errorf("got %+v", status)
	}
}

// checkFaults starts the quorum with one host that fails each time, and with a majority that is missing; in the end two serve.
func (p *peers) checkFaults(t *testing.T) {
	t.Helper()
	ctx, hosts := t.Context(), p.hosts
	// Too few to serve: nobody waits for what can't be. The third was given another file.
	p.world.write(t, "conf-"+hosts[2]+"/zoo.cfg", strings.Replace(p.lines, "server.3", "server.4", 1))
	p.write(t, hosts[1], "tickTime=fast\n")
	_, err := p.quorum(t).Start(ctx)
	var incomplete *standalone.IncompleteError
	if !errors.As(err, &incomplete) || len(incomplete.Failures) != 2 || !strings.Contains(err.Error(), "too few to serve") ||
		!strings.Contains(err.Error(), "is another one than in") || !strings.Contains(err.Error(), "tickTime stands in line") || !strings.Contains(err.Error(), `"fast"`) {
		t.Errorf("two wrong files: %v", err)
	}
	if _, err := p.quorum(t).Stop(ctx, false); !errors.Is(err, standalone.ErrIncomplete) && err != nil {
		t.Errorf("stop: %v", err)
	}
	p.write(t, hosts[1], "")
	p.write(t, hosts[2], "")

	// An interruption takes back what was started.
	cause := errors.New("interrupted by the test")
	interrupted, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	_, err = p.open(t, func(e standalone.Event) {
		if e.State == "started" {
			cancel(cause)
		}
	}).Start(interrupted)
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "has been stopped again") {
		t.Errorf("interrupted: %v", err)
	}
	if left := p.world.processes(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}

	// A port that is taken: that peer ends, and is named with its cause; the others serve.
	taken := listen(t, net.JoinHostPort(hosts[0], fmt.Sprint(p.clientPort)))
	defer taken.Close()
	_, err = p.quorum(t).Start(ctx)
	if !errors.As(err, &incomplete) || len(incomplete.Failures) != 1 || !strings.Contains(err.Error(), "ZooKeeper peer on "+hosts[0]+": the process has ended: ") ||
		!strings.Contains(err.Error(), "Address already in use") || !strings.Contains(incomplete.Failures[0].Log, "BindException") || !strings.Contains(err.Error(), "the other 2 peers serve") {
		t.Errorf("port taken: %v", err)
	}
}
