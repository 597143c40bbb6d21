package snapshot

import (
	"context"
	"errors"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/snapshotstore"
)

const (
	// name is the consumer's key in FeedCursors and ParkedEvents.
	name = "snapshot"
	// every is after how many events of a stream its state is kept: a load reads 100 events more than
	// the snapshot at most, and all but the largest days need none.
	every = 100
	// batch is how many events a commit takes. Each may be one with which a snapshot is due, at two
	// RPCs: 4 s at 10 ms each, half of what the feed gives a batch.
	batch = 200
)

// Consumer takes the snapshots as the feed drives it.
func Consumer(db *spannerdb.DB) feed.Consumer {
	return feed.Consumer{Name: name, Batch: batch, Unhurried: true, Handle: function{db}.handle}
}

type function struct{ db *spannerdb.DB }

// handle folds the streams of which a snapshot is due. It reads at the present moment and not at the
// batch's, so as to find the snapshots that earlier batches have left: events 1 to v are the same at
// any later time.
//
// A stream that cannot be folded parks the event with which its snapshot was due; the cause names
// the one that is to blame, which may have come long before. When that is mended, retrying takes
// the snapshot.
func (f function) handle(ctx context.Context, b *feed.Batch) (feed.Effect, error) {
	events := due(b.Events)
	if len(events) == 0 {
		return nil, nil
	}
	s := f.db.Snapshot()
	states := make([]snapshotstore.State, 0, len(events))
	for _, e := range events {
		stream, err := bizdate.Parse(e.Stream)
		if err != nil {
			return nil, feed.Poison(e, err)
		}
		day, err := snapshotstore.LoadAt(ctx, s, e.Book, stream, e.Version)
		if errors.Is(err, snapshotstore.ErrUnfoldable) {
			return nil, feed.Poison(e, err)
		}
		if err != nil {
			return nil, err
		}
		states = append(states, snapshotstore.State{Book: e.Book, Day: day})
	}
	return func(ctx context.Context, tx *spanner.ReadWriteTransaction, _ *feed.Cursor) ([]*spanner.Mutation, error) {
		return snapshotstore.Take(ctx, tx, states)
	}, nil
}

// due are the events with which a snapshot of their stream is to be taken: of each stream the last
// one whose version is a multiple of 100. The setup stream has none: its state stands in tables.
func due(events []eventlog.Stored) []eventlog.Stored {
	type stream struct {
		book tenant.Book
		id   string
	}
	var last []eventlog.Stored
	at := map[stream]int{}
	for _, e := range events {
		if e.Version%every != 0 || e.Book.Property == tenant.Setup {
			continue
		}
		s := stream{e.Book, e.Stream}
		if i, again := at[s]; again {
			last[i] = e
			continue
		}
		at[s] = len(last)
		last = append(last, e)
	}
	return last
}
