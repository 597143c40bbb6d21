package breaker

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
)

// Judge says what the error of a call tells of the dependency. That it refuses, has no such thing, or
// had a conflict (Aborted) is an answer: it is alive. A cancelled caller says nothing, nor does a
// time-out that left the dependency less than Patience.
func (b *Breaker) Judge(ctx context.Context, t Ticket, err error) Verdict {
	switch {
	case err == nil:
		return Alive
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, context.Canceled):
		return Silent
	case ctx.Err() != nil, timedOut(err):
		if time.Since(t.began) < b.options.Patience {
			return Silent
		}
		return Failed
	}
	if e := fault.From(err); e != nil {
		return ofKind(e.Kind)
	}
	return ofCode(status.Code(err))
}

func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || status.Code(err) == codes.DeadlineExceeded
}

// ofKind is the one table from kind to verdict.
func ofKind(k fault.Kind) Verdict {
	switch k {
	case fault.Internal, fault.Unavailable, fault.OutcomeUnknown:
		return Failed
	case fault.Invalid, fault.Malformed, fault.Unauthenticated, fault.Denied, fault.NotFound,
		fault.Conflict, fault.KeyReused, fault.TooLarge, fault.Limited:
		return Alive
	}
	return Failed
}

// ofCode is the one table from the code of an RPC to verdict. Unknown is what an error without a code has.
func ofCode(c codes.Code) Verdict {
	switch c {
	case codes.OK, codes.AlreadyExists, codes.NotFound, codes.FailedPrecondition, codes.InvalidArgument,
		codes.Aborted, codes.OutOfRange, codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented:
		return Alive
	case codes.Canceled:
		return Silent
	case codes.Unknown, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Internal, codes.Unavailable, codes.DataLoss:
		return Failed
	}
	return Failed
}
