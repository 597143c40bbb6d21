package webhookstore

import (
	"context"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/feed"
)

// ConsumerName is the consumer's name in FeedCursors and ParkedEvents.
const ConsumerName = "webhooks"

// consumerBatch is how many events are enqueued in a commit: with 10 endpoints each about 200 * 10 * 25
// cells, 50,000 of the 80,000 that a commit may hold.
const consumerBatch = 200

// Consumer enqueues: a PENDING delivery for each event and each endpoint that wants it, in the commit
// of the cursor, so exactly one row for the two. enqueued hears of the endpoints that got one, maybe
// more than once and before the commit.
func (s *Store) Consumer(enqueued func(shard int64, t Target)) feed.Consumer {
	return feed.Consumer{Name: ConsumerName, Batch: consumerBatch, Handle: func(ctx context.Context, b *feed.Batch) (_ feed.Effect, err error) {
		defer fault.Wrap(&err, "webhookstore.Consumer")
		wanted, err := s.endpointsOf(ctx, b)
		if err != nil {
			return nil, failureOf(err)
		}
		var rows []*spanner.Mutation
		for _, e := range b.Events {
			for _, to := range wanted[e.Book.Org] {
				if to.wants(e.Type, e.At) {
					rows = append(rows, enqueue(to.Target, e.Position(), e.Type, s.now()))
					enqueued(b.Shard, to.Target)
				}
			}
		}
		if len(rows) == 0 {
			return nil, nil
		}
		return func(context.Context, *spanner.ReadWriteTransaction, *feed.Cursor) ([]*spanner.Mutation, error) {
			return rows, nil
		}, nil
	}}
}

// endpointsOf is the endpoints of the batch's organisations as they stood when its events were read:
// one RPC, and no lock that a change of an endpoint would wait for.
func (s *Store) endpointsOf(ctx context.Context, b *feed.Batch) (map[tenant.OrgID][]Endpoint, error) {
	found := map[tenant.OrgID][]Endpoint{}
	var keys []spanner.KeySet
	for _, e := range b.Events {
		if _, known := found[e.Book.Org]; !known {
			found[e.Book.Org] = nil
			keys = append(keys, spanner.Key{string(e.Book.Org)}.AsPrefix())
		}
	}
	opts := &spanner.ReadOptions{RequestTag: "webhooks/consumer"}
	err := s.db.SnapshotAt(b.At).Read(ctx, endpoints, spanner.KeySets(keys...), endpointColumns, opts, func(r *spanner.Row) error {
		e, err := readEndpoint(r)
		found[e.Org] = append(found[e.Org], e)
		return err
	})
	return found, err
}
