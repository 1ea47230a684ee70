//go:build unix

package standalone

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps Ctrl-C of the caller's terminal away from the command: what it
// has begun is to be ended in order.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
