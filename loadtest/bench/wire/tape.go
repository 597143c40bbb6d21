package wire

import (
	"context"
	"fmt"
	"io"
	"sync"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// Tape records what the database answers, and plays it back in its place: the same answer to every call
// of a method on a table and index. What is played is decoded from bytes as a real answer is; what is sent is
// dropped as a message, before it would be encoded. It is safe for concurrent use.
type Tape struct {
	mu      sync.Mutex
	playing bool
	answers map[string][][]byte
}

// Play ends the recording: from now on nothing reaches the database.
func (t *Tape) Play() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.playing = true
}

// Record forgets what was recorded, and begins anew.
func (t *Tape) Record() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.playing, t.answers = false, map[string][][]byte{}
}

// Options attach the tape to a client that is about to be opened.
func (t *Tape) Options() []option.ClientOption {
	t.Record()
	return []option.ClientOption{
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(t.unary)),
		option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(t.stream)),
	}
}

// name is what answers go by. The answer to a transaction's first read names the transaction, too.
func name(method string, req any) string {
	r, ok := req.(*spannerpb.ReadRequest)
	switch {
	case !ok:
		return method
	case r.GetTransaction().GetBegin() != nil:
		return method + " " + r.GetTable() + " " + r.GetIndex() + " first"
	}
	return method + " " + r.GetTable() + " " + r.GetIndex()
}

// keep records one more message of an answer.
func (t *Tape) keep(name string, first bool, m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if first {
		t.answers[name] = nil
	}
	t.answers[name] = append(t.answers[name], b)
	return nil
}

// played is a recorded answer, and whether one is to be played.
func (t *Tape) played(name string) (messages [][]byte, playing bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.playing {
		return nil, false, nil
	}
	messages, found := t.answers[name]
	if !found {
		return nil, true, fmt.Errorf("wire: %s was not recorded", name)
	}
	return messages, true, nil
}

func (t *Tape) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	n := name(method, req)
	messages, playing, err := t.played(n)
	switch out, ok := reply.(proto.Message); {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("wire: %s is answered by %T", n, reply)
	case playing:
		return proto.Unmarshal(messages[0], out)
	default:
		if err := invoke(ctx, method, req, reply, cc, opts...); err != nil {
			return err
		}
		return t.keep(n, true, out)
	}
}

func (t *Tape) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	t.mu.Lock()
	playing := t.playing
	t.mu.Unlock()
	if playing {
		return &player{tape: t, ctx: ctx, method: method}, nil
	}
	inner, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, err
	}
	return &recorder{ClientStream: inner, tape: t, method: method, first: true}, nil
}

// recorder passes an answer on and keeps it.
type recorder struct {
	grpc.ClientStream
	tape   *Tape
	method string
	name   string
	first  bool
}

func (r *recorder) SendMsg(m any) error {
	r.name = name(r.method, m)
	return r.ClientStream.SendMsg(m)
}

func (r *recorder) RecvMsg(m any) error {
	if err := r.ClientStream.RecvMsg(m); err != nil {
		return err
	}
	out, ok := m.(proto.Message)
	if !ok {
		return fmt.Errorf("wire: %s is answered by %T", r.name, m)
	}
	first := r.first
	r.first = false
	return r.tape.keep(r.name, first, out)
}

// player is an answer from the tape.
type player struct {
	tape   *Tape
	ctx    context.Context
	method string
	left   [][]byte
	err    error
}

func (p *player) Header() (metadata.MD, error) { return nil, nil }
func (p *player) Trailer() metadata.MD         { return nil }
func (p *player) CloseSend() error             { return nil }
func (p *player) Context() context.Context     { return p.ctx }

func (p *player) SendMsg(m any) error {
	p.left, _, p.err = p.tape.played(name(p.method, m))
	return nil
}

func (p *player) RecvMsg(m any) error {
	if p.err != nil {
		return p.err
	}
	if len(p.left) == 0 {
		return io.EOF
	}
	b := p.left[0]
	p.left = p.left[1:]
	out, ok := m.(proto.Message)
	if !ok {
		return fmt.Errorf("wire: an answer is asked for as %T", m)
	}
	return proto.Unmarshal(b, out)
}
