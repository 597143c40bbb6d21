package spannerdb

import (
	"context"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"
)

// Snapshot reads several ranges as they were at one moment, one RPC each: the first read is a
// strong single-use read, the later ones are single-use reads at exactly its timestamp. A
// read-only transaction would begin with an RPC of its own. It is safe for concurrent use; reads
// that start before the timestamp is known wait for it.
//
// The timestamp must stay within the database's version retention (1 hour by default).
type Snapshot struct {
	db  *DB
	low bool
	mu  sync.Mutex
	at  time.Time // zero before the first read
}

// Snapshot is a view of the database at the moment of its first read.
func (db *DB) Snapshot() *Snapshot { return &Snapshot{db: db} }

// SnapshotAt is a view of the database at a timestamp: of a caller's token, or of some seconds
// ago. A timestamp in the future makes reads wait until it has passed. One that is old enough for a
// replica has each read take a route of its own: they show the same moment, whichever routes they take.
func (db *DB) SnapshotAt(at time.Time) *Snapshot {
	return &Snapshot{db: db, at: at.UTC()}
}

// LowPriority has the snapshot's reads give way to others: those of a report to those of a post. It is
// said before the first read.
func (s *Snapshot) LowPriority() *Snapshot {
	s.low = true
	return s
}

func (s *Snapshot) options(opts *spanner.ReadOptions) *spanner.ReadOptions {
	if !s.low {
		return opts
	}
	o := spanner.ReadOptions{}
	if opts != nil {
		o = *opts
	}
	o.Priority = sppb.RequestOptions_PRIORITY_LOW
	return &o
}

// Timestamp is what the reads stand at, UTC; the zero time before the first read.
func (s *Snapshot) Timestamp() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// Read calls each for every row of keys, in the order of the primary key, until it returns an
// error, which Read returns as it is. each may read from the same snapshot. opts may be nil.
func (s *Snapshot) Read(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions, each func(*spanner.Row) error) error {
	opts = s.options(opts)
	s.mu.Lock()
	unlock := sync.OnceFunc(s.mu.Unlock)
	defer unlock()
	if !s.at.IsZero() {
		at := s.at
		unlock()
		if s.db.routed(at) {
			r := routedRead{db: s.db, at: at, table: table, keys: keys, columns: columns, opts: opts, each: each}
			return r.do(ctx)
		}
		tx := s.db.client.Single().WithTimestampBound(spanner.ReadTimestamp(at))
		return tx.ReadWithOptions(ctx, table, keys, columns, opts).Do(each)
	}

	// Spanner tells the timestamp of a strong read with its first row, or with its end.
	tx := s.db.client.Single()
	settle := sync.OnceFunc(func() {
		if at, err := tx.Timestamp(); err == nil {
			s.at = at.UTC()
		}
		unlock()
	})
	err := tx.ReadWithOptions(ctx, table, keys, columns, opts).Do(func(r *spanner.Row) error {
		settle()
		return each(r)
	})
	settle()
	return err
}

// ReadUsingIndex is Read over an index, in its order. The columns must be in the index.
func (s *Snapshot) ReadUsingIndex(ctx context.Context, table, index string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions, each func(*spanner.Row) error) error {
	o := spanner.ReadOptions{}
	if opts != nil {
		o = *opts
	}
	o.Index = index
	return s.Read(ctx, table, keys, columns, &o, each)
}
