package accounttotals

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
)

const (
	rebuilds = "Rebuilds"
	// chunkRows is how many rows a commit of a rebuild writes: 12 cells each are 24,000 of the 80,000.
	chunkRows = 2_000
	// stepTimeout bounds one read or commit of a rebuild.
	stepTimeout = 30 * time.Second
)

// ShardProgress is how far a rebuild is in a shard: a row of Rebuilds.
type ShardProgress struct {
	Shard       int64
	BuiltTo     time.Time   // every event up to it is in what is built
	After       tenant.Book // the books up to it are done
	Events      int64
	Parked      int64 // events that could not be folded
	Rows        int64
	Differences int64 // rows of the live generation that are not what the events say
	Checksum    Checksum
	Done        bool
}

var rebuildColumns = []string{
	"ReadModel", "Generation", "ShardId", "BuiltTo", "OrgId", "PropertyId", "EventCount", "ParkedCount", "RowCount",
	"DifferenceCount", "Checksum", "Done", "MovedAt",
}

func (s ShardProgress) mutation(generation int64) *spanner.Mutation {
	text := func(v string) spanner.NullString { return spanner.NullString{StringVal: v, Valid: v != ""} }
	return spanner.InsertOrUpdate(rebuilds, rebuildColumns, []any{
		Name, generation, s.Shard, s.BuiltTo, text(string(s.After.Org)), text(string(s.After.Property)), s.Events, s.Parked, s.Rows,
		s.Differences, s.Checksum[:], s.Done, spanner.CommitTimestamp,
	})
}

// readProgress is how far a shard is; one that has not begun is built up to now.
func readProgress(ctx context.Context, s *spannerdb.Snapshot, generation, shard int64, now time.Time) (ShardProgress, error) {
	p := ShardProgress{Shard: shard, BuiltTo: now.UTC()}
	err := s.Read(ctx, rebuilds, spanner.Key{Name, generation, shard}, rebuildColumns[3:12], nil, func(r *spanner.Row) error {
		var org, property spanner.NullString
		var sum []byte
		err := r.Columns(&p.BuiltTo, &org, &property, &p.Events, &p.Parked, &p.Rows, &p.Differences, &sum, &p.Done)
		p.After = tenant.Book{Org: tenant.OrgID(org.StringVal), Property: tenant.PropertyID(property.StringVal)}
		copy(p.Checksum[:], sum)
		return err
	})
	return p, err
}

// shard builds what is left of a shard. What it has committed stays when it ends early; rows of a
// book that it had begun are written again, and are the same, since they are what the events up to
// BuiltTo say.
func (rb *rebuild) shard(ctx context.Context, shard int64) error {
	now := rb.now()
	done, err := readProgress(ctx, rb.db.SnapshotAt(now), rb.model.Shadow, shard, now)
	if err != nil || done.Done {
		rb.note(done, Differences{})
		return err
	}
	w, err := newWalk(ctx, rb.db, shard, now)
	if err != nil {
		return err
	}
	w.after, w.builtTo = done.After, done.BuiltTo
	c := chunk{rebuild: rb, at: done}
	err = w.run(ctx, func(p *page) error { return c.book(ctx, p) })
	if err != nil {
		return errors.Join(err, ctx.Err())
	}
	c.at.Done = true
	return c.flush(ctx, c.cursor())
}

// chunk gathers what a commit writes.
type chunk struct {
	*rebuild
	at    ShardProgress
	ms    []*spanner.Mutation
	found Differences
}

// book writes one book's rows, and writes the progress down when there is enough of them.
func (c *chunk) book(ctx context.Context, p *page) error {
	before := c.found.Count
	c.found.compare(p)
	c.at.Differences += c.found.Count - before
	for k, t := range p.folded {
		r := row{Book: p.book, Account: k, Generation: c.model.Shadow}
		c.ms = append(c.ms, r.mutation(t))
		c.at.Rows++
		c.at.Checksum = c.at.Checksum.Add(r.hash(t))
		if len(c.ms) >= chunkRows {
			if err := c.write(ctx, nil); err != nil { // within a book: the progress stays before it
				return err
			}
		}
	}
	for i, e := range p.poison {
		c.ms = append(c.ms, feed.Park(ConsumerName(c.model.Shadow), e, p.causes[i]))
	}
	c.at.Events, c.at.Parked, c.at.After = c.at.Events+p.events, c.at.Parked+int64(len(p.poison)), p.book
	if len(c.ms) < chunkRows/2 {
		return nil
	}
	return c.flush(ctx, nil)
}

// flush writes what was gathered with the progress that it makes.
func (c *chunk) flush(ctx context.Context, more *spanner.Mutation) error {
	c.ms = append(c.ms, c.at.mutation(c.model.Shadow))
	if err := c.write(ctx, more); err != nil {
		return err
	}
	c.note(c.at, c.found)
	c.found = Differences{Count: c.found.Count}
	return nil
}

// write is a blind commit: each row of it is the same however often it is written.
func (c *chunk) write(ctx context.Context, more *spanner.Mutation) error {
	ms := c.ms
	if more != nil {
		ms = append(ms, more)
	}
	if spannerdb.IsEmulator() { // 7,000 rows a second one commit at a time, 4,000 with four of them
		c.writing.Lock()
		defer c.writing.Unlock()
	}
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	_, err := c.db.Client().Apply(ctx, ms, spanner.ApplyAtLeastOnce(), spanner.TransactionTag("rebuild/rows"))
	c.ms = nil
	return err
}

// cursor begins the generation's own walk through the feed, where its building ends.
func (c *chunk) cursor() *spanner.Mutation {
	return feed.Cursor{
		Consumer: ConsumerName(c.model.Shadow), Shard: c.at.Shard, Position: eventlog.End(c.at.BuiltTo),
		Events: c.at.Events, Parked: c.at.Parked, Rows: c.at.Rows, Checksum: c.at.Checksum,
	}.Mutation()
}
