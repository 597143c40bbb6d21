// Package heads keeps one small Firestore document a name, its head: when the thing of that name last
// changed. Who changes it moves the head; who shows it, in any instance, watches the head and looks
// again. A head is a hint: nothing is lost with it, since watchers look by themselves too.
//
// It owns the collection heads. It does not know what the names stand for.
package heads

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
)

const (
	collection = "heads"
	// changedAt is in nanoseconds since 1970, an int64: Firestore's maximum transform takes numbers
	// and no timestamps. It must be exempt from indexes, as every field that only rises.
	changedAt = "changedAt"
	// prefix stands before every name in its document's id, which must not be ".", ".." or "__x__".
	prefix = "h."
	// maxName bounds a name in bytes; Firestore takes ids of 1,500.
	maxName = 200
	// commitWrites is how many documents Firestore takes in a commit.
	commitWrites = 500
	// moveTimeout bounds one commit.
	moveTimeout = 5 * time.Second
)

// ErrHead means that a head cannot be moved: its name is not one of letters, digits, '.', '_', '-'
// and ':', at most 200, or its time is none.
var ErrHead = fault.New(fault.Internal, "bad_head", "a head's name or time cannot be used")

// ErrUnavailable means that Firestore did not take a move; it may be made again.
var ErrUnavailable = fault.New(fault.Unavailable, "heads_unavailable", "heads cannot be moved at the moment")

// Heads is the heads of one Firestore database. It is safe for concurrent use, and made once a
// process.
type Heads struct {
	client *firestore.Client
	board  *board
}

// Open makes the client of a project's default database, or of the emulator that
// FIRESTORE_EMULATOR_HOST names. It sends nothing yet; ctx does not bound what is opened.
func Open(ctx context.Context, project string, opts ...option.ClientOption) (_ *Heads, err error) {
	defer fault.Wrap(&err, "heads.Open(%s)", project)
	ctx = context.WithoutCancel(ctx)
	h := &Heads{}
	if h.client, err = firestore.NewClient(ctx, project, opts...); err != nil {
		return nil, err
	}
	h.board = newBoard(ctx, h.follow)
	return h, nil
}

// Client is the client of the same database, for others who keep documents there. Close closes it.
func (h *Heads) Client() *firestore.Client { return h.client }

// Close ends the listeners and the client; watchers hear nothing more.
func (h *Heads) Close() error {
	h.board.close()
	return h.client.Close()
}

// Reach is nil where Firestore answers: one read of a document, be it there or not.
func (h *Heads) Reach(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "heads.Reach")
	_, err = h.document("reach").Get(ctx)
	if status.Code(err) == codes.NotFound {
		return nil
	}
	return err
}

// Move says that the names have changed at their times, at most 500 of them in a commit. A head only
// moves forward: moves that come twice, late or in another order change nothing. An error of kind
// Unavailable may have moved some of them, and the call may be made again.
//
// Firestore wants about one write a second and document in the long run: who has more news of a name
// than that sends the latest.
func (h *Heads) Move(ctx context.Context, at map[string]time.Time) (err error) {
	defer fault.Wrap(&err, "heads.Move")
	for name, t := range at {
		if !usable(name) || t.UnixNano() <= 0 {
			return ErrHead.With("name", name)
		}
	}
	names := slices.Sorted(maps.Keys(at)) // in one order, so that two commits do not wait for each other
	for some := range slices.Chunk(names, commitWrites) {
		err := h.commit(ctx, some, at)
		outcome := attribute.String("innkeep.outcome", status.Code(err).String())
		moveCount.Add(ctx, int64(len(some)), metric.WithAttributes(outcome))
		if err != nil {
			return unavailable(err)
		}
	}
	return nil
}

// commit writes some heads in one RPC.
func (h *Heads) commit(ctx context.Context, names []string, at map[string]time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	//nolint:staticcheck // SA1019: a BulkWriter sends 20 writes an RPC, a transaction begins with one of its own
	batch := h.client.Batch()
	for _, name := range names {
		maximum := firestore.FieldTransformMaximum(at[name].UnixNano())
		batch.Set(h.document(name), map[string]any{changedAt: maximum}, firestore.MergeAll)
	}
	_, err := batch.Commit(ctx)
	return err
}

func (h *Heads) document(name string) *firestore.DocumentRef {
	return h.client.Collection(collection).Doc(prefix + name)
}

// Watch gives the time of a head: at once where it is known, and each time that it moves. The channel
// holds the latest time alone, so who reads slowly misses none that counts. It stays silent for a name
// that cannot be one, for a head that was never moved, and while Firestore cannot be reached: watchers
// look from time to time without being woken. It is never closed.
//
// The watch ends with the function that is returned, and with ctx. All watches of a name in a process
// share one listener.
func (h *Heads) Watch(ctx context.Context, name string) (<-chan time.Time, func()) {
	if !usable(name) {
		return make(chan time.Time), func() {}
	}
	return h.board.watch(ctx, name)
}

// follow tells a head's times from its listener until that fails or ctx ends.
func (h *Heads) follow(ctx context.Context, name string, moved func(time.Time)) error {
	it := h.document(name).Snapshots(ctx)
	defer it.Stop()
	for {
		doc, err := it.Next()
		if err != nil {
			return err
		}
		at := time.Time{} // no such head: the listener is well all the same
		if n, ok := doc.Data()[changedAt].(int64); ok {
			at = time.Unix(0, n).UTC()
		}
		moved(at)
	}
}

func usable(name string) bool {
	for _, c := range []byte(name) {
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && c != '.' && c != '_' && c != '-' && c != ':' {
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

func unavailable(err error) error {
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted, codes.Internal:
		return errors.Join(ErrUnavailable, err)
	}
	return err
}
