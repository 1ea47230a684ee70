package zookeeper

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig([]byte(`# a quorum
tickTime=2000
dataDir = /var/zk
clientPort: 2182
clientPortAddress=0.0.0.0
4lw.commands.whitelist=\
  srvr, ruok
server.1=node-1
  server.2 = node-2:2889
server.3=node-3:2888:3888:observer
server.4=[fd00::1]:2888:3888:participant;2182
server.5=node-5:2888:3888;[fd00::5]:2182
`), "zoo.cfg")
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{DataDir: "/var/zk", ClientPort: 2182, ClientAddress: "0.0.0.0", Servers: []Server{
		{ID: 1, Host: "node-1", PeerPort: 2888, ElectionPort: 3888},
		{ID: 2, Host: "node-2", PeerPort: 2889, ElectionPort: 3888},
		{ID: 3, Host: "node-3", PeerPort: 2888, ElectionPort: 3888, Observer: true},
		{ID: 4, Host: "fd00::1", PeerPort: 2888, ElectionPort: 3888, ClientPort: 2182},
		{ID: 5, Host: "node-5", PeerPort: 2888, ElectionPort: 3888, ClientPort: 2182, ClientAddress: "fd00::5"},
	}}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Server{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var addresses []string
	for _, s := range c.Servers {
		addresses = append(addresses, c.ClientAddressOf(s))
	}
	if diff := cmp.Diff([]string{"node-1:2182", "node-2:2182", "node-3:2182", "[fd00::1]:2182", "[fd00::5]:2182"}, addresses); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if c.Majority() != 3 || c.Of(3) == nil || c.Of(9) != nil {
		t.Errorf("majority %d, %v, %v", c.Majority(), c.Of(3), c.Of(9))
	}
}

// All that is wrong is told at once, with its line.
func TestParseConfigProblems(t *testing.T) {
	_, err := ParseConfig([]byte(`tickTime=fast
clientPort=70000
server.a=node-1:2888:3888
server.0=node-1:2888:3888
server.1=node-1:2888:3888
server.1=node-2:2888:3888
server.2=node-1:2889:3889
server.3=node-3:x:3888
server.4=node-4:2888:2888
server.5=node-5:2888:3888:leader
server.6=node-6:2888:3888:observer:7
server.7=node-7:2888;2181
server.8=[fd00::8:2888:3888
server.9=node-9:2888:3888|other:2888:3888
server.10=no de:2888:3888
server.11
dynamicConfigFile=/etc/zoo.dynamic
`), "conf/zoo.cfg")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`conf/zoo.cfg:1: tickTime is "fast", and no number`, `conf/zoo.cfg:2: clientPort is "70000", and no port`,
		"conf/zoo.cfg:3: server.a: the id of a server is a number", "conf/zoo.cfg:4: server.0: the id of a server is a number",
		"conf/zoo.cfg:6: server.1 stands in line 5 already", "conf/zoo.cfg:7: server.2 is on node-1 as is server.1",
		`conf/zoo.cfg:8: server.3: the port of the peer is "x"`, "conf/zoo.cfg:9: server.4: its two ports are both 2888",
		`conf/zoo.cfg:10: server.5: "leader" is neither participant nor observer`, `conf/zoo.cfg:11: server.6: HOST:PORT:PORT[:ROLE] is expected before "7"`,
		"conf/zoo.cfg:12: server.7: with a client port behind a semicolon", `conf/zoo.cfg:13: server.8: "[fd00::8:2888:3888" has no end`,
		"conf/zoo.cfg:14: server.9: several addresses", `conf/zoo.cfg:15: server.10: "no de" is no name of a host`,
		"conf/zoo.cfg:16: server.11 has no value", "conf/zoo.cfg:17: the servers stand in /etc/zoo.dynamic",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"nothing":          {"", "no line names a server"},
		"observers only":   {"server.1=a:1:2:observer\n", "all servers are observers"},
		"two client ports": {"clientPort=2181\nserver.1=a:1:2;2182\n", "conf/zoo.cfg:2: server.1: the client port 2182 is not clientPort, 2181"},
	} {
		if _, err := ParseConfig([]byte(c.text), "conf/zoo.cfg"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestConfigWarnings(t *testing.T) {
	c, err := ParseConfig([]byte("server.1=a\nserver.2=b\n"), "zoo.cfg")
	if err != nil || len(c.Warnings) != 2 || !strings.Contains(c.Warnings[0], "no dataDir") || !strings.Contains(c.Warnings[1], "of two servers none may fail") {
		t.Errorf("got %v, %v", c.Warnings, err)
	}
	weighted, err := ParseConfig([]byte("dataDir=/d\nserver.1=a\nserver.2=b\nserver.3=c\ngroup.1=1:2:3\n"), "zoo.cfg")
	if err != nil || weighted.Majority() != 0 || len(weighted.Warnings) != 0 {
		t.Errorf("got %+v, %v", weighted, err)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("server.1=[::1]:2888:3888:observer;0.0.0.0:2181\nclientPort=\\\n2181\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := ParseConfig(content, "zoo.cfg")
		if err != nil {
			return
		}
		for _, s := range c.Servers {
			if _, _, err := net.SplitHostPort(c.ClientAddressOf(s)); err != nil || s.ID < 1 || s.Host == "" || s.PeerPort == 0 || s.ElectionPort == 0 {
				t.Errorf("%+v of %q", s, content)
			}
		}
	})
}

func TestParseState(t *testing.T) {
	s, err := parseState("Zookeeper version: 3.5.9-83df9301aa5c2a5d284a9940177808c01bc35cef, built on 01/06/2021\nLatency min/avg/max: 0/0/0\nMode: follower\nNode count: 5\n")
	if err != nil || s.Mode != "follower" || s.Version != "3.5.9" {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, answer := range []string{"srvr is not executed because it is not in the whitelist.\n", "This ZooKeeper instance is not currently serving requests\n", ""} {
		if s, err := parseState(answer); !errors.Is(err, ErrNotTold) || !strings.Contains(err.Error(), strings.TrimSpace(answer)) || s.Mode != "" {
			t.Errorf("%q: got %+v, %v", answer, s, err)
		}
	}
}

func TestStateOfNobody(t *testing.T) {
	if _, err := State(t.Context(), "127.0.0.1:1"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}
