package document_test

import (
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/document"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-file +made; -update writes it):\n%s", name, diff)
	}
}

var eur = document.In("EUR")

// month is a report as there are: facts, figures, charts, three tables.
func month() document.Document {
	return document.Document{
		Title: "Monthly cash report", Subtitle: "Quay House, March 2026",
		Facts: []document.Fact{
			{Label: "Property", Value: "Quay House (QUAY)"}, {Label: "Range", Value: "2026-03-01 to 2026-03-31"},
			{Label: "As of", Value: "2026-04-02T08:15:30.123456Z"}, {Label: "Known at", Value: "2026-04-02T08:15:30.123456Z"},
			{Label: "Currency", Value: "EUR"}, {Label: "Formula", Value: "cash-1"},
		},
		Figures: []document.Figure{
			{Label: "Closing cash", Type: eur, Value: document.Number(1_284_550), Note: "opening + received + in - paid - out + over/short"},
			{Label: "Total received", Type: eur, Value: document.Number(48_120_075)},
			{Label: "Net cash flow", Type: eur, Value: document.Number(-1_905_210)},
			{Label: "Occupancy", Type: document.Type{Kind: document.Percent}, Value: document.Number(8_143), Note: "rooms sold / rooms available"},
			{Label: "ADR", Type: eur, Value: document.Value{}, Note: "no rooms were recorded"},
			{Label: "Entries", Type: document.Type{Kind: document.Integer}, Value: document.Number(1_204)},
		},
		Sections: []document.Section{days(), sources(), postings()},
	}
}

func days() document.Section {
	var rows []document.Row
	var labels []string
	var in, out []int64
	balance := int64(500_00)
	for d := bizdate.MustParse("2026-03-01"); d <= bizdate.MustParse("2026-03-31"); d = d.AddDays(1) {
		n := d.Number() % 100
		received, spent := 900_00+n*n*317%410_000, 300_00+n*7919%230_000
		balance += received - spent
		rows = append(rows, document.Row{document.Day(d), document.Number(received), document.Number(spent), document.Number(received - spent), document.Number(balance)})
		labels, in, out = append(labels, d.String()[5:]), append(in, received), append(out, spent)
	}
	net := make([]int64, len(in))
	for i := range in {
		net[i] = in[i] - out[i]
	}
	return document.Section{
		Title: "Day by day", Note: "What was posted on each business date. A late approval counts on the date on which it was posted.",
		Columns: []document.Column{
			{Title: "Business date", Type: document.Type{Kind: document.Date}}, {Title: "Received", Type: eur, Sum: true},
			{Title: "Spent", Type: eur, Sum: true}, {Title: "Net", Type: eur, Sum: true}, {Title: "Closing cash", Type: eur},
		},
		Rows: document.List(rows), Total: "Total",
		Charts: []document.Chart{
			{Title: "Received and spent", Note: "Two amounts a day.", Form: document.Pairs, Type: eur, Labels: labels,
				Series: []document.Series{{Name: "Received", Values: in}, {Name: "Spent", Values: out}}},
			{Title: "Net by day", Form: document.Columns, Type: eur, Labels: labels, Series: []document.Series{{Values: net}}},
		},
	}
}

func sources() document.Section {
	names := []string{"Room", "Food and beverage", "Spa", "Adjustments"}
	amounts := []int64{31_250_000, 12_420_075, 4_950_000, -500_000}
	var rows []document.Row
	for i, n := range names {
		rows = append(rows, document.Row{document.Word(n), document.Number(int64(i) * 40), document.Number(amounts[i]), document.Number(amounts[i] / 5000), document.Word("1.25")})
	}
	return document.Section{
		Title: "By source",
		Columns: []document.Column{
			{Title: "Source"}, {Title: "Entries", Type: document.Type{Kind: document.Integer}, Sum: true},
			{Title: "Amount", Type: eur, Sum: true}, {Title: "Change", Type: document.Type{Kind: document.Percent}},
			{Title: "Rate", Type: document.Type{Kind: document.Ratio}},
		},
		Rows: document.List(rows), Total: "All sources",
		Charts: []document.Chart{
			{Title: "Amount by source", Form: document.Bars, Type: eur, Labels: names, Series: []document.Series{{Values: amounts}}},
			{Title: "Share of payment modes", Form: document.Shares, Type: eur, Labels: []string{"CASH", "CARD", "UPI", "OTA"},
				Series: []document.Series{{Values: []int64{20_000_00, 17_500_00, 9_100_50, 1_50}}}},
		},
	}
}

// hostile are texts that want to be something else.
var hostile = []string{
	"=HYPERLINK(\"https://example.com\",\"x\")", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "－2",
	"<script>alert(1)</script>", "\"quoted\", with comma", "two\nlines", "_x0041_", "Zürich & Łódź, Ελλάδα, Москва", "मुंबई होटल", "‘=1’", "", "plain",
	"a description that goes on and on, with words of every length, until nobody who sees it in a narrow column can be expected to read all of it, and on",
	"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
}

func postings() document.Section {
	return document.Section{
		Title: "Postings", Columns: postingColumns(), Rows: entries(60), Total: "Total of postings",
	}
}

func postingColumns() []document.Column {
	return []document.Column{
		{Title: "Business date", Type: document.Type{Kind: document.Date}}, {Title: "Kind", Chars: 10}, {Title: "Mode", Chars: 8}, {Title: "Source or category", Chars: 14},
		{Title: "Description", Chars: 40}, {Title: "Created by", Chars: 16}, {Title: "Net", Type: eur, Sum: true}, {Title: "Amount", Type: eur, Sum: true},
		{Title: "Id", Key: true},
	}
}

// entries makes n rows while they are read.
func entries(n int) iter.Seq2[document.Row, error] {
	return func(yield func(document.Row, error) bool) {
		row := make(document.Row, 9)
		first := bizdate.MustParse("2026-03-01")
		for i := range n {
			amount := int64(i)*7919%900_000 - 40_000
			row[0], row[1], row[2] = document.Day(first.AddDays(i*31/n)), document.Word("REVENUE"), document.Word("CASH")
			row[3], row[4] = document.Word("ROOM"), document.Word(hostile[i%len(hostile)])
			row[5] = document.Word(fmt.Sprintf("user-%d", i%17))
			row[6], row[7] = document.Number(amount-amount/10), document.Number(amount)
			row[8] = document.Word(fmt.Sprintf("key-%d", i))
			if !yield(row, nil) {
				return
			}
		}
	}
}

var errRows = errors.New("the rows broke off")
