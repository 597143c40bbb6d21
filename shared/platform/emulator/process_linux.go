package emulator

import (
	"os/exec"
	"runtime"
	"syscall"
)

// launch starts cmd in a process group of its own, which ends with this process whatever way
// that ends, and closes done when it has ended.
//
// The kernel sends the parent-death signal when the *thread* that forked ends, not the process,
// so the goroutine that starts cmd keeps its thread until cmd is gone.
func launch(cmd *exec.Cmd, done chan struct{}) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is told by its output
			close(done)
		}
	}()
	return <-started
}
