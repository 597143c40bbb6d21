package functions_test

import (
	"context"
	"net/http"
	"sync"

	"innkeep.internal/functions"
)

// callerKey carries the functions.Function that a request came to.
type callerKey struct{}

// byRoute is the function of every route of the catalogue, as a mux finds it.
var byRoute = sync.OnceValues(func() (*http.ServeMux, map[string]functions.Function) {
	c, err := functions.Load()
	if err != nil {
		panic(err)
	}
	mux, of := http.NewServeMux(), map[string]functions.Function{}
	for _, f := range c.Functions {
		for _, r := range f.Routes {
			mux.Handle(r, http.NotFoundHandler())
			of[r] = f
		}
	}
	return mux, of
})

// asItself lets requests say to the database for which function they are made: in the cloud each enters
// it by its own role, and the emulator knows none.
func asItself(h http.Handler) http.Handler {
	mux, of := byRoute()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, route := mux.Handler(r); route != "" {
			r = r.WithContext(context.WithValue(r.Context(), callerKey{}, of[route]))
		}
		h.ServeHTTP(w, r)
	})
}

// caller says for which function a call is made: for grants.Watch.
func caller(ctx context.Context) (name string, roles []string) {
	f, _ := ctx.Value(callerKey{}).(functions.Function)
	return f.Name, f.Roles
}
