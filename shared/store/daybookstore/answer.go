package daybookstore

import (
	"context"
	"errors"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// answered looks whether a refused command had taken effect before: then the refusal is of its
// second coming, and the first answer stands. An error is ErrKeyReused or the database's.
func (s *Store) answered(ctx context.Context, tx reader, d Desk, c command, refusal error) (Receipt, bool, error) {
	if fault.From(refusal) == nil {
		return Receipt{}, false, refusal
	}
	known, found, err := replay(ctx, tx, d, c)
	if err != nil || found {
		return known, found, err
	}
	return s.answeredByEntry(ctx, tx, d, c, refusal)
}

// replay is the answer of a command that took effect before, by its row. ErrKeyReused when the key
// stands for another request.
func replay(ctx context.Context, tx reader, d Desk, c command) (Receipt, bool, error) {
	at, found, err := readCommand(ctx, tx, d.Book, c)
	if err != nil || !found {
		return Receipt{}, false, err
	}
	e, err := readEventAt(ctx, tx, d.Book, at)
	return Receipt{Recorded: e, Replayed: true}, true, err
}

// answeredByEntry is answered for a command whose row has expired: the entry that it made is there,
// under the id that its key gives.
func (s *Store) answeredByEntry(ctx context.Context, tx reader, d Desk, c command, refusal error) (Receipt, bool, error) {
	made, ok := madeBy(d, c, refusal)
	if !ok {
		return Receipt{}, false, nil
	}
	known, err := readEntries(ctx, tx, d.Book, []ids.Entry{made})
	if err != nil {
		return Receipt{}, false, err
	}
	x, found := known[made.ID]
	if !found {
		return Receipt{}, false, nil
	}
	e, err := readEventAt(ctx, tx, d.Book, x.Recorded)
	if err != nil {
		return Receipt{}, false, err
	}
	if requestOf(e.Event) != c.hash {
		return Receipt{}, false, ErrKeyReused
	}
	return Receipt{Recorded: e, Replayed: true}, true, nil
}

// madeBy is where the entry stands that the command made, if it made one. A reversal's date is known
// from the refusal alone: it names the reversal that stands.
func madeBy(d Desk, c command, refusal error) (ids.Entry, bool) {
	switch do := c.Do.(type) {
	case daybook.Record:
		on := do.Draft.BusinessDate
		f := daybook.Facts{ID: daybook.EntryIDFor(c.Key, on), Kind: do.Draft.Kind, BusinessDate: on}
		located, err := ids.ParseEntry(f.Locator(d.Property.UUID))
		return located, err == nil
	case daybook.Reverse:
		if !errors.Is(refusal, daybook.ErrReversed) {
			return ids.Entry{}, false
		}
		located, err := ids.ParseEntry(fault.From(refusal).Params["reversedBy"])
		return located, err == nil && located.ID == daybook.EntryIDFor(c.Key, located.Date)
	}
	return ids.Entry{}, false
}

// requestOf is the request hash of the command that made an entry, from its event.
func requestOf(e daybook.Event) daybook.Hash {
	switch data := e.Data.(type) {
	case daybook.EntryRecorded:
		return daybook.RequestHash(daybook.Record{Draft: data.Facts.Draft()})
	case daybook.EntryReversed:
		return daybook.RequestHash(daybook.Reverse{EntryID: data.ReversalOf, Reason: data.Reason})
	}
	return daybook.Hash{}
}

// explain answers a commit that met an existing row: the command's own, the entry's that it made
// before its row expired, or another entry's external reference. Anything else is a defect.
func (s *Store) explain(ctx context.Context, d Desk, c command, commitErr error) (Receipt, error) {
	known, found, err := replay(ctx, s.strong(), d, c)
	if err == nil && !found {
		known, found, err = s.answeredByEntry(ctx, s.strong(), d, c, nil)
	}
	if err != nil || found {
		return known, failureOf(err)
	}
	if ref := externalRef(c); ref != nil {
		taken, err := readExternalRefs(ctx, s.strong(), d.Book, []daybook.ExternalRef{*ref})
		if err != nil {
			return Receipt{}, failureOf(err)
		}
		if other, ok := taken[*ref]; ok {
			return Receipt{}, refTaken(d, other)
		}
	}
	return Receipt{}, s.unexplained(ctx, d, c.from, commitErr)
}

func refTaken(d Desk, other daybook.Facts) error {
	return ErrExternalRef.With("entryId", other.Locator(d.Property.UUID)).At("/externalRef")
}

func externalRef(c command) *daybook.ExternalRef {
	if do, ok := c.Do.(daybook.Record); ok {
		return do.Draft.External
	}
	return nil
}

// readCommand finds where the command took effect. ErrKeyReused when its key stands for another
// request.
func readCommand(ctx context.Context, tx reader, b tenant.Book, c command) (at daybook.Position, found bool, err error) {
	known, err := readCommands(ctx, tx, b, []command{c})
	if err != nil {
		return at, false, err
	}
	x, found := known[c.Key]
	if found && x.request != c.hash {
		return at, false, ErrKeyReused
	}
	return x.at, found, nil
}

// done is what a command's row says.
type done struct {
	request daybook.Hash
	at      daybook.Position
}

func readCommands(ctx context.Context, tx reader, b tenant.Book, cs []command) (map[daybook.Hash]done, error) {
	keys := make([]spanner.KeySet, len(cs))
	for i, c := range cs {
		keys[i] = bookKey(b, c.Key[:])
	}
	out := make(map[daybook.Hash]done)
	opts := &spanner.ReadOptions{RequestTag: "daybook/commands"}
	err := tx.ReadWithOptions(ctx, commands, spanner.KeySets(keys...), commandColumns, opts).Do(func(r *spanner.Row) error {
		var x commandRow
		if err := r.ToStruct(&x); err != nil {
			return err
		}
		stream, err := bizdate.Parse(x.StreamId)
		if err != nil {
			return err
		}
		d := done{at: daybook.Position{Stream: stream, Version: x.Version}}
		copy(d.request[:], x.RequestHash)
		out[daybook.Hash(x.CommandKey)] = d
		return nil
	})
	return out, err
}

// readEventAt reads one event; it must be there.
func readEventAt(ctx context.Context, tx reader, b tenant.Book, at daybook.Position) (Recorded, error) {
	known, err := readEventsAt(ctx, tx, b, []daybook.Position{at})
	if err != nil {
		return Recorded{}, err
	}
	e, found := known[at]
	if !found {
		return Recorded{}, unexplained(ctx, b, errors.New("the event "+at.Stream.String()+" is missing"))
	}
	return e, nil
}

func readEventsAt(ctx context.Context, tx reader, b tenant.Book, at []daybook.Position) (map[daybook.Position]Recorded, error) {
	keys := make([]spanner.KeySet, len(at))
	for i, p := range at {
		keys[i] = bookKey(b, p.Stream.String(), p.Version)
	}
	out := make(map[daybook.Position]Recorded, len(at))
	opts := &spanner.ReadOptions{RequestTag: "daybook/events"}
	err := tx.ReadWithOptions(ctx, events, spanner.KeySets(keys...), eventColumns, opts).Do(func(r *spanner.Row) error {
		e, err := readEvent(r)
		out[e.Position()] = e
		return err
	})
	return out, err
}

// readExternalRefs finds which references are taken, and by which entries (kind, date and id only).
func readExternalRefs(ctx context.Context, tx reader, b tenant.Book, refs []daybook.ExternalRef) (map[daybook.ExternalRef]daybook.Facts, error) {
	keys := make([]spanner.KeySet, len(refs))
	for i, r := range refs {
		keys[i] = bookKey(b, r.System, r.ID)
	}
	out := make(map[daybook.ExternalRef]daybook.Facts)
	opts := &spanner.ReadOptions{Index: byExternalRef, RequestTag: "daybook/external_refs"}
	columns := []string{"BusinessDate", "Kind", "EntryId", "ExternalSystem", "ExternalId"}
	err := tx.ReadWithOptions(ctx, entries, spanner.KeySets(keys...), columns, opts).Do(func(r *spanner.Row) error {
		var x refRow
		if err := r.ToStruct(&x); err != nil {
			return err
		}
		id, err := ids.ParseUUID(x.EntryId)
		out[daybook.ExternalRef{System: x.ExternalSystem, ID: x.ExternalId}] = daybook.Facts{
			ID: id, Kind: ledger.Kind(x.Kind), BusinessDate: fromCivil(x.BusinessDate),
		}
		return err
	})
	return out, err
}

// refRow is what the index EntriesByExternalRef holds of an entry.
type refRow struct {
	BusinessDate   civil.Date
	Kind           string
	EntryId        string //nolint:revive // the column's name
	ExternalSystem string
	ExternalId     string //nolint:revive // the column's name
}
