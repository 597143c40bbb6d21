package publish_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/publish"
)

// server is Pub/Sub's publisher as far as a client sees it. The emulator stands behind the tests of
// testkit/pubsub; here the requests themselves are looked at.
type server struct {
	pubsubpb.UnimplementedPublisherServer
	judge func(attempt int) error // of each attempt, from 1 on; nil: all are taken

	mu       sync.Mutex
	attempts int
	taken    []*pubsubpb.PublishRequest
	short    bool // acknowledge one message fewer
}

func (s *server) Publish(_ context.Context, r *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attempts++; s.judge != nil {
		if err := s.judge(s.attempts); err != nil {
			return nil, err
		}
	}
	s.taken = append(s.taken, r)
	ids := make([]string, len(r.GetMessages()))
	if s.short {
		ids = ids[1:]
	}
	return &pubsubpb.PublishResponse{MessageIds: ids}, nil
}

// requests are those that were taken.
func (s *server) requests() []*pubsubpb.PublishRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// open is a client of s.
func open(t *testing.T, s *server) *publish.Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(grpc.MaxRecvMsgSize(10_000_000))
	pubsubpb.RegisterPublisherServer(g, s)
	go func() { _ = g.Serve(l) }()
	t.Cleanup(g.Stop)
	c, err := publish.Open(t.Context(), "p", option.WithEndpoint(l.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func messages(n, bytes int) []publish.Message {
	ms := make([]publish.Message, n)
	for i := range ms {
		data := append([]byte(fmt.Sprint(i)), make([]byte, bytes)...)
		ms[i] = publish.Message{Data: data[:bytes], OrderingKey: "k", Attributes: map[string]string{"i": fmt.Sprint(i)}}
	}
	return ms
}

// Requests keep to the limits and carry the messages in their order.
func TestBatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		messages []publish.Message
		want     []int // messages a request
	}{
		{"none", nil, nil},
		{"one", messages(1, 5), []int{1}},
		{"as many as one carries", messages(1_000, 5), []int{1_000}},
		{"one more", messages(1_001, 5), []int{1_000, 1}},
		{"large ones", messages(4, 3_000_000), []int{3, 1}},
		{"the largest", append(messages(2, 5), publish.Message{Data: make([]byte, 9_999_960)}, messages(1, 5)[0]), []int{2, 1, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &server{}
			if err := open(t, s).Publish(t.Context(), "topic", tt.messages); err != nil {
				t.Fatal(err)
			}
			var sizes []int
			var got []publish.Message
			for _, r := range s.requests() {
				if n := proto.Size(r); n > 10_000_000 || r.GetTopic() != "projects/p/topics/topic" {
					t.Errorf("%d bytes to %s", n, r.GetTopic())
				}
				sizes = append(sizes, len(r.GetMessages()))
				for _, m := range r.GetMessages() {
					got = append(got, publish.Message{Data: m.GetData(), Attributes: m.GetAttributes(), OrderingKey: m.GetOrderingKey()})
				}
			}
			if diff := cmp.Diff(tt.want, sizes); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if !cmp.Equal(tt.messages, got, cmp.Comparer(bytes.Equal)) {
				t.Error("the messages are not the same, or not in their order")
			}
		})
	}
}

// What Pub/Sub would refuse is refused before anything is sent, and is named.
func TestRefused(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 101 {
		many[fmt.Sprint(i)] = ""
	}
	for name, bad := range map[string]publish.Message{
		"empty":             {OrderingKey: "k"},
		"too large":         {Data: make([]byte, 10_000_000)},
		"key too long":      {Data: []byte("x"), OrderingKey: strings.Repeat("k", 1_025)},
		"key no text":       {Data: []byte("x"), OrderingKey: "\xff"},
		"many attributes":   {Attributes: many},
		"nameless":          {Attributes: map[string]string{"": "x"}},
		"name too long":     {Attributes: map[string]string{strings.Repeat("n", 257): "x"}},
		"name no text":      {Attributes: map[string]string{"\xff": "x"}},
		"value too long":    {Attributes: map[string]string{"n": strings.Repeat("v", 1_025)}},
		"value no text":     {Attributes: map[string]string{"n": "\xff"}},
		"large by its name": {Data: make([]byte, 9_999_900), Attributes: map[string]string{"n": strings.Repeat("v", 1_024)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{}
			err := open(t, s).Publish(t.Context(), "topic", append(messages(3, 5), bad))
			if !errors.Is(err, publish.ErrMessage) || fault.From(err).Params["index"] != "3" {
				t.Errorf("got %v", err)
			}
			if n := len(s.requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	between := func(from, to int, c codes.Code) func(int) error {
		return func(attempt int) error {
			if attempt >= from && attempt <= to {
				return status.Error(c, "not now")
			}
			return nil
		}
	}
	tests := []struct {
		name  string
		judge func(int) error
		short bool
		want  error // nil: published
		code  codes.Code
		taken int // requests of 1,000 out of 2
	}{
		{name: "passes", judge: between(1, 2, codes.Unavailable), taken: 2},
		{name: "busy passes", judge: between(1, 1, codes.ResourceExhausted), taken: 2},
		{name: "no topic", judge: between(1, 99, codes.NotFound), code: codes.NotFound},
		{name: "no right", judge: between(1, 99, codes.PermissionDenied), code: codes.PermissionDenied},
		{name: "an id is missing", short: true, want: publish.ErrUnacknowledged, taken: 1},
		{name: "the second request", judge: between(2, 2, codes.NotFound), code: codes.NotFound, taken: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &server{judge: tt.judge, short: tt.short}
			err := open(t, s).Publish(t.Context(), "topic", messages(1_500, 5))
			if failed := tt.want != nil || tt.code != 0; (err != nil) != failed || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
			if tt.code != 0 && status.Code(err) != tt.code {
				t.Errorf("the cause is not told: %v", err)
			}
			if tt.want == nil && tt.code != 0 && fault.KindOf(err) != fault.Internal {
				t.Errorf("kind of %v", err)
			}
			if n := len(s.requests()); n != tt.taken {
				t.Errorf("%d requests taken, want %d", n, tt.taken)
			}
		})
	}
}

// What does not pass ends with the caller's context, and the cause is told.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := &server{judge: func(attempt int) error {
		if attempt == 3 {
			cancel()
		}
		return status.Error(codes.Unavailable, "not now")
	}}
	c := open(t, s)
	err := c.Publish(ctx, "topic", messages(1, 5))
	if !errors.Is(err, publish.ErrUnacknowledged) || !errors.Is(err, context.Canceled) || status.Code(err) != codes.Unavailable {
		t.Errorf("got %v", err)
	}
	err = c.Publish(ctx, "topic", messages(1, 5))
	if !errors.Is(err, publish.ErrUnacknowledged) || !errors.Is(err, context.Canceled) {
		t.Errorf("already over: %v", err)
	}
}

func TestOpenNeedsAProject(t *testing.T) {
	t.Parallel()
	if _, err := publish.Open(t.Context(), ""); err == nil {
		t.Error("no project is no error")
	}
}

// A nudge that is published by a client: the two fit.
func TestNudgerOverClient(t *testing.T) {
	t.Parallel()
	s := &server{}
	c := open(t, s)
	n := publish.NewNudger(func(ctx context.Context, shard int64, at time.Time) error {
		return c.Publish(ctx, "feed-nudges", []publish.Message{{
			OrderingKey: fmt.Sprint(shard),
			Attributes:  map[string]string{"shard": fmt.Sprint(shard), "at": at.Format(time.RFC3339Nano)},
		}})
	}, publish.Times{Wait: time.Minute, Send: time.Minute})
	n.Nudge(t.Context(), 7, time.Unix(1, 5).UTC())
	rs := s.requests()
	if len(rs) != 1 || rs[0].GetMessages()[0].GetAttributes()["at"] != "1970-01-01T00:00:01.000000005Z" {
		t.Errorf("got %v", rs)
	}
}
