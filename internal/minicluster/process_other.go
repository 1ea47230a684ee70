//go:build !linux

package minicluster

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

var errPlatform = errors.New("the minicluster runs on Linux only")

func flock(*os.File) (bool, error)             { return false, errPlatform }
func detach(*exec.Cmd)                         {}
func killTree(*exec.Cmd)                       {}
func identify(int) (identity, error)           { return identity{}, errPlatform }
func (p identity) alive() bool                 { return false }
func (p identity) signal(syscall.Signal) error { return errPlatform }
func (p identity) pause() error                { return errPlatform }
func (p identity) resume() error               { return errPlatform }
func marked(string) ([]identity, error)        { return nil, errPlatform }
