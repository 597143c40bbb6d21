package functions_test

import (
	"log/slog"
	"os"
	"testing"
)

// TestMain keeps the access log of some thousand requests out of the way; warnings and defects stay.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	os.Exit(m.Run())
}
