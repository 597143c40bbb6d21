package resilience

import (
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"weak"

	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/limiter"
)

// What this package has made, as long as somebody uses it.
var (
	breakers  live[breaker.Breaker]
	bulkheads live[bulkhead.Bulkhead]
	limiters  live[limiter.Limiter]
	began     = time.Now()
	instance  = strings.ToLower(rand.Text())
)

// live lists machines without keeping them.
type live[T any] struct {
	mu   sync.Mutex
	list []weak.Pointer[T]
}

func (l *live[T]) add(one *T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(slices.DeleteFunc(l.list, gone[T]), weak.Make(one))
}

func gone[T any](p weak.Pointer[T]) bool { return p.Value() == nil }

func (l *live[T]) all() (found []*T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.list {
		if one := p.Value(); one != nil {
			found = append(found, one)
		}
	}
	return found
}

// State is what the machines of this process are at, each kind by name. It is this instance's alone.
type State struct {
	Instance  string    // a name of the process, until it ends
	Revision  string    // that it runs; empty outside of the cloud
	Since     time.Time // of the process
	Breakers  []breaker.State
	Bulkheads []bulkhead.State
	Limiters  []limiter.State
}

// Now is the present State.
func Now() State {
	s := State{Instance: instance, Revision: os.Getenv("K_REVISION"), Since: began} // set by Cloud Run
	for _, b := range breakers.all() {
		s.Breakers = append(s.Breakers, b.State())
	}
	for _, b := range bulkheads.all() {
		s.Bulkheads = append(s.Bulkheads, b.State())
	}
	for _, l := range limiters.all() {
		s.Limiters = append(s.Limiters, l.State())
	}
	slices.SortStableFunc(s.Breakers, func(a, b breaker.State) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.Bulkheads, func(a, b bulkhead.State) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.Limiters, func(a, b limiter.State) int { return strings.Compare(a.Name, b.Name) })
	return s
}
