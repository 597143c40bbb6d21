package report

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/daybook"
)

func dates(from, to string) Range { return Range{bizdate.MustParse(from), bizdate.MustParse(to)} }

func TestParsePeriod(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Range{
		"2026-03-14": dates("2026-03-14", "2026-03-14"), "2026-02": dates("2026-02-01", "2026-02-28"), "2024-02": dates("2024-02-01", "2024-02-29"),
		"2026-Q1": dates("2026-01-01", "2026-03-31"), "2026-Q4": dates("2026-10-01", "2026-12-31"), "2026": dates("2026-01-01", "2026-12-31"),
	} {
		if got, err := ParsePeriod(text); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "26", "2026-Q0", "2026-Q5", "2026-Q", "2026-q1", "2026-13", "2026-02-30", "1899", "x026", "2026-Q11", "-026"} {
		if got, err := ParsePeriod(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// TestRatio compares it with exact fractions, rounded half away from zero.
func TestRatio(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part, whole := rapid.Int64().Draw(t, "part"), rapid.Int64().Draw(t, "whole")
		scale := rapid.Int64Range(1, 1_000_000).Draw(t, "scale")
		got := Ratio(part, whole, scale)
		if whole == 0 {
			if got != 0 {
				t.Fatalf("by zero: %d", got)
			}
			return
		}
		// floor((2|p|s + |w|) / 2|w|)
		n := new(big.Int).Mul(new(big.Int).Abs(big.NewInt(part)), big.NewInt(scale))
		w := new(big.Int).Abs(big.NewInt(whole))
		n.Div(n.Add(n.Mul(n, big.NewInt(2)), w), new(big.Int).Mul(w, big.NewInt(2)))
		if most := big.NewInt(math.MaxInt64); n.Cmp(most) > 0 {
			n = most
		}
		if (part < 0) != (whole < 0) {
			n.Neg(n)
		}
		if n.Int64() != got {
			t.Fatalf("%d * %d / %d = %d, want %s", part, scale, whole, got, n)
		}
	})
	if BasisPoints(1, 3) != 3333 || BasisPoints(-1, 8) != -1250 || BasisPoints(1, 0) != 0 {
		t.Error("basis points")
	}
}

// TestPartsAddUp: days and months of a range, gaps among them, begin where the one before ended and
// come to the range's own cash.
func TestPartsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := dates("2026-01-20", "2026-03-10")
		opening := rapid.Int64Range(0, 1e6).Draw(t, "opening")
		var before *daybook.Day
		if rapid.Bool().Draw(t, "books began earlier") {
			before = &daybook.Day{Date: bizdate.MustParse("2026-01-02"), ClosingMinor: opening}
		}
		var days []daybook.Day
		closing, closedTo := opening, rapid.IntRange(0, 60).Draw(t, "closed")
		for i, d := range r.Days() {
			if rapid.IntRange(0, 3).Draw(t, "row") == 0 {
				continue
			}
			in, out := rapid.Int64Range(-500, 5000).Draw(t, "in"), rapid.Int64Range(-500, 5000).Draw(t, "out")
			days = append(days, daybook.Day{
				Date: d.From, Closed: i < closedTo, OpeningMinor: closing, ClosingMinor: closing + in - out,
				Flows: daybook.Flows{CashReceivedMinor: in, CashExpensesMinor: out, BankReceivedMinor: in * 2, EntryCount: 2},
			})
			closing += in - out
		}
		whole, err := NewCash(before, days)
		if err != nil {
			t.Fatal(err)
		}
		for _, cuts := range [][]Range{r.Days(), r.Months()} {
			parts, err := Parts(before, days, cuts, 0)
			if err != nil || len(parts) != len(cuts) {
				t.Fatal(len(parts), err)
			}
			var sum Cash
			for i, p := range parts {
				if i > 0 && (p.OpeningMinor != parts[i-1].ClosingMinor || p.From != parts[i-1].To.AddDays(1) || p.Closed && !parts[i-1].Closed) {
					t.Fatalf("part %d: %+v after %+v", i, p, parts[i-1])
				}
				flows := p.Cash
				flows.OpeningMinor, flows.ClosingMinor = 0, 0
				if sum, err = Together([]Cash{sum, flows}); err != nil {
					t.Fatal(err)
				}
			}
			sum.OpeningMinor, sum.ClosingMinor = parts[0].OpeningMinor, parts[len(parts)-1].ClosingMinor
			if diff := cmp.Diff(whole, sum); diff != "" && len(days) > 0 {
				t.Fatalf("the parts come to (-whole +parts):\n%s", diff)
			}
		}
	})
}

func TestCells(t *testing.T) {
	t.Parallel()
	for _, name := range CellNames() {
		c, err := FindCell(name)
		if err != nil || c.Formula == "" {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	for _, name := range []string{"", "profit", "source.", "source", "openings", ".ROOM"} {
		if _, err := FindCell(name); !errors.Is(err, ErrCell) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range CellNames()[:12] {
		if _, ok := (Cash{}).Figure(name); !ok {
			t.Errorf("the report has no %s", name)
		}
	}
}

func ExampleRange_Months() {
	for _, m := range dates("2026-01-20", "2026-03-10").Months() {
		fmt.Println(m.From, m.To)
	}
	// Output:
	// 2026-01-20 2026-01-31
	// 2026-02-01 2026-02-28
	// 2026-03-01 2026-03-10
}
