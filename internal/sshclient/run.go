package sshclient

import (
	"bytes"
	"context"
	"errors"
	"io"

	"golang.org/x/crypto/ssh"
)

// Command is what runs on a host.
type Command struct {
	// Line is what the user's login shell on the host gets. It stands in the host's list of processes: what is
	// secret belongs into Stdin.
	Line   string
	Stdin  io.Reader // nil is empty
	Stdout io.Writer // nil drops it
}

// Run runs a command on a host and waits for its end. One that ends with another
// status than 0 is an *ExitError. When ctx ends Run returns its cause at once; the
// command sees the end of its input, and goes on or not.
func (c *Client) Run(ctx context.Context, host string, command Command) error {
	l, err := c.link(ctx, host, false)
	if err != nil {
		return err
	}
	session, err := openSession(ctx, l.client)
	if err != nil {
		return l.broken(ctx, err)
	}
	defer session.Close()
	var stderr tail
	session.Stdin, session.Stdout, session.Stderr = command.Stdin, command.Stdout, &stderr
	done := make(chan error, 1)
	if err := session.Start(command.Line); err != nil {
		return l.broken(ctx, err)
	}
	go func() { done <- session.Wait() }()
	select {
	case err = <-done:
	case <-l.ended:
		// What the host sent last may still be on its way through.
		select {
		case err = <-done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		status := exit.ExitStatus()
		if exit.Signal() != "" {
			status = -1
		}
		return &ExitError{Host: host, Status: status, Stderr: stderr.String()}
	}
	return l.broken(ctx, err)
}

// openSession opens a session, or returns when ctx ends.
func openSession(ctx context.Context, client *ssh.Client) (*ssh.Session, error) {
	type answer struct {
		session *ssh.Session
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		session, err := client.NewSession()
		answers <- answer{session, err}
	}()
	select {
	case a := <-answers:
		return a.session, a.err
	case <-ctx.Done():
		go func() { // one that comes late is of no use
			if a := <-answers; a.err == nil {
				a.session.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

func (l *link) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var missing *ssh.ExitMissingError
	if errors.As(err, &missing) || errors.Is(err, io.EOF) {
		err = errors.New("the connection was cut")
	}
	return &HostError{Host: l.host.alias, Addr: l.host.address(), Kind: ErrUnreachable, Err: err,
		Advice: "run the command again: what the host was doing may have been done"}
}

// tail keeps the last 4 KiB that were written.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 4096
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - most; extra > 0 {
		t.kept = t.kept[extra:]
	}
	return len(p), nil
}

func (t *tail) String() string { return string(bytes.TrimSpace(t.kept)) }
