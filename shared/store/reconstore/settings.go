package reconstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/domain/recon/bankfile"
)

// Settings are how a property's bank account is reconciled.
type Settings struct {
	recon.Rules
	CSV *bankfile.Mapping `json:"csv,omitempty"` // how the bank writes CSV; nil while none is imported
}

// Check lists every fault of the settings.
func (s Settings) Check() error {
	var f fault.Faults
	f.Add("", s.Rules.Check())
	if s.CSV != nil {
		f.Add("/csv", s.CSV.Check())
	}
	return f.Err()
}

// Kept are settings as they are kept.
type Kept struct {
	Settings
	Version int64     `json:"version"`
	SetBy   string    `json:"setBy"`
	SetAt   time.Time `json:"setAt,omitzero"` // zero in the outcome of the act that sets them
}

var (
	// ErrNotSet means that nobody has said yet where the bank account begins.
	ErrNotSet = fault.New(fault.Conflict, "reconciliation_not_set", "say first from which date and balance on the bank account is reconciled")
	// ErrOpeningFixed means that the opening date cannot move while something is matched.
	ErrOpeningFixed = fault.New(fault.Conflict, "opening_date_fixed", "the opening date stays while items are matched: undo the matches first")
)

var settingsColumns = []string{"Version", "Settings", "SetBy", "RecordedAt"}

// readSettings reads those in force; ErrNotSet when there are none.
func readSettings(ctx context.Context, tx any, b tenant.Book) (Kept, error) {
	found := false
	var k Kept
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	opts := &spanner.ReadOptions{Limit: 1, RequestTag: "reconcile/settings"}
	err := each(ctx, tx, settingsTable, keys, settingsColumns, opts, func(r *spanner.Row) error {
		var text string
		if err := r.Columns(&k.Version, &text, &k.SetBy, &k.SetAt); err != nil {
			return err
		}
		found, k.SetAt = true, k.SetAt.UTC()
		return json.Unmarshal([]byte(text), &k.Settings)
	})
	if err == nil && !found {
		err = ErrNotSet
	}
	return k, err
}

// Settings are those in force; ErrNotSet.
func (s *Store) Settings(ctx context.Context, b tenant.Book) (_ Kept, err error) {
	defer fault.Wrap(&err, "reconstore.Settings")
	k, err := readSettings(ctx, s.db.Single(), b)
	return k, failureOf(err)
}

// Set puts settings in force. ErrOpeningFixed when the opening date would move while something is
// matched.
func (s *Store) Set(ctx context.Context, a Act, set Settings) (_ Done[Kept], err error) {
	defer fault.Wrap(&err, "reconstore.Set")
	if err := set.Check(); err != nil {
		return Done[Kept]{}, err
	}
	c, err := a.command(OpSet)
	if err != nil {
		return Done[Kept]{}, err
	}
	return perform(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction) (Kept, []*spanner.Mutation, error) {
		old, err := readSettings(ctx, tx, a.Book)
		switch {
		case errors.Is(err, ErrNotSet):
		case err != nil:
			return Kept{}, nil, err
		case old.OpeningDate != set.OpeningDate:
			if err := nothingMatched(ctx, tx, a.Book); err != nil {
				return Kept{}, nil, err
			}
		}
		k := Kept{Settings: set, Version: old.Version + 1, SetBy: a.Subject}
		text, err := json.Marshal(set)
		r := newRow(a.Book)
		r["Version"], r["Settings"], r["SetBy"], r["RecordedAt"] = k.Version, string(text), a.Subject, spanner.CommitTimestamp
		return k, []*spanner.Mutation{spanner.InsertMap(settingsTable, r)}, err
	})
}

// nothingMatched is ErrOpeningFixed while an item or a line stands in a match.
func nothingMatched(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book) error {
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	return each(ctx, tx, membersTable, keys, []string{"MemberId"}, &spanner.ReadOptions{Limit: 1}, func(*spanner.Row) error {
		return ErrOpeningFixed
	})
}
