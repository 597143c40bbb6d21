package warm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	os.Exit(m.Run())
}

func today() bizdate.Date {
	y, m, d := time.Now().UTC().Date()
	return bizdate.Date(y*10000 + int(m)*100 + d)
}

func closed(property string, date bizdate.Date, at time.Time) eventlog.Stored {
	return eventlog.Stored{Book: tenant.Book{Org: "org", Property: tenant.PropertyID(property)}, Stream: date.String(), Type: daybook.TypeDayClosed, At: at}
}

// house is a warmer whose reports are made by nobody, and what it was asked for.
func house(t *testing.T) (*Warmer, func(...eventlog.Stored), *[]string) {
	t.Helper()
	made := &[]string{}
	w := newWarmer(nil, time.Now, func(_ context.Context, x target) error {
		*made = append(*made, fmt.Sprintf("%s %s", x.book.Property, x.date))
		if x.book.Property == "broken" {
			return errors.New("no")
		}
		return nil
	})
	return w, func(events ...eventlog.Stored) {
		if effect, err := w.handle(t.Context(), &feed.Batch{Events: events}); effect != nil || err != nil {
			t.Error(err)
		}
	}, made
}

// After the night audit the last date that was closed is warmed, of audits of this night alone.
func TestAfterTheNightAudit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, tell, made := house(t)
		now, d := time.Now(), today()
		tell(closed("a", d.AddDays(-2), now), closed("broken", d.AddDays(-1), now), closed("a", d.AddDays(-1), now), closed("a", d.AddDays(-3), now),
			closed("import", d.AddDays(-30), now), closed("old", d.AddDays(-1), now.Add(-7*time.Hour)))
		w.warm(t.Context())
		if diff := cmp.Diff([]string{fmt.Sprint("a ", d.AddDays(-1)), fmt.Sprint("broken ", d.AddDays(-1))}, *made); diff != "" {
			t.Errorf("(-want +made):\n%s", diff)
		}
	})
}

// However many wait, a call warms for three seconds, five properties a second; the next goes on.
func TestBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, tell, made := house(t)
		for i := range most + 5 {
			tell(closed(fmt.Sprint(i), today().AddDays(-1), time.Now()))
		}
		start := time.Now()
		w.warm(t.Context())
		if n, took := len(*made), time.Since(start); n != 15 || took != 3*time.Second || len(w.waiting) != most-15 {
			t.Errorf("%d in %v, %d wait", n, took, len(w.waiting))
		}
		w.warm(t.Context())
		if again := slices.Compact(slices.Sorted(slices.Values(*made))); len(again) != 30 {
			t.Errorf("%d after two calls", len(again))
		}
	})
}

// The busiest properties of the last minutes are warmed for their latest date.
func TestTheBusiest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, tell, made := house(t)
		for i := range 20 {
			for range i + 1 {
				e := closed(fmt.Sprintf("p%02d", i), today(), time.Now())
				e.Type = daybook.TypeCashCounted
				tell(e)
			}
		}
		w.addBusiest(t.Context())
		w.warm(t.Context())
		want := []string{}
		for i := 19; i >= 10; i-- {
			want = append(want, fmt.Sprintf("p%02d %s", i, today()))
		}
		if diff := cmp.Diff(want, *made); diff != "" {
			t.Errorf("(-want +made):\n%s", diff)
		}
		for range 5 {
			w.addBusiest(t.Context())
		}
		if len(w.counts) != 0 {
			t.Errorf("%d properties are still counted", len(w.counts))
		}
	})
}
