package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Price is a published figure of a service: a price, or what it bears.
type Price struct {
	Name     string   `json:"name"`
	Value    float64  `json:"value"`
	Unit     string   `json:"unit"`
	Source   string   `json:"source"` // the page's address
	Says     string   `json:"says"`   // what of it was read
	Standing Standing `json:"standing"`
}

// Standing is how far a figure can be relied on.
type Standing string

// The standings: the figure stood on the service's own page when that was read, on somebody else's, or on none
// that could be read.
const (
	Published   Standing = "published"
	ThirdParty  Standing = "third-party"
	Unconfirmed Standing = "unconfirmed"
)

var standings = []Standing{Published, ThirdParty, Unconfirmed}

// Prices are the published figures, with the day on which their pages were read.
type Prices struct {
	ReadOn   string  `json:"readOn"`
	Currency string  `json:"currency"`
	Region   string  `json:"region"`
	Figures  []Price `json:"figures"`
}

// published is the file that everybody sees; another may be given.
//
//go:embed prices.json
var published []byte

// readPrices reads a file of published figures: each has a name of its own, a value above 0, a source.
func readPrices(text []byte) (p Prices, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("the prices cannot be read: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, p.ReadOn); err != nil {
		return p, fmt.Errorf("the prices do not say when they were read: %w", err)
	}
	seen := map[string]bool{}
	for _, x := range p.Figures {
		if x.Name == "" || seen[x.Name] || x.Value <= 0 || x.Unit == "" || x.Says == "" || !slices.Contains(standings, x.Standing) || !strings.HasPrefix(x.Source, "https://") {
			return p, fmt.Errorf("the price %q is there twice, is not above 0, or lacks unit, source, standing or what it says", x.Name)
		}
		seen[x.Name] = true
	}
	if len(p.Figures) == 0 {
		return p, errors.New("there are no prices")
	}
	return p, nil
}

// of is a figure's value. What was asked for is noted in used.
func (p Prices) of(name string, used map[string]Price) (float64, error) {
	for _, x := range p.Figures {
		if x.Name == name {
			used[name] = x
			return x.Value, nil
		}
	}
	return 0, fmt.Errorf("the price %s is missing", name)
}
