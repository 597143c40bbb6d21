package grants

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
)

// Watch gives options of a Spanner client whose calls are looked at. who says for whom a call is made,
// and the roles of that; "" for the test itself, which may all. At the end of the test it fails for
// every privilege that a caller lacked.
func Watch(t testing.TB, who func(context.Context) (name string, roles []string)) []option.ClientOption {
	t.Helper()
	book := Load(t)
	var mu sync.Mutex
	lacking := map[string]bool{}
	look := func(ctx context.Context, call any) {
		name, roles := who(ctx)
		if name == "" {
			return
		}
		for _, what := range book.Missing(roles, call) {
			mu.Lock()
			lacking[name+" does what its roles may not: "+what] = true
			mu.Unlock()
		}
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, what := range slices.Sorted(maps.Keys(lacking)) {
			t.Error(what)
		}
	})
	var opts []option.ClientOption
	for _, o := range Look(look) {
		opts = append(opts, option.WithGRPCDialOption(o))
	}
	return opts
}

// Look gives options of a gRPC client all of whose requests are looked at, before they are sent.
func Look(look func(ctx context.Context, call any)) []grpc.DialOption {
	unary := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		look(ctx, req)
		return invoke(ctx, method, req, reply, cc, opts...)
	}
	stream := func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		s, err := open(ctx, desc, cc, method, opts...)
		return watched{s, look}, err
	}
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(unary), grpc.WithChainStreamInterceptor(stream)}
}

// watched is a stream whose requests are looked at.
type watched struct {
	grpc.ClientStream
	look func(context.Context, any)
}

// SendMsg looks and sends.
func (s watched) SendMsg(m any) error {
	s.look(s.Context(), m)
	return s.ClientStream.SendMsg(m)
}
