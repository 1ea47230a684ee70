//go:build !unix

package cli

func ignoreTerminalInput() {}
