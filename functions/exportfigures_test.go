package functions_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
)

// noFigures are numbers of reports that are no figures.
var noFigures = map[string]bool{"formulaVersion": true, "year": true, "streamVersion": true}

// jsonFigures are all figures of a report.
func jsonFigures(v any, name string) (found []int64) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if name != "" || !noFigures[k] { // of the report itself; within it they are columns
				found = append(found, jsonFigures(x, k)...)
			}
		}
	case []any:
		for _, x := range v {
			found = append(found, jsonFigures(x, name)...)
		}
	case string: // an account's code looks like a figure, in the file as well
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && strings.HasSuffix(strings.ToLower(name), "code") {
			found = append(found, n)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			found = append(found, n)
		}
	}
	return found
}

// decimalsOf are the decimals of a column by the unit in its heading; -1 where it has none.
func decimalsOf(heading string) int {
	for unit, n := range map[string]int{"EUR": 2, "KWD": 3, "%": 2} {
		if strings.HasSuffix(strings.TrimRight(heading, ")"), unit) {
			return n
		}
	}
	return -1
}

// tableFigures are the figures of a table by its heading: those of columns with a unit, and integers.
func tableFigures(t *testing.T, heading []string, rows [][]string, percent int) (found []int64) {
	t.Helper()
	for i, h := range heading {
		decimals := decimalsOf(h)
		if strings.Contains(h, "%") {
			decimals = percent
		}
		var own []int64
		whole := true
		for _, r := range rows {
			if i >= len(r) || r[i] == "" {
				continue
			}
			n, err := minor(r[i], max(decimals, 0))
			if err && decimals >= 0 {
				t.Errorf("%q under %q is no figure", r[i], h)
			}
			whole = whole && !err
			own = append(own, n)
		}
		if whole {
			found = append(found, own...)
		}
	}
	return found
}

// minor is a decimal in minor units; true when it is none.
func minor(s string, decimals int) (int64, bool) {
	if strings.ContainsAny(s, "/eE") {
		return 0, true
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return 0, true
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
	return r.Num().Int64(), !r.IsInt() || !r.Num().IsInt64()
}

func csvFigures(t *testing.T, body string) (found []int64) {
	t.Helper()
	for _, table := range strings.Split(body, "\r\n\r\n") {
		records, err := csv.NewReader(strings.NewReader(table)).ReadAll()
		if err != nil || len(records) < 2 {
			t.Fatalf("%d records: %v", len(records), err)
		}
		found = append(found, tableFigures(t, records[0], records[1:], 2)...)
	}
	return found
}

func xlsxFigures(t *testing.T, body string) (found []int64) {
	t.Helper()
	w, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	for _, sheet := range w.GetSheetList()[1:] {
		rows, err := w.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range rows[0] { // a date is a number here
			if strings.Contains(strings.ToLower(h), "date") || h == "From" || h == "To" {
				for _, r := range rows[1:] {
					r[i] = ""
				}
			}
		}
		if last := rows[len(rows)-1]; isTotal(t, w, sheet, len(rows), len(last)) {
			rows = rows[:len(rows)-1]
		}
		found = append(found, tableFigures(t, rows[0], rows[1:], 4)...)
	}
	return found
}

// isTotal says whether a row has a formula.
func isTotal(t *testing.T, w *excelize.File, sheet string, row, columns int) bool {
	t.Helper()
	for i := range columns {
		cell, err := excelize.CoordinatesToCellName(i+1, row)
		if err != nil {
			t.Fatal(err)
		}
		if f, err := w.GetCellFormula(sheet, cell); err != nil || f != "" {
			return true
		}
	}
	return false
}

var people = strings.NewReplacer(",", "", "\u2212", "-", "\u00a0%", "", "\u2013", "")

func htmlFigures(t *testing.T, body string) (found []int64) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "table" {
			continue
		}
		var heading []string
		var rows [][]string
		for tr := range n.Descendants() {
			if tr.Data != "tr" || tr.Parent.Data == "tfoot" {
				continue
			}
			var cells []string
			for c := range tr.ChildNodes() {
				cells = append(cells, people.Replace(htmlText(c)))
			}
			if tr.Parent.Data == "thead" {
				heading = cells
			} else {
				rows = append(rows, cells)
			}
		}
		found = append(found, tableFigures(t, heading, rows, 2)...)
	}
	return found
}

func htmlText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// pdfWords are the numbers that stand in a PDF, without their points.
func pdfWords(t *testing.T, body string) map[int64]bool {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (package poppler-utils) is not installed: nobody reads the file")
	}
	name := filepath.Join(t.TempDir(), "export.pdf")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), tool, "-layout", "-enc", "UTF-8", name, "-")
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	words := map[int64]bool{}
	for _, w := range strings.Fields(out.String()) {
		if n, err := strconv.ParseInt(strings.ReplaceAll(people.Replace(w), ".", ""), 10, 64); err == nil {
			words[n] = true
		}
	}
	return words
}
