package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/loadtest/bench/house"
	"innkeep.internal/loadtest/bench/wire"
	"innkeep.internal/shared/platform/telemetry"
	"innkeep.internal/shared/testkit"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(telemetry.NewHandler(io.Discard, "innkeep-bench", slog.LevelInfo)))
	os.Exit(m.Run())
}

// TestCommandsOnTheWire: what each command costs the database, to the call, row and cell. None of it grows
// with what is in the books.
func TestCommandsOnTheWire(t *testing.T) {
	t.Parallel()
	type shape struct{ RPCs, Commits, Rows, Cells, Roots int }
	m := &wire.Meter{}
	ctx := testkit.Context(t)
	at := time.Now() // it stands, so that what is remembered of the setup does not expire
	h, err := house.New(ctx, testkit.Spanner(t, m.Options()...), func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	if err := warmed(ctx, h); err != nil {
		t.Fatal(err)
	}
	measure := func(n int) map[string]shape {
		all := map[string]shape{}
		for _, c := range commands {
			x, err := count(ctx, h, m, c, n)
			if err != nil {
				t.Fatal(err)
			}
			s := shape{RPCs: x.RPCs(), Commits: len(x.Commits)}
			for _, w := range x.Commits {
				s.Rows, s.Cells, s.Roots = s.Rows+w.Rows, s.Cells+w.Cells, max(s.Roots, w.Roots)
			}
			all[c.name] = s
		}
		return all
	}
	want := map[string]shape{
		"post":     {2, 1, 4, 66, 1}, // the day's rows, locked, and the commit
		"replayed": {4, 0, 0, 0, 0},  // and, after a commit that met its row, that row and its event
		"refused":  {4, 0, 0, 0, 0},  // the day's rows, the command's row, the entry that it would have made; the locks let go
		"reverse":  {3, 1, 5, 76, 1}, // the entry as well
		"approve":  {4, 1, 4, 55, 1}, // the command rows as well: it is a call of many
		"bulk":     {3, 1, 301, 4620, 1},
	}
	if diff := cmp.Diff(want, measure(1)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for i := range 2 {
		if _, err := h.Must(ctx, http.StatusOK, h.Bulk(h.Property, fmt.Sprint("filling-", i), 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, measure(2)); diff != "" {
		t.Errorf("with 2,000 entries more (-want +got)\n%s", diff)
	}
}

// TestTapeReachesNothing: what is played makes no call, and a call that was not recorded fails.
func TestTapeReachesNothing(t *testing.T) {
	t.Parallel()
	tape, m := &wire.Tape{}, &wire.Meter{}
	ctx := testkit.Context(t)
	b, err := newBench(ctx, testkit.Spanner(t, append(tape.Options(), m.Options()...)...), tape)
	if err != nil {
		t.Fatal(err)
	}
	m.Take()
	for _, w := range b.ways {
		if err := b.run(ctx, w, []*http.Request{b.request(ctx, w, "played-"+w.name)}); err != nil {
			t.Error(err)
		}
	}
	if c := m.Take(); c.RPCs() != 0 {
		t.Errorf("%v calls left this process", c.Calls)
	}
	if a := b.house.Do(ctx, b.house.Reverse("x", "y")); a.Status < http.StatusBadRequest {
		t.Errorf("an entry that is not there was reversed: %d", a.Status)
	}
}

// Benchmarks of the ways into the write path, for profiles:
//
//	go test ./loadtest/bench -run '^$' -bench Way/post -cpuprofile cpu.out -memprofile mem.out
func BenchmarkWay(b *testing.B) {
	tape := &wire.Tape{}
	ctx := testkit.Context(b)
	x, err := newBench(ctx, testkit.Spanner(b, tape.Options()...), tape)
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range x.ways {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if err := x.run(ctx, w, []*http.Request{x.request(ctx, w, fmt.Sprint(b.N, "-", i))}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
