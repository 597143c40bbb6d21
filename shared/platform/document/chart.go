package document

import "fmt"

// Form is how a chart is drawn.
type Form uint8

// The forms.
const (
	Bars    Form = iota // one series, a bar for each label: categories, 20 at most
	Columns             // one series over labels in their order: dates
	Shares              // one series as parts of their sum; as Bars where a part is negative
	Pairs               // two series against each other over labels in their order
)

// The bounds of charts: more cannot be told apart.
const (
	maxBars   = 20
	maxShares = 8
	maxSlots  = 400
)

// Chart is a drawing of data that the report tells in figures as well.
type Chart struct {
	Title  string
	Note   string // what it shows, in a sentence, for those who do not see it
	Form   Form
	Type   Type // of the values
	Labels []string
	Series []Series
}

// Series is a value for each label.
type Series struct {
	Name   string
	Values []int64
}

func (c Chart) check() error {
	want, most := 1, maxSlots
	switch c.Form {
	case Bars:
		most = maxBars
	case Shares:
		most = maxShares
	case Pairs:
		want = 2
	}
	if len(c.Series) != want || len(c.Labels) == 0 || len(c.Labels) > most {
		return fmt.Errorf("%d series of %d labels", len(c.Series), len(c.Labels))
	}
	for _, s := range c.Series {
		if len(s.Values) != len(c.Labels) {
			return fmt.Errorf("series %q: %d values for %d labels", s.Name, len(s.Values), len(c.Labels))
		}
	}
	switch c.Type.Kind {
	case Amount, Integer, Percent:
		return nil
	}
	return fmt.Errorf("only numbers can be drawn")
}
