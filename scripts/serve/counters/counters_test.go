package counters

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// fake is a stream that gives its parts.
type fake struct {
	grpc.ClientStream
	parts []*spannerpb.PartialResultSet
}

func (f *fake) SendMsg(any) error { return nil }

func (f *fake) RecvMsg(m any) error {
	if len(f.parts) == 0 {
		return errors.New("end")
	}
	proto.Merge(m.(*spannerpb.PartialResultSet), f.parts[0])
	f.parts = f.parts[1:]
	return nil
}

func values(n int) (all []*structpb.Value) {
	for range n {
		all = append(all, structpb.NewStringValue("x"))
	}
	return all
}

// What a function's request asks for is the function's, and everything else the background's. A row that
// comes in two parts is one.
func TestCounts(t *testing.T) {
	t.Parallel()
	c := &Counters{}
	two := &spannerpb.StructType{Fields: []*spannerpb.StructType_Field{{Name: "a"}, {Name: "b"}}}
	work := func(ctx context.Context) {
		commit := &spannerpb.CommitRequest{Mutations: []*spannerpb.Mutation{
			{Operation: &spannerpb.Mutation_Insert{Insert: &spannerpb.Mutation_Write{Values: []*structpb.ListValue{{}, {}}}}},
			{Operation: &spannerpb.Mutation_Update{Update: &spannerpb.Mutation_Write{Values: []*structpb.ListValue{{}}}}},
		}}
		err := c.unary(ctx, "/google.spanner.v1.Spanner/Commit", commit, &spannerpb.CommitResponse{}, nil,
			func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil })
		s, err2 := c.stream(ctx, nil, nil, "/google.spanner.v1.Spanner/StreamingRead",
			func(context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, ...grpc.CallOption) (grpc.ClientStream, error) {
				return &fake{parts: []*spannerpb.PartialResultSet{
					{Metadata: &spannerpb.ResultSetMetadata{RowType: two}, Values: values(3)}, {Values: values(2), ChunkedValue: true}, {Values: values(2)},
				}}, nil
			})
		if err := errors.Join(err, err2, s.SendMsg(&spannerpb.ReadRequest{Table: "T"})); err != nil {
			t.Error(err)
		}
		for s.RecvMsg(&spannerpb.PartialResultSet{}) == nil {
			continue
		}
	}
	h := c.Handler("revenues", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { work(r.Context()) }))
	for range 2 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", http.NoBody))
	}
	work(t.Context())
	answer := httptest.NewRecorder()
	c.Source(func() map[string]int { return map[string]int{"spanner": 7} }).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	var r Reading
	if err := json.Unmarshal(answer.Body.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	got, rest := r.Functions["revenues"], r.Functions[Background]
	if got.Calls != 2 || got.RPCs["Commit"] != 2 || got.RPCs["StreamingRead"] != 2 || got.RowsRead != 6 || got.RowsWritten != 6 || got.SentBytes == 0 || got.ReceivedBytes == 0 {
		t.Errorf("%+v", got)
	}
	if rest.Calls != 0 || rest.RPCs["Commit"] != 1 || rest.RowsRead != 3 || rest.RowsWritten != 3 || rest.SentBytes*2 != got.SentBytes {
		t.Errorf("%+v", rest)
	}
	if r.AllocatedBytes == 0 || r.AllocatedObjects == 0 || r.HeapBytes == 0 || r.Goroutines == 0 || r.Processes["spanner"] != 7 || r.Processes["server"] == 0 {
		t.Errorf("%+v", r)
	}
}
