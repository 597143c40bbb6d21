// Package ledger keeps the windows of rate limiters in Firestore, where all instances find them: one
// small document a key, written where nobody wrote it meanwhile.
//
// It owns the collection limits. Its fields must be exempt from indexes, since they rise with time;
// expireAt is the collection's TTL field.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/limiter"
)

const collection = "limits"

// Ledger is a limiter.Ledger. It is safe for concurrent use, and made once a process.
type Ledger struct {
	client  *firestore.Client
	breaker *breaker.Breaker
}

// Open makes the client of a project's default database, or of the emulator that
// FIRESTORE_EMULATOR_HOST names. It sends nothing yet; ctx does not bound what is opened. b keeps a
// Firestore that fails from being waited for.
func Open(ctx context.Context, project string, b *breaker.Breaker, opts ...option.ClientOption) (_ *Ledger, err error) {
	defer fault.Wrap(&err, "ledger.Open(%s)", project)
	client, err := firestore.NewClient(context.WithoutCancel(ctx), project, opts...)
	if err != nil {
		return nil, err
	}
	return &Ledger{client: client, breaker: b}, nil
}

// Close ends the client.
func (l *Ledger) Close() error { return l.client.Close() }

// document is that of a key. Keys are hashed: they may hold what an id must not, and ids in a row would
// lie together.
func (l *Ledger) document(key string) *firestore.DocumentRef {
	sum := sha256.Sum256([]byte(key))
	return l.client.Collection(collection).Doc(hex.EncodeToString(sum[:16]))
}

// do makes a call through the breaker. The time-out is the limiter's own, which gives as much as it has
// to give: so one is always Firestore's failure.
func (l *Ledger) do(ctx context.Context, call func(context.Context) error) error {
	t, err := l.breaker.Allow(ctx)
	if err != nil {
		return err
	}
	verdict := breaker.Silent
	defer func() { l.breaker.Done(ctx, t, verdict, err) }()
	err = call(ctx)
	if verdict = l.breaker.Judge(ctx, t, err); err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		verdict = breaker.Failed
	}
	return err
}

// fields is a document: a limiter.Record.
type fields struct {
	Newest   int64     `firestore:"newest"`
	Taken    []int64   `firestore:"taken"`
	ExpireAt time.Time `firestore:"expireAt"`
}

// Load reads a record.
func (l *Ledger) Load(ctx context.Context, key string) (r limiter.Record, v limiter.Version, err error) {
	defer fault.Wrap(&err, "ledger.Load")
	err = l.do(ctx, func(ctx context.Context) error {
		doc, err := l.document(key).Get(ctx)
		if status.Code(err) == codes.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		var f fields
		if err := doc.DataTo(&f); err != nil {
			return err
		}
		r, v = limiter.Record{Newest: f.Newest, Taken: f.Taken}, limiter.Version{At: doc.UpdateTime}
		return nil
	})
	return r, v, err
}

// Store writes a record where it has not moved, in one RPC.
func (l *Ledger) Store(ctx context.Context, key string, r limiter.Record, v limiter.Version, keep time.Duration) (_ limiter.Version, err error) {
	defer fault.Wrap(&err, "ledger.Store")
	f := fields{Newest: r.Newest, Taken: r.Taken, ExpireAt: time.Now().Add(keep)}
	moved := false
	err = l.do(ctx, func(ctx context.Context) error {
		var done *firestore.WriteResult
		var err error
		if v.At.IsZero() {
			done, err = l.document(key).Create(ctx, f)
		} else {
			done, err = l.document(key).Update(ctx, []firestore.Update{
				{Path: "newest", Value: f.Newest}, {Path: "taken", Value: f.Taken}, {Path: "expireAt", Value: f.ExpireAt},
			}, firestore.LastUpdateTime(v.At))
		}
		switch status.Code(err) {
		case codes.AlreadyExists, codes.FailedPrecondition, codes.NotFound, codes.Aborted:
			moved = true
		}
		if err == nil {
			v = limiter.Version{At: done.UpdateTime}
		}
		return err
	})
	if moved {
		return v, limiter.ErrMoved
	}
	return v, err
}
