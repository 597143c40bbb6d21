// Package spannerdb is Innkeep's use of one Spanner database: one client, transactions that are
// tagged and bounded in time and that say what is known of their outcome, and reads of several
// tables at one timestamp without a transaction of their own.
//
// Reads at a timestamp some seconds old go along read routes: to replicas, each with a client and a limit
// of its own, and to the leader where they fail (package route).
//
// It knows no table. Databases are made by spannerdb/spanneradmin and platform/migrate.
package spannerdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/spannerdb/route"
)

// maxTag is the length of a tag in bytes; Spanner's client cuts what is longer, and two tags
// that are cut alike cannot be told apart.
const maxTag = 50

// emulatorChannels is the number of gRPC connections to the emulator: one read-write transaction
// runs at a time there, and one HTTP/2 connection carries 100 reads beside it.
const emulatorChannels = 1

// ErrNoDeadline means that a transaction was started without a deadline: the client repeats an
// aborted transaction until the deadline, so without one it may never return.
var ErrNoDeadline = fault.New(fault.Internal, "spanner_no_deadline", "the transaction has no deadline")

// ErrTag means that a transaction's tag is empty, or longer than the 50 bytes that Spanner keeps.
var ErrTag = fault.New(fault.Internal, "spanner_tag", "a transaction's tag has 1 to 50 bytes")

// DB is one database. It is safe for concurrent use, and made once a process.
type DB struct {
	name   string
	client *spanner.Client
	gate   chan struct{} // nil outside of the emulator

	pool      *route.Pool
	paths     []*path // of the replicas, in the order of their routes
	staleness time.Duration
	stall     time.Duration
	unobserve func() error
}

// IsEmulator reports whether clients of this process go to the emulator.
func IsEmulator() bool { return os.Getenv("SPANNER_EMULATOR_HOST") != "" }

// Open makes the client of a database, "projects/P/instances/I/databases/D", with the leader as its only
// route. It costs one RPC (CreateSession), which is sent in the background: a database that is missing is
// told by the first call. opts come after the package's own, so a later one wins.
func Open(ctx context.Context, database string, opts ...option.ClientOption) (*DB, error) {
	return OpenRouted(ctx, database, Routing{}, opts...)
}

// OpenRouted is Open with read routes, each with a client of its own. opts are every client's; a route's
// options come after them.
func OpenRouted(ctx context.Context, database string, r Routing, opts ...option.ClientOption) (_ *DB, err error) {
	defer fault.Wrap(&err, "spannerdb.Open(%s)", database)
	if err := r.Routes.check(); err != nil {
		return nil, err
	}
	db := &DB{name: database, staleness: cmp.Or(r.Staleness, defaultStaleness), stall: cmp.Or(r.Stall, defaultStall)}
	leader, replicas, routes := r.split()
	r.Judge.Probe, r.Judge.Changed = db.probe, db.changed
	db.pool = route.New(leader, replicas, r.Judge)
	if db.unobserve, err = observe(db.pool); err != nil {
		return nil, err
	}
	own := []option.ClientOption{
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(leaseCall(db.pool), watchCommit)),
		option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(leaseStream(db.pool))),
	}
	if IsEmulator() {
		db.gate = make(chan struct{}, 1)
	}
	if db.client, err = newClient(ctx, database, spanner.ClientConfig{DynamicChannelPoolConfig: channels(leaderMin, leaderMax)}, append(own, opts...)); err != nil {
		return nil, err
	}
	for _, x := range routes {
		cfg := spanner.ClientConfig{DynamicChannelPoolConfig: channels(replicaMin, replicaMax), DirectedReadOptions: x.directed()}
		own := slices.Concat(replicaOptions, opts, x.Options)
		p := &path{ReadRoute: x, open: func(ctx context.Context) (*spanner.Client, error) { return newClient(ctx, database, cfg, own) }}
		if p.client, err = p.open(ctx); err != nil {
			db.Close()
			return nil, err
		}
		db.paths = append(db.paths, p)
	}
	return db, nil
}

// replicaOptions are those of a replica's client. gRPC's own pause between tries to connect grows to two
// minutes; a route that is back should not wait for that.
var replicaOptions = []option.ClientOption{
	option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(failFast)),
	option.WithGRPCDialOption(grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second},
		MinConnectTimeout: 5 * time.Second,
	})),
}

func newClient(ctx context.Context, database string, cfg spanner.ClientConfig, opts []option.ClientOption) (*spanner.Client, error) {
	// The client's own metrics go to Cloud Monitoring with a call a minute and instance; ours leave by
	// platform/telemetry.
	cfg.DisableNativeMetrics = true
	cfg.DatabaseRole = role()
	if IsEmulator() {
		opts = append([]option.ClientOption{option.WithGRPCConnectionPool(emulatorChannels)}, opts...)
	}
	return spanner.NewClientWithConfig(ctx, database, cfg, opts...)
}

// role is the database role by which the process enters, so that it may touch what its function does and
// no more; "" for all that its account may. The emulator knows no roles.
func role() string {
	if IsEmulator() {
		return ""
	}
	return os.Getenv("INNKEEP_SPANNER_ROLE")
}

// Close ends the clients. Calls that are under way fail.
func (db *DB) Close() {
	_ = db.unobserve() // it fails only where it was done before
	db.pool.Close()
	for _, p := range db.paths {
		p.current().Close()
	}
	db.client.Close()
}

// Client is the client itself, for what this package does not offer. Its read-write transactions
// pass by the emulator's gate: use ReadWrite for those.
func (db *DB) Client() *spanner.Client { return db.client }

// Name is the database's full name.
func (db *DB) Name() string { return db.name }

// Single is a strong read of its own timestamp: one RPC.
func (db *DB) Single() *spanner.ReadOnlyTransaction { return db.client.Single() }

// ReadWrite runs f in a read-write transaction and commits it. f may run more than once, so it
// resets its results at its top. The first read of f begins the transaction; with one read and
// the commit a transaction is two RPCs, without a read it is two as well (BeginTransaction).
//
// tag names the transaction in Spanner's statistics, 1 to 50 bytes, "finance.revenues/record";
// ctx must have a deadline. Otherwise nothing is sent and the error is ErrTag or ErrNoDeadline.
//
// The Outcome is right with and without an error: see there.
func (db *DB) ReadWrite(ctx context.Context, tag string, f func(context.Context, *spanner.ReadWriteTransaction) error) (Outcome, error) {
	if len(tag) == 0 || len(tag) > maxTag {
		return Outcome{}, ErrTag.With("tag", tag)
	}
	if _, ok := ctx.Deadline(); !ok {
		return Outcome{}, ErrNoDeadline.With("tag", tag)
	}
	leave, err := db.enter(ctx)
	if err != nil {
		return Outcome{}, err
	}
	defer leave()

	w := &watch{}
	attempted := false
	resp, err := db.client.ReadWriteTransactionWithOptions(context.WithValue(ctx, watchKey{}, w),
		func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
			attempted = false
			if err := f(ctx, tx); err != nil {
				return err
			}
			attempted = true
			return nil
		}, spanner.TransactionOptions{TransactionTag: tag})
	if err != nil {
		return Outcome{Attempted: attempted, Unknown: w.unknown()}, err
	}
	return Outcome{CommitTime: resp.CommitTs.UTC(), Attempted: true}, nil
}

// enter takes the gate: the emulator knows no multiplexed sessions, so that two read-write
// transactions of one client end each other with errors that the client does not retry. In the
// cloud there is no gate.
func (db *DB) enter(ctx context.Context) (leave func(), err error) {
	if db.gate == nil {
		return func() {}, nil
	}
	select {
	case db.gate <- struct{}{}:
		return func() { <-db.gate }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w: %w", errGate, ctx.Err(), spanner.ToSpannerError(ctx.Err()))
	}
}

// errGate is seen on the emulator alone.
var errGate = errors.New("waiting for the emulator's one read-write transaction")

// Outcome is what is known of a read-write transaction after it.
type Outcome struct {
	// CommitTime is the commit timestamp, UTC; the zero time with an error.
	CommitTime time.Time
	// Attempted says that the last run of the function returned nil, so that its commit was
	// tried. With an error and Attempted false, the last run itself failed or refused.
	Attempted bool
	// Unknown says, beside an error, that a Commit was sent whose effect nobody told: it may
	// have been applied, in the last run or in an earlier one. With an error and Unknown false
	// nothing has happened, and nothing will.
	Unknown bool
}
