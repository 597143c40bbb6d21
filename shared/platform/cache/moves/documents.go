package moves

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

const (
	// markTimeout bounds the writing of a mark, and the reading of all.
	markTimeout = 2 * time.Second
	// foldsAtOnce is how many heads of a flush are folded at a time: each is a transaction of three RPCs.
	foldsAtOnce = 16
	// foldAttempts is how often a transaction is tried that somebody else has crossed.
	foldAttempts = 2
)

// documents is the heads and marks in Firestore.
type documents struct{ client *firestore.Client }

// write moves some heads: those that are folded in a transaction each, all others by one BulkWriter. It is
// a fresh one, since a BulkWriter takes one write of a document in its life.
func (d *documents) write(ctx context.Context, all []News) []error {
	errs := make([]error, len(all))
	jobs := make([]*firestore.BulkWriterJob, len(all))
	var folds errgroup.Group
	folds.SetLimit(foldsAtOnce)
	bulk := d.client.BulkWriter(ctx)
	for i, n := range all {
		if n.Fold.IsZero() {
			jobs[i], errs[i] = bulk.Set(d.head(n.Head), raised(n.At), firestore.MergeAll)
		}
	}
	for i, n := range all {
		if !n.Fold.IsZero() {
			folds.Go(func() error {
				errs[i] = d.fold(ctx, n)
				return nil
			})
		}
	}
	bulk.End()
	for i, job := range jobs {
		if job != nil {
			_, errs[i] = job.Results()
		}
	}
	_ = folds.Wait()
	return errs
}

func (d *documents) head(id string) *firestore.DocumentRef {
	return d.client.Collection(cachedoc.Heads).Doc(id)
}

// raised is the write that moves scopes on: nothing but maximum transforms, so that it may come twice, late
// or in any order.
func raised(at map[string]int64) map[string]any {
	scopes := make(map[string]any, len(at))
	for field, ns := range at {
		scopes[field] = firestore.FieldTransformMaximum(ns)
	}
	return map[string]any{cachedoc.At: scopes}
}

// fold moves a head on and makes it small, on what stands in it: no other write comes between.
func (d *documents) fold(ctx context.Context, n News) error {
	ref := d.head(n.Head)
	return d.client.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		head, err := read[cachedoc.Head](tx.Get(ref))
		if err != nil {
			return err
		}
		return tx.Set(ref, cachedoc.Head{At: folded(head.At, n.At, n.Fold)})
	}, firestore.MaxAttempts(foldAttempts))
}

// read is a document, or the zero value where there is none.
func read[T any](doc *firestore.DocumentSnapshot, err error) (v T, _ error) {
	if status.Code(err) == codes.NotFound {
		return v, nil
	}
	if err == nil && doc.Exists() {
		err = doc.DataTo(&v)
	}
	return v, err
}

func (d *documents) mark(ctx context.Context, shard int64, at time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	watermark := map[string]any{cachedoc.Watermark: firestore.FieldTransformMaximum(at.UnixNano())}
	_, err := d.client.Collection(cachedoc.Marks).Doc(cachedoc.MarkID(shard)).Set(ctx, watermark, firestore.MergeAll)
	return err
}

func (d *documents) marks(ctx context.Context) ([]time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	refs := make([]*firestore.DocumentRef, tenant.Shards)
	for shard := range refs {
		refs[shard] = d.client.Collection(cachedoc.Marks).Doc(cachedoc.MarkID(int64(shard)))
	}
	docs, err := d.client.GetAll(ctx, refs)
	if err != nil {
		return nil, err
	}
	all := make([]time.Time, len(docs))
	for i, doc := range docs {
		m, err := read[cachedoc.Mark](doc, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", refs[i].ID, err)
		}
		if m.Watermark > 0 {
			all[i] = time.Unix(0, m.Watermark).UTC()
		}
	}
	return all, nil
}

// outcome names how a write ended.
func outcome(err error) string {
	if err == nil {
		return "moved"
	}
	return status.Code(err).String()
}
