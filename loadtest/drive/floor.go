package drive

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// floorSenders keep the trivial server busy.
const floorSenders = 32

// Floor is how many calls a second the load test itself makes, against a server of this process that does
// nothing: what it can never exceed.
func Floor(ctx context.Context, d time.Duration) (float64, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":"x"}`)
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	client, url := NewClient(floorSenders), "http://"+listener.Addr().String()
	defer client.CloseIdleConnections()
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range floorSenders {
		all.Go(func() {
			c := call{kind: Post, method: http.MethodPost, path: "/", key: "k", token: "t", body: `{"amountMinor":1,"currency":"EUR"}`}
			for time.Since(began) < d && ctx.Err() == nil {
				if send(ctx, client, url, c).fault == "" {
					done.Add(1)
				}
			}
		})
	}
	all.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), ctx.Err()
}
