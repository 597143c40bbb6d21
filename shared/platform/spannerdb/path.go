package spannerdb

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/platform/spannerdb/route"
)

// path is a replica route's own client.
type path struct {
	ReadRoute
	open func(context.Context) (*spanner.Client, error)

	mu     sync.Mutex
	client *spanner.Client
}

func (p *path) current() *spanner.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.client
}

// reopen takes a new client in place of the current one, whose reads fail and go elsewhere.
func (p *path) reopen(ctx context.Context) error {
	client, err := p.open(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	old := p.client
	p.client = client
	p.mu.Unlock()
	old.Close()
	return nil
}

// probe asks a replica for one row that needs no table, at the age that its reads have. A client whose
// session the other side no longer knows never gets another one by itself.
func (db *DB) probe(ctx context.Context, r *route.Route) error {
	p := db.paths[r.Index-1]
	err := db.ask(ctx, p)
	if spanner.ErrCode(err) != codes.NotFound {
		return err
	}
	if err := p.reopen(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return db.ask(ctx, p)
}

func (db *DB) ask(ctx context.Context, p *path) error {
	a := &attempt{}
	ctx = context.WithValue(ctx, attemptKey{}, a)
	rows := p.current().Single().WithTimestampBound(spanner.ExactStaleness(db.staleness)).
		QueryWithOptions(ctx, spanner.Statement{SQL: "SELECT 1"}, spanner.QueryOptions{RequestTag: "routes/probe"})
	defer rows.Stop()
	_, err := rows.Next()
	if err == nil || err == iterator.Done { //nolint:errorlint // the iterator's own
		return nil
	}
	return whyEnded(ctx, a, err)
}

// changed tells of a route's new phase.
func (db *DB) changed(ctx context.Context, r *route.Route, to route.Phase, why string) {
	level := slog.LevelInfo
	if to == route.Resting {
		level = slog.LevelWarn
		countEjection(ctx, r.Name, why)
	}
	slog.LogAttrs(ctx, level, "read route changed", slog.String("route", r.Name), slog.String("phase", string(to)), slog.String("why", why))
}

// RouteState is a route as an operator sees it.
type RouteState struct {
	route.State
	Location, Type string        // of the replicas; empty: any, or the leader
	Staleness      time.Duration // at least, of what is read along it; 0 for the leader
}

// Routes are the routes of this process to the database, the leader first.
func (db *DB) Routes() []RouteState {
	states := db.pool.States()
	out := make([]RouteState, len(states))
	for i, s := range states {
		out[i].State = s
		if i > 0 {
			p := db.paths[i-1]
			out[i].Location, out[i].Type, out[i].Staleness = p.Location, p.Type, db.staleness
		}
	}
	return out
}
