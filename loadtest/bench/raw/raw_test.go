package raw_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/loadtest/bench/house"
	"innkeep.internal/loadtest/bench/raw"
	"innkeep.internal/loadtest/bench/wire"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/testkit"
)

// TestRawWritesWhatOursDoes: as many calls, rows and cells, in tables and columns alike, and messages of about
// the same size.
func TestRawWritesWhatOursDoes(t *testing.T) {
	t.Parallel()
	ours, theirs := &wire.Meter{}, &wire.Meter{}
	ctx := testkit.Context(t)
	db := testkit.Spanner(t, ours.Options()...)
	at := time.Now()
	h, err := house.New(ctx, db, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	client, err := raw.Open(ctx, db.Name(), theirs.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, c := range []struct {
		name  string
		calls []house.Call
		looks bool
	}{
		{"post", []house.Call{h.Post(h.Property, "a"), h.Post(h.Property, "b")}, false},
		{"bulk", []house.Call{h.Bulk(h.Property, "c", 20), h.Bulk(h.Property, "d", 20)}, true},
	} {
		var watched wire.Count
		for _, call := range c.calls { // the second finds the setup in memory
			ours.Take()
			if a := h.Do(ctx, call); a.Status >= 300 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			watched = ours.Take()
		}
		property, err := h.NewProperty(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p, err := client.Pattern(tenant.Book{Org: tenant.OrgID(h.Org), Property: tenant.PropertyID(property)}, watched.Commits, c.looks)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			theirs.Take()
			if err := p.Write(ctx); err != nil {
				t.Fatal(err)
			}
		}
		got := theirs.Take()
		if diff := cmp.Diff(watched.Calls, got.Calls); diff != "" {
			t.Errorf("%s: calls (-ours +raw)\n%s", c.name, diff)
		}
		a, b := watched.Commits[0], got.Commits[0]
		if a.Rows != b.Rows || a.Cells != b.Cells || b.Roots != 1 {
			t.Errorf("%s: %d rows, %d cells; raw: %d, %d at %d properties", c.name, a.Rows, a.Cells, b.Rows, b.Cells, b.Roots)
		}
		if diff := cmp.Diff(a.Tables, b.Tables); diff != "" {
			t.Errorf("%s: tables (-ours +raw)\n%s", c.name, diff)
		}
		if ratio := float64(got.Sent) / float64(watched.Sent); ratio < 0.97 || ratio > 1.03 {
			t.Errorf("%s: raw sends %.3f of our bytes", c.name, ratio)
		}
	}
}
