package heads

import (
	"log/slog"
	"os"
	"testing"
)

// TestMain keeps the warnings of provoked failures out of the way; defects stay.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	os.Exit(m.Run())
}
