package reportapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// maxHeads is over how many properties a report is kept for other instances: each is a document to read.
const maxHeads = 100

// Answer is a report as it is given: as JSON, with what the cache says of it.
type Answer[V any] struct {
	JSON   httpfn.Raw[V]
	Served api.Served
	made   *V // nil where it was kept
}

// View is the report.
func (a Answer[V]) View() (v V, err error) {
	if a.made != nil {
		return *a.made, nil
	}
	return v, httpfn.Decode(a.JSON, &v)
}

// Reply is a report as an operation gives it.
type Reply[V any] struct {
	api.Served
	Body httpfn.Raw[V]
}

// Reply is the answer as an operation gives it.
func (a Answer[V]) Reply() *Reply[V] { return &Reply[V]{Served: a.Served, Body: a.JSON} }

// Within is the answer as a part of a larger view W, that begins with a field of its own.
func Within[W, V any](a Answer[V], field string, value any) (*Reply[W], error) {
	head, err := httpfn.Encode(map[string]any{field: value})
	if err != nil {
		return nil, err
	}
	body := append(head[:len(head)-1], ',')
	return &Reply[W]{Served: a.Served, Body: append(body, a.JSON[1:]...)}, nil
}

// View is the report of an answer, for what needs its figures.
func View[V any](a Answer[V], err error) (V, error) {
	if err != nil {
		var none V
		return none, err
	}
	return a.View()
}

// question is what a report is asked for, by a caller who may see all of it: whatever its answer depends
// on, but for the books and what else is recorded.
type question struct {
	report string
	params []string // in one form for each meaning
	houses []House  // in the order of the answer
	dates  report.Range
	setup  bool // the answer shows accounts or budgets
	many   bool // it is read over several properties
}

// answer is a report: one that was kept and counts, or a new one. build makes it, and gives the last date
// that it depends on (see through).
func answer[V any](ctx context.Context, c api.Caller, at api.Moment, q question,
	build func(context.Context, api.Reading) (V, bizdate.Date, error),
) (a Answer[V], err error) {
	if _, err := at.Reading(c.Backend, q.many); err != nil { // the moment is judged, whoever answers
		return a, err
	}
	load := func(ctx context.Context) (v cache.Value, err error) {
		read, err := at.Reading(c.Backend, q.many)
		if err != nil {
			return v, err
		}
		view, through, err := build(ctx, read)
		if err != nil {
			return v, err
		}
		a.made = &view
		v = cache.Value{Stamp: read.Stamp(), Through: through}
		v.Bytes, err = httpfn.Encode(view)
		return v, err
	}
	if c.Cache == nil || at.Fixed() {
		v, err := load(ctx)
		a.JSON, a.Served = v.Bytes, c.Made(v.Stamp)
		return a, err
	}
	key, err := q.key(c.Org, reflect.TypeFor[V]())
	if err != nil {
		return a, err
	}
	found, err := c.Cache.Get(ctx, cache.Question{
		Key: key, Books: q.books(c.Org), Oldest: q.oldest(c.Backend), Since: at.Token(), Fresh: at.Fresh(),
	}, load)
	if err != nil {
		return a, err
	}
	a.JSON, a.Served = found.Bytes, api.NewServed(found, at.Fresh())
	return a, nil
}

// key is the digest of the question. Setup is remembered by each instance for itself, so what the answer
// shows of a property is part of it.
func (q question) key(org tenant.OrgID, view reflect.Type) (cache.Key, error) {
	properties := make([]setup.Property, len(q.houses))
	for i, h := range q.houses {
		properties[i] = h.Property
	}
	text, err := json.Marshal([]any{
		q.report, report.FormulaVersion, shape(view), org, properties, q.dates.From, q.dates.To, q.params, q.many,
	})
	return sha256.Sum256(text), err
}

// books are those whose changes change the answer.
func (q question) books(org tenant.OrgID) []tenant.Book {
	if len(q.houses) == 0 || len(q.houses) > maxHeads {
		return nil
	}
	var out []tenant.Book
	for _, h := range q.houses {
		out = append(out, h.Book.Book)
	}
	if q.setup {
		out = append(out, tenant.Book{Org: org, Property: tenant.Setup})
	}
	return out
}

// oldest is how old the answer may be: by the property whose business date is the nearest to the report.
func (q question) oldest(b *api.Backend) time.Duration {
	var oldest time.Duration
	for i, h := range q.houses {
		today := q.dates.To // where it cannot be told
		if zone, err := h.Zone(); err == nil {
			today = bizdate.Of(b.Now(), zone, h.CutoffMinutes)
		}
		if age := report.Age(q.dates.To, today); i == 0 || age < oldest {
			oldest = age
		}
	}
	if q.many {
		oldest += b.Staleness()
	}
	return oldest
}

// through is the last date that what is read of a scope depends on: its own last, where that has a day.
// Whether a gap at its end is closed depends on the last closed day, and where none is later on any day.
func through(sc daybookstore.Scope) bizdate.Date {
	if n := len(sc.Days); n > 0 && sc.Days[n-1].Date == sc.To {
		return sc.To
	}
	if sc.LastClosed >= sc.To {
		return sc.LastClosed
	}
	return 0
}

// furthest is the later of two dates that something depends on; zero is after every one.
func furthest(a, b bizdate.Date) bizdate.Date {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	return max(a, b)
}

var shapes sync.Map // of reflect.Type: its digest

// shape is a digest of how a view is written, so that what an earlier version of this program has kept is
// not given as the answer of another.
func shape(t reflect.Type) string {
	if s, known := shapes.Load(t); known {
		return s.(string) //nolint:errcheck // it holds nothing else
	}
	h := sha256.New()
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		_, _ = fmt.Fprintf(h, "%s %s\n", t.Kind(), t)
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			if seen[t] {
				return
			}
			seen[t] = true
			for i := range t.NumField() {
				f := t.Field(i)
				_, _ = fmt.Fprintf(h, "%s %q\n", f.Name, f.Tag.Get("json"))
				walk(f.Type)
			}
		}
	}
	walk(t)
	s := fmt.Sprintf("%x", h.Sum(nil)[:8])
	shapes.Store(t, s)
	return s
}
