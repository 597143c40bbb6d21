package stream

import (
	"context"
	"slices"
	"strings"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn/strict"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/history"
)

// maxType is the length of an event's type, as in its column.
const maxType = 30

// view is what a caller asks to see.
type view struct {
	asked []tenant.PropertyID // empty: all that he sees, and the organisation's setup for who sees every property
	types []daybook.EventType // empty: all
}

func newView(properties, types []string) (view, error) {
	var v view
	for _, p := range properties {
		id, err := tenant.ParsePropertyID(p)
		if err != nil {
			return v, fault.ErrNotFound
		}
		v.asked = append(v.asked, id)
	}
	letter := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	for _, t := range types {
		if t == "" || len(t) > maxType || strings.ContainsFunc(t, func(c rune) bool { return !letter(c) }) {
			return v, strict.ErrBadFormat.At("#type")
		}
		v.types = append(v.types, daybook.EventType(t))
	}
	return v, nil
}

// check is nil when the caller may know of every property that he names, else ErrNotFound.
func (v view) check(ctx context.Context, c api.Caller, s *spannerdb.Snapshot) error {
	if len(v.asked) == 0 {
		return nil
	}
	known := c.Member.Properties
	if c.Member.Role.SeesAll() {
		var err error
		if known, err = history.Properties(ctx, s, c.Org); err != nil {
			return err
		}
	}
	for _, p := range v.asked {
		if !slices.Contains(known, p) {
			return fault.ErrNotFound
		}
	}
	return nil
}

// properties are those whose events the caller gets: of what he asks, what he sees at this moment. For
// who sees all they are those of the snapshot, so that a new property's first event is not missed.
func (v view) properties(ctx context.Context, c api.Caller, s *spannerdb.Snapshot) ([]tenant.PropertyID, error) {
	switch {
	case len(v.asked) > 0:
		unseen := func(p tenant.PropertyID) bool { return !c.Member.Sees(p) }
		return slices.DeleteFunc(slices.Clone(v.asked), unseen), nil
	case c.Member.Role.SeesAll():
		return history.Properties(ctx, s, c.Org)
	default:
		return c.Member.Properties, nil
	}
}
