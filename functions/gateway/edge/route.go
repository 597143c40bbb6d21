package edge

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"path"
	"time"

	catalogue "innkeep.internal/functions"
	"innkeep.internal/shared/platform/gateway"
)

// slack is what a function's own answer may take beyond its time-out: it says best what was too slow.
const slack = 2 * time.Second

// route is a path of the API and the function that serves it.
type route struct {
	pattern  string
	upstream string
	timeout  time.Duration // of the whole call, body and answer
	proxy    *httputil.ReverseProxy
}

// ServeHTTP makes a route something that a mux can hold; nobody calls it.
func (*route) ServeHTTP(http.ResponseWriter, *http.Request) {}

// table finds routes by path, as the functions themselves do.
type table struct{ mux *http.ServeMux }

func newTable(o Options) (table, error) {
	t := table{http.NewServeMux()}
	var faults []error
	for _, f := range o.Catalogue.Functions {
		if f.Trigger != catalogue.HTTP || f.Public {
			continue
		}
		u, err := gateway.New(f.Name, o.Directory, o.Identity, o.Transport)
		if err != nil {
			faults = append(faults, fmt.Errorf("edge: %w", err))
			continue
		}
		proxy := newProxy(u)
		for _, pattern := range f.Routes {
			t.mux.Handle(pattern, &route{
				pattern: pattern, upstream: f.Name, proxy: proxy, timeout: time.Duration(f.TimeoutSeconds)*time.Second + slack,
			})
		}
	}
	return t, errors.Join(faults...)
}

// find is the route of a request's path, whatever its method; nil when there is none. Paths are taken
// as they stand: //v1 and /v1/.. are nobody's.
func (t table) find(r *http.Request) *route {
	if r.URL.Path != path.Clean(r.URL.Path) {
		return nil
	}
	h, _ := t.mux.Handler(r)
	found, _ := h.(*route)
	return found
}
