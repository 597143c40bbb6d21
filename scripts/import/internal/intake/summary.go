package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"innkeep.internal/shared/core/money"
)

// Summary is what an import did. Amounts are minor units of the currency beside them. Accepted lines
// stand in the books; Replayed ones stood there before; Lines - Accepted - Refused were not judged.
type Summary struct {
	File             string           `json:"file"`
	Kind             string           `json:"kind"`
	Complete         bool             `json:"complete"` // every line was judged, every day closed that was to be
	Interrupted      bool             `json:"interrupted"`
	Error            string           `json:"error,omitempty"`
	Lines            int64            `json:"lines"`
	Accepted         int64            `json:"accepted"`
	New              int64            `json:"new"`
	Replayed         int64            `json:"replayed"`
	Refused          int64            `json:"refused"`
	Unjudged         int64            `json:"unjudged"`
	RefusedByCode    map[string]int64 `json:"refusedByCode"`
	Seconds          float64          `json:"seconds"`
	EntriesPerSecond float64          `json:"entriesPerSecond"` // judged lines a second
	Calls            int64            `json:"calls"`
	Retries          int64            `json:"retries"`
	Created          []string         `json:"created"` // codes of properties
	Closed           []Closed         `json:"closed"`
	Months           []Month          `json:"months"`
}

// Month is the lines of a property, month (YYYY-MM) and currency. AmountMinor and the sums are over
// the accepted lines.
type Month struct {
	Property       string           `json:"property"`
	Month          string           `json:"month"`
	Currency       string           `json:"currency"`
	Accepted       int64            `json:"accepted"`
	Replayed       int64            `json:"replayed"`
	Refused        int64            `json:"refused"`
	AmountMinor    int64            `json:"amountMinor"`
	ByPaymentMode  map[string]Sum   `json:"byPaymentMode,omitempty"`
	BySource       map[string]Sum   `json:"bySource,omitempty"`
	ByCategoryCode map[string]Sum   `json:"byCategoryCode,omitempty"`
	ByKind         map[string]Sum   `json:"byKind,omitempty"`
	ByStatus       map[string]Sum   `json:"byStatus,omitempty"`
	RefusedByCode  map[string]int64 `json:"refusedByCode,omitempty"`
}

// Sum is a number of lines and their sum in minor units.
type Sum struct {
	Count       int64 `json:"count"`
	AmountMinor int64 `json:"amountMinor"`
}

// Closed is a property's date (YYYY-MM-DD) that stands closed, with every day before it.
type Closed struct {
	Property string `json:"property"`
	Date     string `json:"date"`
	Already  bool   `json:"already"` // it was closed before
}

// summary is the tally so far; err is what ended the import.
func (t *tally) summary(err error) *Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &Summary{
		Kind: t.kind, Complete: err == nil, Interrupted: errors.Is(err, context.Canceled),
		Lines: t.lines, Accepted: t.accepted, New: t.accepted - t.replayed, Replayed: t.replayed,
		RefusedByCode: maps.Clone(t.refused), Created: append([]string{}, t.created...), Closed: append([]Closed{}, t.closed...),
		Months: make([]Month, 0, len(t.months)),
	}
	if err != nil && !s.Interrupted {
		s.Error = err.Error()
	}
	for _, n := range t.refused {
		s.Refused += n
	}
	s.Unjudged = s.Lines - s.Accepted - s.Refused
	for _, m := range t.months {
		s.Months = append(s.Months, *m)
	}
	slices.SortFunc(s.Months, func(a, b Month) int {
		return cmp.Or(cmp.Compare(a.Property, b.Property), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Currency, b.Currency))
	})
	return s
}

func (s *Summary) setDuration(d time.Duration) {
	s.Seconds = d.Round(time.Millisecond).Seconds()
	if d > 0 {
		s.EntriesPerSecond = float64(int64(float64(s.Accepted+s.Refused)/d.Seconds()*10)) / 10
	}
}

// Print writes the summary for a person.
func (s *Summary) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s: %d lines read, %d accepted, %d refused\n", s.File, s.Lines, s.Accepted, s.Refused)
	switch {
	case s.Complete && s.New == 0 && s.Replayed > 0:
		fmt.Fprintf(t, "nothing changed: 0 new, %d already there\n", s.Replayed)
	default:
		fmt.Fprintf(t, "%d new, %d already there\n", s.New, s.Replayed)
	}
	for _, code := range slices.Sorted(maps.Keys(s.RefusedByCode)) {
		fmt.Fprintf(t, "refused as %s: %d\n", code, s.RefusedByCode[code])
	}
	if s.Unjudged > 0 {
		fmt.Fprintf(t, "read but not judged: %d; run it again to go on\n", s.Unjudged)
	}
	for _, code := range s.Created {
		fmt.Fprintf(t, "created property %s\n", code)
	}
	for _, c := range s.Closed {
		how := "closed"
		if c.Already {
			how = "was closed"
		}
		fmt.Fprintf(t, "%s up to %s: %s\n", c.Property, c.Date, how)
	}
	fmt.Fprintf(t, "%.1f s, %.0f entries/s, %d calls, %d retries\n", s.Seconds, s.EntriesPerSecond, s.Calls, s.Retries)
	if len(s.Months) > 0 {
		fmt.Fprint(t, "\nproperty\tmonth\taccepted\trefused\tamount\tby payment mode\n")
	}
	for _, m := range s.Months {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t", cmp.Or(m.Property, "?"), cmp.Or(m.Month, "?"), m.Accepted, m.Refused, amount(m.AmountMinor, m.Currency))
		for _, mode := range slices.Sorted(maps.Keys(m.ByPaymentMode)) {
			sum := m.ByPaymentMode[mode]
			fmt.Fprintf(t, "%s %d: %s  ", mode, sum.Count, amount(sum.AmountMinor, m.Currency))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// amount is minor units for a person.
func amount(minor int64, currency string) string {
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return "-"
	}
	return money.Of(minor, c).String()
}
