// Package sshdtest runs a real sshd on loopback for tests, with keys, port and
// folder of its own.
package sshdtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Options say what the server is like. The zero value is a server on 127.0.0.1.
type Options struct {
	// Unavailable ends the test where there is no sshd: clustertest.Unavailable.
	Unavailable func(tb testing.TB, why string)
	// Hosts are further addresses of loopback to listen at, each a host of its own.
	Hosts []string
	// Known are addresses that the caller knows as this server, where it does not listen.
	Known []string
	// SetEnv gives those who log in at a host, 127.0.0.1 included, more environment.
	SetEnv map[string]map[string]string
	// Disks are folders that hosts have to themselves, path to the folder that is there; root only.
	Disks map[string]map[string]string
}

// Server is a running sshd.
type Server struct {
	// Port is the same at all its hosts.
	Port int
	// Home is the home folder of a caller whom the server lets in: its .ssh has the key and knows the hosts.
	Home string

	process *exec.Cmd
}

// programs are where sshd is; it wants to be called by its whole path.
var programs = []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"}

// Start starts a server that ends with the test.
func Start(tb testing.TB, o Options) *Server {
	tb.Helper()
	program := ""
	for _, path := range programs {
		if _, err := os.Stat(path); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		o.Unavailable(tb, "needs an sshd: install Debian's openssh-server")
	}
	if os.Getuid() == 0 { // it gives its rights up in there
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	s := &Server{Home: filepath.Join(tb.TempDir(), "home")}
	for try := 0; ; try++ {
		s.Port = freePort(tb)
		err := s.start(tb, program, o)
		if err == nil {
			return s
		}
		if try == 3 {
			tb.Fatal(err)
		}
	}
}

func (s *Server) start(tb testing.TB, program string, o Options) error {
	dir := filepath.Dir(s.Home)
	hosts := append([]string{"127.0.0.1"}, o.Hosts...)
	if err := s.writeKeys(dir, append(slices.Clone(hosts), o.Known...)); err != nil {
		return err
	}
	config := filepath.Join(dir, "sshd_config")
	if err := os.WriteFile(config, []byte(s.config(dir, hosts, o)), 0o600); err != nil {
		return err
	}
	s.process = exec.Command(program, "-D", "-e", "-f", config)
	// A file, for sessions outlive the server and hold it open.
	log, err := os.Create(s.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	s.process.Stderr = log
	if err := s.process.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func(process *exec.Cmd) { ended <- process.Wait() }(s.process)
	for _, host := range hosts {
		if err := s.await(host, ended); err != nil {
			_ = s.process.Process.Kill() // the error tells more
			return err
		}
	}
	process := s.process
	tb.Cleanup(func() {
		_ = process.Process.Kill() // its children end with their commands
		<-ended
	})
	return nil
}

func (s *Server) await(host string, ended <-chan error) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		conn, err := net.DialTimeout("tcp", s.Address(host), time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case err := <-ended:
			log, _ := os.ReadFile(s.logFile())
			return fmt.Errorf("sshd has ended: %w: %s", err, log)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("sshd does not listen at %s: %w", host, err)
		}
	}
}

func (s *Server) logFile() string { return filepath.Join(filepath.Dir(s.Home), "sshd.log") }

// Address is the host:port of one of its hosts.
func (s *Server) Address(host string) string { return net.JoinHostPort(host, strconv.Itoa(s.Port)) }

func (s *Server) config(dir string, hosts []string, o Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Port %d\n", s.Port)
	for _, host := range hosts {
		fmt.Fprintf(&b, "ListenAddress %s\n", host)
	}
	// StrictModes looks at the folders above, of which /tmp belongs to everybody.
	fmt.Fprintf(&b, `HostKey %s
PidFile none
AuthorizedKeysFile %s
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 200
LogLevel VERBOSE
`, filepath.Join(dir, "host_key"), filepath.Join(dir, "authorized_keys"))
	for _, host := range hosts {
		if disks := o.Disks[host]; len(disks) > 0 {
			fmt.Fprintf(&b, "Match LocalAddress %s\nForceCommand %s\n", host, onDisks(disks))
		}
		env := o.SetEnv[host]
		if len(env) == 0 {
			continue
		}
		var words []string
		for name, value := range env {
			words = append(words, fmt.Sprintf("\"%s=%s\"", name, value))
		}
		sort.Strings(words)
		fmt.Fprintf(&b, "Match LocalAddress %s\nSetEnv %s\n", host, strings.Join(words, " "))
	}
	return b.String()
}

// onDisks is a command that runs what was asked for where folders are others.
func onDisks(disks map[string]string) string {
	command := "unshare -m sh -c '"
	for path, folder := range disks {
		command += fmt.Sprintf(`mount --bind "%s" "%s" && `, folder, path)
	}
	return command + `exec sh -c "$SSH_ORIGINAL_COMMAND"'`
}

// writeKeys makes the keys of server and caller, who know one another.
func (s *Server) writeKeys(dir string, hosts []string) error {
	folder := filepath.Join(s.Home, ".ssh")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	hostKey, err := WriteKey(filepath.Join(dir, "host_key"), "")
	if err != nil {
		return err
	}
	userKey, err := WriteKey(filepath.Join(folder, "id_ed25519"), "")
	if err != nil {
		return err
	}
	var known strings.Builder
	for _, host := range hosts {
		fmt.Fprintf(&known, "[%s]:%d %s", host, s.Port, ssh.MarshalAuthorizedKey(hostKey))
	}
	if err := os.WriteFile(filepath.Join(folder, "known_hosts"), []byte(known.String()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "authorized_keys"), ssh.MarshalAuthorizedKey(userKey), 0o600)
}

// WriteKey makes a key, encrypted where there is a passphrase, and returns its public half.
func WriteKey(path, passphrase string) (ssh.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return nil, err
	}
	return ssh.NewPublicKey(public)
}

func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
