package sshclient

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseArgs(t *testing.T) {
	got, err := parseArgs("-p 2222 -i~/k -l bob -o ConnectTimeout=7 -oStrictHostKeyChecking=accept-new", "env.ssh.opts")
	if err != nil {
		t.Fatal(err)
	}
	want := []option{
		{"port", "2222", "env.ssh.opts"}, {"identityfile", "~/k", "env.ssh.opts"}, {"user", "bob", "env.ssh.opts"},
		{"connecttimeout", "7", "env.ssh.opts"}, {"stricthostkeychecking", "accept-new", "env.ssh.opts"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(option{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, bad := range []string{"-X", "-p", "host", "-o Foo", "-o Foo=bar", "-J jump", "-o ProxyCommand=nc", "--port 22"} {
		if _, err := parseArgs(bad, "env.ssh.opts"); !errors.Is(err, ErrOption) {
			t.Errorf("%q: got %v, want ErrOption", bad, err)
		}
	}
}

func TestSettings(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := "Host worker-*\n  HostName %h.example.org\n  User flink\n  Port 2022\n  IdentityFile ~/.ssh/%r_key\n  ProxyJump jump.example.org\n" +
		"Host jump.example.org\n  User gate\n" +
		"Host *\n  User nobody\n  ServerAliveInterval 5\n  UserKnownHostsFile ~/known\n"
	if err := os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Home: home, User: "alice", Args: "-p 22222 -o ConnectTimeout=7", Origin: "env.ssh.opts"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.settingsOf("worker-1", false)
	if err != nil {
		t.Fatal(err)
	}
	if s.address() != "worker-1.example.org:22222" || s.user != "flink" || s.connectTimeout != 7*time.Second || s.aliveInterval != 5*time.Second {
		t.Errorf("got %+v", s)
	}
	if diff := cmp.Diff([]string{filepath.Join(home, ".ssh", "flink_key")}, s.identityFiles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"jump.example.org"}, s.jump); diff != "" {
		t.Error(diff)
	}
	if s.knownHosts[0] != filepath.Join(home, "known") {
		t.Errorf("known hosts %q", s.knownHosts)
	}
	jump, err := c.settingsOf("me@jump.example.org:23", true)
	if err != nil {
		t.Fatal(err)
	}
	if jump.address() != "jump.example.org:23" || jump.user != "me" || jump.connectTimeout != defaultConnectTimeout {
		t.Errorf("got %+v", jump)
	}
}

func TestSettingsRefused(t *testing.T) {
	for name, config := range map[string]string{
		"proxy command": "Host *\n  ProxyCommand nc %h 22\n",
		"port":          "Host *\n  Port many\n",
		"checking":      "Host *\n  StrictHostKeyChecking perhaps\n",
		"time":          "Host *\n  ConnectTimeout soon\n",
	} {
		home := t.TempDir()
		if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := New(Options{Home: home})
		if err == nil {
			_, err = c.settingsOf("host", false)
		}
		if !errors.Is(err, ErrOption) {
			t.Errorf("%s: got %v, want ErrOption", name, err)
		}
	}
}
