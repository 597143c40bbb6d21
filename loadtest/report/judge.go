package report

import "fmt"

// The figures that are judged, and those beside them that a reader looks for.
const (
	ErrorPart    = "errors"
	HitPart      = "cache hits"
	P99          = "latency p99"
	LagP99       = "feed lag p99"
	AchievedPart = "achieved of offered"
)

// Threshold is what a figure must come to.
type Threshold struct {
	Figure string
	Most   bool // the figure is below Want; else it is above
	Want   float64
}

// Thresholds are a phase's. Errors and hits are in percent, times in milliseconds.
func Thresholds(phase int) []Threshold {
	errors, hits := 1.0, 80.0
	switch phase {
	case 2:
		errors, hits = 0.5, 82
	case 3:
		errors, hits = 0.5, 85
	}
	return []Threshold{
		{ErrorPart, true, errors}, {HitPart, false, hits}, {P99, true, 500}, {LagP99, true, 2000}, {AchievedPart, false, 95},
	}
}

// Check is a threshold and what came of it.
type Check struct {
	Name string  `json:"name"`
	Want string  `json:"want"`
	Got  float64 `json:"got"`
	Unit string  `json:"unit"`
	Good bool    `json:"good"`
	// By is how far the figure falls short, in its unit; 0 where it does not.
	By float64 `json:"by,omitempty"`
}

// Judge holds the figures against the thresholds. One that was not measured falls short.
func (r *Report) Judge(all []Threshold) {
	r.Checks = nil
	for _, t := range all {
		c := Check{Name: t.Figure, Want: fmt.Sprintf("> %g", t.Want)}
		if t.Most {
			c.Want = fmt.Sprintf("< %g", t.Want)
		}
		found := false
		for _, f := range r.Figures {
			if f.Name == t.Figure {
				c.Got, c.Unit, found = f.Value, f.Unit, true
			}
		}
		c.Good = found && (t.Most && c.Got < t.Want || !t.Most && c.Got > t.Want)
		if !c.Good {
			c.By = max(t.Want-c.Got, c.Got-t.Want)
		}
		r.Checks = append(r.Checks, c)
	}
	whole := Check{Name: "entries lost, doubled or unbalanced", Want: "0", Unit: "breaks", Got: float64(r.Proof.Breaks), Good: r.Proof.Whole()}
	if !whole.Good {
		whole.By = max(float64(r.Proof.Breaks), 1)
	}
	r.Checks = append(r.Checks, whole)
}

// Passed reports whether no figure falls short.
func (r *Report) Passed() bool {
	for _, c := range r.Checks {
		if !c.Good {
			return false
		}
	}
	return len(r.Checks) > 0
}

// String is "errors: 0.2 %, wanted < 1".
func (c Check) String() string {
	s := fmt.Sprintf("%s: %.4g %s, wanted %s", c.Name, c.Got, c.Unit, c.Want)
	if !c.Good {
		s += fmt.Sprintf(": SHORT by %.4g %s", c.By, c.Unit)
	}
	return s
}

// Change is a figure beside that of an earlier run.
type Change struct {
	Name, Unit  string
	Before, Now float64
	Percent     float64 // of Before; 0 where that is 0
	New         bool    // the earlier run has none
}

// Compare holds the figures against those of an earlier run.
func (r *Report) Compare(old *Report) (all []Change) {
	for _, f := range r.Figures {
		c := Change{Name: f.Name, Unit: f.Unit, Now: f.Value}
		before, ok := old.Value(f.Name)
		c.Before, c.New = before, !ok
		if before != 0 {
			c.Percent = (f.Value - before) / before * 100
		}
		all = append(all, c)
	}
	return all
}
