package status

import (
	"context"
	"time"

	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/limiter"
	"innkeep.internal/shared/platform/resilience/priority"
)

// Resilience is what the machines of one instance are at.
type Resilience struct {
	Instance  string     `json:"instance" doc:"Names the process that answers, until it ends."`
	Revision  string     `json:"revision,omitempty" doc:"The deployed revision that it runs."`
	Since     string     `json:"since" format:"date-time" doc:"When the process began; counts are from then on."`
	Services  []Service  `json:"services" doc:"The figures that all of it is made of."`
	Limiters  []Limiter  `json:"limiters"`
	Bulkheads []Bulkhead `json:"bulkheads"`
	Breakers  []Breaker  `json:"breakers"`
}

// Service is one row of the table of figures.
type Service struct {
	Service         string  `json:"service"`
	BreakerFailures int     `json:"breakerFailures" doc:"Failures in a row that open a breaker."`
	BreakerReset    float64 `json:"breakerResetSeconds"`
	Timeout         float64 `json:"timeoutSeconds"`
	PerMinute       int     `json:"perMinute" doc:"Calls a minute that an organisation may make to it."`
	Concurrent      int     `json:"concurrent"`
	Queue           int     `json:"queue"`
	Wait            float64 `json:"waitSeconds" doc:"How long a call waits in the queue at most."`
}

// Limiter is the state of a rate limiter.
type Limiter struct {
	Name     string            `json:"name"`
	Window   float64           `json:"windowSeconds"`
	Shared   bool              `json:"shared" doc:"All instances keep the limits together."`
	Keys     int               `json:"keys" doc:"Organisations that it knows at present."`
	Allowed  uint64            `json:"allowed"`
	Alone    uint64            `json:"alone" doc:"Of these, on this instance's own share, because the others could not be asked."`
	Limited  map[string]uint64 `json:"limited" doc:"Calls refused, by class."`
	Leases   uint64            `json:"leases"`
	Failures uint64            `json:"failures" doc:"Leases that could not be taken."`
	Evicted  uint64            `json:"evicted" doc:"Organisations that were forgotten for want of room."`
}

// Bulkhead is the state of a bulkhead.
type Bulkhead struct {
	Name       string         `json:"name"`
	Concurrent int            `json:"concurrent"`
	Queue      int            `json:"queue"`
	Running    int            `json:"running"`
	Waiting    map[string]int `json:"waiting" doc:"By class."`
	Entered    uint64         `json:"entered"`
	Refused    uint64         `json:"refused" doc:"Shed at once: the queue was full of calls as valuable."`
	Displaced  uint64         `json:"displaced" doc:"Shed from the queue by a more valuable call."`
	TimedOut   uint64         `json:"timedOut" doc:"Shed after the longest wait."`
	Left       uint64         `json:"left" doc:"Gave up by themselves."`
}

// Breaker is the state of a breaker.
type Breaker struct {
	Name    string `json:"name" doc:"Service, dependency and kind of call."`
	Mode    string `json:"mode" enum:"closed,open,half_open"`
	Since   string `json:"since" format:"date-time" doc:"Of the mode."`
	InRow   int    `json:"failuresInRow"`
	Alive   uint64 `json:"alive" doc:"Calls that the dependency answered, be it with a refusal."`
	Failed  uint64 `json:"failed"`
	Silent  uint64 `json:"silent" doc:"Calls that say nothing of it: their caller went away."`
	Refused uint64 `json:"refused" doc:"Calls that were not made."`
	Opened  uint64 `json:"opened" doc:"Times."`
}

type resilienceInput struct{}

type resilienceOutput struct{ Body Resilience }

func (f function) resilience(ctx context.Context, _ *resilienceInput) (*resilienceOutput, error) {
	if _, err := f.source.Operator(ctx); err != nil {
		return nil, err
	}
	return &resilienceOutput{view(resilience.Now())}, nil
}

func view(s resilience.State) Resilience {
	r := Resilience{Instance: s.Instance, Revision: s.Revision, Since: s.Since.UTC().Format(time.RFC3339)}
	for _, p := range resilience.Policies() {
		r.Services = append(r.Services, Service{
			Service: p.Service, BreakerFailures: p.Failures, BreakerReset: p.Reset.Seconds(), Timeout: p.Timeout.Seconds(),
			PerMinute: p.PerMinute, Concurrent: p.Concurrent, Queue: p.Queue, Wait: p.Wait.Seconds(),
		})
	}
	for _, l := range s.Limiters {
		r.Limiters = append(r.Limiters, limiterView(l))
	}
	for _, b := range s.Bulkheads {
		r.Bulkheads = append(r.Bulkheads, bulkheadView(b))
	}
	for _, b := range s.Breakers {
		r.Breakers = append(r.Breakers, breakerView(b))
	}
	return r
}

func limiterView(l limiter.State) Limiter {
	return Limiter{
		Name: l.Name, Window: l.Window.Seconds(), Shared: l.Shared, Keys: l.Keys, Allowed: l.Allowed, Alone: l.Alone,
		Limited: byClass(l.Limited), Leases: l.Leases, Failures: l.Failures, Evicted: l.Evicted,
	}
}

func bulkheadView(b bulkhead.State) Bulkhead {
	return Bulkhead{
		Name: b.Name, Concurrent: b.Concurrent, Queue: b.Queue, Running: b.Running, Waiting: byClass(b.Waiting),
		Entered: b.Entered, Refused: b.Refused, Displaced: b.Displaced, TimedOut: b.TimedOut, Left: b.Left,
	}
}

func breakerView(b breaker.State) Breaker {
	return Breaker{
		Name: b.Name, Mode: b.Mode.String(), Since: b.Since.UTC().Format(time.RFC3339), InRow: b.InRow,
		Alive: b.Alive, Failed: b.Failed, Silent: b.Silent, Refused: b.Refused, Opened: b.Opened,
	}
}

// byClass names the classes.
func byClass[N any](counts [priority.Classes]N) map[string]N {
	out := make(map[string]N, len(counts))
	for c, n := range counts {
		out[priority.Class(c).String()] = n
	}
	return out
}
