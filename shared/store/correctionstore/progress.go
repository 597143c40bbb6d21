package correctionstore

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
)

// walk is how far a walk is in a shard: a row of CorrectionSweeps.
type walk struct {
	sweep sweep
	shard int64
	begun time.Time    // of the cycle
	ended time.Time    // of the cycle; zero while it goes on
	at    tenant.Book  // the property that was compared last, or is being; the zero Book before the first
	below bizdate.Date // its closed days from here on were compared; zero: all of it was
	done  int64        // properties of this cycle so far
	count int64        // properties of the cycle before; 0 before the first has ended
	found int64        // differences of this cycle that were queued
	moved time.Time
}

var progressColumns = []string{
	"BegunAt", "EndedAt", "OrgId", "PropertyId", "BusinessDate", "Properties", "PropertyCount", "FoundCount", "MovedAt",
}

func (s *Store) progress(ctx context.Context, w sweep, shard int64) (walk, error) {
	p := walk{sweep: w, shard: shard}
	err := s.db.Single().Read(ctx, sweeps, spanner.Key{w.name, shard}, progressColumns).Do(p.read)
	return p, err
}

func (p *walk) read(r *spanner.Row) error {
	var ended spanner.NullTime
	var org, property spanner.NullString
	var date spanner.NullDate
	var count spanner.NullInt64
	err := r.Columns(&p.begun, &ended, &org, &property, &date, &p.done, &count, &p.found, &p.moved)
	p.begun, p.ended, p.moved, p.count = p.begun.UTC(), ended.Time.UTC(), p.moved.UTC(), count.Int64
	p.at = tenant.Book{Org: tenant.OrgID(org.StringVal), Property: tenant.PropertyID(property.StringVal)}
	if date.Valid {
		p.below = fromCivil(date.Date)
	}
	return err
}

// cycle begins the next cycle when its time has come.
func (p *walk) cycle(now time.Time) {
	first := p.begun.IsZero()
	if !first && (p.ended.IsZero() || now.Before(p.begun.Add(p.sweep.cycle))) {
		return
	}
	*p = walk{sweep: p.sweep, shard: p.shard, begun: now, count: p.done, moved: p.moved}
}

// length is in what time a cycle is to be done.
func (w sweep) length() time.Duration { return w.cycle - w.cycle/ahead }

// room is how many properties may be compared now, so that a cycle is spread over its time: as many as
// there were in the one before, a page of them at a time where there are many. The first one knows no
// number, and goes as fast as it can.
func (p *walk) room(now time.Time) int {
	switch {
	case !p.ended.IsZero():
		return 0
	case p.count == 0:
		return sweepPage
	}
	length, passed := p.sweep.length(), now.Sub(p.begun)
	if passed >= length {
		return sweepPage
	}
	due := p.count*int64(passed/time.Second)/int64(length/time.Second) + 1 - p.done
	if due < min(p.count/steps, sweepPage) {
		return 0
	}
	return int(min(max(due, 0), sweepPage))
}

// Midway is the rows of walks that have half a cycle behind them in a shard of so many properties, of
// which middle is about the one in the middle: for who brings in an installation as if it had long
// been there.
func Midway(now time.Time, shard, properties int64, middle tenant.Book) (all []*spanner.Mutation) {
	for _, w := range []sweep{openDays, closedDays} {
		p := walk{sweep: w, shard: shard, begun: now.Add(-w.length() / 2), at: middle, done: properties / 2, count: properties}
		all = append(all, p.mutation())
	}
	return all
}

func (p *walk) end(now time.Time) { p.ended, p.at, p.below = now, tenant.Book{}, 0 }

// note writes down how far the walk is. errSettled where somebody else has since: then he walks here.
func (s *Store) note(ctx context.Context, was walk, next *walk) error {
	ctx, cancel := context.WithTimeout(ctx, repairTimeout)
	defer cancel()
	out, err := s.db.ReadWrite(ctx, "corrections/note", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		now := walk{sweep: was.sweep, shard: was.shard}
		opts := &spanner.ReadOptions{LockHint: sppb.ReadRequest_LOCK_HINT_EXCLUSIVE, RequestTag: "corrections/progress"}
		err := tx.ReadWithOptions(ctx, sweeps, spanner.Key{was.sweep.name, was.shard}, progressColumns, opts).Do(now.read)
		if err != nil {
			return err
		}
		if !now.moved.Equal(was.moved) {
			return errSettled
		}
		return tx.BufferWrite([]*spanner.Mutation{next.mutation()})
	})
	next.moved = out.CommitTime
	return failureUnless(err, out)
}

// failureUnless keeps errSettled as it is.
func failureUnless(err error, out spannerdb.Outcome) error {
	if err == errSettled { //nolint:errorlint // our own, returned as it is
		return err
	}
	return failure(err, out)
}

func (p *walk) mutation() *spanner.Mutation {
	row := map[string]any{
		"Sweep": p.sweep.name, "ShardId": p.shard, "BegunAt": p.begun, "EndedAt": spanner.NullTime{Time: p.ended, Valid: !p.ended.IsZero()},
		"OrgId": text(string(p.at.Org)), "PropertyId": text(string(p.at.Property)), "BusinessDate": spanner.NullDate{},
		"Properties": p.done, "PropertyCount": spanner.NullInt64{Int64: p.count, Valid: p.count > 0}, "FoundCount": p.found,
		"MovedAt": spanner.CommitTimestamp,
	}
	if !p.below.IsZero() {
		row["BusinessDate"] = spanner.NullDate{Date: civilDate(p.below), Valid: true}
	}
	return spanner.InsertOrUpdateMap(sweeps, row)
}
