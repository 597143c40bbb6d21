// Package capacityapi is what operators are told of an installation: how far its consumers are, what
// waits, and which limit its load reaches first.
package capacityapi

import (
	"context"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/capacity"
	"innkeep.internal/shared/platform/config"
	"innkeep.internal/shared/store/monitorstore"
)

// settings are what the limits hang on.
type settings struct {
	// SpannerUnits are the processing units that Spanner may grow to.
	SpannerUnits int64 `env:"INNKEEP_SPANNER_UNITS,default=1000"`
}

// Consumer is how far a consumer of the feed is.
type Consumer struct {
	Consumer   string `json:"consumer"`
	LagSeconds int64  `json:"lagSeconds" doc:"Of the shard that is behind most; up to a minute where nothing happens."`
	Shard      int64  `json:"shard" doc:"That shard."`
	Parked     int64  `json:"parked" doc:"Events that wait to be retried or dropped."`
}

// Use is how much of a limit is used.
type Use struct {
	Limit       string `json:"limit"`
	Of          string `json:"of,omitempty" doc:"The shard or consumer."`
	Load        int64  `json:"load"`
	Most        int64  `json:"most"`
	Unit        string `json:"unit" doc:"Of load and most, in UCUM."`
	BasisPoints int64  `json:"basisPoints" doc:"10,000 is all of it."`
	Raise       string `json:"raise" doc:"What is raised when it is reached."`
}

// Capacity is an installation's standing.
type Capacity struct {
	AsOf             string     `json:"asOf" format:"date-time"`
	State            string     `json:"state" enum:"ROOM,PLAN,RAISE" doc:"PLAN from half of a limit on, RAISE from 80 %."`
	Next             Use        `json:"next" doc:"The limit that is used most."`
	EventsPerSecond  int64      `json:"eventsPerSecond" doc:"Over the last 10 s, rounded up; of more than 2,000 no more is known."`
	ReachedAt        int64      `json:"reachedAtEventsPerSecond,omitempty" doc:"When next is reached, should load grow as it is distributed now. Absent where the limit does not grow with events."`
	Limits           []Use      `json:"limits" doc:"All that are watched, the most used first."`
	Consumers        []Consumer `json:"consumers"`
	CorrectionsDue   int        `json:"correctionsDue" doc:"1,000 at most."`
	CorrectionAge    int64      `json:"oldestCorrectionSeconds"`
	ApprovalsWaiting int        `json:"approvalsWaiting" doc:"10,000 at most."`
	PeriodsAhead     bool       `json:"periodsAhead" doc:"Every property has its periods of the next 12 months, as of today's pass."`
	SplitsEnd        string     `json:"splitPointsEnd,omitempty" format:"date-time" doc:"When the first split points end. Absent where there are none."`
}

// Measure reads the tables and judges: 6 RPCs.
func Measure(ctx context.Context, b *api.Backend) (Capacity, monitorstore.Reading, error) {
	s, err := config.Load[settings](ctx)
	if err != nil {
		return Capacity{}, monitorstore.Reading{}, err
	}
	r, err := monitorstore.New(b.DB, b.Corrections, b.Now).Read(ctx)
	if err != nil {
		return Capacity{}, r, err
	}
	return view(r, capacity.Judge(r.Events.All, r.Uses(monitorstore.Limits{SpannerUnits: s.SpannerUnits}))), r, nil
}

func view(r monitorstore.Reading, v capacity.Verdict) Capacity {
	c := Capacity{
		AsOf: api.Token(r.At), State: string(v.State), Next: use(v.Next), EventsPerSecond: r.Events.All, ReachedAt: v.EventsPerSecond,
		Limits: make([]Use, 0, len(v.All)), Consumers: make([]Consumer, 0, len(r.Consumers)),
		CorrectionsDue: r.CorrectionsDue, CorrectionAge: int64(r.CorrectionAge / time.Second),
		ApprovalsWaiting: r.ApprovalsWaiting, PeriodsAhead: r.PeriodsWhole, SplitsEnd: api.Token(r.SplitsEnd),
	}
	for _, u := range v.All {
		c.Limits = append(c.Limits, use(u))
	}
	for _, x := range r.Consumers {
		c.Consumers = append(c.Consumers, Consumer{x.Name, int64(x.Lag / time.Second), x.Shard, x.Parked})
	}
	return c
}

func use(u capacity.Use) Use {
	return Use{Limit: u.Limit, Of: u.Of, Load: u.Load, Most: u.Most, Unit: u.Unit, BasisPoints: u.BasisPoints(), Raise: u.Raise}
}
