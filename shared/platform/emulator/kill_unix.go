//go:build !windows

package emulator

import (
	"os/exec"
	"syscall"
)

// kill ends cmd's process group. A group that is gone is no error.
func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
