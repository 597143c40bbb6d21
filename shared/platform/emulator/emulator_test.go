package emulator_test

import (
	"net"
	"testing"
	"time"

	"innkeep.internal/shared/platform/emulator"
)

func TestStartAndStop(t *testing.T) {
	for _, k := range emulator.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			if testing.Short() && k != emulator.Spanner {
				t.Skip("the Java emulators take seconds to start")
			}
			p, err := emulator.Start(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Stop()
			if !p.Owned() {
				t.Error("Owned() = false for an emulator that was started here")
			}
			conn, err := net.Dial("tcp", p.Addr)
			if err != nil {
				t.Fatalf("the emulator does not listen: %v", err)
			}
			_ = conn.Close()

			p.Stop()
			p.Stop()
			if conn, err := net.DialTimeout("tcp", p.Addr, time.Second); err == nil {
				_ = conn.Close()
				t.Error("the emulator still listens after Stop")
			}
		})
	}
}

func TestUseTakesARunningOne(t *testing.T) {
	t.Setenv(emulator.Spanner.Env(), "127.0.0.1:1")
	p, err := emulator.Use(t.Context(), emulator.Spanner)
	if err != nil {
		t.Fatal(err)
	}
	p.Stop()
	if p.Owned() || p.Addr != "127.0.0.1:1" {
		t.Errorf("Use = %q, owned %v; want the address of the variable, not owned", p.Addr, p.Owned())
	}
}
