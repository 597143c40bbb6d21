// Package rpc counts the calls that a Google client sends and breaks them on demand, by
// interceptors of the client's own connection: what a test of retries, lost acknowledgements and
// costs needs. It knows no service; a method goes by the last part of its name, "Commit".
//
// The first of several sets of options is the outermost: a Counter before Faults counts the
// calls that the client tried, one behind Faults those that left.
package rpc

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
)

// setupMethods are calls that a client makes once, or in the background, and not for what a test
// does: Total leaves them out.
var setupMethods = []string{"BatchCreateSessions", "CreateSession", "DeleteSession"}

// Counter counts calls by method. Its zero value is ready; it is safe for concurrent use.
type Counter struct {
	mu    sync.Mutex
	calls map[string]int
}

// Options attach the counter to a client that is about to be opened.
func (c *Counter) Options() []option.ClientOption {
	return interceptors(
		func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			c.add(method)
			return invoke(ctx, method, req, reply, cc, opts...)
		},
		func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			c.add(method)
			return open(ctx, desc, cc, method, opts...)
		})
}

// Total is the number of calls, each repetition by the client included, without those that make
// and end sessions.
func (c *Counter) Total() int {
	n := 0
	for method, k := range c.Calls() {
		if !slices.Contains(setupMethods, method) {
			n += k
		}
	}
	return n
}

// Count is the number of calls of one method.
func (c *Counter) Count(method string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[method]
}

// Calls is the number of calls by method, those of sessions included.
func (c *Counter) Calls() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// Reset forgets all calls.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

// String lists the calls by method, "Commit 1, CreateSession 1, StreamingRead 2".
func (c *Counter) String() string {
	calls := c.Calls()
	var parts []string
	for _, method := range slices.Sorted(maps.Keys(calls)) {
		parts = append(parts, fmt.Sprintf("%s %d", method, calls[method]))
	}
	return strings.Join(parts, ", ")
}

func (c *Counter) add(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = make(map[string]int)
	}
	c.calls[short(method)]++
}

// short is "Commit" of "/google.spanner.v1.Spanner/Commit".
func short(method string) string { return method[strings.LastIndexByte(method, '/')+1:] }

func interceptors(unary grpc.UnaryClientInterceptor, stream grpc.StreamClientInterceptor) []option.ClientOption {
	return []option.ClientOption{
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(unary)),
		option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(stream)),
	}
}
