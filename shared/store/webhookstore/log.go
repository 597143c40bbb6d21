package webhookstore

import (
	"context"
	"slices"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/eventlog"
)

// LogQuery asks for deliveries to one endpoint, the latest event first.
type LogQuery struct {
	Status DeliveryStatus // empty: all
	After  eventlog.Position
	Limit  int
}

// LogPage is a page of deliveries. With a filter it may be short or empty although Next is set: the
// page ends where the scan did.
type LogPage struct {
	Deliveries []Delivery
	Next       eventlog.Position // zero on the last page
}

// Log lists deliveries: a key range of each shard, merged.
func (s *Store) Log(ctx context.Context, to Target, q LogQuery) (page LogPage, err error) {
	defer fault.Wrap(&err, "webhookstore.Log")
	perShard := q.Limit
	if q.Status != "" {
		perShard = max(s.limits.scanned, q.Limit)
	}
	var parts [tenant.Shards][]Delivery
	g, ctx := errgroup.WithContext(ctx)
	snap := s.db.Snapshot()
	for shard := range parts {
		g.Go(func() error {
			keys := logRange(int64(shard), to, q.After)
			opts := &spanner.ReadOptions{Limit: perShard, RequestTag: "webhooks/log"}
			return snap.Read(ctx, deliveries, keys, deliveryColumns, opts, func(r *spanner.Row) error {
				d, err := readDelivery(r)
				parts[shard] = append(parts[shard], d)
				return err
			})
		})
	}
	if err := g.Wait(); err != nil {
		return page, failureOf(err)
	}
	return merge(parts[:], perShard, q), nil
}

func logRange(shard int64, to Target, after eventlog.Position) spanner.KeyRange {
	prefix := spanner.Key{shard, string(to.Org), to.ID}
	if after == (eventlog.Position{}) {
		return spanner.KeyRange{Start: prefix, End: prefix, Kind: spanner.ClosedClosed}
	}
	return spanner.KeyRange{Start: deliveryKey(shard, to, after), End: prefix, Kind: spanner.OpenClosed}
}

// merge makes a page of what the shards gave. A shard that gave as much as it was asked for may have
// more behind its last row, so nothing beyond that row is known to come next.
func merge(parts [][]Delivery, perShard int, q LogQuery) (page LogPage) {
	var all []Delivery
	var horizon *Delivery
	for _, part := range parts {
		all = append(all, part...)
		if n := len(part); n == perShard && (horizon == nil || newestFirst(part[n-1], *horizon) < 0) {
			horizon = &part[n-1]
		}
	}
	slices.SortFunc(all, newestFirst)
	for _, d := range all {
		if horizon != nil && newestFirst(d, *horizon) > 0 {
			break
		}
		if q.Status != "" && d.Status != q.Status {
			continue
		}
		if len(page.Deliveries) == q.Limit { // one more is there
			page.Next = page.Deliveries[q.Limit-1].Position
			return page
		}
		page.Deliveries = append(page.Deliveries, d)
	}
	if horizon != nil {
		page.Next = horizon.Position
	}
	return page
}

// newestFirst is the order of the table within an endpoint: events of one commit stand as in the feed.
func newestFirst(a, b Delivery) int {
	if c := b.At.Compare(a.At); c != 0 {
		return c
	}
	return a.Position.Compare(b.Position)
}
