// Package reportapi is the reports as the API gives them: which properties, which dates, read at which
// moment, and the figures of domain/report as JSON. Each report is built in one place, whatever form it
// goes out in.
package reportapi

import (
	"context"
	"strconv"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/reportstore"
)

// MaxProperties is how many properties one report takes: more would not be read within a report's time.
const MaxProperties = 500

// housesAtOnce is how many properties of a report are read at a time: each takes some reads side by side.
const housesAtOnce = 8

var (
	// ErrTooManyProperties means that a report was asked for over more properties than one takes.
	ErrTooManyProperties = fault.New(fault.Invalid, "too_many_properties", "a report takes 500 properties at most: name those that it is to be over")
	// ErrNothingKnown means that the books of a property had not begun at the moment of knowledge.
	ErrNothingKnown = fault.New(fault.Invalid, "nothing_known", "the property's books had not begun at the moment that known_at or as_of names")
)

// Houses is the part of the input that says which properties a report is over.
type Houses struct {
	PropertyIDs []string `query:"propertyId" maxItems:"100" doc:"Properties, separated by commas; all that the caller sees by default."`
}

// House is a property that a report is over.
type House struct {
	setup.Property
	reportstore.Book
}

// Find is the properties of a report, and their reader: by code where none is named, else as they were
// named. ErrNotFound for one that the caller does not see.
func (h Houses) Find(ctx context.Context, source api.Source) (api.Caller, []House, error) {
	c, err := source.Caller(ctx, approval.Read)
	if err != nil {
		return c, nil, err
	}
	var all []setup.Property
	if len(h.PropertyIDs) == 0 {
		if all, err = c.Setup.Properties(ctx, c.Org); err != nil {
			return c, nil, err
		}
	}
	named := map[string]bool{}
	for _, text := range h.PropertyIDs {
		id, err := tenant.ParsePropertyID(text)
		if err != nil || !c.Member.Sees(id) {
			return c, nil, fault.ErrNotFound
		}
		if named[text] {
			continue
		}
		named[text] = true
		p, err := c.Setup.Property(ctx, tenant.Book{Org: c.Org, Property: id})
		if err != nil {
			return c, nil, err
		}
		all = append(all, p)
	}
	var out []House
	for _, p := range all {
		if !c.Member.Sees(p.ID) {
			continue
		}
		x, err := newHouse(c.Org, p)
		if err != nil {
			return c, nil, err
		}
		out = append(out, x)
	}
	if len(out) > MaxProperties {
		return c, nil, ErrTooManyProperties.With("properties", strconv.Itoa(len(out)))
	}
	return c, out, nil
}

func newHouse(org tenant.OrgID, p setup.Property) (House, error) {
	id, err := ids.ParseUUID(string(p.ID))
	return House{Property: p, Book: reportstore.Book{
		Book:     tenant.Book{Org: org, Property: p.ID},
		Property: daybook.Property{UUID: id, Currency: p.Currency, GoLive: p.GoLive},
	}}, err
}

// One is the caller at one property, and its reader.
func One(ctx context.Context, source api.Source, property string) (api.Desk, House, error) {
	d, err := source.Desk(ctx, approval.Read, property)
	if err != nil {
		return d, House{}, err
	}
	h, err := newHouse(d.Org, d.Property)
	return d, h, err
}

// each does the same for every property, some at a time, in the order of the properties. The first
// error ends it.
func each[T any](ctx context.Context, houses []House, read func(context.Context, House) (T, error)) ([]T, error) {
	out := make([]T, len(houses))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(housesAtOnce)
	for i, h := range houses {
		g.Go(func() (err error) {
			out[i], err = read(ctx, h)
			return err
		})
	}
	return out, g.Wait()
}

// since is ErrBeforeGoLive for a range that ends before the property's books begin.
func (h House) since(to bizdate.Date) error {
	if to < h.GoLive {
		return daybook.ErrBeforeGoLive.With("goLiveDate", h.GoLive.String())
	}
	return nil
}
