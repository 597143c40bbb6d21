// Package resilience holds the figures by which each service protects itself and others, the owner's
// (DOMAIN.md), in one table; and makes limiters, bulkheads, breakers and retries of them, which it
// lists for whoever operates the installation.
//
// The machines are in the packages below it, which know no service.
package resilience

import (
	"fmt"
	"time"

	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/retry"
)

// Of retries, for all services (DOMAIN.md: 3 to 5 attempts, 10 to 30 s in all, never past the service's
// own time-out, which the caller's deadline keeps).
const (
	attempts    = 4
	firstPause  = 100 * time.Millisecond
	longestWait = 2 * time.Second
	retryWithin = 10 * time.Second
)

// Policy is one service's row of figures.
type Policy struct {
	Service string
	// Failures of a dependency in a row open its breaker for Reset.
	Failures int
	Reset    time.Duration
	// Timeout of a request at the service.
	Timeout time.Duration
	// PerMinute is how many calls an organisation may make to the service, whatever its plan.
	PerMinute int
	// Concurrent calls work at once in an instance, Queue more wait, for Wait at most.
	Concurrent, Queue int
	Wait              time.Duration
}

// The services. Of finance, reports, cache and events all figures but Wait are the owner's; a call
// waits for half of its time at most, so that there is time left to do what it waited for.
var (
	Finance = Policy{"finance", 3, 30 * time.Second, 10 * time.Second, 1000, 50, 500, 5 * time.Second}
	Reports = Policy{"reports", 5, 60 * time.Second, 15 * time.Second, 500, 20, 200, 7 * time.Second}
	Cache   = Policy{"cache", 10, 30 * time.Second, 5 * time.Second, 2000, 100, 1000, 2 * time.Second}
	Events  = Policy{"events", 5, 45 * time.Second, 10 * time.Second, 1500, 30, 300, 5 * time.Second}
	// Gateway is the door: it works at as many calls as all upstreams together, 200, and half again for
	// streams, which cost it little; who would wait longer than 2 s there is better told so. Its time-out
	// is the longest of the services' and a second for the way there and back. The limit is the largest plan's.
	Gateway = Policy{"gateway", 5, 30 * time.Second, 16 * time.Second, 2000, 300, 1000, 2 * time.Second}
	// Ops is for operators: few calls, each of which may be what an incident hangs on, so nothing waits
	// for long and a dependency is tried again soon.
	Ops = Policy{"ops", 5, 30 * time.Second, 10 * time.Second, 100, 10, 20, 2 * time.Second}
)

// Policies is all of them.
func Policies() []Policy { return []Policy{Finance, Reports, Cache, Events, Gateway, Ops} }

// PolicyOf is the row of a service; an error when there is none.
func PolicyOf(service string) (Policy, error) {
	for _, p := range Policies() {
		if p.Service == service {
			return p, nil
		}
	}
	return Policy{}, fmt.Errorf("resilience: %q is no service", service)
}

// Breaker makes the breaker of a dependency and kind of call, "spanner/read", as the service has them.
func (p Policy) Breaker(dependency string) *breaker.Breaker {
	b := breaker.New(breaker.Options{
		Name: p.Service + ":" + dependency, Failures: p.Failures, Reset: p.Reset, Patience: p.Timeout / patience,
	})
	breakers.add(b)
	return b
}

// patience is which part of a service's time-out a dependency must have had for a time-out to be its
// failure.
const patience = 10

// Retry makes the retries of a dependency.
func (p Policy) Retry(dependency string) *retry.Retrier {
	return retry.New(retry.Options{
		Name: p.Service + ":" + dependency, Attempts: attempts, First: firstPause, Most: longestWait, Within: retryWithin,
	})
}

// Bulkhead makes a bulkhead with the service's figures; name says whose it is.
func (p Policy) Bulkhead(name string) *bulkhead.Bulkhead {
	b := bulkhead.New(bulkhead.Options{Name: name, Concurrent: p.Concurrent, Queue: p.Queue, Wait: p.Wait})
	bulkheads.add(b)
	return b
}
