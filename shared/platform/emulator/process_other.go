//go:build !linux && !windows

package emulator

import (
	"os"
	"os/exec"
	"syscall"
)

// watchdog runs its arguments until they end, or until its standard input does, which is when its
// parent has ended.
const watchdog = `exec 3<&0
"$@" </dev/null 3<&- & child=$!
{ cat <&3; kill -9 $child; } >/dev/null 2>&1 &
wait $child`

// launch starts cmd in a process group of its own, which ends with this process, and closes done
// when it has ended. Outside of Linux there is no signal for a parent's death, so a shell stands
// between that waits for the end of a pipe that only this process holds open.
func launch(cmd *exec.Cmd, done chan struct{}) error {
	sh, err := exec.LookPath("sh")
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Path, cmd.Args = sh, append([]string{"sh", "-c", watchdog, "sh"}, cmd.Args...)
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	_ = r.Close()
	if err != nil {
		_ = w.Close()
		return err
	}
	go func() {
		_ = cmd.Wait() // how it ended is told by its output
		_ = w.Close()
		close(done)
	}()
	return nil
}
