package main

import (
	"fmt"
	"math"

	"innkeep.internal/functions"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/capacity"
	"innkeep.internal/shared/store/monitorstore"
)

const (
	secondsPerMonth = 730 * 3600
	gib             = 1 << 30
	// skew is the fullest shard over the mean at a million organisations (decision 41).
	skew = 1.095
	// nudgesPerSecond is how often an instance tells of a shard at most, and looksPerSecond how often a consumer
	// looks at one (decision 15).
	nudgesPerSecond = 2
	looksPerSecond  = 2
	// documents are those of one look into the second level of the cache (decision 30).
	documents = 3
	// memoryPerCPU is the memory of an instance for each processor, in GiB: 512 MiB in the catalogue.
	memoryPerCPU = 0.5
	// leastUnits is the smallest instance that Spanner makes, in nodes.
	leastUnits = 0.1
)

// Load is how much comes.
type Load struct {
	Name          string  `json:"name"`
	Organisations float64 `json:"organisations"`
	Mean          float64 `json:"mean"` // events a second
	Peak          float64 `json:"peak"`
}

// Result is what a load takes.
type Result struct {
	Load            Load    `json:"load"`
	Calls           float64 `json:"calls"` // a second
	PeakCalls       float64 `json:"peakCalls"`
	Commits         float64 `json:"commits"` // of Spanner a second, at the peak
	Reads           float64 `json:"reads"`
	Nodes           float64 `json:"nodes"`
	StoredGiB       float64 `json:"storedGiB"`
	CPU             float64 `json:"cpu"` // processors of all functions
	PeakCPU         float64 `json:"peakCpu"`
	FirestoreReads  float64 `json:"firestoreReads"` // a month, as all below
	FirestoreWrites float64 `json:"firestoreWrites"`
	PubSubGiB       float64 `json:"pubSubGiB"`
	EgressGiB       float64 `json:"egressGiB"`
	Requests        float64 `json:"requests"` // of functions
	Costs           []Cost  `json:"costs"`

	SaturatesFirst string           `json:"saturatesFirst"` // the limit of Verdict that is next
	FullAt         int64            `json:"fullAt"`         // events a second
	Verdict        capacity.Verdict `json:"-"`
}

// Cost is one line of the bill, dollars a month.
type Cost struct {
	Name    string  `json:"name"`
	Dollars float64 `json:"dollars"`
}

// Total is the bill.
func (r Result) Total() (sum float64) {
	for _, c := range r.Costs {
		sum += c.Dollars
	}
	return sum
}

// model is what loads are put through.
type model struct {
	m       Measured
	a       Assumptions
	prices  Prices
	used    map[string]Price // those that were asked for
	edition string
	units   int64 // that Spanner may grow to
	all     functions.Catalogue
	err     error // the first of prices
}

func (x *model) price(name string) float64 {
	v, err := x.prices.of(name, x.used)
	if err != nil && x.err == nil {
		x.err = err
	}
	return v
}

// need is what a second of a load takes, at so many events a second.
type need struct {
	calls, commits, reads        float64
	writing, reporting, door     float64 // processors
	feed                         float64
	looks, misses, nudges, moves float64
	stored, egress               float64 // bytes
}

func (x *model) need(events float64) need {
	m, a := x.m, x.a
	hundred := events / mix.events() // so many times a hundred calls
	reports := mix.Daily + mix.Monthly + mix.Exports
	miss := 1 - a.HitRate
	consumers := float64(len(x.consumers()))
	n := need{calls: hundred * mix.calls(), commits: hundred * mix.commits(), looks: hundred * reports, misses: hundred * reports * miss}
	of := func(value func(Kind) float64) (records, made float64) {
		return value(m.Post)*mix.Posts + value(m.Bulk)*mix.Bulks + value(m.Approve)*mix.Approvals,
			value(m.Daily)*mix.Daily + value(m.Monthly)*mix.Monthly + value(m.Export)*mix.Exports
	}
	reads, madeReads := of(func(k Kind) float64 { return k.RPCs })
	n.writing, n.reporting = of(func(k Kind) float64 { return k.CPU })
	n.stored, _ = of(func(k Kind) float64 { return k.Stored })
	answers, madeAnswers := of(func(k Kind) float64 { return k.Answer })
	n.writing, n.reporting, n.stored = n.writing*hundred, n.reporting*hundred*miss, n.stored*hundred
	n.door = n.calls * m.DoorCPU
	n.feed = events * m.FeedCPU * consumers
	n.reads = hundred*(reads+madeReads*miss) + events*m.FeedRPCs*consumers
	n.egress = hundred * (answers + madeAnswers)
	n.nudges = min(n.commits, nudgesPerSecond*tenant.Shards*math.Ceil(n.writing/a.CPUShare))
	n.moves = n.commits + min(n.commits, looksPerSecond*tenant.Shards) // a head a commit, and the shard's mark
	return n
}

// consumers are the functions that are nudged when events come.
func (x *model) consumers() (names []string) {
	for _, f := range x.all.Functions {
		if f.Trigger == functions.PubSub && f.Topic == "feed-nudges" {
			names = append(names, f.Name)
		}
	}
	return names
}

// put gives what a load takes.
func (x *model) put(l Load) (Result, error) {
	mean, peak := x.need(l.Mean), x.need(l.Peak)
	r := Result{Load: l, Calls: mean.calls, PeakCalls: peak.calls, Commits: peak.commits, Reads: peak.reads}
	r.StoredGiB = mean.stored * secondsPerMonth * x.a.Months / gib
	r.Nodes = x.nodes(l.Peak, peak.reads, r.StoredGiB)
	r.CPU, r.PeakCPU = mean.cpu()/x.a.CPUShare, peak.cpu()/x.a.CPUShare
	r.FirestoreReads = mean.looks * documents * secondsPerMonth
	r.FirestoreWrites = (mean.misses + mean.moves) * secondsPerMonth
	r.PubSubGiB = x.published(l.Mean, mean) * secondsPerMonth / gib
	r.EgressGiB = mean.egress * secondsPerMonth / gib
	consumers := float64(len(x.consumers()))
	pushes := mean.nudges * consumers
	r.Requests = (2*mean.calls + pushes) * secondsPerMonth // each call passes the door and one function
	x.bill(&r, mean, pushes)
	r.Verdict = capacity.Judge(int64(math.Ceil(l.Peak)), x.uses(l.Peak, peak, r.StoredGiB))
	r.SaturatesFirst, r.FullAt = r.Verdict.Next.Limit, r.Verdict.EventsPerSecond
	return r, x.err
}

func (n need) cpu() float64 { return n.writing + n.reporting + n.door + n.feed }

// nodes are those that bear a peak, in tenths below one, and what is stored. A write counts as an event of its
// own, twice what a row of 1 KB takes, as ops/monitor counts it.
func (x *model) nodes(events, reads, storedGiB float64) float64 {
	n := (2*events/x.price("spanner.writes-per-node") + reads/x.price("spanner.reads-per-node")) / x.a.SpannerShare
	n = max(n, storedGiB/x.price("spanner.storage-per-node"))
	if n > 1 {
		return math.Ceil(n)
	}
	return max(leastUnits, math.Ceil(n*10)/10)
}

// published are the bytes that Pub/Sub counts a second: nudges, and events with whoever listens to them.
func (x *model) published(events float64, n need) float64 {
	nudges := n.nudges * x.price("pubsub.minimum-bytes") * float64(1+len(x.consumers()))
	return nudges + events*x.m.EventBytes*(1+x.a.Subscribers)
}

// bill adds the costs of a month.
func (x *model) bill(r *Result, mean need, pushes float64) {
	busy := x.busy(mean, pushes) * secondsPerMonth
	r.Costs = []Cost{
		{"Spanner nodes", r.Nodes * x.price("spanner.node-hour."+x.edition) * secondsPerMonth / 3600},
		{"Spanner storage", r.StoredGiB * gib / 1e9 * x.price("spanner.storage-month")},
		{"functions", busy*(x.price("run.vcpu-second")+memoryPerCPU*x.price("run.gib-second")) + r.Requests/1e6*x.price("run.million-requests")},
		{"Firestore", (r.FirestoreReads*x.price("firestore.reads-100k") + r.FirestoreWrites*x.price("firestore.writes-100k") +
			mean.misses*secondsPerMonth*x.price("firestore.deletes-100k")) / 1e5},
		{"Pub/Sub", r.PubSubGiB / 1024 * x.price("pubsub.tib")},
		{"egress", r.EgressGiB * x.price("egress.gib")},
	}
}

// busy is how many processors are paid for: those that the work keeps busy, but while it is little, an instance
// for as long as a call is in it. Calls come when they come, so of one instance with so many calls in it at
// the mean, a share of 1 - exp(-calls) of the time is paid.
func (x *model) busy(n need, pushes float64) float64 {
	share := func(calls float64) float64 { return 1 - math.Exp(-calls) }
	warm := 0.0 // instances that are kept are paid for, at the price of busy ones here
	for _, f := range x.all.Functions {
		warm += float64(f.MinInstances * f.CPU)
	}
	paid := max(n.door/x.a.CPUShare, share(n.calls*x.a.ReadSeconds)) +
		max(n.writing/x.a.CPUShare, share(n.commits*x.a.WriteSeconds)) +
		max(n.reporting/x.a.CPUShare, share(n.looks*x.a.ReadSeconds)) +
		max(n.feed/x.a.CPUShare, share(pushes*x.a.WriteSeconds))
	return max(paid, warm)
}

// uses are the limits that ops/monitor watches, with what the load would use of them, and those of the functions
// and of storage, which it cannot see.
func (x *model) uses(events float64, n need, storedGiB float64) []capacity.Use {
	reading := monitorstore.Reading{Events: monitorstore.Rate{
		All: int64(math.Ceil(events)), Busiest: int64(math.Ceil(events * skew / tenant.Shards)),
	}}
	uses := reading.Uses(monitorstore.Limits{SpannerUnits: x.units})
	for i := range uses {
		if uses[i].Limit == "feed.shard" {
			uses[i].Of = "the fullest"
		}
	}
	cpu := func(limit string, used float64, where func(functions.Function) bool) capacity.Use {
		most := 0.0
		for _, f := range x.all.Functions {
			if where(f) {
				most += float64(f.MaxInstances * f.CPU)
			}
		}
		return capacity.Use{
			Limit: limit, Unit: "mCPU", Load: int64(math.Ceil(used / x.a.CPUShare * 1000)), Most: max(1, int64(most*1000)), Scales: true,
			Raise: "maxInstances of these functions in functions/catalogue.yaml",
		}
	}
	service := func(name string) func(functions.Function) bool {
		return func(f functions.Function) bool { return string(f.Service) == name && f.Trigger == functions.HTTP }
	}
	return append(uses,
		cpu("functions.door", n.door, func(f functions.Function) bool { return f.Public }),
		cpu("functions.finance", n.writing, service("finance")),
		cpu("functions.reports", n.reporting, service("reports")),
		cpu("functions.feed", n.feed, func(f functions.Function) bool { return f.Topic == "feed-nudges" }),
		capacity.Use{
			Limit: "spanner.storage", Of: fmt.Sprintf("%g months", x.a.Months), Unit: "GiB", Load: int64(math.Ceil(storedGiB)), Scales: true,
			Most: max(1, int64(float64(x.units)/1000*x.price("spanner.storage-per-node"))), Raise: "the processing units, or move old months out",
		})
}
