// Package correctionstore is the net under the write path: it compares day rows with their events,
// queues what differs, and puts it right in a transaction of its own, with an event as evidence. Day
// rows are right at every commit; what differs was a foreign write, a defect or an import.
//
// It owns the tables Corrections, CorrectionDecisions and CorrectionSweeps. What is right, and how a
// row becomes so, is for daybook.Audit to say. A count and a closed day are never corrected without an
// owner's approval; damaged events never.
package correctionstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
)

const (
	// repairTimeout bounds one repair or decision: it reads the events of the open window.
	repairTimeout = 8 * time.Second
	// reserve is kept of a call's time for what is under way when it ends.
	reserve = 3 * time.Second
)

// The tables and the index, as in schemas/schema.sql.
const (
	corrections = "Corrections"
	dueIndex    = "DueCorrections"
	decisions   = "CorrectionDecisions"
	sweeps      = "CorrectionSweeps"
)

// Topic is where a process says that it has queued something.
const Topic = "correction-nudges"

// Wake is the message that says so.
func Wake() publish.Message {
	return publish.Message{Attributes: map[string]string{"corrections": "queued"}}
}

// Store detects, queues and repairs for all properties in one database.
type Store struct {
	db       *spannerdb.DB
	now      func() time.Time
	property func(context.Context, tenant.Book) (setup.Property, error)
	nudge    func(context.Context, tenant.Book, time.Time)
	wake     func(context.Context)
	lot      func(n int) int
	stale    time.Duration
	probe    func(Point)
}

// Options of a Store. Now and Property are required.
type Options struct {
	// Now tells the instant.
	Now func() time.Time
	// Property is one property; fault.ErrNotFound where there is none.
	Property func(context.Context, tenant.Book) (setup.Property, error)
	// Nudge is told of each commit with an event, so that whoever reads the feed may look. It must return
	// soon, and cannot fail.
	Nudge func(context.Context, tenant.Book, time.Time)
	// Wake is told that something was queued. It must return soon, and cannot fail.
	Wake func(context.Context)
	// Staleness is how old the sweeps' reads may be: from some seconds on any replica can answer.
	Staleness time.Duration
	// Probe is called at the named Points; tests end the process there.
	Probe func(Point)
}

// Point is a moment between two steps, at which a process may end.
type Point string

// The points. Whatever ends there, the state that others come to is the same (I9).
const (
	BeforeQueue  Point = "before-queue"
	AfterQueue   Point = "after-queue" // the sweep has not moved yet
	BeforeRepair Point = "before-repair"
	AfterRepair  Point = "after-repair"
)

// New is a store.
func New(db *spannerdb.DB, o Options) *Store {
	s := &Store{
		db: db, now: func() time.Time { return o.Now().UTC() }, property: o.Property, nudge: o.Nudge, wake: o.Wake,
		lot: rand.IntN, stale: o.Staleness, probe: o.Probe,
	}
	if s.nudge == nil {
		s.nudge = func(context.Context, tenant.Book, time.Time) {}
	}
	if s.wake == nil {
		s.wake = func(context.Context) {}
	}
	if s.probe == nil {
		s.probe = func(Point) {}
	}
	return s
}

// Property is a property as comparisons need it.
func Property(p setup.Property) daybook.Property {
	return daybook.Property{Currency: p.Currency, GoLive: p.GoLive}
}

// openDay is the date in whose stream the evidence about closed dates belongs (daybook.State.OpenDay).
func (s *Store) openDay(p setup.Property, lastClosed bizdate.Date) (bizdate.Date, error) {
	zone, err := p.Zone()
	st := daybook.State{Property: Property(p), Days: []daybook.Day{{Date: lastClosed, Closed: !lastClosed.IsZero()}}}
	if err == nil {
		st.Today = bizdate.Of(s.now(), zone, p.CutoffMinutes)
	}
	return st.OpenDay(), err
}

// enough reports whether a call has time for another step.
func enough(ctx context.Context) bool {
	at, bounded := ctx.Deadline()
	return ctx.Err() == nil && (!bounded || time.Until(at) > reserve)
}

// failure is the answer to an error of the database that no decision explains.
func failure(err error, out spannerdb.Outcome) error {
	switch {
	case err == nil || fault.From(err) != nil:
		return err
	case out.Unknown:
		return errors.Join(daybookstore.ErrOutcomeUnknown, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errors.Join(daybookstore.ErrUnavailable, err)
	}
	switch spanner.ErrCode(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
		return errors.Join(daybookstore.ErrUnavailable, err)
	}
	return err
}

// failureOf is failure for what reads alone.
func failureOf(err error) error { return failure(err, spannerdb.Outcome{}) }

// moment reads at one timestamp.
type moment struct {
	db *spannerdb.DB
	at time.Time
}

// ReadWithOptions is one read without locks: one RPC.
func (m moment) ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator {
	o := *opts
	o.LockHint = 0 // locks are for read-write transactions
	return m.db.Client().Single().WithTimestampBound(spanner.ReadTimestamp(m.at)).ReadWithOptions(ctx, table, keys, columns, &o)
}
