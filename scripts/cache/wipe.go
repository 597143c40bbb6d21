package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"cloud.google.com/go/firestore"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

const (
	// page is how many documents are deleted before the next are looked for.
	page = 500
	// pageTimeout bounds one page.
	pageTimeout = time.Minute
	// sayEvery is how often progress is told.
	sayEvery = time.Second
)

// errMore means that a wipe has ended before all was gone.
var errMore = errors.New("there is more: run it again")

// wiper deletes what the second level holds.
type wiper struct {
	client *firestore.Client
	out    io.Writer
	atMost int // documents; 0 for all

	deleted int
	said    time.Time
}

func (w *wiper) wipe(ctx context.Context) error {
	if err := w.floor(ctx); err != nil {
		return err
	}
	for _, c := range []struct{ collection, things string }{{cachedoc.Entries, "values"}, {cachedoc.Heads, "heads"}} {
		n, err := w.empty(ctx, c.collection)
		fmt.Fprintf(w.out, "%d %s deleted\n", n, c.things)
		if err != nil {
			return err
		}
	}
	if err := w.floor(ctx); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "the marks of %d shards say that nothing older counts\n", tenant.Shards)
	return nil
}

// floor makes the marks anew: what was read before this moment does not count, and how far the heads are is
// not known.
func (w *wiper) floor(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	//nolint:staticcheck // SA1019: all marks in one commit, which a BulkWriter has not
	batch := w.client.Batch()
	now := time.Now().UnixNano()
	for shard := range int64(tenant.Shards) {
		batch.Set(w.client.Collection(cachedoc.Marks).Doc(cachedoc.MarkID(shard)), cachedoc.Mark{Floor: now})
	}
	_, err := batch.Commit(ctx)
	return err
}

// empty deletes a collection page by page, and gives how many documents it has deleted.
func (w *wiper) empty(ctx context.Context, collection string) (n int, err error) {
	for {
		limit := page
		if w.atMost > 0 {
			limit = min(limit, w.atMost-w.deleted)
		}
		if limit == 0 {
			return n, errMore
		}
		gone, last, err := w.page(ctx, collection, limit)
		n += gone
		w.deleted += gone
		if err != nil || last {
			return n, err
		}
		if time.Since(w.said) >= sayEvery {
			w.said = time.Now()
			fmt.Fprintf(w.out, "%s: %d so far\n", collection, n)
		}
	}
}

// page deletes at most limit documents; the second result says that there were fewer.
func (w *wiper) page(ctx context.Context, collection string, limit int) (gone int, last bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	docs, err := w.client.Collection(collection).Select().Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return 0, false, err
	}
	bulk := w.client.BulkWriter(ctx)
	jobs := make([]*firestore.BulkWriterJob, len(docs))
	for i, doc := range docs {
		if jobs[i], err = bulk.Delete(doc.Ref); err != nil {
			return 0, false, err
		}
	}
	bulk.End()
	for _, job := range jobs {
		if _, failed := job.Results(); failed != nil {
			err = failed
			continue
		}
		gone++
	}
	return gone, len(docs) < limit, err
}
