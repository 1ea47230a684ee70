// Package kdc runs a real MIT Kerberos KDC on loopback, in a folder of its own, for tests and the minicluster. It needs Debian's
// krb5-kdc and krb5-admin-server.
package kdc

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Realm is the realm of every KDC of this package.
const Realm = "YARNFLINK.TEST"

// The programs, and where Debian puts them: /usr/sbin is not in everybody's PATH.
const (
	serverProgram   = "krb5kdc"
	databaseProgram = "kdb5_util"
	adminProgram    = "kadmin.local"
	loginProgram    = "kinit"
	programFolder   = "/usr/sbin"

	fakeTimeLibrary = "/usr/lib/*/faketime/libfaketime.so.1"
)

// ErrNotInstalled says that a program of the KDC is missing.
var ErrNotInstalled = errors.New("the programs of a KDC are not installed (Debian: krb5-kdc, krb5-admin-server, krb5-user, for another time libfaketime)")

// Options of a KDC. The zero value of a field stands for its default.
type Options struct {
	// Dir is its folder, made if it is missing. Required. It holds keys: 0700.
	Dir string
	// Port on 127.0.0.1, over TCP and UDP. Required.
	Port int
	// TicketLife and RenewableLife bound tickets. Default: a day, and seven.
	TicketLife, RenewableLife time.Duration
	// Ahead is how far its clock is, which needs Debian's libfaketime. Negative: behind.
	Ahead time.Duration
}

// KDC is a KDC in its folder, whether it runs or not.
type KDC struct{ o Options }

// New makes the folder with the configuration and, if it has none, an empty database.
func New(ctx context.Context, o Options) (*KDC, error) {
	if o.TicketLife == 0 {
		o.TicketLife = 24 * time.Hour
	}
	if o.RenewableLife == 0 {
		o.RenewableLife = 7 * 24 * time.Hour
	}
	k := &KDC{o}
	for _, program := range []string{serverProgram, databaseProgram, adminProgram, loginProgram} {
		if _, err := find(program); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a KDC: %w", err)
	}
	for path, text := range map[string]string{k.ConfigPath(): k.clientConfig(), k.serverConfigPath(): k.serverConfig()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("make a KDC: %w", err)
		}
	}
	if _, err := os.Stat(k.databasePath()); err == nil {
		return k, nil
	}
	// Asked for twice on standard input: as an argument everybody could see it.
	secret := rand.Text()
	if _, err := k.run(ctx, secret+"\n"+secret+"\n", databaseProgram, "-r", Realm, "create", "-s"); err != nil {
		return nil, fmt.Errorf("make a KDC's database: %w", err)
	}
	return k, nil
}

// ConfigPath is the krb5.conf of those who use the KDC.
func (k *KDC) ConfigPath() string       { return filepath.Join(k.o.Dir, "krb5.conf") }
func (k *KDC) serverConfigPath() string { return filepath.Join(k.o.Dir, "kdc.conf") }
func (k *KDC) databasePath() string     { return filepath.Join(k.o.Dir, "principal") }

// Keytab is the path of a keytab by its name without ending, as AddToKeytab makes it.
func (k *KDC) Keytab(name string) string { return filepath.Join(k.o.Dir, name+".keytab") }

func (k *KDC) clientConfig() string {
	return fmt.Sprintf(`[libdefaults]
  default_realm = %[1]s
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  forwardable = true
  udp_preference_limit = 1
  ticket_lifetime = %[3]d
  renew_lifetime = %[4]d
[realms]
  %[1]s = {
    kdc = %[2]s
  }
[domain_realm]
  localhost = %[1]s
`, Realm, k.address(), int(k.o.TicketLife.Seconds()), int(k.o.RenewableLife.Seconds()))
}

func (k *KDC) serverConfig() string {
	return fmt.Sprintf(`[kdcdefaults]
  kdc_listen = %[2]s
  kdc_tcp_listen = %[2]s
[realms]
  %[1]s = {
    database_name = %[3]s
    key_stash_file = %[4]s
    acl_file = /dev/null
    supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
    max_life = %[5]ds
    max_renewable_life = %[6]ds
    default_principal_flags = +preauth
  }
[logging]
  kdc = STDERR
`, Realm, k.address(), k.databasePath(), filepath.Join(k.o.Dir, "stash"), int(k.o.TicketLife.Seconds()), int(k.o.RenewableLife.Seconds()))
}

func (k *KDC) address() string { return fmt.Sprintf("127.0.0.1:%d", k.o.Port) }

// AddToKeytab makes principals with random keys, named as in "nn/localhost", and puts them all into one keytab, 0600.
// What is there already stays as it is, and goes into the keytab, too.
func (k *KDC) AddToKeytab(ctx context.Context, name string, principals ...string) error {
	var script strings.Builder
	for _, p := range principals {
		fmt.Fprintf(&script, "addprinc -randkey %s\nktadd -k %s -norandkey %s\n", p, k.Keytab(name), p)
	}
	if err := os.Remove(k.Keytab(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("make the keytab %s: %w", name, err)
	}
	output, err := k.Admin(ctx, script.String())
	if err != nil {
		return fmt.Errorf("make the keytab %s: %w", name, err)
	}
	if _, err := os.Stat(k.Keytab(name)); err != nil { // the program's exit code tells nothing
		return fmt.Errorf("make the keytab %s: %w: %s", name, err, output)
	}
	return nil
}

// AddPassword makes a principal that logs in with a password.
func (k *KDC) AddPassword(ctx context.Context, principal, password string) error {
	output, err := k.Admin(ctx, fmt.Sprintf("addprinc -pw %s %s\n", password, principal))
	if err == nil && !strings.Contains(output, "created") {
		err = errors.New(output)
	}
	if err != nil {
		return fmt.Errorf("add %s: %w", principal, err)
	}
	return nil
}

// Login makes a ticket cache with a principal of a keytab, as kinit does.
func (k *KDC) Login(ctx context.Context, keytab, principal, cache string, args ...string) error {
	_, err := k.run(ctx, "", loginProgram, append([]string{"-c", cache, "-kt", k.Keytab(keytab), principal}, args...)...)
	return err
}

// Admin runs commands of kadmin.local, a line each, and returns what they print.
func (k *KDC) Admin(ctx context.Context, script string) (string, error) {
	return k.run(ctx, script, adminProgram, "-r", Realm)
}

func (k *KDC) run(ctx context.Context, input, program string, args ...string) (string, error) {
	path, err := find(program)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = k.Environ(cmd.Environ())
	cmd.Stdin = strings.NewReader(input)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run %s: %w: %s", program, err, bytes.TrimSpace(output))
	}
	return string(output), nil
}

// Environ adds to an environment what makes Kerberos programs use this KDC.
func (k *KDC) Environ(env []string) []string {
	return append(env[:len(env):len(env)], "KRB5_CONFIG="+k.ConfigPath(), "KRB5_KDC_PROFILE="+k.serverConfigPath())
}

// Command is the server, in the foreground; it logs to standard error. Its environment is env with what it needs.
func (k *KDC) Command(env []string) (*exec.Cmd, error) {
	path, err := find(serverProgram)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-n", "-r", Realm)
	cmd.Env = k.Environ(env)
	if k.o.Ahead != 0 {
		libraries, err := filepath.Glob(fakeTimeLibrary)
		if err != nil || len(libraries) == 0 {
			return nil, fmt.Errorf("%s: %w", fakeTimeLibrary, ErrNotInstalled)
		}
		cmd.Env = append(cmd.Env, "LD_PRELOAD="+libraries[0], fmt.Sprintf("FAKETIME=%+d", int(k.o.Ahead.Seconds())))
	}
	return cmd, nil
}

// Ready returns nil when the server takes connections.
func (k *KDC) Ready(ctx context.Context) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp4", k.address())
	if err != nil {
		return err
	}
	return conn.Close()
}

func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	path, err := exec.LookPath(filepath.Join(programFolder, program))
	if err != nil {
		return "", fmt.Errorf("%s: %w", program, ErrNotInstalled)
	}
	return path, nil
}
