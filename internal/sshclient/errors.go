package sshclient

import (
	"errors"
	"fmt"
	"strings"
)

// What errors.Is finds in the errors of a Client.
var (
	// ErrOption: an option of ssh, or a setting of its configuration file, that is not understood or has no sense.
	ErrOption = errors.New("not understood")
	// ErrUnreachable: no connection, one that was cut, no answer in time.
	ErrUnreachable = errors.New("host not reachable")
	// ErrHostKey: the host is unknown, or is not the one that is known by that name.
	ErrHostKey = errors.New("the host's key is not trusted")
	// ErrNotAllowed: the host takes none of the keys.
	ErrNotAllowed = errors.New("login refused")
)

// HostError is what went wrong with one host. It is the sentinel of Kind.
type HostError struct {
	Host   string // as it was named
	Addr   string // host:port that was tried, "" before there was one
	Kind   error  // ErrUnreachable, ErrHostKey or ErrNotAllowed
	Err    error  // the cause
	Advice string
}

// Error names host, address and cause.
func (e *HostError) Error() string {
	name := e.Host
	if e.Addr != "" && !strings.HasPrefix(e.Addr, e.Host+":") {
		name += " (" + e.Addr + ")"
	} else if e.Addr != "" {
		name = e.Addr
	}
	return fmt.Sprintf("ssh to %s: %v: %v", name, e.Kind, e.Err)
}

// Unwrap is the cause.
func (e *HostError) Unwrap() error { return e.Err }

// Is matches the sentinel of Kind.
func (e *HostError) Is(target error) bool { return target == e.Kind }

// Hint says what to do.
func (e *HostError) Hint() string { return e.Advice }

// OptionError is an option of ssh that is not understood. It is ErrOption.
type OptionError struct {
	Option string // "-X", "-o Foo=bar"
	Origin string // "env.ssh.opts", or the file it stands in
	Reason string
	Advice string
}

// Error names the option, where it stands and what is wrong.
func (e *OptionError) Error() string { return fmt.Sprintf("%s: %s: %s", e.Origin, e.Option, e.Reason) }

// Is matches ErrOption.
func (e *OptionError) Is(target error) bool { return target == ErrOption }

// Hint says what to do.
func (e *OptionError) Hint() string { return e.Advice }

// ExitError is a command that ended with another status than 0.
type ExitError struct {
	Host   string
	Status int    // -1 where a signal ended it
	Stderr string // the end of what it wrote there
}

// Error tells the status and what the command wrote last.
func (e *ExitError) Error() string {
	text := fmt.Sprintf("the command on %s ended with status %d", e.Host, e.Status)
	if e.Stderr != "" {
		text += ": " + e.Stderr
	}
	return text
}
