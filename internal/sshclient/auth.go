package sshclient

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// defaultIdentities are tried where no identity file is named, as ssh does.
var defaultIdentities = []string{"id_rsa", "id_ecdsa", "id_ed25519"}

// identities are the keys for one login, and what kept others from being tried.
type identities struct {
	signers []ssh.Signer
	remarks []string
	close   func()
}

// identities collects keys: named files, those of the agent, then the user's own
// files. Of an encrypted file the agent has to have the key.
func (o Options) identities(s settings) identities {
	ids := identities{close: func() {}}
	held := ids.fromAgent(s.agent)
	named := s.identityFiles
	for _, path := range named {
		ids.addFile(path, held, true)
	}
	if !s.identitiesOnly {
		for _, signer := range held {
			ids.add(signer)
		}
	}
	if len(named) == 0 {
		for _, name := range defaultIdentities {
			ids.addFile(filepath.Join(o.Home, ".ssh", name), held, false)
		}
	}
	if len(ids.signers) == 0 {
		ids.remark("there is no key: neither an agent nor a file in %s has one", filepath.Join(o.Home, ".ssh"))
	}
	return ids
}

func (ids *identities) remark(format string, args ...any) {
	ids.remarks = append(ids.remarks, fmt.Sprintf(format, args...))
}

// add keeps a key once.
func (ids *identities) add(signer ssh.Signer) {
	for _, other := range ids.signers {
		if bytes.Equal(other.PublicKey().Marshal(), signer.PublicKey().Marshal()) {
			return
		}
	}
	ids.signers = append(ids.signers, signer)
}

func (ids *identities) fromAgent(socket string) []ssh.Signer {
	if socket == "" {
		return nil
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		ids.remark("the agent does not answer: %v", err)
		return nil
	}
	ids.close = func() { _ = conn.Close() } // nothing was written that could be lost
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		ids.remark("the agent does not answer: %v", err)
	}
	return signers
}

// addFile adds the key of a file, or the agent's of the same public key.
func (ids *identities) addFile(path string, held []ssh.Signer, required bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		if required || !errors.Is(err, fs.ErrNotExist) {
			ids.remark("%v", err)
		}
		return
	}
	signer, err := ssh.ParsePrivateKey(content)
	var encrypted *ssh.PassphraseMissingError
	switch {
	case err == nil:
		ids.add(signer)
	case errors.As(err, &encrypted):
		public := encrypted.PublicKey
		if public == nil {
			public = publicKeyBeside(path)
		}
		for _, other := range held {
			if public != nil && bytes.Equal(other.PublicKey().Marshal(), public.Marshal()) {
				ids.add(other)
				return
			}
		}
		ids.remark("%s is encrypted, and no agent has it: run ssh-add %s", path, path)
	default:
		ids.remark("%s: %v", path, err)
	}
}

// publicKeyBeside reads the .pub file of a key, nil where there is none.
func publicKeyBeside(path string) ssh.PublicKey {
	content, err := os.ReadFile(path + ".pub")
	if err != nil {
		return nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(content)
	if err != nil {
		return nil
	}
	return key
}
