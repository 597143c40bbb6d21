package exportapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/api/exportapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/document"
)

// The test's view has whatever the reports' views have.

// Figures are embedded, and so have an exported name.
type Figures struct {
	Currency           string `json:"currency"`
	From               string `json:"from" format:"date"`
	To                 string `json:"to" format:"date"`
	OpeningMinor       int64  `json:"openingMinor" doc:"In the drawer before, less than closingMinor."`
	CashReceivedMinor  int64  `json:"cashReceivedMinor"`
	TotalReceivedMinor int64  `json:"totalReceivedMinor"`
	TotalExpensesMinor int64  `json:"totalExpensesMinor"`
	ClosingMinor       int64  `json:"closingMinor"`
}

type sum struct {
	AmountMinor int64 `json:"amountMinor"`
	Count       int64 `json:"count"`
}

// Split is embedded by a pointer.
type Split struct {
	BySource map[string]sum `json:"bySource"`
}

type row struct {
	Figures
	Status string `json:"status"`
}

type house struct {
	PropertyID string `json:"propertyId"`
	Code       string `json:"code"`
	Figures
	MarginBasisPoints int64 `json:"profitMarginBasisPoints"`
	*Split
	Rows  []row  `json:"rows,omitempty"`
	Notes string `json:"notes,omitempty"`
}

type waiting struct {
	Count   int64     `json:"count"`
	Entries []posting `json:"entries"`
}

type posting struct {
	ID           string       `json:"id"`
	BusinessDate bizdate.Date `json:"businessDate"`
	AmountMinor  int64        `json:"amountMinor"`
	Description  string       `json:"description,omitempty"`
	Blind        bool         `json:"blind"`
}

type single struct {
	PropertyID string `json:"propertyId"`
	Figures
	StreamVersion *int64    `json:"streamVersion,omitempty"`
	CountedMinor  *int64    `json:"countedMinor,omitempty"`
	EntryCount    int64     `json:"entryCount"`
	Entries       []posting `json:"entries"`
	Pending       *waiting  `json:"pending,omitempty"`
	AsOf          string    `json:"asOf"`
	Year          int       `json:"year"`
}

type many struct {
	From       string   `json:"from" format:"date"`
	Properties []house  `json:"properties"`
	Totals     []row    `json:"totals"`
	Warnings   []string `json:"warnings"`
	AsOf       string   `json:"asOf"`
}

func figuresOf(n int64, currency string) Figures {
	return Figures{Currency: currency, From: "2026-03-01", To: "2026-03-31", OpeningMinor: n + 1, CashReceivedMinor: n + 2, TotalReceivedMinor: n + 3, TotalExpensesMinor: n + 4, ClosingMinor: -n - 5}
}

func dayOf(n int64, currency, date string) Figures {
	f := figuresOf(n, currency)
	f.From, f.To = date, date
	return f
}

func houseOf(code, currency string, n int64) house {
	return house{
		PropertyID: "id-" + code, Code: code, Figures: figuresOf(n, currency), MarginBasisPoints: n + 6,
		Split: &Split{BySource: map[string]sum{"ROOM": {n + 7, n + 8}, "BAR": {n + 9, n + 10}}},
		Rows:  []row{{dayOf(n+100, currency, "2026-03-01"), "CLOSED"}, {dayOf(n+200, currency, "2026-03-02"), "OPEN"}},
	}
}

// numbers are the figures of a JSON value: every number but those that are facts.
func numbers(v any, name string) (found []int64) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			found = append(found, numbers(x, k)...)
		}
	case []any:
		for _, x := range v {
			found = append(found, numbers(x, name)...)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil && name != "year" && name != "streamVersion" {
			found = append(found, n)
		}
	}
	return found
}

func jsonNumbers(t *testing.T, view any) []int64 {
	t.Helper()
	text, err := json.Marshal(view)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	found := numbers(v, "")
	slices.Sort(found)
	return found
}

func documentNumbers(t *testing.T, d document.Document) (found []int64) {
	t.Helper()
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Sections {
		if _, err := s.Each(func(r document.Row, _ document.Totals) error {
			for i, v := range r {
				if s.Columns[i].Type.Right() && !v.Absent() {
					found = append(found, v.Number())
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(found)
	return found
}

// outline tells the sections with their columns, and the rows as programs read them.
func outline(t *testing.T, d document.Document) string {
	t.Helper()
	var b strings.Builder
	for _, f := range d.Facts {
		fmt.Fprintf(&b, "%s: %s\n", f.Label, f.Value)
	}
	for _, f := range d.Figures {
		fmt.Fprintf(&b, "[%s %s %s]\n", f.Label, document.Shown(f.Type, f.Value), f.Type.Unit)
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "== %s, %d charts, total %q\n", s.Title, len(s.Charts), s.Total)
		for i, c := range s.Columns {
			fmt.Fprintf(&b, "%s%s", map[bool]string{true: " | "}[i > 0], c.Heading())
		}
		b.WriteString("\n")
		if _, err := s.Each(func(r document.Row, _ document.Totals) error {
			for i, v := range r {
				fmt.Fprintf(&b, "%s%s", map[bool]string{true: " | "}[i > 0], document.AppendPlain(nil, s.Columns[i].Type, v))
			}
			b.WriteString("\n")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func one() single {
	version, counted := int64(7), int64(99)
	day := bizdate.MustParse("2026-03-01")
	return single{
		PropertyID: "p", Figures: figuresOf(1000, "KWD"), StreamVersion: &version, CountedMinor: &counted, EntryCount: 2, AsOf: "2026-03-02T00:00:00Z", Year: 2026,
		Entries: []posting{{ID: "a", BusinessDate: day, AmountMinor: 12_345, Description: "=x"}, {ID: "b", BusinessDate: day, AmountMinor: -5, Blind: true}},
		Pending: &waiting{Count: 1, Entries: []posting{{ID: "c", BusinessDate: day, AmountMinor: 77}}},
	}
}

const oneWant = `Property: Quay
From: 2026-03-01
To: 2026-03-31
Currency: KWD
Stream version: 7
Year: 2026
As of: 2026-03-02T00:00:00Z
Property id: p
[Closing −1.005 KWD]
[Total received 1.003 KWD]
[Total expenses 1.004 KWD]
== Amounts, 0 charts, total ""
Figure | Value (KWD) | Meaning
Opening | 1.001 | In the drawer before, less than closing.
Cash received | 1.002 | 
Total received | 1.003 | 
Total expenses | 1.004 | 
Closing | -1.005 | 
Counted | 0.099 | 
== Counts, 0 charts, total ""
Figure | Value | Meaning
Entry count | 2 | 
== Entries, 0 charts, total "Total"
Id | Business date | Amount (KWD) | Description | Blind
a | 2026-03-01 | 12.345 | =x | no
b | 2026-03-01 | -0.005 |  | yes
== Pending, 0 charts, total "Total"
Count
1
== Pending: entries, 0 charts, total "Total"
Id | Business date | Amount (KWD) | Blind
c | 2026-03-01 | 0.077 | no
`

func TestOneProperty(t *testing.T) {
	t.Parallel()
	d, err := exportapi.New("Daily", "", []document.Fact{{Label: "Property", Value: "Quay"}}, one())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(oneWant, outline(t, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(jsonNumbers(t, one()), documentNumbers(t, d)); diff != "" {
		t.Errorf("figures (-JSON +document):\n%s", diff)
	}
}

// Properties of two currencies stand in tables of their own, down to their rows, and no figure of the
// JSON is missing or there twice.
func TestManyProperties(t *testing.T) {
	t.Parallel()
	v := many{
		From: "2026-03-01", Properties: []house{houseOf("A", "EUR", 10_000), houseOf("B", "JPY", 20_000), houseOf("C", "EUR", 30_000)},
		Totals: []row{{figuresOf(40_000, "EUR"), "OPEN"}, {figuresOf(50_000, "JPY"), "CLOSED"}}, Warnings: []string{"late"}, AsOf: "now",
	}
	d, err := exportapi.New("Monthly", "", nil, v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(jsonNumbers(t, v), documentNumbers(t, d)); diff != "" {
		t.Errorf("figures (-JSON +document):\n%s", diff)
	}
	got := outline(t, d)
	for _, want := range []string{
		"[Closing −400.05 EUR]\n", "[Closing −50,005 JPY]\n", "== Properties in EUR, 0 charts, total \"Total\"\nProperty id | Code | From | To | Opening (EUR) |",
		"\nid-C | C | 2026-03-01 | 2026-03-31 | 300.01 |", "== Properties in JPY", "\nid-B | B | 2026-03-01 | 2026-03-31 | 20001 | 20002 |",
		"== Properties: by source in EUR, 0 charts, total \"Total\"\nOf | Source | Amount (EUR) | Count\nA | BAR | 100.09 | 10010\nA | ROOM | 100.07 | 10008\nC | BAR",
		"== Properties: day by day in JPY", "Of | Date | To | Opening (JPY)", "\nB | 2026-03-01 | 2026-03-01 | 20101 |", "== Warnings, 0 charts, total \"\"\nWarnings\nlate\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if totals := strings.Index(got, "== Totals"); totals < 0 || totals > strings.Index(got, "== Properties") {
		t.Error("the parts stand before the whole")
	}
	for _, s := range d.Sections { // the range of all is a fact, the end of a day is its beginning
		for _, c := range s.ForPeople().Columns {
			if c.Title == "To" || c.Title == "From" {
				t.Errorf("%s has a column %s for people", s.Title, c.Title)
			}
		}
	}
	if strings.Contains(got, "Notes") {
		t.Error("a column that nobody has a value for")
	}
}

// The one property of a report is told as the report of one property is, with charts, and its totals
// are not told again.
func TestOnlyProperty(t *testing.T) {
	t.Parallel()
	v := many{From: "2026-03-01", Properties: []house{houseOf("A", "EUR", 10_000)}, Totals: []row{{figuresOf(10_000, "EUR"), "OPEN"}}}
	d, err := exportapi.New("Monthly", "", nil, v)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, s := range d.Sections {
		titles = append(titles, fmt.Sprintf("%s %d", s.Title, len(s.Charts)))
	}
	if diff := cmp.Diff([]string{"Amounts 0", "Percentages 0", "By source 1", "Day by day 2"}, titles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	own := jsonNumbers(t, v.Properties)
	if diff := cmp.Diff(own, documentNumbers(t, d)); diff != "" {
		t.Errorf("figures (-JSON +document):\n%s", diff)
	}
}

func TestAmountsNeedACurrency(t *testing.T) {
	t.Parallel()
	type bare struct {
		Entries []posting `json:"entries"`
	}
	if _, err := exportapi.New("t", "", nil, bare{[]posting{{AmountMinor: 1}}}); err == nil {
		t.Error("amounts in no currency")
	}
	if _, err := exportapi.Stream[posting]("t", "", nil); err == nil {
		t.Error("a stream of amounts in no currency")
	}
}

var errBooks = errors.New("the books broke off")

// What comes one after the other has the columns of the list that it would be, and its error ends it.
func TestStream(t *testing.T) {
	t.Parallel()
	s, err := exportapi.Stream("Entries", "KWD", iter.Seq2[posting, error](func(yield func(posting, error) bool) {
		for _, p := range one().Entries {
			if !yield(p, nil) {
				return
			}
		}
		yield(posting{}, errBooks)
	}))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_, err = s.Each(func(document.Row, document.Totals) error { n++; return nil })
	if !errors.Is(err, errBooks) || n != 2 || len(s.Columns) != 5 || s.Columns[2].Heading() != "Amount (KWD)" || s.Repeatable {
		t.Errorf("%d rows of %d columns: %v", n, len(s.Columns), err)
	}
}
