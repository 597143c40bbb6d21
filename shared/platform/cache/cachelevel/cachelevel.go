// Package cachelevel keeps the second level of the cache in Firestore. It reads and writes documents; what
// counts is package cachedoc's to say.
package cachelevel

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

// Timeout bounds one call: a report that has to be made takes about that long itself.
const Timeout = 300 * time.Millisecond

// Guard carries out a call, or refuses it while Firestore is known to fail: a breaker.
type Guard func(ctx context.Context, call func(context.Context) error) error

// Level is the documents of one Firestore database. It is safe for concurrent use.
type Level struct {
	client *firestore.Client
	guard  Guard
}

// New is a level; without a guard every call is tried.
func New(client *firestore.Client, guard Guard) *Level {
	if guard == nil {
		guard = func(ctx context.Context, call func(context.Context) error) error { return call(ctx) }
	}
	return &Level{client, guard}
}

// Look reads an entry with the heads of the books and the marks of their shards: one RPC. Firestore gives
// documents with the promise that those given before have not changed when the last one was read, so no
// mark is younger than a head beside it.
func (l *Level) Look(ctx context.Context, id string, books []tenant.Book) (f cachedoc.Found, err error) {
	defer fault.Wrap(&err, "cachelevel.Look")
	refs := []*firestore.DocumentRef{l.client.Collection(cachedoc.Entries).Doc(id)}
	shards := map[int64]bool{}
	for _, b := range books {
		refs = append(refs, l.client.Collection(cachedoc.Heads).Doc(cachedoc.HeadID(b)))
		shards[b.Shard()] = true
	}
	for shard := range shards {
		refs = append(refs, l.client.Collection(cachedoc.Marks).Doc(cachedoc.MarkID(shard)))
	}
	var docs []*firestore.DocumentSnapshot
	err = l.call(ctx, func(ctx context.Context) (err error) {
		docs, err = l.client.GetAll(ctx, refs)
		return err
	})
	if err != nil {
		return f, err
	}
	if docs[0].Exists() {
		f.Entry = &cachedoc.Entry{}
		if err := docs[0].DataTo(f.Entry); err != nil {
			return f, err
		}
	}
	heads, marks := docs[1:1+len(books)], docs[1+len(books):]
	all, err := decode[cachedoc.Head](heads)
	if err != nil {
		return f, err
	}
	for i, h := range all {
		f.AddHead(books[i], h)
	}
	f.Marks, err = decode[cachedoc.Mark](marks)
	return f, err
}

// decode is documents; one that is missing is zero.
func decode[T any](docs []*firestore.DocumentSnapshot) ([]T, error) {
	out := make([]T, len(docs))
	for i, d := range docs {
		if !d.Exists() {
			continue
		}
		if err := d.DataTo(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Put writes an entry: one RPC.
func (l *Level) Put(ctx context.Context, id string, e cachedoc.Entry) (err error) {
	defer fault.Wrap(&err, "cachelevel.Put")
	return l.call(ctx, func(ctx context.Context) error {
		_, err := l.client.Collection(cachedoc.Entries).Doc(id).Set(ctx, e)
		return err
	})
}

func (l *Level) call(ctx context.Context, call func(context.Context) error) error {
	return l.guard(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, Timeout)
		defer cancel()
		return call(ctx)
	})
}
