//go:build unix

package cli

import (
	"os/signal"
	"syscall"
)

// ignoreTerminalInput lets a command in the background go on: its read from the
// terminal fails, where the signal would halt it.
func ignoreTerminalInput() { signal.Ignore(syscall.SIGTTIN) }
