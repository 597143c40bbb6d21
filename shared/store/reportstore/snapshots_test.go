package reportstore_test

import (
	"log/slog"
	"os"
	"testing"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/reportstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	os.Exit(m.Run())
}

// TestKeep: the first content of a state stays; another one of the same state is told of, by every
// instance.
func TestKeep(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	c := reportstore.Content{
		Book: events.New(t, db, 1).Books[0], Report: "daily", From: events.First, To: events.First, Formula: 1,
		State: daybook.Hash{1}, Hash: daybook.Hash{2},
	}
	other, reopened := c, c
	other.Hash, reopened.State, reopened.Hash = daybook.Hash{3}, daybook.Hash{4}, daybook.Hash{5}
	for i := range 2 {
		k := reportstore.NewKept(db)
		for name, x := range map[string]struct {
			content reportstore.Content
			same    bool
		}{"the first": {c, true}, "another state": {reopened, true}} {
			if same, err := k.Keep(testkit.Context(t), x.content); same != x.same || err != nil {
				t.Errorf("%d, %s: %v, %v", i, name, same, err)
			}
		}
		for range 2 {
			if same, err := k.Keep(testkit.Context(t), other); same || err != nil {
				t.Errorf("%d, another content: %v, %v", i, same, err)
			}
		}
	}
}
