package moves

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/cache/cachedoc"
	emulated "innkeep.internal/shared/testkit/firestore"
)

// patience bounds what a test waits for; the emulator's first calls are slow.
const patience = time.Minute

func open(t *testing.T) (*documents, context.Context) {
	t.Helper()
	project := emulated.Project(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	client, err := firestore.NewClient(ctx, project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return &documents{client}, ctx
}

func (d *documents) scopes(ctx context.Context, t *testing.T, head string) map[string]int64 {
	t.Helper()
	doc, err := d.head(head).Get(ctx)
	h, err := read[cachedoc.Head](doc, err)
	if err != nil {
		t.Fatal(err)
	}
	return h.At
}

// Doubled, late and reordered moves of several writers, folds among them: a head stands at the latest of all.
func TestHeadsOnlyRise(t *testing.T) {
	t.Parallel()
	d, ctx := open(t)
	fold := bizdate.MustParse("2026-03-03")
	var all []News
	latest := map[string]map[string]int64{}
	for i := range 30 {
		n := News{Head: fmt.Sprintf("h.org.%d", i%3), At: map[string]int64{
			cachedoc.DateField(fold.AddDays(i % 4)): int64(1000 + i*17%60), "m202601": int64(i), "floor": int64(i * 7 % 60),
		}}
		raise(latest, n)
		if i == 29 {
			n.Fold = fold
		}
		all = append(all, n)
	}
	var writers sync.WaitGroup
	for range 2 { // each news come from both
		order := rand.Perm(len(all))
		writers.Go(func() {
			for len(order) > 0 && ctx.Err() == nil {
				batch := map[string]News{}
				var rest []int
				for _, i := range order { // a head once a flush
					if _, has := batch[all[i].Head]; has {
						rest = append(rest, i)
						continue
					}
					batch[all[i].Head] = all[i]
				}
				var flush []News
				var at []int
				for _, i := range order {
					if n, has := batch[all[i].Head]; has && maps.Equal(n.At, all[i].At) {
						flush, at = append(flush, all[i]), append(at, i)
						delete(batch, all[i].Head)
					}
				}
				for i, err := range d.write(ctx, flush) {
					if err != nil { // writers cross each other's transactions: it comes again
						rest = append(rest, at[i])
					}
				}
				order = rest
			}
		})
	}
	writers.Wait()
	for head, want := range latest {
		if got := d.scopes(ctx, t, head); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", head, got, want)
		}
	}
}

func TestAFoldOnTheDocument(t *testing.T) {
	t.Parallel()
	d, ctx := open(t)
	at := map[string]int64{}
	first := bizdate.MustParse("2026-01-01")
	for i := range 100 {
		at[cachedoc.DateField(first.AddDays(i))] = int64(100 + i)
	}
	day := first.AddDays(100)
	for _, n := range []News{
		{Head: "h.org.p", At: at},
		{Head: "h.org.p", At: map[string]int64{cachedoc.DateField(day): 500}, Fold: day.AddDays(-40)},
		{Head: "h.org.fresh", At: map[string]int64{cachedoc.DateField(day): 500}, Fold: day.AddDays(-40)},
	} {
		if err := errors.Join(d.write(ctx, []News{n})...); err != nil {
			t.Fatal(err)
		}
	}
	got := d.scopes(ctx, t, "h.org.p")
	if len(got) != 44 || got["m202601"] != 130 || got["m202602"] != 158 || got["m202603"] != 159 || got["d20260302"] != 160 || got["d20260411"] != 500 {
		t.Errorf("%d scopes: %v", len(got), got)
	}
	if got := d.scopes(ctx, t, "h.org.fresh"); len(got) != 1 {
		t.Errorf("a head that was none: %v", got)
	}
}

func TestMarksOnlyRise(t *testing.T) {
	t.Parallel()
	d, ctx := open(t)
	noon := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	for _, at := range []time.Time{noon, noon.Add(-time.Second)} {
		for ctx.Err() == nil {
			if err := d.mark(ctx, 3, at); err == nil {
				break
			}
		}
	}
	marks, err := d.marks(ctx)
	if err != nil || len(marks) != 16 || !marks[3].Equal(noon) || !marks[0].IsZero() {
		t.Errorf("%v, %v", marks, err)
	}
}
