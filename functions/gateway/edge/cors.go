package edge

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	preflightMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	preflightAge     = "7200" // s; browsers keep no answer longer
	// exposed are the headers of answers that a page's script may read beside the plain ones.
	exposed = "Age, Cache-Status, Consistency-Token, Content-Disposition, ETag, Idempotent-Replay, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
)

// cors says which web pages' scripts may call the API. Tokens come in a header that a script sets, so
// there are no credentials of the browser's, and none are allowed.
type cors struct {
	origins []string
	headers string // that a script may set
}

func newCORS(origins []string) (cors, error) {
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != o {
			return cors{}, fmt.Errorf("INNKEEP_CORS_ORIGINS: %q is no origin as browsers write it, https://desk.example", o)
		}
	}
	return cors{origins: origins, headers: strings.Join(passedIn, ", ")}, nil
}

// answer adds what a page's script may do, and says whether that was all that was asked (a preflight).
// A page that is not on the list gets no such headers, and its browser keeps the answer from it.
func (c cors) answer(h http.Header, r *http.Request) (done bool) {
	origin := r.Header.Get("Origin")
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if len(c.origins) > 0 {
		h.Add("Vary", "Origin")
	}
	if origin == "" || !slices.Contains(c.origins, origin) {
		return preflight && origin != ""
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if !preflight {
		h.Set("Access-Control-Expose-Headers", exposed)
		return false
	}
	h.Set("Access-Control-Allow-Methods", preflightMethods)
	h.Set("Access-Control-Allow-Headers", c.headers)
	h.Set("Access-Control-Max-Age", preflightAge)
	return true
}
