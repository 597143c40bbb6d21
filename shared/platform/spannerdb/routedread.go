package spannerdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/spannerdb/route"
)

// errShrunk means that a read that was repeated at one timestamp ended before the row where it had
// broken off.
var errShrunk = fault.New(fault.Internal, "spanner_read_shrunk", "a read at one timestamp had fewer rows the second time")

// errLease is in the error of a call that waited for one of its route's calls until its context ended.
var errLease = errors.New("waiting for a call to the database")

// routedRead is a read at a timestamp that any route may answer.
type routedRead struct {
	db      *DB
	at      time.Time
	table   string
	keys    spanner.KeySet
	columns []string
	opts    *spanner.ReadOptions
	each    func(*spanner.Row) error
	given   int // rows that each has had
}

// routed reports whether a read at a timestamp goes along the routes. A younger one would make a replica
// ask the leader, or wait.
func (db *DB) routed(at time.Time) bool {
	return db.pool.Replicas() && time.Since(at) >= db.staleness
}

// do reads along the best route, and along others where one fails: each replica once, the leader last.
// Rows at one timestamp are the same everywhere and come in the order of their keys, so a read that breaks
// off goes on elsewhere behind the last row that each has had.
func (r *routedRead) do(ctx context.Context) error {
	var failed []*route.Route
	var unsure []blame
	for {
		l, err := r.db.pool.Read(ctx, failed...)
		if err != nil {
			return fmt.Errorf("%w: %w", errLease, spanner.ToSpannerError(err))
		}
		mine, err := r.try(ctx, l)
		leader := l.Index == 0
		switch {
		case err == nil || mine:
			for _, b := range unsure {
				b.lease.Blame(ctx, b.err)
			}
			return err
		case ctx.Err() != nil || leader:
			return err
		}
		failed = append(failed, l.Route)
		if !down(err) {
			unsure = append(unsure, blame{l, err})
		}
	}
}

// blame is a refusal that is the route's fault if another route does not refuse.
type blame struct {
	lease *route.Lease
	err   error
}

// down reports whether an error is the route's by itself. Others, such as a missing session, a place that
// the instance does not have or a bad read, are its fault only if the same read succeeds elsewhere.
func down(err error) bool {
	switch spanner.ErrCode(err) {
	case codes.NotFound, codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange, codes.Unimplemented, codes.PermissionDenied, codes.Unauthenticated:
		return false
	}
	return true
}

// try reads along a route once. mine says that the error is each's own.
func (r *routedRead) try(caller context.Context, l *route.Lease) (mine bool, err error) {
	ctx, cancel := context.WithCancelCause(context.WithValue(caller, leased{}, true))
	defer cancel(nil)
	a := &attempt{}
	client, stall := r.db.client, time.NewTimer(r.db.stall)
	stall.Stop()
	if l.Index > 0 {
		ctx = context.WithValue(ctx, attemptKey{}, a)
		client, stall = r.db.paths[l.Index-1].current(), time.AfterFunc(r.db.stall, func() { cancel(errStalled) })
		defer stall.Stop()
	}
	res := route.Result{}
	defer func() {
		countRead(caller, l.Name, res, err, mine)
		l.Done(caller, res)
	}()
	began := time.Now()
	rows := client.Single().WithTimestampBound(spanner.ReadTimestamp(r.at)).ReadWithOptions(ctx, r.table, r.keys, r.columns, r.opts)
	defer rows.Stop()
	for n := 0; ; n++ {
		row, err := rows.Next()
		if n == 0 && (err == nil || errors.Is(err, iterator.Done)) {
			res.FirstRow = time.Since(began)
		}
		switch {
		case errors.Is(err, iterator.Done) && n < r.given:
			return true, errShrunk
		case errors.Is(err, iterator.Done):
			return false, nil
		case err != nil:
			err = whyEnded(ctx, a, err)
			if l.Index > 0 && caller.Err() == nil && down(err) {
				res.Failed = err
			}
			return false, err
		case n < r.given:
			continue
		}
		stall.Stop()
		if err := r.each(row); err != nil {
			return true, err
		}
		r.given++
		if l.Index > 0 {
			stall.Reset(r.db.stall)
		}
	}
}

// whyEnded is the reason behind the client's error.
func whyEnded(ctx context.Context, a *attempt, err error) error {
	if failed := a.failed(); failed != nil {
		return spanner.ToSpannerError(failed)
	}
	if errors.Is(context.Cause(ctx), errStalled) {
		return fmt.Errorf("%w: %w", errStalled, spanner.ToSpannerError(context.DeadlineExceeded))
	}
	return err
}
