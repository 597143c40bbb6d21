package edge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	catalogue "innkeep.internal/functions"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/priority"
)

const post = "/v1/finance/revenues"

// unsized hides a body's length, so that it goes out in chunks.
func unsized(s string) io.Reader { return struct{ io.Reader }{strings.NewReader(s)} }

func TestBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(w, n, err)
	})
	for _, n := range []int{0, 1, heldBytes, heldBytes + 1, 3 << 20, maxBody} {
		body := strings.Repeat("x", n)
		for kind, r := range map[string]io.Reader{"sized": strings.NewReader(body), "unsized": unsized(body)} {
			if a, text := h.send(h.request(http.MethodPost, post, r)); a.StatusCode != http.StatusOK || text != fmt.Sprint(n, nil) {
				t.Errorf("%s %d: %d %s", kind, n, a.StatusCode, text)
			}
		}
	}
	h.refused(http.StatusRequestEntityTooLarge, "body_too_large", h.request(http.MethodPost, post, strings.NewReader(strings.Repeat("x", maxBody+1))))
	h.refused(http.StatusRequestEntityTooLarge, "body_too_large", h.request(http.MethodPost, post, unsized(strings.Repeat("x", maxBody+1))))
}

// A function may refuse a body by its length, before it has read any of it.
func TestAnswerBeforeTheBody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		httpfn.WriteError(w, r, httpfn.ErrBodyTooLarge.With("maxBytes", "1"))
	})
	for range 20 {
		h.refused(http.StatusRequestEntityTooLarge, "body_too_large", h.request(http.MethodPost, post, strings.NewReader(strings.Repeat("x", 8<<20))))
	}
}

// A caller whose body does not come whole is told so, and no function is blamed.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t, echo)
	for range 4 { // more than open a breaker
		for _, head := range []string{"Content-Length: 10\r\n\r\nabc", "Content-Length: 100000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"} {
			conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s", post, h.token, head)
			_ = conn.(*net.TCPConn).CloseWrite()
			a, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || a.StatusCode != http.StatusBadRequest {
				t.Errorf("%q: %v %v", head, a, err)
			}
			_ = conn.Close()
		}
	}
	if a, _ := h.get(post); a.StatusCode != http.StatusOK {
		t.Error(a.Status)
	}
}

// raw answers every connection with a text, after it has read a request.
func raw(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = io.WriteString(conn, text)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/{name}"
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	const html = "Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"
	for _, text := range []string{
		"", "garbage\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n" + html, "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example\r\n" + html,
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
		"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n", "HTTP/1.1 500 Internal Server Error\r\n" + html,
	} {
		h := inFrontOf(t, raw(t, text))
		h.refused(http.StatusServiceUnavailable, "upstream_unavailable", h.request(http.MethodGet, post, http.NoBody))
		a := h.refused(http.StatusServiceUnavailable, "upstream_outcome_unknown", h.request(http.MethodPost, post, strings.NewReader("{}")))
		if a.Header.Get("Retry-After") == "" || a.Header.Get("Location") != "" {
			t.Errorf("%q: %v", text, a.Header)
		}
	}
}

// Half an answer is broken off, and never passes for a whole one.
func TestHalfAnswers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 10\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
	} {
		h := inFrontOf(t, raw(t, text))
		a, err := http.DefaultTransport.RoundTrip(h.request(http.MethodGet, "/v1/reports/export", http.NoBody))
		if err != nil {
			continue // broken off before anything came
		}
		if got, err := io.ReadAll(a.Body); err == nil {
			t.Errorf("%q was taken for the whole", got)
		}
		_ = a.Body.Close()
	}
}

func TestDeadThenBreaker(t *testing.T) {
	t.Parallel()
	h := inFrontOf(t, "http://127.0.0.1:1/{name}")
	for range 3 { // finance
		h.refused(http.StatusServiceUnavailable, "upstream_unavailable", h.request(http.MethodPost, post, strings.NewReader("{}")))
	}
	a := h.refused(http.StatusServiceUnavailable, "dependency_unavailable", h.request(http.MethodPost, post, strings.NewReader("{}")))
	if got := a.Header.Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After %s", got)
	}
	h.refused(http.StatusServiceUnavailable, "upstream_unavailable", h.request(http.MethodGet, "/v1/finance/days", http.NoBody)) // another function's
}

// What a function answers itself, be it failure after failure, does not open its breaker.
func TestOwnFailuresOpenNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) { httpfn.WriteError(w, r, errors.New("defect")) })
	for range 10 {
		h.refused(http.StatusInternalServerError, "internal", h.request(http.MethodPost, post, strings.NewReader("{}")))
	}
}

// quick gives finance and its functions a time-out of a second.
func quick(o *Options) {
	c := catalogue.Catalogue{Topics: o.Catalogue.Topics}
	for _, f := range o.Catalogue.Functions {
		f.TimeoutSeconds = 0 // and the slack
		c.Functions = append(c.Functions, f)
	}
	o.Catalogue = c
}

func TestSlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}, quick)
	began := time.Now()
	h.refused(http.StatusServiceUnavailable, "upstream_timed_out", h.request(http.MethodGet, post, http.NoBody))
	h.refused(http.StatusServiceUnavailable, "upstream_outcome_unknown", h.request(http.MethodPost, post, strings.NewReader("{}")))
	if took := time.Since(began); took < 2*slack {
		t.Errorf("both took %v", took)
	}
}

// A caller who goes away ends his call at the function.
func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]bool{"before the answer": false, "in the middle of it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached, ended := make(chan struct{}), make(chan struct{})
			h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
				if begin {
					_, _ = io.WriteString(w, "x")
					_ = http.NewResponseController(w).Flush()
				}
				close(reached)
				<-r.Context().Done()
				close(ended)
			})
			ctx, leave := context.WithCancel(t.Context())
			r := h.request(http.MethodGet, "/v1/reports/export", http.NoBody).WithContext(ctx)
			go func() {
				if a, err := http.DefaultTransport.RoundTrip(r); err == nil {
					_, _ = io.Copy(io.Discard, a.Body)
					_ = a.Body.Close()
				}
			}()
			<-reached
			leave()
			<-ended
		})
	}
}

// Events come one by one, and hold no place: more streams are open than calls may be under way.
func TestEventStreams(t *testing.T) {
	t.Parallel()
	next, open := make(chan int), atomic.Int32{}
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/stream/v1/events/stream" {
			echo(w, r)
			return
		}
		open.Add(1)
		defer open.Add(-1)
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		for {
			select {
			case n := <-next:
				_, _ = fmt.Fprintf(w, "data: %d\n\n", n)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	ctx, leave := context.WithCancel(t.Context())
	lines := make(chan string)
	for range 40 { // events may have 30 calls at once
		a, err := http.DefaultTransport.RoundTrip(h.request(http.MethodGet, "/v1/events/stream", http.NoBody).WithContext(ctx))
		if err != nil || a.StatusCode != http.StatusOK {
			t.Fatal(a, err)
		}
		t.Cleanup(func() { _ = a.Body.Close() })
		go func() {
			for s := bufio.NewScanner(a.Body); s.Scan(); {
				if s.Text() != "" {
					lines <- s.Text()
				}
			}
		}()
	}
	for n := range 100 {
		next <- n
		if got := <-lines; got != fmt.Sprintf("data: %d", n) {
			t.Fatalf("%q, want %d", got, n)
		}
	}
	if a, _ := h.get("/v1/events/history"); a.StatusCode != http.StatusOK {
		t.Error(a.Status)
	}
	leave()
	for open.Load() > 0 {
		<-time.After(time.Millisecond)
	}
}

// A caller who takes nothing of his answer is broken off by writeTimeout; here it is shown that the
// deadline is set and moved with each part.
func TestWriteDeadlines(t *testing.T) {
	t.Parallel()
	d := &deadlines{ResponseWriter: httptest.NewRecorder()}
	w := reply{ResponseWriter: d, rc: http.NewResponseController(d)}
	before := time.Now()
	_, _ = w.Write([]byte("x"))
	w.until = before // as after writeTimeout
	_, _ = w.Write([]byte("x"))
	_, _ = w.Write([]byte("x"))
	if len(d.set) != 2 || d.set[0].Sub(before) < writeTimeout || w.status != http.StatusOK {
		t.Errorf("%v, status %d", d.set, w.status)
	}
}

type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// A write with a key whose connection breaks is made again, and takes effect once at the function.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, key string
		status      int
		calls       int32
	}{{"GET", "", 200, 2}, {"POST", "k", 200, 2}, {"POST", "", 503, 1}} {
		var calls atomic.Int32
		h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if calls.Add(1) == 1 {
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(body)
		})
		r := h.request(c.method, post, strings.NewReader("body"))
		if c.key != "" {
			r.Header.Set("Idempotency-Key", c.key)
		}
		a, text := h.send(r)
		if a.StatusCode != c.status || calls.Load() != c.calls || c.status == 200 && text != "body" {
			t.Errorf("%+v: %d %s after %d calls", c, a.StatusCode, text, calls.Load())
		}
	}
}

// Calls beyond what a function may have at once wait; posts go before reads.
func TestPlaces(t *testing.T) {
	t.Parallel()
	arrived, goOn := make(chan string, 100), make(chan struct{})
	h := newHouse(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.Method
		<-goOn
	})
	answers := make(chan int)
	call := func(method string) {
		r := h.request(method, post, http.NoBody)
		go func() {
			a, _ := h.send(r)
			answers <- a.StatusCode
		}()
	}
	for range 50 { // finance
		call(http.MethodPost)
	}
	for range 50 {
		<-arrived
	}
	call(http.MethodGet)
	call(http.MethodPost)
	select {
	case m := <-arrived:
		t.Errorf("a %s found a place", m)
	case <-time.After(100 * time.Millisecond):
	}
	close(goOn)
	for range 52 {
		if got := <-answers; got != http.StatusOK {
			t.Error(got)
		}
	}
}

// On a machine that all functions share, its places bound them together, and are given back by whatever way a
// call ends.
func TestTheMachineIsShared(t *testing.T) {
	t.Parallel()
	machine := bulkhead.New(bulkhead.Options{Concurrent: 1})
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("then") {
		case "stream":
			w.Header().Set("Content-Type", eventStream)
		case "end":
			panic(http.ErrAbortHandler)
		}
		if running := machine.State().Running; running != 1 {
			t.Errorf("%d places are held", running)
		}
	}, func(o *Options) { o.Machine = machine })
	for _, then := range []string{"answer", "stream", "end", "answer"} {
		h.get(post + "?then=" + then)
		if running := machine.State().Running; running != 0 {
			t.Fatalf("after %s %d places are held", then, running)
		}
	}
	if err := machine.Enter(t.Context(), priority.Post); err != nil {
		t.Fatal(err)
	}
	h.refused(http.StatusServiceUnavailable, "overloaded", h.request(http.MethodPost, post, http.NoBody))
	machine.Leave()
	if a, _ := h.get(post); a.StatusCode != http.StatusOK { // also the function's own place was given back
		t.Error(a.StatusCode)
	}
}

var _ http.RoundTripper = (*gateway.Upstream)(nil)
