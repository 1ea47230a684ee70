// Package kdctest gives tests a running KDC.
package kdctest

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yarnflink/yarnflink/internal/kdc"
)

// requireVariable set to 1 makes tests fail that would be skipped for want of a real server.
const requireVariable = "YARNFLINK_TEST_REQUIRE"

// Server is a KDC that runs.
type Server struct {
	*kdc.KDC
	stop func()
}

// Start runs a KDC until the test ends. Where the programs are missing the test is skipped, or fails where real servers are
// required. o.Dir and o.Port are chosen.
func Start(tb testing.TB, o kdc.Options) *Server {
	tb.Helper()
	o.Dir = tb.TempDir()
	o.Port = freePort(tb)
	k, err := kdc.New(tb.Context(), o)
	unlessInstalled(tb, err)
	s := &Server{KDC: k}
	s.Restart(tb)
	tb.Cleanup(func() { s.stop() })
	return s
}

// unlessInstalled ends the test for an error.
func unlessInstalled(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case errors.Is(err, kdc.ErrNotInstalled) && os.Getenv(requireVariable) != "1":
		tb.Skip(err)
	case err != nil:
		tb.Fatal(err)
	}
}

// Stop ends the server, as a crash would.
func (s *Server) Stop() { s.stop() }

// Restart starts the server again.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	cmd, err := s.Command(os.Environ())
	unlessInstalled(tb, err)
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait() // its log tells
	}()
	s.stop = func() {
		cmd.Process.Kill()
		<-ended
	}
	ctx, cancel := context.WithTimeout(tb.Context(), 10*time.Second)
	defer cancel()
	for s.Ready(ctx) != nil {
		select {
		case <-ended:
			tb.Fatalf("the KDC has ended:\n%s", log.String())
		case <-ctx.Done():
			s.stop()
			tb.Fatalf("the KDC does not serve:\n%s", log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
