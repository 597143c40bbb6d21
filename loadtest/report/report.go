// Package report is what a load test has measured: as JSON, as a page, judged by its thresholds, and
// compared with an earlier one.
package report

import (
	"encoding/json"
	"os"
	"time"

	"innkeep.internal/loadtest/measure"
	"innkeep.internal/loadtest/proof"
)

// Report is a run.
type Report struct {
	Phase         int             `json:"phase"`
	Organisations int             `json:"organisations"`
	Seed          uint64          `json:"seed"`
	Commit        string          `json:"commit"`
	Began         time.Time       `json:"began"`
	Machine       measure.Machine `json:"machine"`
	Fresh         bool            `json:"freshEmulators"` // started for this run
	WarmupSeconds float64         `json:"warmupSeconds"`
	Seconds       float64         `json:"seconds"` // measured
	RateFrom      string          `json:"rateFrom"`
	Bound         string          `json:"bound"`

	Figures []Figure `json:"figures"`
	Kinds   []Kind   `json:"kinds"`
	Faults  []Fault  `json:"faults"`
	Costs   []Cost   `json:"costs"`
	Same    []Cost   `json:"same"` // of calls that are the same in every run, one after the other
	// SameAllocations are the objects that the server allocates for one of those calls, with what the feed makes of
	// it; SameAllocationsWithin is their standard error.
	SameAllocations       float64     `json:"sameAllocations"`
	SameAllocationsWithin float64     `json:"sameAllocationsWithin"`
	Checks                []Check     `json:"checks"`
	Proof                 proof.Proof `json:"proof"`
	Plots                 []Plot      `json:"plots"`
	Notes                 []string    `json:"notes"`
	SeedFacts             Seeding     `json:"seeding"`
	FloorFacts            Floors      `json:"floors"`
}

// Figure is one measured figure. Floor is what bounds it on this machine, 0 where nothing was measured.
type Figure struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
	Floor float64 `json:"floor,omitempty"`
	Of    string  `json:"floorOf,omitempty"`
}

// Kind is what came of the calls of one kind; times are in milliseconds from the intended start.
type Kind struct {
	Name     string  `json:"name"`
	Offered  int     `json:"offered"`
	Answered int     `json:"answered"`
	Failed   int     `json:"failed"`
	P50      float64 `json:"p50"`
	P95      float64 `json:"p95"`
	P99      float64 `json:"p99"`
	P999     float64 `json:"p999"`
	Max      float64 `json:"max"`
}

// Fault is how often calls failed in one way.
type Fault struct {
	What string `json:"what"`
	N    int    `json:"n"`
}

// Cost is what a function asked of Spanner for each of its calls.
type Cost struct {
	Function  string  `json:"function"`
	Calls     int64   `json:"calls"`
	RPCs      float64 `json:"rpcs"`
	Rows      float64 `json:"rowsRead"`
	Written   float64 `json:"rowsWritten"`
	Sent      float64 `json:"sentBytes"`
	Received  float64 `json:"receivedBytes"`
	PerSecond bool    `json:"perSecond,omitempty"` // of what no function's call asked for: each second instead
}

// Plus is both costs together, of the first one's function.
func (c Cost) Plus(d Cost) Cost {
	c.Calls, c.RPCs, c.Rows, c.Written = c.Calls+d.Calls, c.RPCs+d.RPCs, c.Rows+d.Rows, c.Written+d.Written
	c.Sent, c.Received = c.Sent+d.Sent, c.Received+d.Received
	return c
}

// Each is the cost divided by a number of calls, or of seconds.
func (c Cost) Each(n float64) Cost {
	if n > 0 {
		c.RPCs, c.Rows, c.Written, c.Sent, c.Received = c.RPCs/n, c.Rows/n, c.Written/n, c.Sent/n, c.Received/n
	}
	return c
}

// Seeding is how the organisations came in.
type Seeding struct {
	Organisations  int     `json:"organisations"`
	Properties     int     `json:"properties"`
	Open           int     `json:"open"`
	Woken          int     `json:"woken"`
	Rows           int     `json:"rows"`
	Seconds        float64 `json:"seconds"`
	BytesPerRow    float64 `json:"bytesPerRow"`
	FeedEvents     int64   `json:"feedEvents"`
	CatchUpSeconds float64 `json:"catchUpSeconds"`
}

// Floors are what nothing above the emulator and the load test can exceed, a second.
type Floors struct {
	Transactions float64 `json:"transactions"` // one after the other: one range read, one commit of a command's rows
	Blind        float64 `json:"blind"`        // commands' rows, in commits of 100 that read nothing
	Reads        float64 `json:"reads"`        // range reads, one after the other
	Generator    float64 `json:"generator"`    // calls to a server that does nothing
	// StrongBefore and StrongAfter are how long a strong read of one row takes the emulator before the drive and
	// after it, in milliseconds.
	StrongBefore float64 `json:"strongBeforeMs"`
	StrongAfter  float64 `json:"strongAfterMs"`
}

// Plot is a drawing's data.
type Plot struct {
	Title       string   `json:"title"`
	X           string   `json:"x"`
	Y           string   `json:"y"`
	Bars        bool     `json:"bars,omitempty"`
	Percentiles bool     `json:"percentiles,omitempty"` // X is 1 / (1 - quantile), drawn by its logarithm
	Limit       float64  `json:"limit,omitempty"`
	Series      []Series `json:"series"`
	Floor       string   `json:"floor,omitempty"` // a sentence beside it
}

// Series is one line of a plot.
type Series struct {
	Name string    `json:"name"`
	X    []float64 `json:"x"`
	Y    []float64 `json:"y"`
}

// Add adds a figure.
func (r *Report) Add(name, unit string, value float64) {
	r.Figures = append(r.Figures, Figure{Name: name, Unit: unit, Value: value})
}

// Beside puts what bounds a figure on this machine beside it.
func (r *Report) Beside(name string, floor float64, of string) {
	for i, f := range r.Figures {
		if f.Name == name {
			r.Figures[i].Floor, r.Figures[i].Of = floor, of
		}
	}
}

// Value is a figure by its name; ok is false where it was not measured.
func (r *Report) Value(name string) (v float64, ok bool) {
	for _, f := range r.Figures {
		if f.Name == name {
			return f.Value, true
		}
	}
	return 0, false
}

// WriteJSON writes the report to a file.
func (r *Report) WriteJSON(file string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// Read reads a report that WriteJSON has written.
func Read(file string) (*Report, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	return r, json.Unmarshal(text, r)
}
