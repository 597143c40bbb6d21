package emulator

import "os/exec"

// launch starts cmd and closes done when it has ended.
func launch(cmd *exec.Cmd, done chan struct{}) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait() // how it ended is told by its output
		close(done)
	}()
	return nil
}

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
