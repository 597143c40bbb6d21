package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tests run the program as its users do: this test binary stands in for it.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_EMULATORS") != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), "RUN_AS_EMULATORS=1")
	cmd.Stderr = t.Output()
	return cmd
}

func TestCommandFindsTheEmulatorAndItsStatusIsPassedOn(t *testing.T) {
	t.Setenv("SPANNER_EMULATOR_HOST", "")
	cmd := program(t, "--", "sh", "-c", `echo "$SPANNER_EMULATOR_HOST"; exit 7`)
	out, err := cmd.Output()
	if !strings.HasPrefix(string(out), "127.0.0.1:") {
		t.Errorf("the command sees SPANNER_EMULATOR_HOST=%q", out)
	}
	if cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("status = %d (%v), want the command's 7", cmd.ProcessState.ExitCode(), err)
	}
}

func TestBadCalls(t *testing.T) {
	t.Setenv("SPANNER_EMULATOR_HOST", "127.0.0.1:1") // none is started
	for _, args := range [][]string{{"--use", "oracle", "--", "true"}, {"--what"}, {"--", "no-such-command-here"}} {
		cmd := program(t, args...)
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != statusOwn {
			t.Errorf("%q: status = %d (%v), want %d", args, cmd.ProcessState.ExitCode(), err, statusOwn)
		}
	}
}

// A signal ends the command with its children, and the program says so by its status.
func TestSignalLeavesNothingBehind(t *testing.T) {
	t.Setenv("SPANNER_EMULATOR_HOST", "127.0.0.1:1")
	fifo := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// Both the shell and its child hold the pipe open: its end is the end of both.
	cmd := program(t, "--", "sh", "-c", `exec 3>"$0"; echo ready >&3; sleep 600 & wait`, fifo)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	buf := make([]byte, 16)
	if n, err := pipe.Read(buf); err != nil || string(buf[:n]) != "ready\n" {
		t.Fatalf("read %q, %v", buf[:n], err)
	}
	start := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 128+int(syscall.SIGTERM) {
		t.Errorf("status = %d, want %d", got, 128+int(syscall.SIGTERM))
	}
	if n, err := pipe.Read(buf); n != 0 || err == nil {
		t.Errorf("a child lives on: read %d bytes, %v", n, err)
	}
	if took := time.Since(start); took > grace {
		t.Errorf("the end took %v", took)
	}
}
