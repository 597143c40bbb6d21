package stream_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"innkeep.internal/functions/events/stream"
)

// A stream ends with the token, though it could last longer.
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	brief := x.person("owner", owner.org, 2*time.Second)
	server := x.serve(quick())
	if _, why := brief.follow(server, "").end(); why != "end, the token has expired" {
		t.Errorf("%q", why)
	}
}

// A stream outlives the server's time-outs for short requests, and ends by itself before the platform's.
func TestMaxAge(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	o := quick()
	o.MaxAge, o.Heartbeat = time.Second, 100*time.Millisecond
	f := owner.follow(x.serve(o), "")
	began := time.Now()
	beats, end := 0, ""
	for {
		m, ok := f.next()
		if !ok {
			break
		}
		if m.Comment == "heartbeat" && m.ID != "" {
			beats++
		}
		end = m.Comment
	}
	if took := time.Since(began); end != "end, it is time to connect again" || beats < 3 || took < 500*time.Millisecond {
		t.Errorf("%d heartbeats, %q after %s", beats, end, took)
	}
}

// The end of the server's own context ends its streams.
func TestShutdown(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	closing, stop := context.WithCancel(t.Context())
	server := &http.Server{
		Handler: stream.NewWith(x.source, quick()), ReadHeaderTimeout: patience,
		BaseContext: func(net.Listener) context.Context { return closing },
	}
	l := pipe()
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	conn := l.dial(t, owner)
	for line := ""; line != "retry: 2000\n"; {
		var err error
		if line, err = conn.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	rest := strings.Builder{}
	_, _ = conn.WriteTo(&rest)
	if !strings.Contains(rest.String(), ": end, the server is closing\n") {
		t.Errorf("%q", rest.String())
	}
}

// A reader who does not read is cut, and holds neither a place nor memory any longer.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	x := newHouse(t, nil)
	owner := x.founder()
	property := owner.property("QUAY")
	for range 3 {
		owner.post(property) // more than the 4 KiB that the server keeps
	}
	o := quick()
	o.WriteTimeout, o.OrgStreams = 100*time.Millisecond, 1
	handler := stream.NewWith(x.source, o)
	over := make(chan struct{})
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		close(over)
	})}
	l := pipe()
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	conn := l.dial(t, owner)
	if _, err := conn.ReadString('\n'); err != nil { // the status, and nothing after it
		t.Fatal(err)
	}
	select {
	case <-over:
	case <-x.ctx.Done():
		t.Fatal("the stream of a reader who does not read goes on")
	}
	owner.follow(x.serve(o), "")
}

// pipes is a listener of connections that hold nothing back: what is not read is not written.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func pipe() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, errors.New("closed")
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// dial asks for a stream from the beginning, over a connection of its own.
func (l *pipes) dial(t *testing.T, p person) *bufio.Reader {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { _ = client.Close() })
	l.conns <- server
	r := p.request("GET", "http://pipe/v1/events/stream?start=beginning", nil)
	r.Close = true
	if err := r.Write(client); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReaderSize(client, 16)
}
