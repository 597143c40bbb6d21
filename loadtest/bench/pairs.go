package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"innkeep.internal/loadtest/bench/figures"
	"innkeep.internal/loadtest/bench/house"
	"innkeep.internal/loadtest/bench/raw"
	"innkeep.internal/loadtest/bench/wire"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/store/daybookstore"
)

const (
	postPairs  = 2000 // of each way
	warmPairs  = 100  // before them: connections, pools, the emulator's own
	bulkBudget = 4000 // lines a size on each side, at least 12 calls
)

// rivals are the product and the raw client on one database.
type rivals struct {
	place *house.Place
	house *house.House
	meter *wire.Meter
	raw   *raw.Client
}

func newRivals(ctx context.Context) (_ *rivals, err error) {
	r := &rivals{}
	if r.place, r.house, r.meter, err = metered(ctx); err != nil {
		return nil, err
	}
	if r.raw, err = raw.Open(ctx, r.place.DB.Name()); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *rivals) close() {
	if r.raw != nil {
		r.raw.Close()
	}
	r.place.Close()
}

// book is a property's, with its first day begun.
func (r *rivals) book(ctx context.Context) (string, tenant.Book, error) {
	property, err := r.house.NewProperty(ctx)
	return property, tenant.Book{Org: tenant.OrgID(r.house.Org), Property: tenant.PropertyID(property)}, err
}

// pattern watches one call of ours and makes the raw client's of it, at a property of its own.
func (r *rivals) pattern(ctx context.Context, looks bool, call func() error) (*raw.Pattern, error) {
	_, book, err := r.book(ctx)
	if err != nil {
		return nil, err
	}
	for range 2 { // the first one reads the setup, too
		r.meter.Take()
		if err := call(); err != nil {
			return nil, err
		}
	}
	return r.raw.Pattern(book, r.meter.Take().Commits, looks)
}

// compare runs both in pairs, the first of each by turns, and gives the times of each in milliseconds and the
// ratios, ours to theirs.
func compare(n int, ours, theirs func() error) (mine, bare, ratios []float64, err error) {
	timed := func(f func() error) float64 {
		began := time.Now()
		if e := f(); e != nil && err == nil {
			err = e
		}
		return float64(time.Since(began).Microseconds()) / 1000
	}
	warm := min(warmPairs, n/5)
	for i := range n + warm {
		var a, b float64
		if i%2 == 0 {
			a, b = timed(ours), timed(theirs)
		} else {
			b, a = timed(theirs), timed(ours)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if i >= warm {
			mine, bare, ratios = append(mine, a), append(bare, b), append(ratios, a/b)
		}
	}
	return mine, bare, ratios, nil
}

// way is one of the ways into the write path, at a property.
type way struct {
	name string
	post func(ctx context.Context, key string) error
}

// ways are the store, the function's handler, and the door over the network of this machine.
func (r *rivals) ways(ctx context.Context, door *house.Door) ([]way, error) {
	property, _, err := r.book(ctx)
	if err != nil {
		return nil, err
	}
	claims, err := r.house.Verifier.Verify(ctx, r.house.Owner)
	if err != nil {
		return nil, err
	}
	d, err := r.house.Source.Desk(auth.With(ctx, claims), approval.Record, property)
	if err != nil {
		return nil, err
	}
	draft := daybook.Draft{
		Kind: ledger.Revenue, BusinessDate: bizdate.MustParse(r.house.Today), AmountMinor: 118_000, Currency: "EUR", Mode: ledger.Cash, Category: "ROOM",
		Taxes: []ledger.TaxLine{{Code: "VAT", AmountMinor: 18_000}}, Description: "Room 214, two nights",
	}
	return []way{
		{"store", func(ctx context.Context, key string) error {
			_, err := d.Books.Execute(ctx, d.Desk, daybookstore.Order{Actor: d.Actor(), Key: key, Action: daybook.Record{Draft: draft}})
			return err
		}},
		{"function", func(ctx context.Context, key string) error {
			_, err := r.house.Must(ctx, http.StatusCreated, r.house.Post(property, key))
			return err
		}},
		{"gateway", func(ctx context.Context, key string) error {
			return door.Must(ctx, http.StatusCreated, r.house.Post(property, key))
		}},
	}, nil
}

// measurePairs compares a post by each way with the raw client's, one after the other.
func measurePairs(ctx context.Context) ([]figures.Figure, error) {
	r, err := newRivals(ctx)
	if err != nil {
		return nil, err
	}
	defer r.close()
	door, err := r.house.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer door.Close()
	ways, err := r.ways(ctx, door)
	if err != nil {
		return nil, err
	}
	var all []figures.Figure
	for _, w := range ways {
		n := 0
		ours := func() error { n++; return w.post(ctx, fmt.Sprint(w.name, "-", n)) }
		p, err := r.pattern(ctx, false, ours)
		if err != nil {
			return nil, err
		}
		mine, bare, ratios, err := compare(postPairs, ours, func() error { return p.Write(ctx) })
		if err != nil {
			return nil, err
		}
		name := "pairs/" + w.name
		all = append(all, figures.Of(name+"/ratio", "of raw", ratios), figures.Of(name+"/ours", "ms", mine), figures.Of(name+"/raw", "ms", bare))
	}
	return all, nil
}

// measureBulk compares calls of many lines through the function with the raw client that writes as many rows
// in as many commits.
func measureBulk(ctx context.Context) ([]figures.Figure, error) {
	var all []figures.Figure
	for _, lines := range []int{1, 10, 100, 1000} {
		f, err := compareBulk(ctx, lines)
		if err != nil {
			return nil, err
		}
		all = append(all, f...)
	}
	return all, nil
}

func compareBulk(ctx context.Context, lines int) ([]figures.Figure, error) {
	r, err := newRivals(ctx)
	if err != nil {
		return nil, err
	}
	defer r.close()
	property, _, err := r.book(ctx)
	if err != nil {
		return nil, err
	}
	n := 0
	ours := func() error {
		n++
		_, err := r.house.Must(ctx, http.StatusOK, r.house.Bulk(property, fmt.Sprint("bulk-", n), lines))
		return err
	}
	p, err := r.pattern(ctx, true, ours)
	if err != nil {
		return nil, err
	}
	mine, bare, ratios, err := compare(min(400, max(12, bulkBudget/lines)), ours, func() error { return p.Write(ctx) })
	if err != nil {
		return nil, err
	}
	name := fmt.Sprint("bulk/", lines, "-lines")
	rate := func(ms []float64) (perSecond []float64) {
		for _, x := range ms {
			perSecond = append(perSecond, float64(lines)*1000/x)
		}
		return perSecond
	}
	return []figures.Figure{
		figures.Of(name+"/ratio", "of raw", ratios), figures.Of(name+"/ours", "line/s", rate(mine)), figures.Of(name+"/raw", "line/s", rate(bare)),
	}, nil
}
