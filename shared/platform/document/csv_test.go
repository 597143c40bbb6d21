package document_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/csvfile"
)

func writeCSV(t testing.TB, d document.Document, o csvfile.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := csvfile.Write(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func readCSV(t testing.TB, s string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(s))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestCSV(t *testing.T) {
	t.Parallel()
	all := writeCSV(t, month(), csvfile.Options{})
	golden(t, "month.csv", all)
	if lines := strings.Count(all, "\n") - strings.Count(all, "\r\n"); lines != 6 { // within the texts of two lines: each of two three times
		t.Errorf("%d line feeds without a carriage return", lines)
	}
	if tables := strings.Split(all, "\r\n\r\n"); len(tables) != 3 {
		t.Errorf("%d tables", len(tables))
	}
	if got := len(readCSV(t, all)); got != 1+31+1+4+1+60 {
		t.Errorf("%d records", got)
	}
}

func TestCSVOfOneTable(t *testing.T) {
	t.Parallel()
	s := writeCSV(t, month(), csvfile.Options{BOM: true, Section: 2})
	if !strings.HasPrefix(s, "\ufeffSource,Entries,Amount (EUR),Change (%),Rate\r\nRoom,0,312500.00,62.50,1.25\r\n") {
		t.Errorf("%.100q", s)
	}
	if strings.Contains(s, "\r\n\r\n") {
		t.Error("more than one table")
	}
}

func TestCSVWithoutTheTable(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := csvfile.Write(&b, month(), csvfile.Options{Section: 4}); !errors.Is(err, csvfile.ErrNoTable) || b.Len() > 0 {
		t.Errorf("%d bytes: %v", b.Len(), err)
	}
}

// unquoted is a text without the apostrophe that Neutral put before it.
func unquoted(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && csvfile.Neutral(rest) == s {
		return rest
	}
	return s
}

// A text comes back as it was, and no cell that was a text begins as a formula does.
func TestCSVTexts(t *testing.T) {
	t.Parallel()
	var got []string
	for i, r := range readCSV(t, writeCSV(t, month(), csvfile.Options{Section: 3})) {
		if i > 0 && i <= len(hostile) {
			if strings.ContainsAny(r[4][:min(1, len(r[4]))], "=+-@\t\r\n") {
				t.Errorf("%q is a formula", r[4])
			}
			got = append(got, unquoted(r[4]))
		}
	}
	want := make([]string, len(hostile))
	for i, s := range hostile {
		want[i] = document.Clean(s)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzNeutral: whatever a text is, a spreadsheet that takes = + - @ and their wide forms behind
// spaces for the beginning of a formula takes none of it for one, and the text can be told again.
func FuzzNeutral(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := csvfile.Neutral(s)
		if n != s && n != "'"+s {
			t.Fatalf("%q became %q", s, n)
		}
		first := strings.TrimLeft(n, " \u00a0\u3000\ufeff")
		for _, bad := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "\u2212", "＝", "＋", "－", "＠"} {
			if strings.HasPrefix(first, bad) {
				t.Fatalf("%q begins with %q", n, bad)
			}
		}
		line := writeCSV(t, document.Document{Title: "t", Sections: []document.Section{{
			Title: "s", Columns: []document.Column{{Title: "a"}, {Title: "b"}}, Rows: document.List([]document.Row{{document.Word(s), document.Word("end")}}),
		}}}, csvfile.Options{})
		r := readCSV(t, line)
		if len(r) != 2 || len(r[1]) != 2 || unquoted(r[1][0]) != unquoted(csvfile.Neutral(document.Clean(s))) || r[1][1] != "end" {
			t.Fatalf("%q came back as %q", s, r)
		}
	})
}

// The document of a table whose rows break off is an error in every format, and so is one that no
// format could write.
func TestErrors(t *testing.T) {
	t.Parallel()
	broken := func(yield func(document.Row, error) bool) {
		if yield(document.Row{document.Number(1)}, nil) {
			yield(nil, errRows)
		}
	}
	count := document.Column{Title: "n", Type: document.Type{Kind: document.Integer}, Sum: true}
	one := func(s document.Section) document.Document {
		s.Title = "s"
		return document.Document{Title: "t", Sections: []document.Section{s}}
	}
	rows := func(v ...document.Value) document.Section {
		return document.Section{Columns: []document.Column{count}, Rows: document.List([]document.Row{v})}
	}
	for name, d := range map[string]document.Document{
		"rows": one(document.Section{Columns: []document.Column{count}, Rows: broken}), "no title": {},
		"no columns": one(document.Section{}), "too many values": one(rows(document.Number(1), document.Number(2))), "wrong kind": one(rows(document.Word("x"))),
		"ratio":    one(document.Section{Columns: []document.Column{{Title: "r", Type: document.Type{Kind: document.Ratio}}}, Rows: document.List([]document.Row{{document.Word("1e3")}})}),
		"sum":      one(document.Section{Columns: []document.Column{{Title: "n", Sum: true}}}),
		"overflow": one(document.Section{Columns: []document.Column{count}, Rows: document.List([]document.Row{{document.Number(1 << 62)}, {document.Number(1 << 62)}})}),
		"chart":    one(document.Section{Columns: []document.Column{count}, Charts: []document.Chart{{Form: document.Pairs, Type: count.Type, Labels: []string{"a"}}}}),
	} {
		for format, write := range formats {
			err := write(&bytes.Buffer{}, d)
			if err == nil || name == "rows" && !errors.Is(err, errRows) {
				t.Errorf("%s, %s: %v", format, name, err)
			}
		}
	}
}
