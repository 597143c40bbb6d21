// Package figures is what the benchmark suite measures, as a file that others calculate with: each
// figure has a name that stays, a unit, and stands beside the moment, the commit and the machine that it
// was measured at. It also has the little statistics that figures are made of.
package figures

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// Figure is one measured value.
type Figure struct {
	Name  string  `json:"name"` // "post/rpcs": the section, then what it is
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Note  string  `json:"note,omitempty"` // an interval, a count: what belongs to the value
	// Measured is the day and the commit, where they are not the file's: a run of some sections leaves the
	// figures of the others.
	Measured string `json:"measured,omitempty"`
	// Least and Most are the bounds that the value must keep; nil where there is none.
	Least *float64 `json:"least,omitempty"`
	Most  *float64 `json:"most,omitempty"`
}

// Missed says how the value does not keep its bounds; "" where it does.
func (f Figure) Missed() string {
	switch {
	case f.Least != nil && f.Value < *f.Least:
		return fmt.Sprintf("%s is %.4g %s, at least %.4g was wanted", f.Name, f.Value, f.Unit, *f.Least)
	case f.Most != nil && f.Value > *f.Most:
		return fmt.Sprintf("%s is %.4g %s, at most %.4g was wanted", f.Name, f.Value, f.Unit, *f.Most)
	}
	return ""
}

// Machine is what figures were measured on.
type Machine struct {
	OS   string `json:"os"`
	CPU  string `json:"cpu"`
	CPUs int    `json:"cpus"`
	Go   string `json:"go"`
}

// File is one run of the suite.
type File struct {
	MeasuredAt time.Time `json:"measuredAt"`
	Commit     string    `json:"commit"` // of the measured code, with "+" where that was not committed
	Machine    Machine   `json:"machine"`
	Figures    []Figure  `json:"figures"`
}

// Get is a figure's value; an error when there is none of the name, or it is none to calculate with.
func (f File) Get(name string) (float64, error) {
	for _, x := range f.Figures {
		if x.Name == name {
			if math.IsNaN(x.Value) || math.IsInf(x.Value, 0) || x.Value < 0 {
				return 0, fmt.Errorf("the figure %s is %v", name, x.Value)
			}
			return x.Value, nil
		}
	}
	return 0, fmt.Errorf("the figure %s is missing: measure it by go run ./loadtest/bench --json", name)
}

// Read reads a file; what is not a run of the suite is an error.
func Read(path string) (File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return File{}, err
	}
	f, err := Parse(text)
	if err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Parse reads a file's text.
func Parse(text []byte) (f File, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, err
	}
	if f.MeasuredAt.IsZero() || f.Commit == "" || len(f.Figures) == 0 {
		return f, errors.New("it does not say when and of which commit it was measured, or has no figures")
	}
	seen := map[string]bool{}
	for _, x := range f.Figures {
		if x.Name == "" || x.Unit == "" || seen[x.Name] {
			return f, fmt.Errorf("the figure %q has no name, no unit or stands there twice", x.Name)
		}
		seen[x.Name] = true
	}
	return f, nil
}

// Write writes a file.
func (f File) Write(path string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
