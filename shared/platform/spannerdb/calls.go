package spannerdb

import (
	"context"
	"errors"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/platform/spannerdb/route"
)

// leased marks the context of a call that has its lease already.
type leased struct{}

// needsLease reports whether a method does work at the database. Sessions are made in the background and
// are no work.
func needsLease(ctx context.Context, method string) bool {
	return ctx.Value(leased{}) == nil && !strings.HasSuffix(method, "Session") && !strings.HasSuffix(method, "Sessions")
}

// leaseCall takes one of the leader's calls for each unary RPC.
func leaseCall(pool *route.Pool) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if !needsLease(ctx, method) {
			return invoke(ctx, method, req, reply, cc, opts...)
		}
		l, err := pool.Leader(ctx)
		if err != nil {
			return status.FromContextError(err).Err()
		}
		defer l.Done(ctx, route.Result{})
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}

// leaseStream takes one of the leader's calls for each stream, until its end or its context's.
func leaseStream(pool *route.Pool) grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		if !needsLease(ctx, method) {
			return open(ctx, desc, cc, method, opts...)
		}
		l, err := pool.Leader(ctx)
		if err != nil {
			return nil, status.FromContextError(err).Err()
		}
		inner, err := open(ctx, desc, cc, method, opts...)
		if err != nil {
			l.Done(ctx, route.Result{})
			return nil, err
		}
		s := &leasedStream{ClientStream: inner}
		s.end = sync.OnceFunc(func() { l.Done(context.WithoutCancel(ctx), route.Result{}) })
		s.stop = context.AfterFunc(inner.Context(), s.end)
		return s, nil
	}
}

// leasedStream ends its lease with its last answer.
type leasedStream struct {
	grpc.ClientStream
	end  func()
	stop func() bool
}

func (s *leasedStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err != nil {
		s.stop()
		s.end()
	}
	return err
}

// attempt is what became of one try of a read along a replica's route.
type attempt struct {
	mu  sync.Mutex
	err error
}

type attemptKey struct{}

func (a *attempt) note(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

func (a *attempt) failed() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// failFast keeps the client from repeating a replica's failed stream for as long as the caller waits: the
// read goes elsewhere instead. The attempt is told the failure, the client hears of a code that it does
// not repeat.
func failFast(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	inner, err := open(ctx, desc, cc, method, opts...)
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	switch {
	case !ok:
		return inner, err
	case err != nil:
		return nil, a.final(err)
	}
	return &finalStream{ClientStream: inner, attempt: a}, nil
}

type finalStream struct {
	grpc.ClientStream
	attempt *attempt
}

func (s *finalStream) RecvMsg(m any) error { return s.attempt.final(s.ClientStream.RecvMsg(m)) }

// errRoute is what the client hears of a failure that it would repeat.
var errRoute = status.Error(codes.Aborted, "the read route failed")

func (a *attempt) final(err error) error {
	switch status.Code(err) {
	case codes.Unavailable, codes.Internal, codes.ResourceExhausted:
		a.note(err)
		return errRoute
	}
	return err
}

// errStalled is the cause of an attempt's end that waited too long for a row.
var errStalled = errors.New("the read route gave no row in time")
