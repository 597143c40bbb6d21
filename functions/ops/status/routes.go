package status

import (
	"context"
	"time"

	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/spannerdb"
)

// Routes are the routes of one instance to the database.
type Routes struct {
	Instance string  `json:"instance" doc:"Names the process that answers, until it ends."`
	Revision string  `json:"revision,omitempty" doc:"The deployed revision that it runs."`
	Since    string  `json:"since" format:"date-time" doc:"When the process began; counts are from then on."`
	Routes   []Route `json:"routes" doc:"The leader first."`
}

// Route is one way to the database.
type Route struct {
	Name       string  `json:"name"`
	Leader     bool    `json:"leader" doc:"Takes strong reads and writes, and reads at a timestamp where no other route can."`
	Location   string  `json:"location,omitempty" doc:"Of its replicas; any when absent."`
	Type       string  `json:"type,omitempty" enum:"READ_ONLY,READ_WRITE" doc:"Of its replicas; any when absent."`
	Weight     int     `json:"weight" doc:"Its share of the reads at a timestamp; 0: only where no other route can."`
	Staleness  float64 `json:"stalenessSeconds" doc:"The least age of the timestamps that are read along it; 0 for the leader."`
	Phase      string  `json:"phase" enum:"SERVING,RESTING,TRIAL" doc:"RESTING: out, until a probe is answered. TRIAL: one read at a time, until enough were answered."`
	PhaseSince string  `json:"phaseSince" format:"date-time"`
	Why        string  `json:"why,omitempty" enum:"failures,slow" doc:"What took it out."`
	NextProbe  string  `json:"nextProbe,omitempty" format:"date-time" doc:"Of a route that rests: with the first call from then on."`
	InUse      int     `json:"inUse" doc:"Calls under way; the leader's include strong reads and writes."`
	Limit      int     `json:"limit" doc:"Calls at a time."`
	Waiting    int     `json:"waiting,omitempty" doc:"Calls that wait for a route; told at the leader."`
	FirstRow   float64 `json:"firstRowSeconds" doc:"Until a read's first row: a moving average of the reads along the route."`
	Reads      int64   `json:"reads" doc:"Reads along the route that it answered."`
	Failed     int64   `json:"failed" doc:"Reads that failed there and went elsewhere."`
	Ejections  int64   `json:"ejections" doc:"Times that it was taken out."`
	LastError  string  `json:"lastError,omitempty"`
}

type routesInput struct{}

type routesOutput struct{ Body Routes }

func (f function) routes(ctx context.Context, _ *routesInput) (*routesOutput, error) {
	c, err := f.source.Operator(ctx)
	if err != nil {
		return nil, err
	}
	s := resilience.Now()
	v := Routes{Instance: s.Instance, Revision: s.Revision, Since: utc(s.Since)}
	for _, r := range c.DB.Routes() {
		v.Routes = append(v.Routes, routeView(r))
	}
	return &routesOutput{v}, nil
}

func routeView(r spannerdb.RouteState) Route {
	v := Route{
		Name: r.Name, Leader: r.Leader, Location: r.Location, Type: r.Type, Weight: r.Weight, Staleness: r.Staleness.Seconds(),
		Phase: string(r.Phase), PhaseSince: utc(r.Since), Why: r.Why, InUse: r.InUse, Limit: r.Limit, Waiting: r.Waiting,
		FirstRow: r.FirstRow.Seconds(), Reads: r.Reads, Failed: r.Failed, Ejections: r.Ejections, LastError: r.LastError,
	}
	if !r.NextProbe.IsZero() {
		v.NextProbe = utc(r.NextProbe)
	}
	return v
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
