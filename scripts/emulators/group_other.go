//go:build !linux

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup does nothing here: the command shares this program's terminal and its signals.
func ownGroup(*exec.Cmd) {}

// signalGroup ends the command when it must end; all else the terminal has sent to it already.
func signalGroup(cmd *exec.Cmd, s syscall.Signal) {
	if s == syscall.SIGKILL || s == syscall.SIGTERM {
		_ = cmd.Process.Signal(s)
	}
}
