package functions_test

import (
	"log/slog"
	"os"
	"testing"
)

// TestMain keeps the access log of some thousand requests and of the database's provoked faults out of the way; defects stay.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	os.Exit(m.Run())
}
