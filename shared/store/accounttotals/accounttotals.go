// Package accounttotals is the read model AccountTotals: what each account took on each posted date
// in each payment mode. It is folded from the feed, in the commit of the consumer's cursor, and can
// be thrown away and rebuilt.
//
// It owns the tables AccountTotals and ReadModels. A generation is one whole set of rows with a
// cursor of its own; one of them is read, another may be in the making.
package accounttotals

import (
	"context"
	"fmt"
	"maps"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
)

// Name is the read model's, in ReadModels and, with a generation, in FeedCursors.
const Name = "account-totals"

// batch is how many events a commit takes: at most four legs each and twelve cells a row are 24,000
// of the 80,000 that a commit may hold. Legs of one account, date and mode share a row.
const batch = 500

// ConsumerName is the cursor of a generation.
func ConsumerName(generation int64) string { return fmt.Sprintf("%s/%d", Name, generation) }

// Projector keeps the live generation up to date.
type Projector struct {
	db    *spannerdb.DB
	now   func() time.Time
	probe func(feed.Point)
	live  runners
}

// New is a projector. probe is for tests, and may be nil.
func New(db *spannerdb.DB, now func() time.Time, probe func(feed.Point)) *Projector {
	return &Projector{db: db, now: now, probe: probe}
}

// Drain projects what was committed in a shard; see feed.Runner.
func (p *Projector) Drain(ctx context.Context, shard int64, at time.Time) error {
	r, err := p.Runner(ctx)
	if err != nil {
		return err
	}
	return r.Drain(ctx, shard, at)
}

// Sweep projects what was committed in all shards, and then deletes what a rebuild has left over.
func (p *Projector) Sweep(ctx context.Context) error {
	r, err := p.Runner(ctx)
	if err != nil {
		return err
	}
	if err := r.Sweep(ctx); err != nil {
		return err
	}
	return DropOld(ctx, p.db)
}

// Runner is the consumer of the generation that is live now.
func (p *Projector) Runner(ctx context.Context) (*feed.Runner, error) {
	m, err := ReadModel(ctx, p.db.SnapshotAt(p.now()))
	if err != nil {
		return nil, err
	}
	return p.live.of(m.Live, func() *feed.Runner { return feed.New(p.db, consumer(m.Live, p.probe), p.now) }), nil
}

// consumer folds the feed into a generation.
func consumer(generation int64, probe func(feed.Point)) feed.Consumer {
	return feed.Consumer{
		Name: ConsumerName(generation), Batch: batch, Probe: probe,
		Handle: func(ctx context.Context, b *feed.Batch) (feed.Effect, error) {
			f := newFold()
			for _, e := range b.Events {
				if err := f.add(e); err != nil {
					return nil, feed.Poison(e, err)
				}
			}
			return f.effect(ctx, b.State, generation)
		},
	}
}

// totals are the accounts of one book.
type totals = map[report.Account]report.Total

// fold is what some events add to the totals, book by book.
type fold struct {
	sums map[tenant.Book]totals
	last map[tenant.Book]eventlog.Stored // whom to name when a sum does not fit
}

func newFold() *fold {
	return &fold{sums: map[tenant.Book]totals{}, last: map[tenant.Book]eventlog.Stored{}}
}

// add takes an event: all or nothing of it.
func (f *fold) add(e eventlog.Stored) error {
	own, err := postings(e)
	if err != nil {
		return err
	}
	return f.put(e, own)
}

// postings is what one event adds to the accounts. Events of setup streams post nothing.
func postings(e eventlog.Stored) (totals, error) {
	if e.Book.Property == tenant.Setup {
		return nil, nil
	}
	posted, err := bizdate.Parse(e.Stream)
	if err != nil {
		return nil, fmt.Errorf("%w: stream %q", daybook.ErrBadEvent, e.Stream)
	}
	data, err := daybook.DecodeData(e.Type, e.Schema, e.Raw.Data)
	if err != nil {
		return nil, err
	}
	own := totals{}
	return own, report.Totals(own, posted, data)
}

// put adds what postings gave.
func (f *fold) put(e eventlog.Stored, own totals) error {
	if len(own) == 0 {
		return nil
	}
	sums := f.sums[e.Book]
	if sums == nil {
		sums = totals{}
		f.sums[e.Book] = sums
	}
	after := make(totals, len(own))
	for k, t := range own {
		sum, err := sums[k].Add(t)
		if err != nil {
			return err
		}
		after[k] = sum
	}
	maps.Copy(sums, after)
	f.last[e.Book] = e
	return nil
}

// effect adds the fold to the rows of a generation, as they stand: one RPC.
func (f *fold) effect(ctx context.Context, state *spannerdb.Snapshot, generation int64) (feed.Effect, error) {
	if len(f.sums) == 0 {
		return nil, nil
	}
	before, err := f.rows(ctx, state, generation)
	if err != nil {
		return nil, err
	}
	var ms []*spanner.Mutation
	var change Checksum
	made := int64(0)
	for book, sums := range f.sums {
		for k, t := range sums {
			r := row{Book: book, Account: k, Generation: generation}
			old, found := before[r]
			if found {
				change = change.Sub(r.hash(old))
			} else {
				made++
			}
			if t, err = old.Add(t); err != nil {
				return nil, feed.Poison(f.last[book], err)
			}
			change = change.Add(r.hash(t))
			ms = append(ms, r.mutation(t))
		}
	}
	return func(_ context.Context, _ *spanner.ReadWriteTransaction, c *feed.Cursor) ([]*spanner.Mutation, error) {
		c.Rows += made
		c.Checksum = Checksum(c.Checksum).Add(change)
		return ms, nil
	}, nil
}

// rows is the fold's accounts as they stand.
func (f *fold) rows(ctx context.Context, state *spannerdb.Snapshot, generation int64) (map[row]report.Total, error) {
	var keys []spanner.Key
	for book, sums := range f.sums {
		for k := range sums {
			keys = append(keys, row{Book: book, Account: k, Generation: generation}.key())
		}
	}
	found := make(map[row]report.Total, len(keys))
	opts := &spanner.ReadOptions{RequestTag: "account-totals/rows"}
	err := state.Read(ctx, table, spanner.KeySetFromKeys(keys...), columns, opts, func(sr *spanner.Row) error {
		r, t, err := readRow(sr)
		found[r] = t
		return err
	})
	return found, err
}
