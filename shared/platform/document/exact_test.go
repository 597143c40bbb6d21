package document_test

import (
	"bytes"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/csvfile"
	"innkeep.internal/shared/platform/document/xlsxfile"
)

// minorOf is a decimal as minor units, by big rationals; false when it is not a whole number of them.
func minorOf(decimal string, decimals int) (int64, bool) {
	r, ok := new(big.Rat).SetString(decimal)
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
	return r.Num().Int64(), r.IsInt() && r.Num().IsInt64()
}

// plain is a figure that people read, as programs read it.
func plain(shown string) string {
	return strings.NewReplacer(",", "", document.Minus, "-", "\u00a0%", "").Replace(shown)
}

func drawn() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.SampledFrom([]int64{0, 1, -1, 9, 10, 99, 100, 999, 1000, -999, -1000, money.MaxMinor, -money.MaxMinor, math.MaxInt64, math.MinInt64}),
		rapid.Int64Range(-100_000, 100_000), rapid.Int64())
}

// amounts is a table of one figure a row.
func amounts(decimals int, figures []int64) document.Document {
	rows := make([]document.Row, len(figures))
	for i, n := range figures {
		rows[i] = document.Row{document.Number(n), document.Number(n)}
	}
	return document.Document{Title: "t", Sections: []document.Section{{Title: "s", Rows: document.List(rows), Columns: []document.Column{
		{Title: "amount", Type: document.Type{Kind: document.Amount, Decimals: decimals}}, {Title: "percent", Type: document.Type{Kind: document.Percent}},
	}}}}
}

// TestFiguresComeBack: a figure that is put into a format is the figure that a reader takes out of it,
// whatever an int64 holds.
func TestFiguresComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		decimals := rapid.IntRange(0, 4).Draw(t, "decimals")
		figures := rapid.SliceOfN(drawn(), 1, 20).Draw(t, "figures")
		d := amounts(decimals, figures)
		same := func(format string, i int, read string, decimals int) {
			if got, whole := minorOf(read, decimals); !whole || got != figures[i] {
				t.Fatalf("%s: %d became %q", format, figures[i], read)
			}
		}
		var file, book, page bytes.Buffer
		if err := csvfile.Write(&file, d, csvfile.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := xlsxfile.Write(&book, d); err != nil {
			t.Fatal(err)
		}
		if err := formats["html"](&page, d); err != nil {
			t.Fatal(err)
		}
		w, err := excelize.OpenReader(&book)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := w.GetRows("s", excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(file.String(), "\r\n")
		cells := strings.Split(page.String(), "<tr><td")
		for i := range figures {
			amount, percent, _ := strings.Cut(lines[i+1], ",")
			same("csv", i, amount, decimals)
			same("csv", i, percent, 2)
			same("xlsx", i, sheet[i+1][0], decimals)
			same("xlsx", i, sheet[i+1][1], 4)
			row := parseRow(cells[i+1])
			same("html", i, plain(row[0]), decimals)
			same("html", i, plain(row[1]), 2)
		}
	})
}

// parseRow are the texts of the cells of a row without its first "<tr><td".
func parseRow(s string) (cells []string) {
	for _, c := range strings.Split(s, "<td") {
		_, c, _ = strings.Cut(c, ">")
		c, _, _ = strings.Cut(c, "</td>")
		cells = append(cells, c)
	}
	return cells
}

// TestPDFFiguresComeBack is the same for PDF, in one file: another program reads it.
func TestPDFFiguresComeBack(t *testing.T) {
	t.Parallel()
	var figures []int64
	for _, n := range []int64{0, 1, 9, 10, 99, 100, 101, 999_999, 1_000_000, money.MaxMinor - 1, money.MaxMinor, math.MaxInt64} {
		figures = append(figures, n, -n)
	}
	for n := int64(1); n < 1<<62; n = n*3 + 1 {
		figures = append(figures, n, -n)
	}
	figures = append(figures, math.MinInt64)
	for decimals := range 4 {
		found := 0
		for _, page := range pdfText(t, amounts(decimals, figures)) {
			for _, l := range strings.Split(page, "\n") {
				fields := strings.Fields(strings.ReplaceAll(l, "%", ""))
				if len(fields) != 2 || found == len(figures) || strings.Contains(l, "amount") {
					continue
				}
				for i, d := range []int{decimals, 2} {
					if got, whole := minorOf(plain(fields[i]), d); !whole || got != figures[found] {
						t.Errorf("%d became %q", figures[found], fields[i])
					}
				}
				found++
			}
		}
		if found != len(figures) {
			t.Errorf("%d figures of %d", found, len(figures))
		}
	}
}

// TestDoublesHoldAmounts: a program that keeps the file's decimals as binary doubles, as spreadsheets
// do, still has every amount that an entry may have: at 15 digits each is told from its neighbours.
func TestDoublesHoldAmounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64Range(-money.MaxMinor, money.MaxMinor), rapid.Int64Range(money.MaxMinor-1000, money.MaxMinor)).Draw(t, "minor")
		decimals := rapid.IntRange(0, 4).Draw(t, "decimals")
		text := string(document.AppendDecimal(nil, n, decimals))
		double, _ := new(big.Float).SetPrec(53).SetString(text) // rounded as a double is
		if got, whole := minorOf(double.Text('f', decimals), decimals); !whole || got != n {
			t.Fatalf("%d, %s as a double, became %d", n, text, got)
		}
	})
}
