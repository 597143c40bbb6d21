package httpfn

import (
	"net/http"

	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/priority"
)

// Guard lets as many requests of a function work at once as its bulkhead does. A request's class is the
// function's, or a read's where it only reads at a function of posts.
type Guard struct {
	Bulkhead *bulkhead.Bulkhead
	Class    priority.Class
}

// Wrap is next behind the Guard: who is shed is answered 503 with Retry-After. A nil Guard lets
// everybody through.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	if g == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.Bulkhead.Enter(r.Context(), g.Class.Of(r.Method)); err != nil {
			WriteError(w, r, err)
			return
		}
		defer g.Bulkhead.Leave()
		next.ServeHTTP(w, r)
	})
}
