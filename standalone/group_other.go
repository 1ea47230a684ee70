//go:build !unix

package standalone

import "os/exec"

// ownGroup has nothing to do: nothing is started on such a machine.
func ownGroup(*exec.Cmd) {}
