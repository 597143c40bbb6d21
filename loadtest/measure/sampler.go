package measure

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Sample is one look at the processes.
type Sample struct {
	At       time.Time
	Resident map[string]int64         // bytes
	Had      map[string]time.Duration // of the processors, since each began
	Busy     time.Duration            // of the whole machine
}

// Sampler looks once a second.
type Sampler struct {
	Processes map[string]int

	mu  sync.Mutex
	all []Sample
}

// Run looks until ctx ends.
func (s *Sampler) Run(ctx context.Context) {
	for tick := time.NewTicker(time.Second); ; {
		s.look()
		select {
		case <-ctx.Done():
			tick.Stop()
			s.look()
			return
		case <-tick.C:
		}
	}
}

func (s *Sampler) look() {
	x := Sample{At: time.Now(), Resident: map[string]int64{}, Had: map[string]time.Duration{}}
	for name, pid := range s.Processes {
		if n, err := Resident(pid); err == nil {
			x.Resident[name] = n
		}
		if d, err := Processor(pid); err == nil {
			x.Had[name] = d
		}
	}
	x.Busy, _ = Busy() // zero where it cannot be seen
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, x)
}

// Samples are all looks, oldest first.
func (s *Sampler) Samples() []Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sample{}, s.all...)
}

// Between are the looks of a span.
func Between(all []Sample, from, to time.Time) (out []Sample) {
	for _, x := range all {
		if !x.At.Before(from) && !x.At.After(to) {
			out = append(out, x)
		}
	}
	return out
}

// Cores is how many processors each process had on average between the first and the last of some looks,
// and all programs of the machine under "all".
func Cores(all []Sample) map[string]float64 {
	out := map[string]float64{}
	if len(all) < 2 {
		return out
	}
	first, last := all[0], all[len(all)-1]
	span := last.At.Sub(first.At).Seconds()
	for name := range maps.Keys(last.Had) {
		out[name] = (last.Had[name] - first.Had[name]).Seconds() / span
	}
	out["all"] = (last.Busy - first.Busy).Seconds() / span
	return out
}
