package drive

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// longest is the longest time that a histogram tells from longer ones, in microseconds.
	longest = 60_000_000
	// digits is how exact it is: three decimal digits.
	digits = 3
)

// Second is what happened in one second of the drive.
type Second struct {
	Offered, Answered, Failed int
	Lines                     int // entries and decisions that were committed
	Hits, Asked               int // of reports that the cache was asked for
	SlowestMicros             int64
}

// Of is what came of the calls of one kind in the measured time.
type Of struct {
	Offered, Answered, Failed int
	Times                     *hdrhistogram.Histogram // microseconds from the intended moment, failed calls too
}

// Record is what came of a drive. Only calls whose intended moment lies in the measured time count.
type Record struct {
	mu       sync.Mutex
	from, to time.Time
	Kinds    map[Kind]*Of
	Faults   map[string]int // calls that failed, by what was told
	Cache    map[string]int // reports, by where they came from
	Lines    int            // entries and decisions committed
	Late     int            // calls that could not be sent at their moment, by more than 10 ms
	Unsent   int            // calls that found no place in the queue: they failed
	Ideal    int            // reports that a perfect cache could have had
	InTime   int            // calls that were answered before the end of the measured time
	Seconds  []Second
}

func newRecord(from, to time.Time) *Record {
	r := &Record{
		from: from, to: to, Kinds: map[Kind]*Of{}, Faults: map[string]int{}, Cache: map[string]int{},
		Seconds: make([]Second, int(to.Sub(from)/time.Second)+1),
	}
	for _, k := range Kinds {
		r.Kinds[k] = &Of{Times: hdrhistogram.New(1, longest, digits)}
	}
	return r
}

func (r *Record) counts(c call) bool { return !c.intended.Before(r.from) && c.intended.Before(r.to) }

func (r *Record) second(at time.Time) *Second {
	i := int(at.Sub(r.from) / time.Second)
	return &r.Seconds[min(max(i, 0), len(r.Seconds)-1)]
}

func (r *Record) offered(c call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts(c) {
		r.Kinds[c.kind].Offered++
		r.second(c.intended).Offered++
	}
}

// unsent notes a call that was never sent.
func (r *Record) unsent(c call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts(c) {
		r.Unsent++
		r.Kinds[c.kind].Failed++
		r.Faults["not sent: too many calls wait"]++
		_ = r.Kinds[c.kind].Times.RecordValue(longest) // it lies in the histogram's range
	}
}

// answered notes what came of a call that went out at sent and ended at done.
func (r *Record) answered(c call, a answer, sent, done time.Time, ideal bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.counts(c) {
		return
	}
	of, sec := r.Kinds[c.kind], r.second(done)
	took := max(1, min(done.Sub(c.intended).Microseconds(), longest))
	_ = of.Times.RecordValue(took) // it lies in the histogram's range
	at := r.second(c.intended)
	at.SlowestMicros = max(at.SlowestMicros, took)
	if sent.Sub(c.intended) > 10*time.Millisecond {
		r.Late++
	}
	if a.fault != "" {
		of.Failed++
		sec.Failed++
		r.Faults[string(c.kind)+": "+a.fault]++
	} else {
		of.Answered++
		sec.Answered++
		if done.Before(r.to) {
			r.InTime++
		}
	}
	lines := a.accepted
	if c.kind == Approve && a.fault == "" {
		lines = 1
	}
	r.Lines += lines
	sec.Lines += lines
	if a.cache != "" {
		r.Cache[a.cache]++
		sec.Asked++
		if ideal {
			r.Ideal++
		}
		if a.cache == "l1" || a.cache == "l2" {
			sec.Hits++
		}
	}
}
