package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// SystemSignals returns the signals of the process that a run answers. A SIGHUP
// that was ignored when the program started, as under nohup, stays ignored.
func SystemSignals() <-chan os.Signal {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	ignoreTerminalInput()
	return signals
}
