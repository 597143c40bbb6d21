// Package daybookstore is the write path of the day book: it locks what a decision stands on,
// decides, and commits events, entries, day rows and the command's row together. It also reads
// days, entries and events by key and range.
//
// It owns the tables Periods, DailyCashBalances, Entries, CashCounts, DailyStatistics, Events,
// Commands and DailyGrants. It knows nothing of HTTP, tokens or where the setup comes from.
package daybookstore

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/spannerdb"
)

// Store reads and writes the day books of all properties in one database.
type Store struct {
	db       *spannerdb.DB
	now      func() time.Time
	maxCells int // of a commit of many commands
	nudge    func(context.Context, tenant.Book, time.Time)
	suspect  func(context.Context, tenant.Book, bizdate.Date)
	groups   *groups
}

// New is a store; now tells the instant, from which a property's current business date follows.
func New(db *spannerdb.DB, now func() time.Time) *Store {
	s := &Store{
		db: db, now: now, maxCells: maxCells, nudge: func(context.Context, tenant.Book, time.Time) {},
		suspect: func(context.Context, tenant.Book, bizdate.Date) {},
		groups:  newGroups(),
	}
	if spannerdb.IsEmulator() {
		s.maxCells = emulatorCells
	}
	return s
}

// Nudging is the store that calls nudge after each call that has committed, with the book and the
// last commit time: whoever reads the feed may look. nudge must return soon, and cannot fail.
func (s *Store) Nudging(nudge func(context.Context, tenant.Book, time.Time)) *Store {
	c := *s
	c.nudge = nudge
	return &c
}

// Suspecting is the store that calls suspect where a row exists that nothing explains, with the book
// and the date that the command was about: whoever corrects may look. suspect must return soon, and
// cannot fail.
func (s *Store) Suspecting(suspect func(context.Context, tenant.Book, bizdate.Date)) *Store {
	c := *s
	c.suspect = suspect
	return &c
}

// commandTimeout bounds one command with its retries: less than the 10 s of the finance service,
// so that its outcome can still be told.
const commandTimeout = 8 * time.Second

// maxDoubts is how often a call goes on after a commit whose outcome nobody told: more would be a
// storm upon a database that is in trouble already.
const maxDoubts = 4

// Desk is where commands are given: a property and the setup that judges there.
type Desk struct {
	Book          tenant.Book
	Property      daybook.Property
	Zone          *time.Location
	CutoffMinutes int
	Policy        approval.Policy
	Chart         ledger.Chart
}

// Today is the desk's business date at an instant.
func (d Desk) Today(now time.Time) bizdate.Date { return bizdate.Of(now, d.Zone, d.CutoffMinutes) }

// Order is a command as it was given.
type Order struct {
	Actor  approval.Actor
	Key    string // the caller's idempotency key
	Action daybook.Action
	Entry  ids.Entry // what the action is about; zero for actions that are about none
}

// Receipt is the answer to a command that took effect. What callers are told of it is a function of
// Event and At alone, so that a repeated command is told the same (I8).
type Receipt struct {
	Recorded
	Replayed bool // the command had taken effect before this call
}

var (
	// ErrKeyReused means that the idempotency key stands for another request.
	ErrKeyReused = fault.New(fault.KeyReused, "idempotency_key_reused", "the idempotency key was used for another request")
	// ErrOutcomeUnknown means that the time ran out between the commit and its answer.
	ErrOutcomeUnknown = fault.New(fault.OutcomeUnknown, "outcome_unknown", "the command may have taken effect: send it again with the same key")
	// ErrUnavailable means that nothing has happened: the database did not answer in time.
	ErrUnavailable = fault.New(fault.Unavailable, "unavailable", "the books cannot be reached at the moment; nothing has happened")
	// ErrExternalRef means that another entry of the property has the external reference.
	ErrExternalRef = fault.New(fault.Conflict, "external_ref_exists", "another entry of this property has this external reference")
	// errUnexplained is a row that exists although nothing explains it: a defect, told as unavailable
	// so that nobody takes it for an answer.
	errUnexplained = fault.New(fault.Unavailable, "state_unexplained", "the books are in a state that needs a look; nothing has happened")
)

// command is an order made ready: its key, its hash, and the first date that the state must know.
type command struct {
	daybook.Command
	hash  daybook.Hash
	entry ids.Entry
	from  bizdate.Date
}

func (d Desk) command(o Order) command {
	c := command{
		Command: daybook.Command{
			Actor: o.Actor,
			Key:   daybook.KeyFor(d.Book, o.Actor.Subject, o.Action.Operation(), o.Key),
			Do:    o.Action,
		},
		hash:  daybook.RequestHash(o.Action),
		entry: o.Entry,
	}
	switch do := o.Action.(type) {
	case daybook.Record:
		c.from = do.Draft.BusinessDate
	case daybook.Count:
		c.from = do.Date
	case daybook.RecordStatistics:
		c.from = do.Date
	case daybook.Grant: // the open day needs the last closed row, or all open ones
	case daybook.Close, daybook.Reopen:
	case daybook.SetOpening:
		c.from = d.Property.GoLive
	default:
		c.from = o.Entry.Date
	}
	return c
}

// acts reports whether the command is about an existing entry.
func (c command) acts() bool { return c.entry != ids.Entry{} }

// failure is the answer to an error of the database that no decision explains.
func failure(err error, out spannerdb.Outcome) error {
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		return err
	case out.Unknown:
		return errors.Join(ErrOutcomeUnknown, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errors.Join(ErrUnavailable, err) // between two attempts of an aborted transaction
	}
	switch spanner.ErrCode(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
		return errors.Join(ErrUnavailable, err)
	}
	return err
}

// refused reports whether err is a decision, which stands, and no failure to come to one.
func refused(err error) bool {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable, fault.OutcomeUnknown:
		return false
	}
	return true
}

// failureOf is failure for what reads alone.
func failureOf(err error) error {
	if err == nil {
		return nil
	}
	return failure(err, spannerdb.Outcome{})
}

// unexplained logs a state that should not be, tells who corrects of it, and answers it.
func (s *Store) unexplained(ctx context.Context, d Desk, on bizdate.Date, err error) error {
	if on.IsZero() {
		on = d.Today(s.now())
	}
	s.suspect(ctx, d.Book, on)
	return unexplained(ctx, d.Book, err)
}

// unexplained logs a state that should not be, and answers it.
func unexplained(ctx context.Context, b tenant.Book, err error) error {
	slog.ErrorContext(ctx, "a row exists that no command explains",
		"org", string(b.Org), "property", string(b.Property), "error", err.Error())
	return errors.Join(errUnexplained, err)
}

// strong reads each in a transaction of its own, at the moment of the read.
type strong struct{ db *spannerdb.DB }

func (s *Store) strong() strong { return strong{s.db} }

// ReadWithOptions is one strong read: one RPC.
func (r strong) ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator {
	o := *opts
	o.LockHint = sppb.ReadRequest_LOCK_HINT_UNSPECIFIED // locks are for read-write transactions
	return r.db.Single().ReadWithOptions(ctx, table, keys, columns, &o)
}
