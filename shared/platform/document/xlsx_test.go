package document_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/xlsxfile"
)

// workbook is a written document as a reader of others finds it.
type workbook struct {
	*testing.T
	*excelize.File
}

func openXLSX(t *testing.T, d document.Document) workbook {
	t.Helper()
	var b bytes.Buffer
	if err := xlsxfile.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return workbook{t, f}
}

// raw is a cell's value as it stands in the file.
func (w workbook) raw(sheet, cell string) string {
	w.Helper()
	v, err := w.GetCellValue(sheet, cell, excelize.Options{RawCellValue: true})
	if err != nil {
		w.Error(err)
	}
	return v
}

func (w workbook) check(sheet, cell, want string, kind excelize.CellType) {
	w.Helper()
	got, err := w.GetCellType(sheet, cell)
	if v := w.raw(sheet, cell); v != want || got != kind || err != nil {
		w.Errorf("%s!%s is %q of type %v, want %q of %v: %v", sheet, cell, v, got, want, kind, err)
	}
}

// format is the number format of a cell.
func (w workbook) format(sheet, cell string) string {
	w.Helper()
	id, err := w.GetCellStyle(sheet, cell)
	if err != nil {
		w.Fatal(err)
	}
	s, err := w.GetStyle(id)
	if err != nil || s.CustomNumFmt == nil {
		w.Fatalf("%s!%s has no number format: %v", sheet, cell, err)
	}
	return *s.CustomNumFmt
}

func TestXLSX(t *testing.T) {
	t.Parallel()
	w := openXLSX(t, month())
	if diff := cmp.Diff([]string{"Summary", "Day by day", "By source", "Postings"}, w.GetSheetList()); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
	const text, number = excelize.CellTypeInlineString, excelize.CellTypeUnset
	w.check("Summary", "A1", "Monthly cash report", text)
	w.check("Summary", "B4", "Quay House (QUAY)", text)
	w.check("Summary", "A11", "Closing cash", text)
	w.check("Summary", "B11", "12845.50", number)
	w.check("Summary", "B13", "-19052.10", number)
	w.check("Summary", "B14", "0.8143", number)
	w.check("Summary", "B15", "", number) // there is no ADR
	w.check("Day by day", "B1", "Received (EUR)", text)
	w.check("Day by day", "B2", "903.17", number)
	w.check("By source", "C5", "-5000.00", number)
	w.check("By source", "D5", "-0.0100", number)
	w.check("By source", "E5", "1.25", number)
	for cell, want := range map[string]string{"A2": "yyyy-mm-dd", "B2": "#,##0.00;[Red]-#,##0.00"} {
		if got := w.format("Day by day", cell); got != want {
			t.Errorf("%s: %q", cell, got)
		}
	}
	day, err := w.GetCellValue("Day by day", "A2")
	if err != nil || day != "2026-03-01" || w.raw("Day by day", "A2") != "46082" {
		t.Errorf("the date is %q, %q: %v", day, w.raw("Day by day", "A2"), err)
	}
	if panes, err := w.GetPanes("Day by day"); err != nil || !panes.Freeze || panes.YSplit != 1 || panes.TopLeftCell != "A2" {
		t.Errorf("panes %+v: %v", panes, err)
	}
	if width, err := w.GetColWidth("Postings", "E"); err != nil || width != 40 {
		t.Errorf("width %v: %v", width, err)
	}
}

// A total is a formula over its rows; readers that compute nothing find its value beside it, and
// those that compute find the same.
func TestXLSXTotals(t *testing.T) {
	t.Parallel()
	w := openXLSX(t, month())
	for cell, want := range map[string][2]string{"B33": {"SUM(B2:B32)", "60918.72"}, "D33": {"SUM(D2:D32)", "16940.48"}} {
		formula, err := w.GetCellFormula("Day by day", cell)
		computed, err2 := w.CalcCellValue("Day by day", cell, excelize.Options{RawCellValue: true})
		if err != nil || err2 != nil || formula != want[0] || w.raw("Day by day", cell) != want[1] || computed != want[1] {
			t.Errorf("%s: %s gives %s, the file says %s, want %q: %v, %v", cell, formula, computed, w.raw("Day by day", cell), want, err, err2)
		}
	}
	empty := month()
	empty.Sections[0].Rows = nil
	w = openXLSX(t, empty)
	if formula, _ := w.GetCellFormula("Day by day", "B2"); formula != "" || w.raw("Day by day", "B2") != "0.00" {
		t.Errorf("the total of nothing is %q, %q", formula, w.raw("Day by day", "B2"))
	}
}

func TestXLSXTexts(t *testing.T) {
	t.Parallel()
	w := openXLSX(t, month())
	rows, err := w.GetRows("Postings", excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != 62 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for i, s := range hostile {
		if got := rows[i+1][4]; got != document.Clean(s) && got != strings.ReplaceAll(document.Clean(s), "_x0041_", "_x005F_x0041_") {
			t.Errorf("%q came back as %q", s, got)
		}
		cell := "E" + string(document.AppendDecimal(nil, int64(i+2), 0))
		if f, err := w.GetCellFormula("Postings", cell); err != nil || f != "" {
			t.Errorf("%s is the formula %q: %v", cell, f, err)
		}
	}
}

func TestSheetNames(t *testing.T) {
	t.Parallel()
	d := document.Document{Title: "t"}
	titles := []string{"summary", "History", "a/b:c*d?e[f]g\\h", "'quoted'", strings.Repeat("x", 40), strings.Repeat("X", 40), "/", "//", strings.Repeat("\U0001f3e8", 20)}
	for _, title := range titles {
		d.Sections = append(d.Sections, document.Section{Title: title, Columns: []document.Column{{Title: "a"}}})
	}
	want := []string{"Summary", "summary 2", "History 2", "a b c d e f g h", "quoted", strings.Repeat("x", 31), strings.Repeat("X", 29) + " 2", "Table", "Table 2", strings.Repeat("\U0001f3e8", 15)}
	if diff := cmp.Diff(want, openXLSX(t, d).GetSheetList()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Days before 1 March 1900 have no number that all programs agree on.
func TestXLSXOldDates(t *testing.T) {
	t.Parallel()
	w := openXLSX(t, document.Document{Title: "t", Sections: []document.Section{{
		Title: "s", Columns: []document.Column{{Title: "a", Type: document.Type{Kind: document.Date}}},
		Rows: document.List([]document.Row{{document.Day(bizdate.MustParse("1900-02-28"))}, {document.Day(bizdate.MustParse("1900-03-01"))}}),
	}}})
	w.check("s", "A2", "1900-02-28", excelize.CellTypeInlineString)
	w.check("s", "A3", "61", excelize.CellTypeUnset)
}
