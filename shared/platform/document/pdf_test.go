package document_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/pdffile"
)

// pdfText is a document's pages as pdftotext reads them.
func pdfText(t *testing.T, d document.Document) []string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (package poppler-utils) is not installed: nobody reads the file")
	}
	var b bytes.Buffer
	if err := pdffile.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(t.Context(), tool, "-layout", "-enc", "UTF-8", file, "-")
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil || problems.Len() > 0 {
		t.Fatalf("pdftotext: %v, %s", err, problems.String())
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\f"), "\f")
}

// line is the fields of the first line of a page that begins so.
func line(page, begins string) []string {
	for _, l := range strings.Split(page, "\n") {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, begins) {
			return strings.Fields(strings.TrimPrefix(l, begins))
		}
	}
	return nil
}

func TestPDF(t *testing.T) {
	t.Parallel()
	pages := pdfText(t, month())
	if len(pages) != 5 {
		t.Errorf("%d pages", len(pages))
	}
	for i, page := range pages {
		if want := fmt.Sprintf("\n%d/%d", i+1, len(pages)); !strings.HasSuffix(strings.ReplaceAll(strings.TrimSpace(page), " ", ""), want) {
			t.Errorf("page %d does not end with its number", i+1)
		}
		if !strings.HasPrefix(strings.TrimSpace(page), "Monthly cash report") {
			t.Errorf("page %d does not say what it belongs to", i+1)
		}
	}
	all := strings.Join(pages, "\n")
	for _, want := range []string{
		"Quay House, March 2026", "Formula", "12,845.50 EUR", "\u221219,052.10", "81.43", "Business date", "All sources", "Donaudampf",
		"Zürich & Łódź, Ελλάδα, Москва", "मुंबई होटल", "read all of it, and on",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// Each page of a table repeats the heading and begins with what the page before ended with; the last
// carry and the last page's rows are the total.
func TestPDFCarriesTotals(t *testing.T) {
	t.Parallel()
	d := document.Document{Title: "t", Sections: []document.Section{{Title: "Long", Columns: postingColumns(), Rows: entries(300), Total: "In all"}}}
	totals, err := d.Sections[0].Each(func(document.Row, document.Totals) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	pages := pdfText(t, d)
	carried := ""
	rows, net, amount := 0, int64(0), int64(0)
	for i, page := range pages {
		if i > 0 && (!strings.Contains(page, "Description") || !strings.Contains(page, "Amount (EUR)")) {
			t.Errorf("page %d has no heading", i+1)
		}
		if got := strings.Join(line(page, "Brought forward"), " "); got != carried {
			t.Errorf("page %d brings %q, page %d carried %q", i+1, got, i, carried)
		}
		for _, l := range strings.Split(page, "\n") {
			if f := strings.Fields(l); strings.Contains(l, "REVENUE") {
				one, first := minorOf(plain(f[len(f)-2]), 2)
				other, second := minorOf(plain(f[len(f)-1]), 2)
				if !first || !second {
					t.Errorf("page %d: %q", i+1, l)
				}
				rows, net, amount = rows+1, net+one, amount+other
			}
		}
		sofar := document.Shown(eur, document.Number(net)) + " " + document.Shown(eur, document.Number(amount))
		carried = strings.Join(line(page, "Carried forward"), " ")
		if i < len(pages)-1 && carried != sofar {
			t.Errorf("page %d carries %q, its rows come to %q", i+1, carried, sofar)
		}
	}
	want := document.Shown(eur, document.Number(totals[6])) + " " + document.Shown(eur, document.Number(totals[7]))
	if got := strings.Join(line(pages[len(pages)-1], "In all"), " "); len(pages) < 5 || rows != 300 || got != want {
		t.Errorf("%d rows on %d pages, the total is %q, want %q", rows, len(pages), got, want)
	}
}

// Sixty columns are small, and all of them are there.
func TestPDFManyColumns(t *testing.T) {
	t.Parallel()
	s := document.Section{Title: "Wide"}
	row := document.Row{}
	for i := range 60 {
		s.Columns = append(s.Columns, document.Column{Title: "c", Type: eur})
		row = append(row, document.Number(int64(i)*1_000_003))
	}
	s.Rows = document.List([]document.Row{row})
	page := strings.Join(pdfText(t, document.Document{Title: "t", Sections: []document.Section{s}}), "")
	for i := range row {
		if want := document.Shown(eur, row[i]); !strings.Contains(page, want) {
			t.Errorf("column %d: %q is missing", i+1, want)
		}
	}
}

// A table that is too wide for a page and can be read again is drawn in parts; each says what its rows
// are about, and every figure is in one of them.
func TestPDFParts(t *testing.T) {
	t.Parallel()
	s := document.Section{Title: "Wide", Repeatable: true, Total: "Sum", Columns: []document.Column{{Title: "House"}}}
	row := document.Row{document.Word("Quay")}
	for i := range 30 {
		s.Columns = append(s.Columns, document.Column{Title: "c", Type: eur, Sum: true})
		row = append(row, document.Number(int64(i+1)*1_000_003))
	}
	s.Rows = document.List([]document.Row{row})
	all := strings.Join(pdfText(t, document.Document{Title: "t", Sections: []document.Section{s}}), "")
	if n := strings.Count(all, "Quay"); n != 4 || !strings.Contains(all, "Wide (4 of 4)") || strings.Count(all, "Sum ") != n {
		t.Errorf("%d parts: %s", n, all)
	}
	for _, v := range row[1:] {
		if want := document.Shown(eur, v); strings.Count(all, want) != 2 { // and its total
			t.Errorf("%q is not there twice", want)
		}
	}
}
