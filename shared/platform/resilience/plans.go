package resilience

import (
	"context"

	"innkeep.internal/shared/platform/resilience/limiter"
	"innkeep.internal/shared/platform/resilience/priority"
)

// plans is how many calls a minute an organisation may make by its plan.
var plans = map[string]int{"starter": 100, "standard": 500, "professional": 1000, "enterprise": 2000}

// burstPercent of a minute's calls may come in a second at each instance of the door: one organisation
// that has its whole plan left does not fill the functions for all others.
const burstPercent = 10

// smallestPlan is what holds where the plan is not known.
const smallestPlan = 100

// PerMinute is how many calls a minute the plan allows: 100 to 2,000; the smallest when there is no
// such plan.
func PerMinute(plan string) int {
	if n, ok := plans[plan]; ok {
		return n
	}
	return smallestPlan
}

// Limits keeps organisations under the limits of their plans and of the services.
type Limits struct{ calls *limiter.Limiter }

// NewLimits makes the limits of a process. With a ledger all processes keep them together.
func NewLimits(ledger limiter.Ledger) *Limits {
	l := limiter.New(limiter.Options{Name: "organisations", Ledger: ledger, BurstPercent: burstPercent})
	limiters.add(l)
	return &Limits{l}
}

// Allow decides about a call of an organisation to a service: its plan's limit over all services, and
// the service's where that is lower. The decision is the one with less left.
func (l *Limits) Allow(ctx context.Context, org, plan string, p Policy, c priority.Class) limiter.Decision {
	all := PerMinute(plan)
	d := l.calls.Allow(ctx, org, all, c)
	if !d.Allowed || p.PerMinute >= all {
		return d
	}
	if own := l.calls.Allow(ctx, org+"/"+p.Service, p.PerMinute, c); !own.Allowed || own.Remaining < d.Remaining {
		return own
	}
	return d
}
