package webhookstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/daybookstore"
)

// Change is a change as it was asked for.
type Change struct {
	Org     tenant.OrgID
	Subject string // who asks
	Key     string // his idempotency key
	Request any    // what tells two requests under one key apart
}

// Result is what a change came to.
type Result struct {
	Endpoint
	Secret   webhook.Secret // only of the call that made it, and of its repetition within Overlap
	At       time.Time      // its commit; of a repetition the endpoint's last one
	Replayed bool           // the change had taken effect before this call
}

// command is a change in the form in which an endpoint remembers it.
type command struct {
	cause   daybook.Hash // of caller, operation and key
	request [sha256.Size]byte
}

func (c Change) command(operation string) (command, error) {
	b, err := json.Marshal(c.Request)
	book := tenant.Book{Org: c.Org, Property: tenant.Setup}
	return command{
		cause:   daybook.KeyFor(book, c.Subject, "webhook/"+operation, c.Key),
		request: sha256.Sum256(append([]byte(operation+"\n"), b...)),
	}, err
}

// maxCommands is how many commands an endpoint remembers: the creation, and the last ones. Who repeats a
// call does so at once, not after so many others.
const maxCommands = 20

// took looks for a command among those that took effect: ErrKeyReused when its key stands for
// another request.
func (e Endpoint) took(c command) (bool, error) {
	for _, known := range e.commands {
		if bytes.HasPrefix(known, c.cause[:]) {
			if !bytes.Equal(known[len(c.cause):], c.request[:]) {
				return false, daybookstore.ErrKeyReused
			}
			return true, nil
		}
	}
	return false, nil
}

// remember notes that a command takes effect.
func (e *Endpoint) remember(c command) {
	known := append([][]byte(nil), e.commands...)
	if len(known) >= maxCommands {
		known = append(known[:1], known[2:]...) // the first is the creation
	}
	e.commands = append(known, append(c.cause[:], c.request[:]...))
}

// renew gives the endpoint a new secret, made by a command. The one that it has signs on for Overlap.
func (e *Endpoint) renew(c command, now time.Time) {
	fresh := &keys{secret: webhook.NewSecret(), cause: c.cause}
	if e.keys != nil {
		fresh.old, fresh.oldUntil = e.keys.secret, now.Add(Overlap)
	}
	e.keys, e.SecretAt = fresh, now
}

// shown is the endpoint's secret, if the command is the one that made it and did so lately. The secret is
// stored anyway, since it signs, so that a caller who lost the first reply gets it by sending the same
// call again; after Overlap a rotation gives him another.
func (e Endpoint) shown(c command, now time.Time) webhook.Secret {
	if e.Status == deleted || e.keys.cause != c.cause || now.After(e.SecretAt.Add(Overlap)) {
		return nil
	}
	return e.keys.secret
}

// edit is what a change does to an endpoint that is there and not deleted: it changes e, and gives the
// rows beside it.
type edit func(ctx context.Context, tx *spanner.ReadWriteTransaction, c command, e *Endpoint) ([]*spanner.Mutation, error)

// change carries out one change of an endpoint: its row is read and locked, and written with the
// command in it, so that a repeated change finds itself done. ErrNotFound when the organisation has
// no such endpoint.
func (s *Store) change(ctx context.Context, in Change, operation, id string, do edit) (res Result, err error) {
	defer fault.Wrap(&err, "webhookstore.%s", operation)
	c, err := in.command(operation)
	if err != nil {
		return res, err
	}
	at := Target{Org: in.Org, ID: id}
	return s.commit(ctx, operation, func(ctx context.Context, tx *spanner.ReadWriteTransaction) (Result, error) {
		found, err := readEndpoints(ctx, tx, at.key())
		if err != nil {
			return Result{}, err
		}
		if len(found) == 0 {
			return Result{}, fault.ErrNotFound
		}
		e := found[0]
		done, err := e.took(c)
		if e.Status == deleted && (!done || operation != deleting) {
			return Result{}, fault.ErrNotFound
		}
		if err != nil || done {
			return Result{Endpoint: e, Secret: e.shown(c, s.now()), At: e.UpdatedAt, Replayed: done}, err
		}
		rows, err := do(ctx, tx, c, &e)
		if err != nil {
			return Result{}, err
		}
		e.remember(c)
		return Result{Endpoint: e, Secret: e.shown(c, s.now())}, tx.BufferWrite(append(rows, e.mutation(false, s.now())))
	})
}

// deleting is the one operation whose endpoint may be gone when it is repeated.
const deleting = "delete"

// errDone ends a transaction that found its change made already.
var errDone = errors.New("replay")

// commit runs f in a transaction until its outcome is known: the endpoint's row tells whether an
// earlier run took effect.
func (s *Store) commit(ctx context.Context, operation string, f func(context.Context, *spanner.ReadWriteTransaction) (Result, error)) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for doubts := 0; ; doubts++ {
		var res Result
		out, err := s.db.ReadWrite(ctx, "webhooks/"+operation, func(ctx context.Context, tx *spanner.ReadWriteTransaction) (err error) {
			if res, err = f(ctx, tx); err == nil && res.Replayed {
				err = errDone
			}
			return err
		})
		switch {
		case err == nil:
			res.At = out.CommitTime
			if res.CreatedAt.IsZero() {
				res.CreatedAt = out.CommitTime
			}
			res.UpdatedAt = out.CommitTime
		case errors.Is(err, errDone):
			res.Replayed = doubts == 0 && !out.Unknown // else it was this call that did it
		case out.Unknown && ctx.Err() == nil && doubts < maxDoubts:
			continue
		case doubts > 0 && unsettled(err):
			return Result{}, errors.Join(daybookstore.ErrOutcomeUnknown, err)
		default:
			return Result{}, failure(err, spannerdb.Outcome{Unknown: out.Unknown})
		}
		return res, nil
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
