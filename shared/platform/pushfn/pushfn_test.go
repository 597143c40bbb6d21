package pushfn_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/pushfn"
)

// pushed is a body as Pub/Sub sends it, with the members that come twice.
const pushed = `{"deliveryAttempt":5,"message":{"attributes":{"shard":"7"},"data":"aGVsbG8=","messageId":"42","message_id":"42",
"orderingKey":"k","publishTime":"2021-02-26T19:13:55.749Z","publish_time":"2021-02-26T19:13:55.749Z"},"subscription":"projects/p/subscriptions/s"}`

// post is the answer of h to a body.
func post(t *testing.T, h http.Handler, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// pusher is a function whose messages end with err.
func pusher(err error) http.Handler {
	return pushfn.New("relay", pushfn.Options{
		Pusher: pushfn.AllowEmulator,
		Push:   func(context.Context, pushfn.Message) error { return err },
	})
}

func TestBodies(t *testing.T) {
	t.Parallel()
	full := &pushfn.Message{
		ID: "42", OrderingKey: "k", Subscription: "projects/p/subscriptions/s", Attributes: map[string]string{"shard": "7"},
		Data: []byte("hello"), Published: time.Date(2021, 2, 26, 19, 13, 55, 749e6, time.UTC), Attempt: 5,
	}
	large := base64.StdEncoding.EncodeToString(make([]byte, 10<<20))
	tests := []struct {
		name, body string
		status     int
		message    *pushfn.Message
		sweep      bool
	}{
		{"a message", pushed, 204, full, false},
		{"of the emulator", `{"message":{"data":"","messageId":"1"}}`, 204, &pushfn.Message{ID: "1"}, false},
		{"10 MiB", `{"message":{"data":"` + large + `","messageId":"1"}}`, 204, &pushfn.Message{ID: "1", Data: make([]byte, 10<<20)}, false},
		{"sweep", `{"sweep":true}`, 204, nil, true},
		{"sweep with a line break", "{\"sweep\":true}\n", 204, nil, true},
		{"no sweep", `{"sweep":false}`, 400, nil, false},
		{"sweep and more", `{"sweep":true,"message":null}`, 400, nil, false},
		{"empty", ``, 400, nil, false},
		{"an array", `[]`, 400, nil, false},
		{"cut off", pushed[:100], 400, nil, false},
		{"two values", pushed + pushed, 400, nil, false},
		{"no message", `{"subscription":"s"}`, 400, nil, false},
		{"no id", `{"message":{"data":"aGVsbG8="}}`, 400, nil, false},
		{"bad base64", strings.Replace(pushed, "aGVsbG8=", "aGVsbG8", 1), 400, nil, false},
		{"bad attributes", strings.Replace(pushed, `{"shard":"7"}`, `{"shard":7}`, 1), 400, nil, false},
		{"bad time", strings.Replace(pushed, "19:13", "25:13", 1), 400, nil, false},
		{"huge", `{"message":{"data":"` + large + large[:2<<20] + `","messageId":"1"}}`, 413, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, known := range []bool{true, false} { // whether Content-Length tells the size
				if !known && tt.status == 204 && len(tt.body) > len(large) {
					continue // seconds, with the race detector
				}
				var got *pushfn.Message
				sweep := false
				h := pushfn.New("relay", pushfn.Options{
					Pusher: pushfn.AllowEmulator,
					Push:   func(_ context.Context, m pushfn.Message) error { got = &m; return nil },
					Sweep:  func(context.Context) error { sweep = true; return nil },
				})
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(tt.body))
				if !known {
					r.ContentLength = -1
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != tt.status || sweep != tt.sweep {
					t.Errorf("status %d, sweep %t", w.Code, sweep)
				}
				if diff := cmp.Diff(tt.message, got, cmp.Comparer(bytes.Equal)); diff != "" {
					t.Errorf("message (-want +got):\n%.2000s", diff)
				}
			}
		})
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions, "SWEEP"} {
		w := httptest.NewRecorder()
		pusher(nil).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(pushed)))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
			t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

// What a function does not have is refused, and so is a function that has nothing.
func TestHalfFunctions(t *testing.T) {
	t.Parallel()
	if w := post(t, pusher(nil), `{"sweep":true}`); w.Code != http.StatusBadRequest {
		t.Errorf("no sweep: %d", w.Code)
	}
	sweeper := pushfn.New("sweeper", pushfn.Options{Pusher: pushfn.AllowEmulator, Sweep: func(context.Context) error { return nil }})
	if w := post(t, sweeper, pushed); w.Code != http.StatusBadRequest {
		t.Errorf("no push: %d", w.Code)
	}
	defer func() {
		if recover() == nil {
			t.Error("New without Push and Sweep does not panic")
		}
	}()
	pushfn.New("nothing", pushfn.Options{})
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	of := func(k fault.Kind) error { return fmt.Errorf("wrapped: %w", fault.New(k, "code", "text")) }
	tests := map[string]struct {
		err    error
		status int
	}{
		"nil":             {nil, 204},
		"no kind":         {errors.New("broken"), 500},
		"internal":        {of(fault.Internal), 500},
		"unavailable":     {of(fault.Unavailable), 503},
		"outcome unknown": {of(fault.OutcomeUnknown), 503},
		"busy":            {of(fault.Conflict), 503},
		"limited":         {of(fault.Limited), 429},
		"malformed":       {of(fault.Malformed), 400},
		"invalid":         {of(fault.Invalid), 400},
		"key reused":      {of(fault.KeyReused), 400},
		"not found":       {of(fault.NotFound), 404},
		"too large":       {of(fault.TooLarge), 413},
		"unauthenticated": {of(fault.Unauthenticated), 401},
		"denied":          {of(fault.Denied), 403},
		"a deadline":      {fmt.Errorf("inner: %w", context.DeadlineExceeded), 503},
		"cancelled":       {context.Canceled, 503},
		"a kind beyond":   {of(200), 500},

		"deadlines of the database": {errors.Join(errors.New("shard 1"), status.Error(codes.DeadlineExceeded, "late")), 503},
		"the database is away":      {fmt.Errorf("inner: %w", status.Error(codes.Unavailable, "away")), 503},
		"refused by the database":   {status.Error(codes.InvalidArgument, "no such column"), 500},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if w := post(t, pusher(tt.err), pushed); w.Code != tt.status {
				t.Errorf("a push: %d, want %d", w.Code, tt.status)
			}
			sweeper := pushfn.New("s", pushfn.Options{Pusher: pushfn.AllowEmulator, Sweep: func(context.Context) error { return tt.err }})
			if w := post(t, sweeper, `{"sweep":true}`); w.Code != tt.status {
				t.Errorf("a sweep: %d, want %d", w.Code, tt.status)
			}
		})
	}
}

// A panic is a defect, also one that comes of the deadline.
func TestPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, late := range []bool{false, true} {
			h := pushfn.New("relay", pushfn.Options{
				Pusher: pushfn.AllowEmulator,
				Push: func(ctx context.Context, _ pushfn.Message) error {
					if late {
						<-ctx.Done()
					}
					panic("broken")
				},
			})
			if w := post(t, h, pushed); w.Code != http.StatusInternalServerError {
				t.Errorf("late %t: status %d", late, w.Code)
			}
		}
	})
}

// The deadline of the context ends what listens to it, and is no defect whatever came of it.
func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for timeout, want := range map[time.Duration]time.Duration{0: 10 * time.Second, 3 * time.Second: 3 * time.Second} {
			h := pushfn.New("relay", pushfn.Options{
				Pusher: pushfn.AllowEmulator, Timeout: timeout,
				Push: func(ctx context.Context, _ pushfn.Message) error {
					<-ctx.Done()
					return errors.New("rpc error: code = DeadlineExceeded")
				},
			})
			start := time.Now()
			if w := post(t, h, pushed); w.Code != http.StatusServiceUnavailable {
				t.Errorf("status %d", w.Code)
			}
			if took := time.Since(start); took != want {
				t.Errorf("%v, want %v", took, want)
			}
		}
	})
}

// A body that does not arrive is given up on in time, and is another attempt's.
func TestBodyThatStays(t *testing.T) {
	t.Parallel()
	ended := make(chan int, 1)
	h := pushfn.New("relay", pushfn.Options{
		Pusher: pushfn.AllowEmulator, Timeout: 50 * time.Millisecond,
		Push: func(context.Context, pushfn.Message) error { return nil },
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := &kept{ResponseWriter: w}
		h.ServeHTTP(kept, r)
		ended <- kept.status
	}))
	defer server.Close()
	body, writer := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	client := make(chan struct{})
	go func() {
		defer close(client)
		if reply, err := server.Client().Do(r); err == nil {
			_ = reply.Body.Close()
		}
	}()
	_, _ = io.WriteString(writer, pushed[:10])
	if status := <-ended; status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	_ = writer.Close()
	<-client
}

type kept struct {
	http.ResponseWriter
	status int
}

func (k *kept) WriteHeader(status int)      { k.status = status; k.ResponseWriter.WriteHeader(status) }
func (k *kept) Unwrap() http.ResponseWriter { return k.ResponseWriter }
