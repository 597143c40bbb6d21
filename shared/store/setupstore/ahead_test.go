package setupstore_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
)

// What was read ahead is not read again, and what is remembered not ahead.
func TestAhead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, book := testkit.Context(t), tenant.Book{Org: org, Property: h.first}
	read := func(ahead bool) int {
		h.calls.Reset()
		var g errgroup.Group
		if ahead {
			h.Ahead(ctx, &g, book)
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		p, err := h.Property(ctx, book)
		if err != nil || p.ID != h.first {
			t.Fatal(p, err)
		}
		if _, err := h.Rules(ctx, org); err != nil {
			t.Fatal(err)
		}
		return h.calls.Total()
	}
	cold, warm := read(true), read(true)
	h.Store = setupstore.New(h.db, time.Now)
	if alone := read(false); cold != alone || warm != 0 {
		t.Errorf("%d calls ahead and then %d; want %d as one after the other, and none", cold, warm, alone)
	}
	var g errgroup.Group
	h.Ahead(ctx, &g, tenant.Book{Org: org, Property: "9b2d9d0c-0000-4000-8000-000000000000"})
	if err := g.Wait(); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("a property that there is not: %v", err)
	}
}
