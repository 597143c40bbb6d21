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
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/priority"
)

// slack is what a function's own answer may take beyond its time-out: it says best what was too slow.
const slack = time.Second

// route is a path of the API and the function that serves it.
type route struct {
	pattern  string
	upstream *gateway.Upstream
	policy   resilience.Policy
	class    priority.Class
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
		if f.Trigger == catalogue.HTTP && !f.Public {
			faults = append(faults, t.add(f, o.Network))
		}
	}
	return t, errors.Join(faults...)
}

func (t table) add(f catalogue.Function, n gateway.Network) error {
	policy, err := resilience.PolicyOf(string(f.Service))
	if err != nil {
		return fmt.Errorf("edge: %s: %w", f.Name, err)
	}
	class, err := priority.Parse(string(f.Priority))
	if err != nil {
		return fmt.Errorf("edge: %s: %w", f.Name, err)
	}
	u, err := n.Upstream(f.Name, policy)
	if err != nil {
		return fmt.Errorf("edge: %w", err)
	}
	proxy := newProxy(u)
	for _, pattern := range f.Routes {
		t.mux.Handle(pattern, &route{
			pattern: pattern, upstream: u, policy: policy, class: class, proxy: proxy,
			timeout: time.Duration(f.TimeoutSeconds)*time.Second + slack,
		})
	}
	return nil
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
