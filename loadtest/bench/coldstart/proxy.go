package coldstart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Proxy stands between a program and a gRPC service, and counts the calls. Without a service behind it each
// call is answered that there is none.
type Proxy struct {
	Addr string // host:port

	server *grpc.Server
	to     *grpc.ClientConn

	mu    sync.Mutex
	calls map[string]int // by method, "Commit"
}

// Forward listens on a free port of this machine, and passes on to an address; "" is none.
func Forward(ctx context.Context, to string) (p *Proxy, err error) {
	p = &Proxy{calls: map[string]int{}}
	if to != "" {
		if p.to, err = grpc.NewClient(to, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(bytesCodec{}))); err != nil {
			return nil, err
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.Addr = l.Addr().String()
	p.server = grpc.NewServer(grpc.ForceServerCodec(bytesCodec{}), grpc.UnknownServiceHandler(p.handle))
	server := p.server
	go func() { _ = server.Serve(l) }() // it ends with Close
	return p, nil
}

// Close ends the proxy; calls that are under way fail.
func (p *Proxy) Close() {
	p.server.Stop()
	if p.to != nil {
		_ = p.to.Close()
	}
}

// Calls are those since the last time that they were asked for.
func (p *Proxy) Calls() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := maps.Clone(p.calls)
	clear(p.calls)
	return calls
}

// handle passes a call of any method on, message by message, both ways.
func (p *Proxy) handle(_ any, in grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(in)
	p.mu.Lock()
	p.calls[method[strings.LastIndexByte(method, '/')+1:]]++
	p.mu.Unlock()
	if p.to == nil {
		return status.Error(codes.Unimplemented, "there is no service here")
	}
	ctx, cancel := context.WithCancel(in.Context())
	defer cancel()
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = metadata.NewOutgoingContext(ctx, md)
	}
	out, err := p.to.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	go func() { // it ends with the call
		if copied(in.RecvMsg, out.SendMsg) == nil {
			_ = out.CloseSend()
		}
	}()
	err = copied(out.RecvMsg, in.SendMsg)
	in.SetTrailer(out.Trailer())
	return err
}

// copied passes messages on until they end.
func copied(receive, send func(any) error) error {
	for {
		var m []byte
		err := receive(&m)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = send(&m)
		}
		if err != nil {
			return err
		}
	}
}

// bytesCodec leaves messages as they are.
type bytesCodec struct{}

var _ encoding.Codec = bytesCodec{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(v any) ([]byte, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("a message is a %T", v)
	}
	return *b, nil
}

func (bytesCodec) Unmarshal(data []byte, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("a message is a %T", v)
	}
	*b = append([]byte(nil), data...)
	return nil
}
