package rpc

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// stream applies the rules to a call that is answered by a stream. The request is known when it
// is sent, so the rules are asked then; as with a real failure the error shows at the first read.
func (f *Faults) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	inner, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		cancel()
		return nil, err
	}
	return &faultyStream{ClientStream: inner, faults: f, method: method, cancel: cancel}, nil
}

type faultyStream struct {
	grpc.ClientStream
	faults *Faults
	method string
	cancel context.CancelFunc // ends the call; the connection's own end of it does so too
	plan   plan
	failed error // set when the request was not sent
}

func (s *faultyStream) SendMsg(m any) error {
	s.plan = s.faults.plan(s.method, m)
	if s.failed = s.plan.enter(s.Context()); s.failed != nil {
		s.cancel()
		return nil
	}
	return s.ClientStream.SendMsg(m)
}

func (s *faultyStream) CloseSend() error {
	if s.failed != nil {
		return nil
	}
	return s.ClientStream.CloseSend()
}

func (s *faultyStream) Header() (metadata.MD, error) {
	if s.failed != nil {
		return nil, s.failed
	}
	return s.ClientStream.Header()
}

func (s *faultyStream) RecvMsg(m any) error {
	if s.failed != nil {
		return s.failed
	}
	err := s.ClientStream.RecvMsg(m)
	if len(s.plan) > 0 {
		err = s.answer(m, err)
	}
	if err != nil {
		s.cancel()
	}
	return err
}

// answer applies what the rules want done to the first answer: a lost one is read to its end
// first, so that the server has done all of its work.
func (s *faultyStream) answer(m any, err error) error {
	p := s.plan
	s.plan = nil
	lost := p.loses()
	for lost && err == nil {
		err = s.ClientStream.RecvMsg(m)
	}
	if !lost || !errors.Is(err, io.EOF) {
		return p.leave(s.Context(), err)
	}
	return p.leave(s.Context(), nil)
}

func (p plan) loses() bool {
	for _, r := range p {
		if r.lose != nil {
			return true
		}
	}
	return false
}
