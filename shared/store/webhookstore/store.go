// Package webhookstore keeps where organisations want their events sent, what is to be sent there,
// and what came of it. One row an event and endpoint is inserted with the cursor of the feed; who sends
// claims rows by a lease, and settles them by a schedule that ends after 3 days.
//
// It owns the tables WebhookEndpoints and WebhookDeliveries. It sends nothing itself: that is
// webhookstore/courier's.
package webhookstore

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
)

const (
	// timeout bounds one change or read: less than the 10 s of the events service.
	timeout = 8 * time.Second
	// maxDoubts is how often a change goes on after a commit whose outcome nobody told.
	maxDoubts = 4
	// MaxEndpoints is how many endpoints an organisation has at most: each event has a row for each.
	MaxEndpoints = 10
	// maxRows bounds what an organisation can leave behind by making and deleting endpoints; deleted
	// ones go after 30 days.
	maxRows = 200
	// Overlap is how long the old secret signs beside the new one after a rotation, and how long the
	// call that made a secret shows it again when it is repeated.
	Overlap = 24 * time.Hour
)

// The tables and the index, as in schemas/schema.sql.
const (
	endpoints  = "WebhookEndpoints"
	deliveries = "WebhookDeliveries"
	due        = "DueDeliveries"
)

var (
	// ErrTooMany means that an organisation has as many endpoints as it may have.
	ErrTooMany = fault.New(fault.Conflict, "too_many_webhook_endpoints", "an organisation has at most 10 webhook endpoints")
	// ErrDeleted means that a call is repeated whose endpoint was deleted since.
	ErrDeleted = fault.New(fault.Conflict, "webhook_endpoint_deleted", "the endpoint that this call created was deleted")
	// ErrDisabled means that nothing can be sent to an endpoint, since it is not enabled.
	ErrDisabled = fault.New(fault.Conflict, "webhook_endpoint_disabled", "the endpoint is not enabled")
	// ErrEventType means that there is no event of the name.
	ErrEventType = fault.New(fault.Invalid, "unknown_event_type", "there is no event of this type")
)

// Store reads and changes the endpoints and deliveries of all organisations in one database.
type Store struct {
	db     *spannerdb.DB
	now    func() time.Time
	check  func(ctx context.Context, url string) error
	jitter func(n int64) int64
	limits limits
}

// limits are what one call reads at most; tests set smaller ones.
type limits struct{ duePage, scanned, replayEvents, replayProperties int }

var standard = limits{
	duePage:          500, // index rows of a page of DueTargets, most of them of endpoints that fail now
	scanned:          500, // rows of a shard that a page of the log with a filter looks at: 16 shards make 8,000
	replayEvents:     500, // rows of about 25 cells are far from what a commit may hold, and sent within minutes
	replayProperties: 200, // event ranges, one RPC each
}

// Options of a Store.
type Options struct {
	// Now tells the instant.
	Now func() time.Time
	// Check judges an address before it is taken: webhook.Client.Check.
	Check func(ctx context.Context, url string) error
	// Jitter draws a lot from 0 to n - 1, which spreads the attempts; math/rand when nil.
	Jitter func(n int64) int64
}

// New is a store.
func New(db *spannerdb.DB, o Options) *Store {
	if o.Jitter == nil {
		o.Jitter = lot
	}
	return &Store{db: db, now: func() time.Time { return o.Now().UTC() }, check: o.Check, jitter: o.Jitter, limits: standard}
}

// Now is the store's clock, UTC.
func (s *Store) Now() time.Time { return s.now() }

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

// reader is a transaction of either sort.
type reader interface {
	ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator
}
