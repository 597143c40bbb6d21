package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"innkeep.internal/shared/platform/emulator"
)

func TestEndOfAnEmulator(t *testing.T) {
	t.Parallel()
	p := launch(t, useShared(t), "--demo=false")
	addr := p.emulator()
	p.await(ready)
	kill(t, addr)
	start := time.Now()
	defer func() {
		if took := time.Since(start); took > grace/2 {
			t.Errorf("the end took %v", took)
		}
	}()
	if status := p.end(); status != exitFailed || !strings.Contains(p.stderr.String(), "Spanner: an emulator has ended") {
		t.Errorf("status %d: %s", status, p.stderr.String())
	}
	if strings.Contains(p.output(), "stopping") {
		t.Error("it says that it was told to stop")
	}
}

// kill ends the emulator on an address.
func kill(t *testing.T, addr string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, _ := os.ReadFile(file)
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && strings.Contains(string(line), "--host_port\x00"+addr+"\x00") {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Skip("no process of " + addr + " can be seen")
}

func TestEveryEmulatorIsWatched(t *testing.T) {
	t.Parallel()
	p, err := emulator.Start(t.Context(), emulator.Spanner)
	if err != nil {
		t.Skip(err)
	}
	found := &emulator.Process{Kind: emulator.PubSub}
	e := emulators{running: []*emulator.Process{found, p}}
	ended := make(chan error, 2)
	e.watch(func(err error) { ended <- err })
	p.Stop()
	if err := <-ended; !errors.Is(err, errEnded) || !strings.HasPrefix(err.Error(), titles[p.Kind]) {
		t.Error(err)
	}
}
