package main

import (
	"errors"
	"fmt"

	"innkeep.internal/loadtest/bench/figures"
)

// Assumptions are what nobody has measured: how much hotels post, and what the cloud takes for a call. The
// output repeats each.
type Assumptions struct {
	EventsPerDay float64 `json:"eventsPerDay"` // of an organisation
	Peak         float64 `json:"peak"`         // the busiest hour over the mean
	HitRate      float64 `json:"hitRate"`      // of reports, from a cache
	Months       float64 `json:"months"`       // of books that are stored
	WriteSeconds float64 `json:"writeSeconds"` // that a write stays in a function, and a report
	ReadSeconds  float64 `json:"readSeconds"`
	Subscribers  float64 `json:"subscribers"` // of domain-events, outside
	CPUShare     float64 `json:"cpuShare"`    // of an instance's processor that is used before another starts
	SpannerShare float64 `json:"spannerShare"`
}

// usual are the assumptions where no flag says otherwise. A hundred events a day is a house of some forty
// rooms; 0.85 is the owner's bound for the cache, 0.65 Google's for the processor of a regional instance.
var usual = Assumptions{
	EventsPerDay: 100, Peak: 4, HitRate: 0.85, Months: 12, WriteSeconds: 0.025, ReadSeconds: 0.05, Subscribers: 1, CPUShare: 0.6, SpannerShare: 0.65,
}

func (a Assumptions) check() error {
	for _, x := range []struct {
		name        string
		value       float64
		least, most float64
	}{
		{"events a day", a.EventsPerDay, 0.01, 1e6}, {"peak", a.Peak, 1, 1000}, {"hit rate", a.HitRate, 0, 1}, {"months", a.Months, 0, 1200},
		{"seconds of a write", a.WriteSeconds, 1e-6, 60}, {"seconds of a report", a.ReadSeconds, 1e-6, 60}, {"subscribers", a.Subscribers, 0, 1000},
		{"share of the processor", a.CPUShare, 0.01, 1}, {"share of Spanner", a.SpannerShare, 0.01, 1},
	} {
		if !(x.value >= x.least && x.value <= x.most) { // NaN is neither
			return fmt.Errorf("%s are %g: from %g to %g can be calculated with", x.name, x.value, x.least, x.most)
		}
	}
	return nil
}

// Mix is how many of a hundred calls are of a kind: the load tests' mix. One of the sixty that record carries
// a hundred lines.
type Mix struct{ Posts, Bulks, Approvals, Daily, Monthly, Exports float64 }

const bulkLines = 100 // of a bulk call, as measured

var mix = Mix{Posts: 59, Bulks: 1, Approvals: 5, Daily: 25, Monthly: 8, Exports: 2}

// events and calls of a hundred calls.
func (m Mix) events() float64 { return m.Posts + m.Bulks*bulkLines + m.Approvals }
func (m Mix) calls() float64 {
	return m.Posts + m.Bulks + m.Approvals + m.Daily + m.Monthly + m.Exports
}
func (m Mix) commits() float64 { return m.Posts + m.Bulks + m.Approvals }

// Kind is what one call of a kind takes, as measured.
type Kind struct {
	RPCs   float64 // reads among them, commits not
	CPU    float64 // seconds of the function, the door's part not
	Stored float64 // bytes
	Answer float64 // bytes that leave for the caller
}

// Measured are the figures that the model needs, taken from a file of the suite.
type Measured struct {
	Post, Bulk, Approve, Daily, Monthly, Export Kind
	DoorCPU                                     float64 // seconds a call: the door, and the network on both sides
	FeedCPU, FeedRPCs, EventBytes               float64 // an event and a consumer of the feed
}

// measured takes the figures; the error names all that are missing.
func measured(f figures.File) (m Measured, err error) {
	var faults []error
	get := func(name string) float64 {
		v, err := f.Get(name)
		if err != nil {
			faults = append(faults, err)
		}
		return v
	}
	us := func(name string) float64 { return get(name) / 1e6 }
	command := func(name string, cpu float64) Kind {
		commits := get("commands/" + name + "/commits")
		return Kind{RPCs: get("commands/"+name+"/rpcs") - commits, CPU: cpu, Stored: get("commands/" + name + "/sent-bytes"), Answer: get("commands/" + name + "/answer-bytes")}
	}
	report := func(name string) Kind {
		return Kind{RPCs: get("reports/" + name + "/rpcs"), CPU: us("reports/" + name + "/cpu"), Answer: get("reports/" + name + "/answer-bytes")}
	}
	m = Measured{
		Post:  command("post", us("cost/post-with-token/cpu")),
		Daily: report("daily"), Monthly: report("monthly"), Export: report("export"),
		FeedCPU: us("feed/cpu"), FeedRPCs: get("feed/rpcs"), EventBytes: get("feed/received-bytes"),
	}
	m.Approve = command("approve", us("cost/approve/cpu"))
	// Through the door a post takes more than in the function alone: that is the door's and the network's part.
	m.DoorCPU = max(0, us("sustained/posts/ours-cpu")-m.Post.CPU)
	m.Bulk = command("bulk", max(0, us("sustained/bulk/ours-cpu")*bulkLines-m.DoorCPU))
	return m, errors.Join(faults...)
}
