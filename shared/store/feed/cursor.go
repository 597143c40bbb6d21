package feed

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

const (
	shards  = tenant.Shards
	cursors = "FeedCursors"
)

var cursorColumns = []string{
	"Consumer", "ShardId", "RecordedAt", "OrgId", "PropertyId", "StreamId", "Version",
	"EventCount", "ParkedCount", "RowCount", "Checksum", "LeaseHolder", "LeaseUntil", "MovedAt",
}

// Cursor is how far a consumer is in a shard: a row of FeedCursors.
type Cursor struct {
	Consumer string
	Shard    int64
	eventlog.Position
	Events   int64    // consumed since the beginning
	Parked   int64    // events that wait in ParkedEvents
	Rows     int64    // of a read model
	Checksum [32]byte // of a read model: see readmodel

	LeaseHolder string
	LeaseUntil  time.Time
	MovedAt     time.Time // commit time of the last move
}

// cursorRow is a row of FeedCursors: the columns of cursorColumns.
type cursorRow struct {
	Consumer    string
	ShardId     int64 //nolint:revive // the column's name
	RecordedAt  time.Time
	OrgId       spanner.NullString //nolint:revive // the column's name
	PropertyId  spanner.NullString //nolint:revive // the column's name
	StreamId    spanner.NullString //nolint:revive // the column's name
	Version     spanner.NullInt64
	EventCount  int64
	ParkedCount int64
	RowCount    int64
	Checksum    []byte
	LeaseHolder spanner.NullString
	LeaseUntil  spanner.NullTime
	MovedAt     time.Time
}

func readCursor(r *spanner.Row) (Cursor, error) {
	var x cursorRow
	if err := r.ToStruct(&x); err != nil {
		return Cursor{}, err
	}
	c := Cursor{
		Consumer: x.Consumer, Shard: x.ShardId,
		Position: eventlog.Position{
			At: x.RecordedAt.UTC(), Org: tenant.OrgID(x.OrgId.StringVal), Property: tenant.PropertyID(x.PropertyId.StringVal),
			Stream: x.StreamId.StringVal, Version: x.Version.Int64,
		},
		Events: x.EventCount, Parked: x.ParkedCount, Rows: x.RowCount,
		LeaseHolder: x.LeaseHolder.StringVal, LeaseUntil: x.LeaseUntil.Time.UTC(), MovedAt: x.MovedAt.UTC(),
	}
	copy(c.Checksum[:], x.Checksum)
	return c, nil
}

// Mutation writes the cursor as it stands.
func (c Cursor) Mutation() *spanner.Mutation {
	return spanner.InsertOrUpdate(cursors, cursorColumns, []any{
		c.Consumer, c.Shard, c.At, null(string(c.Org)), null(string(c.Property)), null(c.Stream),
		spanner.NullInt64{Int64: c.Version, Valid: !c.Whole()}, c.Events, c.Parked, c.Rows, c.Checksum[:],
		null(c.LeaseHolder), spanner.NullTime{Time: c.LeaseUntil, Valid: c.LeaseHolder != ""}, spanner.CommitTimestamp,
	})
}

func null(s string) spanner.NullString { return spanner.NullString{StringVal: s, Valid: s != ""} }

// same reports whether nobody has moved the cursor since other was read.
func (c Cursor) same(other Cursor) bool {
	return c.Position == other.Position && c.Events == other.Events && c.Parked == other.Parked && c.LeaseHolder == other.LeaseHolder
}

func (c Cursor) leasedByAnother(me string, now time.Time) bool {
	return c.LeaseHolder != "" && c.LeaseHolder != me && now.Before(c.LeaseUntil)
}

// Lag is by how much the cursor's watermark is behind now.
func (c Cursor) Lag(now time.Time) time.Duration { return max(0, now.Sub(c.Watermark())) }

// ReadCursor is a consumer's cursor in a shard, at the snapshot's moment; one that has never moved
// stands at the beginning.
func ReadCursor(ctx context.Context, s *spannerdb.Snapshot, consumer string, shard int64) (Cursor, error) {
	c := Cursor{Consumer: consumer, Shard: shard}
	err := s.Read(ctx, cursors, spanner.Key{consumer, shard}, cursorColumns, &spanner.ReadOptions{RequestTag: "feed/cursor"},
		func(row *spanner.Row) (err error) {
			c, err = readCursor(row)
			return err
		})
	return c, err
}

// ReadAll is a consumer's cursors in all shards, at the snapshot's moment.
func ReadAll(ctx context.Context, s *spannerdb.Snapshot, consumer string) ([]Cursor, error) {
	all := make([]Cursor, shards)
	for i := range all {
		all[i] = Cursor{Consumer: consumer, Shard: int64(i)}
	}
	err := s.Read(ctx, cursors, spanner.Key{consumer}.AsPrefix(), cursorColumns, &spanner.ReadOptions{RequestTag: "feed/cursors"},
		func(row *spanner.Row) error {
			c, err := readCursor(row)
			if err == nil && c.Shard >= 0 && c.Shard < shards {
				all[c.Shard] = c
			}
			return err
		})
	return all, err
}

// ReadEvery is the cursors of all consumers, by consumer and shard, at the snapshot's moment: 1 RPC.
func ReadEvery(ctx context.Context, s *spannerdb.Snapshot) ([]Cursor, error) {
	var all []Cursor
	err := s.Read(ctx, cursors, spanner.AllKeys(), cursorColumns, &spanner.ReadOptions{RequestTag: "feed/all_cursors"},
		func(row *spanner.Row) error {
			c, err := readCursor(row)
			all = append(all, c)
			return err
		})
	return all, err
}

// Locked is the cursor in a transaction that will move it.
func Locked(ctx context.Context, tx *spanner.ReadWriteTransaction, consumer string, shard int64) (Cursor, error) {
	c := Cursor{Consumer: consumer, Shard: shard}
	opts := &spanner.ReadOptions{LockHint: sppb.ReadRequest_LOCK_HINT_EXCLUSIVE}
	err := tx.ReadWithOptions(ctx, cursors, spanner.Key{consumer, shard}, cursorColumns, opts).Do(func(row *spanner.Row) (err error) {
		c, err = readCursor(row)
		return err
	})
	return c, err
}

// Forget deletes a consumer's cursors: one that is never run again.
func Forget(consumer string) *spanner.Mutation {
	return spanner.Delete(cursors, spanner.Key{consumer}.AsPrefix())
}

// Standing is how far a consumer is over all shards.
type Standing struct {
	Watermark time.Time // of the shard that is behind most; zero where one has never been read
	Events    int64
	Parked    int64
	Rows      int64
}

// StandingOf adds up a consumer's cursors.
func StandingOf(all []Cursor) Standing {
	s := Standing{Watermark: all[0].Watermark()}
	for _, c := range all {
		if w := c.Watermark(); w.Before(s.Watermark) {
			s.Watermark = w
		}
		s.Events, s.Parked, s.Rows = s.Events+c.Events, s.Parked+c.Parked, s.Rows+c.Rows
	}
	return s
}
