// Package counters counts what the functions of the local server ask of Spanner: calls, RPCs by method,
// bytes and rows, by the function whose request asked. The figures only grow, so that a measurement is
// the difference of two readings. It stands in the local server alone; deployed functions have
// telemetry.
package counters

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// Function is what one function has cost. Background is that of no function: clients' own calls.
type Function struct {
	Calls         int64            `json:"calls"`
	RPCs          map[string]int64 `json:"rpcs"` // by method, "Commit"
	SentBytes     int64            `json:"sentBytes"`
	ReceivedBytes int64            `json:"receivedBytes"`
	RowsRead      int64            `json:"rowsRead"`
	RowsWritten   int64            `json:"rowsWritten"`
}

// Background is the name of what no function asked for.
const Background = "background"

// Counters count; the zero value is ready.
type Counters struct {
	mu  sync.Mutex
	all map[string]*Function
}

type nameKey struct{}

// Handler marks the requests of a function, and counts them.
func (c *Counters) Handler(name string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.change(name, func(f *Function) { f.Calls++ })
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nameKey{}, name)))
	})
}

// Read is all functions' figures.
func (c *Counters) Read() map[string]Function {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]Function, len(c.all))
	for name, f := range c.all {
		g := *f
		g.RPCs = maps.Clone(f.RPCs)
		out[name] = g
	}
	return out
}

func (c *Counters) change(name string, f func(*Function)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]*Function{}
	}
	if c.all[name] == nil {
		c.all[name] = &Function{RPCs: map[string]int64{}}
	}
	f(c.all[name])
}

func nameOf(ctx context.Context) string {
	if name, ok := ctx.Value(nameKey{}).(string); ok {
		return name
	}
	return Background
}

// Options attach the counters to a client that is about to be opened.
func (c *Counters) Options() []option.ClientOption {
	return []option.ClientOption{
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(c.unary)),
		option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(c.stream)),
	}
}

func (c *Counters) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, req, reply, cc, opts...)
	c.change(nameOf(ctx), func(f *Function) {
		f.RPCs[short(method)]++
		f.SentBytes += size(req)
		f.RowsWritten += written(req)
		if err == nil {
			f.ReceivedBytes += size(reply)
		}
	})
	return err
}

func (c *Counters) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	inner, err := open(ctx, desc, cc, method, opts...)
	name := nameOf(ctx)
	c.change(name, func(f *Function) { f.RPCs[short(method)]++ })
	if err != nil {
		return nil, err
	}
	return &stream{ClientStream: inner, counters: c, name: name}, nil
}

// stream counts what goes over one call. Its messages come one after the other.
type stream struct {
	grpc.ClientStream
	counters *Counters
	name     string
	width    int64 // columns of a row
	values   int64 // of which no whole row was counted yet
}

func (s *stream) SendMsg(m any) error {
	s.counters.change(s.name, func(f *Function) { f.SentBytes += size(m) })
	return s.ClientStream.SendMsg(m)
}

func (s *stream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err == nil {
		rows := s.rows(m)
		s.counters.change(s.name, func(f *Function) { f.ReceivedBytes, f.RowsRead = f.ReceivedBytes+size(m), f.RowsRead+rows })
	}
	return err
}

// rows is how many rows end with a message. A value that is cut goes on in the next one.
func (s *stream) rows(m any) (rows int64) {
	part, ok := m.(*spannerpb.PartialResultSet)
	if !ok {
		return 0
	}
	if meta := part.GetMetadata(); meta != nil {
		s.width = int64(len(meta.GetRowType().GetFields()))
	}
	if s.width == 0 {
		return 0
	}
	s.values += int64(len(part.GetValues()))
	if part.GetChunkedValue() {
		s.values--
	}
	rows = s.values / s.width
	s.values %= s.width
	return rows
}

// written is how many rows a commit writes; a deleted range counts as one.
func written(req any) (rows int64) {
	commit, ok := req.(*spannerpb.CommitRequest)
	if !ok {
		return 0
	}
	for _, m := range commit.GetMutations() {
		switch op := m.GetOperation().(type) {
		case *spannerpb.Mutation_Insert:
			rows += int64(len(op.Insert.GetValues()))
		case *spannerpb.Mutation_Update:
			rows += int64(len(op.Update.GetValues()))
		case *spannerpb.Mutation_InsertOrUpdate:
			rows += int64(len(op.InsertOrUpdate.GetValues()))
		case *spannerpb.Mutation_Replace:
			rows += int64(len(op.Replace.GetValues()))
		case *spannerpb.Mutation_Delete_:
			rows++
		}
	}
	return rows
}

func size(m any) int64 {
	if p, ok := m.(proto.Message); ok {
		return int64(proto.Size(p))
	}
	return 0
}

// short is "Commit" of "/google.spanner.v1.Spanner/Commit".
func short(method string) string { return method[strings.LastIndexByte(method, '/')+1:] }
