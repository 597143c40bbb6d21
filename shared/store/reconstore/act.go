package reconstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
)

// Operation is something that is done about a reconciliation.
type Operation string

// The operations.
const (
	OpSet    Operation = "set"
	OpImport Operation = "import"
	OpRemove Operation = "remove"
	OpRun    Operation = "run"
	OpMatch  Operation = "match"
	OpUndo   Operation = "undo"
)

// Act is something that somebody wants done, once.
type Act struct {
	Book    tenant.Book
	Subject string // who asks
	Key     string // his idempotency key
	Request any    // what tells two requests under one key apart
}

// Done is an act that took effect.
type Done[T any] struct {
	Outcome  T
	At       time.Time // its commit
	Replayed bool      // it had taken effect before this call
}

// command is an act made ready.
type command struct {
	Act
	op   Operation
	id   ids.UUID
	hash [sha256.Size]byte
}

func (a Act) command(op Operation) (command, error) {
	b, err := json.Marshal(a.Request)
	key := daybook.KeyFor(a.Book, a.Subject, "reconcile/"+string(op), a.Key)
	return command{Act: a, op: op, id: hashed(key[:]), hash: sha256.Sum256(append([]byte(string(op)+"\n"), b...))}, err
}

// hashed is the id that a hash gives.
func hashed(sum []byte) ids.UUID {
	id := ids.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x80 // version 8: made from a hash
	id[8] = id[8]&0x3f | 0x80
	return id
}

// derive is the n-th id that the command makes.
func (c command) derive(what string) ids.UUID {
	sum := sha256.Sum256([]byte(c.id.String() + "/" + what))
	return hashed(sum[:])
}

// insert is the row that says that the command took effect, and what was told of it.
func (c command) insert(outcome any) (*spanner.Mutation, error) {
	told, err := json.Marshal(outcome)
	r := newRow(c.Book)
	r["ActId"], r["RequestHash"], r["Operation"] = c.id.String(), c.hash[:], string(c.op)
	r["Outcome"], r["Subject"], r["RecordedAt"] = string(told), c.Subject, spanner.CommitTimestamp
	return spanner.InsertMap(actsTable, r), err
}

// errDone ends a transaction that found its command done already.
var errDone = errors.New("replay")

// told looks whether a command took effect: errDone, with what was told of it in d.
// daybookstore.ErrKeyReused when its key stands for another request.
func told[T any](ctx context.Context, tx any, c command, d *Done[T]) error {
	var found error
	err := each(ctx, tx, actsTable, bookKey(c.Book, c.id.String()), []string{"RequestHash", "Outcome", "RecordedAt"}, nil, func(r *spanner.Row) error {
		var hash []byte
		var outcome string
		if err := r.Columns(&hash, &outcome, &d.At); err != nil {
			return err
		}
		d.At, d.Replayed = d.At.UTC(), true
		if !bytes.Equal(hash, c.hash[:]) {
			found = daybookstore.ErrKeyReused
			return nil
		}
		found = errDone
		return json.Unmarshal([]byte(outcome), &d.Outcome)
	})
	if err != nil {
		return err
	}
	return found
}

// before looks whether a command took effect before what it stands on is read, which may have changed
// since. With an error d is no answer, unless that is errDone.
func before[T any](ctx context.Context, s *Store, c command) (d Done[T], err error) {
	err = told(ctx, s.db.Single(), c, &d)
	if errors.Is(err, errDone) {
		observe(ctx, c.op, "replay")
		return d, err
	}
	return Done[T]{}, failureOf(err)
}

// settled is the answer of before: nil for errDone.
func settled(err error) error {
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// work is what a command does in its transaction: its outcome and its rows.
type work[T any] func(ctx context.Context, tx *spanner.ReadWriteTransaction) (T, []*spanner.Mutation, error)

// perform carries out a command in one transaction, with the row of its act.
func perform[T any](ctx context.Context, s *Store, c command, do work[T]) (Done[T], error) {
	var d Done[T]
	at, err := s.commit(ctx, "reconcile/"+string(c.op), func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		d = Done[T]{}
		if err := told(ctx, tx, c, &d); err != nil {
			return err
		}
		outcome, rows, err := do(ctx, tx)
		if err != nil {
			return err
		}
		d.Outcome = outcome
		act, err := c.insert(outcome)
		if err != nil {
			return err
		}
		return tx.BufferWrite(append(rows, act))
	})
	switch {
	case errors.Is(err, errDone):
		observe(ctx, c.op, "replay")
		return d, nil
	case err != nil:
		observe(ctx, c.op, outcomeOf(err))
		return Done[T]{}, err
	}
	d.At = at
	observe(ctx, c.op, "effect")
	return d, nil
}

// commit runs f in a transaction until its outcome is known: f finds itself what an earlier run did.
func (s *Store) commit(ctx context.Context, tag string, f func(context.Context, *spanner.ReadWriteTransaction) error) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for doubts := 0; ; doubts++ {
		out, err := s.db.ReadWrite(ctx, tag, f)
		switch {
		case err == nil:
			return out.CommitTime, nil
		case errors.Is(err, errDone):
			return time.Time{}, err
		case out.Unknown && ctx.Err() == nil && doubts < maxDoubts:
			continue
		case doubts > 0 && unsettled(err):
			return time.Time{}, errors.Join(daybookstore.ErrOutcomeUnknown, err)
		}
		return time.Time{}, failure(err, out)
	}
}

// unsettled reports whether err is a failure to come to a decision, and no decision.
func unsettled(err error) bool {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable, fault.OutcomeUnknown:
		return true
	}
	return false
}

// Logged is an act in the log.
type Logged struct {
	ID        string
	Operation Operation
	Subject   string
	At        time.Time
}

// Log lists what was done about a reconciliation, the latest first, from before a time on; the zero
// time is now.
func (s *Store) Log(ctx context.Context, b tenant.Book, before time.Time, limit int) (_ []Logged, err error) {
	defer fault.Wrap(&err, "reconstore.Log")
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	if !before.IsZero() {
		keys.Start, keys.Kind = bookKey(b, before), spanner.OpenClosed
	}
	var out []Logged
	opts := &spanner.ReadOptions{Index: logIndex, Limit: limit, RequestTag: "reconcile/log"}
	columns := []string{"ActId", "Operation", "Subject", "RecordedAt"}
	err = each(ctx, s.db.Single(), actsTable, keys, columns, opts, func(r *spanner.Row) error {
		var l Logged
		err := r.Columns(&l.ID, (*string)(&l.Operation), &l.Subject, &l.At)
		l.At = l.At.UTC()
		out = append(out, l)
		return err
	})
	return out, failureOf(err)
}
