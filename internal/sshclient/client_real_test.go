package sshclient_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/yarnflink/yarnflink/internal/minicluster/clustertest"
	"github.com/yarnflink/yarnflink/internal/sshclient"
	"github.com/yarnflink/yarnflink/internal/sshclient/sshdtest"
)

func startSSHD(t *testing.T, hosts ...string) *sshdtest.Server {
	t.Helper()
	return sshdtest.Start(t, sshdtest.Options{Unavailable: clustertest.Unavailable, Hosts: hosts})
}

func newClient(t *testing.T, s *sshdtest.Server, change func(*sshclient.Options)) *sshclient.Client {
	t.Helper()
	o := sshclient.Options{Home: s.Home, User: currentUser(t), Args: fmt.Sprintf("-p %d", s.Port), Origin: "env.ssh.opts"}
	if change != nil {
		change(&o)
	}
	c, err := sshclient.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func currentUser(t *testing.T) string {
	t.Helper()
	name := os.Getenv("USER")
	if name == "" || os.Getuid() == 0 {
		name = "root"
	}
	return name
}

func output(ctx context.Context, c *sshclient.Client, host, line, input string) (string, error) {
	var out bytes.Buffer
	err := c.Run(ctx, host, sshclient.Command{Line: line, Stdin: strings.NewReader(input), Stdout: &out})
	return out.String(), err
}

func TestRun(t *testing.T) {
	s := startSSHD(t, "127.0.0.2")
	c := newClient(t, s, nil)
	ctx := t.Context()
	got, err := output(ctx, c, "127.0.0.1", "cat; echo $SSH_CONNECTION | cut -d' ' -f3", "a 'quoted' \"line\"\n")
	if err != nil || got != "a 'quoted' \"line\"\n127.0.0.1\n" {
		t.Fatalf("got %q, %v", got, err)
	}
	var exit *sshclient.ExitError
	if _, err = output(ctx, c, "127.0.0.2", "echo why >&2; exit 7", ""); !errors.As(err, &exit) || exit.Status != 7 || exit.Stderr != "why" {
		t.Errorf("got %v", err)
	}
	// One connection a host, however many commands.
	var peers sync.Map
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			peer, err := output(ctx, c, "127.0.0.1", "echo $SSH_CONNECTION", "")
			if err != nil {
				t.Error(err)
			}
			peers.Store(peer, true)
		})
	}
	group.Wait()
	count := 0
	peers.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("%d connections for one host", count)
	}
}

func TestRunEndsWithContext(t *testing.T) {
	s := startSSHD(t)
	c := newClient(t, s, nil)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	file := filepath.Join(t.TempDir(), "ended")
	reader, writer := io.Pipe()
	defer writer.Close()
	time.AfterFunc(300*time.Millisecond, func() { cancel(cause) })
	start := time.Now()
	err := c.Run(ctx, "127.0.0.1", sshclient.Command{Line: "cat >/dev/null; touch " + file, Stdin: reader})
	if !errors.Is(err, cause) || time.Since(start) > 3*time.Second {
		t.Fatalf("got %v after %s", err, time.Since(start))
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the command did not see the end of its input")
		}
	}
	if _, err := output(t.Context(), c, "127.0.0.1", "true", ""); err != nil {
		t.Errorf("the connection does not serve any more: %v", err)
	}
}

func TestHostKeys(t *testing.T) {
	s := startSSHD(t, "127.0.0.2")
	known := filepath.Join(s.Home, ".ssh", "known_hosts")
	original, err := os.ReadFile(known)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(known, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = output(t.Context(), newClient(t, s, nil), "127.0.0.1", "true", "")
	var host *sshclient.HostError
	if !errors.Is(err, sshclient.ErrHostKey) || !strings.Contains(err.Error(), "SHA256:") || !errors.As(err, &host) || host.Hint() == "" {
		t.Fatalf("unknown: got %v", err)
	}
	accepting := func(o *sshclient.Options) { o.Args += " -o StrictHostKeyChecking=accept-new" }
	if _, err = output(t.Context(), newClient(t, s, accepting), "127.0.0.1", "true", ""); err != nil {
		t.Fatalf("accept-new: %v", err)
	}
	if _, err = output(t.Context(), newClient(t, s, nil), "127.0.0.1", "true", ""); err != nil {
		t.Fatalf("after accept-new: %v", err)
	}
	// Another key under the same name is never trusted.
	public, err := sshdtest.WriteKey(filepath.Join(t.TempDir(), "other"), "")
	if err != nil {
		t.Fatal(err)
	}
	line := fmt.Sprintf("[127.0.0.1]:%d %s", s.Port, ssh.MarshalAuthorizedKey(public))
	if err := os.WriteFile(known, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = output(t.Context(), newClient(t, s, accepting), "127.0.0.1", "true", ""); !errors.Is(err, sshclient.ErrHostKey) {
		t.Errorf("changed: got %v", err)
	}
	if err := os.WriteFile(known, original, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = output(t.Context(), newClient(t, s, nil), "127.0.0.2", "true", ""); err != nil {
		t.Error(err)
	}
}

func TestLogin(t *testing.T) {
	s := startSSHD(t)
	key := filepath.Join(s.Home, ".ssh", "id_ed25519")
	content, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ssh.ParseRawPrivateKey(content)
	if err != nil {
		t.Fatal(err)
	}
	// A key that the server does not know, an encrypted one, none.
	if _, err := sshdtest.WriteKey(key, ""); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func() error{
		"unknown":   func() error { return nil },
		"encrypted": func() error { _, err := sshdtest.WriteKey(key, "secret"); return err },
		"none":      func() error { return os.Remove(key) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		_, err := output(t.Context(), newClient(t, s, nil), "127.0.0.1", "true", "")
		if !errors.Is(err, sshclient.ErrNotAllowed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn) }()
		}
	}()
	withAgent := func(o *sshclient.Options) { o.AgentSocket = socket }
	if _, err := output(t.Context(), newClient(t, s, withAgent), "127.0.0.1", "true", ""); err != nil {
		t.Errorf("by the agent: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	s := startSSHD(t)
	// Nobody listens; somebody listens, and says nothing.
	_, err := output(t.Context(), newClient(t, s, nil), "127.0.0.9", "true", "")
	if !errors.Is(err, sshclient.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	mute := func(o *sshclient.Options) {
		o.Args = fmt.Sprintf("-p %d -o ConnectTimeout=1", l.Addr().(*net.TCPAddr).Port)
	}
	start := time.Now()
	_, err = output(t.Context(), newClient(t, s, mute), "127.0.0.1", "true", "")
	if !errors.Is(err, sshclient.ErrUnreachable) || !strings.Contains(err.Error(), "no answer in 1s") || time.Since(start) > 5*time.Second {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
}

func TestProxyJump(t *testing.T) {
	s := startSSHD(t, "127.0.0.2")
	config := fmt.Sprintf("Host inner\n HostName 127.0.0.2\n Port %d\n ProxyJump gate\nHost gate\n HostName 127.0.0.1\n Port %[1]d\n", s.Port)
	if err := os.WriteFile(filepath.Join(s.Home, ".ssh", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s, func(o *sshclient.Options) { o.Args = "" })
	got, err := output(t.Context(), c, "inner", "echo $SSH_CONNECTION", "")
	if err != nil || !strings.Contains(got, " 127.0.0.2 ") {
		t.Errorf("got %q, %v", got, err)
	}
}
