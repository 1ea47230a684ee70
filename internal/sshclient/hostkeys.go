package sshclient

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// hostKeys decides whether a host is who it should be.
type hostKeys struct {
	settings settings
	db       *knownhosts.HostKeyDB
	writing  *sync.Mutex // held while a new host is added
	trusted  bool        // the key was accepted
	problem  *HostError  // why it was not
}

func newHostKeys(s settings, writing *sync.Mutex) (*hostKeys, error) {
	var present []string
	for _, path := range s.knownHosts {
		if _, err := os.Stat(path); err == nil {
			present = append(present, path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read known hosts: %w", err)
		}
	}
	writing.Lock() // a file is not read while a line is added to it
	defer writing.Unlock()
	db, err := knownhosts.NewDB(present...)
	if err != nil {
		return nil, fmt.Errorf("read known hosts: %w", err)
	}
	return &hostKeys{settings: s, db: db, writing: writing}, nil
}

// check is the callback of the handshake.
func (k *hostKeys) check(name string, remote net.Addr, key ssh.PublicKey) error {
	err := k.db.HostKeyCallback()(name, remote, key)
	s := k.settings
	fingerprint := key.Type() + " " + ssh.FingerprintSHA256(key)
	switch {
	case err == nil:
		k.trusted = true
		return nil
	case knownhosts.IsHostKeyChanged(err):
		k.problem = &HostError{Host: s.alias, Addr: s.address(), Kind: ErrHostKey,
			Err:    fmt.Errorf("its key is %s, and known_hosts has another one for it: somebody may be in between", fingerprint),
			Advice: fmt.Sprintf("if the host was installed anew: ssh-keygen -R %s, then accept the new key", shellArg(knownhosts.Normalize(name)))}
	case knownhosts.IsHostUnknown(err) && s.acceptNew:
		if err := k.add(name, remote, key); err != nil {
			return err
		}
		k.trusted = true
		return nil
	case knownhosts.IsHostUnknown(err):
		k.problem = &HostError{Host: s.alias, Addr: s.address(), Kind: ErrHostKey,
			Err: fmt.Errorf("it is unknown; its key is %s", fingerprint),
			Advice: fmt.Sprintf("compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub there), then accept it: ssh %s true; or let new hosts be accepted: env.ssh.opts: -o StrictHostKeyChecking=accept-new",
				sshWords(s))}
	default:
		k.problem = &HostError{Host: s.alias, Addr: s.address(), Kind: ErrHostKey, Err: err}
	}
	return k.problem
}

// add writes a new host down, at the end of the first file.
func (k *hostKeys) add(name string, remote net.Addr, key ssh.PublicKey) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	path := k.settings.knownHosts[0]
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("add a known host: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("add a known host: %w", err)
	}
	if err := errors.Join(knownhosts.WriteKnownHost(file, name, remote, key), file.Close()); err != nil {
		return fmt.Errorf("add a known host to %s: %w", path, err)
	}
	return nil
}

// sshWords are the words by which ssh reaches the host.
func sshWords(s settings) string {
	words := ""
	if s.port != defaultPort {
		words = "-p " + s.port + " "
	}
	if s.user != "" {
		return words + shellArg(s.user+"@"+s.alias)
	}
	return words + shellArg(s.alias)
}

// shellArg quotes a word for a shell where it needs that.
func shellArg(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-:/", r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
