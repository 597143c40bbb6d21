package httpfn_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/deadline"
	"innkeep.internal/shared/platform/resilience/priority"
)

type guardInput struct{}
type guardOutput struct{ Body string }

// A function that is full answers 503 with Retry-After, reads before posts; and a request takes no
// longer than its caller has left.
func TestGuardAndDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := httpfn.New("T", httpfn.Options{Timeout: 10 * time.Second, Guard: &httpfn.Guard{
			Bulkhead: bulkhead.New(bulkhead.Options{Concurrent: 1, Queue: 1, Wait: time.Second}), Class: priority.Post,
		}})
		release := make(chan struct{})
		handle := func(ctx context.Context, _ *guardInput) (*guardOutput, error) {
			select {
			case <-release:
				return &guardOutput{"done"}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			httpfn.Register(a, huma.Operation{OperationID: strings.ToLower(method), Method: method, Path: "/t"}, handle)
		}
		call := func(method, budget string) <-chan *httptest.ResponseRecorder {
			done := make(chan *httptest.ResponseRecorder, 1)
			go func() {
				r := httptest.NewRequestWithContext(t.Context(), method, "/t", nil)
				if budget != "" {
					r.Header.Set(deadline.Header, budget)
				}
				w := httptest.NewRecorder()
				a.ServeHTTP(w, r)
				done <- w
			}()
			synctest.Wait()
			return done
		}
		first, read := call(http.MethodPost, ""), call(http.MethodGet, "")
		post := call(http.MethodPost, "")
		w := <-read
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "2" || !strings.Contains(w.Body.String(), `"overloaded"`) {
			t.Errorf("the read: %d %v %s", w.Code, w.Header(), w.Body)
		}
		close(release)
		for _, done := range []<-chan *httptest.ResponseRecorder{first, post} {
			if w := <-done; w.Code != http.StatusOK {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		release = make(chan struct{})
		began := time.Now()
		if w := <-call(http.MethodGet, "1500"); w.Code != http.StatusServiceUnavailable || time.Since(began) != 1500*time.Millisecond {
			t.Errorf("%d after %v", w.Code, time.Since(began))
		}
		if w := <-call(http.MethodGet, "0"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "deadline_spent") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
