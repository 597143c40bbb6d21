package spannerdb

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const commitMethod = "/google.spanner.v1.Spanner/Commit"

// watch follows the Commit calls of one ReadWrite. The client sends a Commit again after
// UNAVAILABLE and runs the function again after ABORTED and some kinds of INTERNAL, so the error
// that comes out in the end may be another one than that of the call that counts.
type watch struct {
	mu    sync.Mutex
	doubt bool
}

type watchKey struct{}

func (w *watch) unknown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.doubt
}

// watchCommit is an interceptor that notes what each Commit of a ReadWrite said.
func watchCommit(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, req, reply, cc, opts...)
	if method != commitMethod {
		return err
	}
	if w, ok := ctx.Value(watchKey{}).(*watch); ok {
		w.note(err)
	}
	return err
}

// note keeps a doubt once it has come up: a later answer, such as "the transaction has ended",
// does not say how it ended. Only a success settles it, and then nobody asks.
func (w *watch) note(err error) {
	if err == nil || refused(status.Code(err)) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doubt = true
}

// refused reports whether a code is Spanner's own word that the commit was not applied. Codes
// that the transport makes as well, RESOURCE_EXHAUSTED among them, are not.
func refused(c codes.Code) bool {
	switch c {
	case codes.Aborted, codes.AlreadyExists, codes.FailedPrecondition, codes.InvalidArgument,
		codes.NotFound, codes.OutOfRange, codes.PermissionDenied,
		codes.Unauthenticated, codes.Unimplemented:
		return true
	}
	return false
}
