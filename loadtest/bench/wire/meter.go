// Package wire stands at the connection of a Spanner client: a Meter counts what goes over it, a Tape
// records the answers of the database and then gives them itself, so that what a command costs this
// side can be measured without the other.
//
// It knows Spanner's protocol and no table but for the three columns that every key begins with.
package wire

import (
	"context"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
	"google.golang.org/protobuf/proto"
)

// session are calls that a client makes once and in the background, not for what a caller does.
var session = []string{"BatchCreateSessions", "CreateSession", "DeleteSession"}

// Commit is the shape of one CommitRequest.
type Commit struct {
	Rows, Cells int      // a cell is a column of a row, keys included, entries of indexes not
	Roots       int      // properties whose books are written
	Tables      []string // of the rows, in their order
	Bytes       int      // of the message
	Request     *spannerpb.CommitRequest
}

// Count is what went over the connection in some span.
type Count struct {
	Calls          map[string]int // by method, "Commit"
	Sent, Received int64          // bytes of messages, uncompressed, without frames and headers
	Commits        []Commit       // that were applied
}

// RPCs is the number of calls, without those of sessions.
func (c Count) RPCs() (n int) {
	for method, calls := range c.Calls {
		if !slices.Contains(session, method) {
			n += calls
		}
	}
	return n
}

// Meter counts. Its zero value is ready; it is safe for concurrent use.
type Meter struct {
	mu  sync.Mutex
	now Count
}

// Options attach the meter to a client that is about to be opened.
func (m *Meter) Options() []option.ClientOption {
	return []option.ClientOption{option.WithGRPCDialOption(grpc.WithStatsHandler(m))}
}

// Take is what was counted since the last Take.
func (m *Meter) Take() Count {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.now
	m.now = Count{}
	return c
}

// call is one on its way.
type call struct {
	method string
	commit *spannerpb.CommitRequest
}

type callKey struct{}

// TagRPC begins a call.
func (m *Meter) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	method := info.FullMethodName[strings.LastIndexByte(info.FullMethodName, '/')+1:]
	return context.WithValue(ctx, callKey{}, &call{method: method})
}

// HandleRPC counts what happens to a call.
func (m *Meter) HandleRPC(ctx context.Context, s stats.RPCStats) {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch s := s.(type) {
	case *stats.Begin:
		if m.now.Calls == nil {
			m.now.Calls = map[string]int{}
		}
		m.now.Calls[c.method]++
	case *stats.OutPayload:
		m.now.Sent += int64(s.Length)
		if req, ok := s.Payload.(*spannerpb.CommitRequest); ok {
			c.commit = proto.CloneOf(req)
		}
	case *stats.InPayload:
		m.now.Received += int64(s.Length)
	case *stats.End:
		if c.commit != nil && s.Error == nil {
			m.now.Commits = append(m.now.Commits, shape(c.commit))
		}
	}
}

// TagConn and HandleConn are of stats.Handler: connections are not counted.
func (m *Meter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn is that of stats.Handler.
func (m *Meter) HandleConn(context.Context, stats.ConnStats) {}

// shape counts a commit's rows.
func shape(req *spannerpb.CommitRequest) Commit {
	c := Commit{Bytes: proto.Size(req), Request: req}
	roots := map[string]bool{}
	for _, m := range req.GetMutations() {
		w := write(m)
		for _, row := range w.GetValues() {
			c.Rows++
			c.Cells += len(row.GetValues())
			c.Tables = append(c.Tables, w.GetTable())
			var key []string
			for i, column := range w.GetColumns() {
				if slices.Contains([]string{"ShardId", "OrgId", "PropertyId"}, column) {
					key = append(key, row.GetValues()[i].GetStringValue())
				}
			}
			roots[strings.Join(key, "/")] = true
		}
	}
	c.Roots = len(roots)
	return c
}

// write is what a mutation writes; nil for a deletion.
func write(m *spannerpb.Mutation) *spannerpb.Mutation_Write {
	switch {
	case m.GetInsert() != nil:
		return m.GetInsert()
	case m.GetUpdate() != nil:
		return m.GetUpdate()
	case m.GetReplace() != nil:
		return m.GetReplace()
	}
	return m.GetInsertOrUpdate()
}
