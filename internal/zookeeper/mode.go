package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// ErrNotTold: a server does not answer what it is asked, or only that it does not serve.
var ErrNotTold = errors.New("the server does not tell")

// ServerState is what a server says of itself.
type ServerState struct {
	// Mode is leader, follower, observer or standalone.
	Mode string
	// Version is ZooKeeper's, "3.5.9".
	Version string
}

// State asks the server at host:port by the four-letter word srvr, which servers
// answer whatever 4lw.commands.whitelist says. Where the server has no quorum, or
// wants TLS, the error is ErrNotTold with its words; ErrUnreachable where nobody
// listens.
func State(ctx context.Context, address string) (ServerState, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, connectTimeout, ErrUnreachable)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return ServerState{}, askError(ctx, address, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, "srvr"); err != nil {
		return ServerState{}, askError(ctx, address, err)
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 1<<16))
	if err != nil && len(answer) == 0 {
		return ServerState{}, askError(ctx, address, err)
	}
	return parseState(string(answer))
}

func askError(ctx context.Context, address string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("ask ZooKeeper at %s: %w", address, cause)
	}
	return fmt.Errorf("ask ZooKeeper at %s: %w: %w", address, ErrUnreachable, err)
}

func parseState(answer string) (ServerState, error) {
	var s ServerState
	for line := range strings.Lines(answer) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "Mode":
			s.Mode = value
		case "Zookeeper version":
			s.Version, _, _ = strings.Cut(value, "-")
		}
	}
	if s.Mode == "" {
		words := strings.TrimSpace(answer)
		if words == "" {
			words = "no answer to srvr"
		}
		return s, fmt.Errorf("%w: %s", ErrNotTold, words)
	}
	return s, nil
}
