package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

const parkedTable = "ParkedEvents"

// maxCause is how much of an error's text is kept, in bytes.
const maxCause = 1000

// Status is where a parked event stands.
type Status string

// The statuses. PARKED and HELD wait; the others are evidence.
const (
	StatusParked  Status = "PARKED"  // the consumer could not take it
	StatusHeld    Status = "HELD"    // it waits behind a parked one of its stream
	StatusRetried Status = "RETRIED" // it was taken later
	StatusDropped Status = "DROPPED" // somebody decided that it is never taken
)

// wants is the column Wanted, by what the row is to become.
var wants = map[Status]string{StatusRetried: "RETRY", StatusDropped: "DROP"}

// Parked is an event that a consumer has set aside: a row of ParkedEvents.
type Parked struct {
	Book      tenant.Book
	Stream    string
	Version   int64
	Status    Status
	Cause     string
	Attempts  int64
	ParkedAt  time.Time
	Wanted    Status // RETRIED or DROPPED: what was asked for and is not done yet; empty for nothing
	WantedBy  string
	DecidedBy string // who had it retried or dropped
	DecidedAt time.Time
}

// poison is an event that can never succeed as things are.
type poison struct {
	event eventlog.Stored
	cause error
}

func (p *poison) Error() string {
	return fmt.Sprintf("event %s/%d of %s: %v", p.event.Stream, p.event.Version, p.event.Book.Property, p.cause)
}

func (p *poison) Unwrap() error { return p.cause }

// Poison is the error by which a consumer says that it cannot take this event, now or later: the
// event is parked with the cause, and the others go on.
func Poison(e eventlog.Stored, cause error) error { return &poison{e, cause} }

// stream names one stream of events.
type stream struct {
	book tenant.Book
	id   string
}

func streamOf(e eventlog.Stored) stream { return stream{e.Book, e.Stream} }

func (p Parked) stream() stream { return stream{p.Book, p.Stream} }

func (p Parked) open() bool { return p.Status == StatusParked || p.Status == StatusHeld }

// parked is a poisoned event and those of its stream that wait behind it.
func parked(events []eventlog.Stored, cause error) []Parked {
	all := make([]Parked, len(events))
	for i, e := range events {
		all[i] = hold(e)
	}
	all[0].Status, all[0].Attempts = StatusParked, 1
	all[0].Cause = cause.Error()[:min(len(cause.Error()), maxCause)]
	return all
}

// Park is the row of an event that a consumer could not take, for who builds its state another way
// than by the feed.
func Park(consumer string, e eventlog.Stored, cause error) *spanner.Mutation {
	return parked([]eventlog.Stored{e}, cause)[0].mutation(consumer)
}

func hold(e eventlog.Stored) Parked {
	return Parked{Book: e.Book, Stream: e.Stream, Version: e.Version, Status: StatusHeld, Cause: "an earlier event of its stream is parked"}
}

var parkedColumns = []string{
	"OrgId", "PropertyId", "StreamId", "Version", "Status", "Cause", "Attempts", "ParkedAt", "Wanted", "WantedBy", "DecidedBy", "DecidedAt",
}

func (p Parked) key(consumer string) spanner.Key {
	return spanner.Key{consumer, p.Book.Shard(), string(p.Book.Org), string(p.Book.Property), p.Stream, p.Version}
}

func (p Parked) mutation(consumer string) *spanner.Mutation {
	since := p.ParkedAt
	if since.IsZero() {
		since = spanner.CommitTimestamp
	}
	values := append(p.key(consumer), string(p.Status), p.Cause, p.Attempts, since, null(wants[p.Wanted]), null(p.WantedBy))
	columns := append([]string{"Consumer", "ShardId"}, parkedColumns[:10]...)
	if p.DecidedBy != "" {
		columns, values = append(columns, "DecidedBy", "DecidedAt"), append(values, p.DecidedBy, spanner.CommitTimestamp)
	}
	return spanner.InsertOrUpdate(parkedTable, columns, values)
}

func readParkedRow(r *spanner.Row) (Parked, error) {
	var p Parked
	var wanted, asked, by spanner.NullString
	var at spanner.NullTime
	err := r.Columns((*string)(&p.Book.Org), (*string)(&p.Book.Property), &p.Stream, &p.Version, (*string)(&p.Status),
		&p.Cause, &p.Attempts, &p.ParkedAt, &wanted, &asked, &by, &at)
	for status, text := range wants {
		if wanted.Valid && wanted.StringVal == text {
			p.Wanted, p.WantedBy = status, asked.StringVal
		}
	}
	p.DecidedBy, p.DecidedAt = by.StringVal, at.Time.UTC()
	return p, err
}

// readParked is all that a consumer has set aside in a shard, in the order of the streams.
func readParked(ctx context.Context, s *spannerdb.Snapshot, consumer string, shard int64) ([]Parked, error) {
	var all []Parked
	err := s.Read(ctx, parkedTable, spanner.Key{consumer, shard}.AsPrefix(), parkedColumns, &spanner.ReadOptions{RequestTag: "feed/parked"},
		func(r *spanner.Row) error {
			p, err := readParkedRow(r)
			all = append(all, p)
			return err
		})
	return all, err
}

// maxListed is how many parked events a list gives at most; more than that is one defect, not many.
const maxListed = 1000

// errEnough ends a list.
var errEnough = errors.New("enough")

// ListParked is what a consumer has set aside, shard by shard, at most 1,000; all of it or only what
// waits.
func ListParked(ctx context.Context, s *spannerdb.Snapshot, consumer string, waiting bool) ([]Parked, error) {
	var all []Parked
	err := s.Read(ctx, parkedTable, spanner.Key{consumer}.AsPrefix(), parkedColumns, &spanner.ReadOptions{RequestTag: "feed/parked"},
		func(r *spanner.Row) error {
			p, err := readParkedRow(r)
			if err != nil || waiting && !p.open() {
				return err
			}
			if all = append(all, p); len(all) == maxListed {
				return errEnough
			}
			return nil
		})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return all, err
}

// Waiting is the events of a book that a consumer has set aside and that wait, by their places in the
// feed: one range, and their rows for the times of their commits.
func Waiting(ctx context.Context, s *spannerdb.Snapshot, consumer string, b tenant.Book) ([]eventlog.Position, error) {
	var keys []spanner.KeySet
	prefix := spanner.Key{consumer, b.Shard(), string(b.Org), string(b.Property)}.AsPrefix()
	err := s.Read(ctx, parkedTable, prefix, parkedColumns, &spanner.ReadOptions{RequestTag: "feed/waiting"}, func(r *spanner.Row) error {
		p, err := readParkedRow(r)
		if err == nil && p.open() {
			keys = append(keys, spanner.Key{b.Shard(), string(b.Org), string(b.Property), p.Stream, p.Version})
		}
		return err
	})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	var at []eventlog.Position
	opts := &spanner.ReadOptions{RequestTag: "feed/waiting_events"}
	err = s.Read(ctx, eventlog.Table, spanner.KeySets(keys...), eventlog.Columns, opts, func(r *spanner.Row) error {
		e, err := eventlog.Read(r)
		at = append(at, e.Position())
		return err
	})
	return at, err
}
