package csvfile

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// records are "line:cell|cell" or "line:!code raw" for every record of text.
func records(t testing.TB, text string, o Options) []string {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	size := r.HeaderSize()
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		size += record.Size
		if record.Problem != nil {
			out = append(out, fmt.Sprintf("%d:!%s %s", record.Line, record.Problem.Code, record.Raw))
			continue
		}
		out = append(out, fmt.Sprintf("%d:%s", record.Line, strings.Join(record.Cells, "|")))
	}
	return out
}

func TestReader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 9000) // longer than the parser's own buffer
	for name, c := range map[string]struct {
		text string
		o    Options
		want []string
	}{
		"plain":               {"a,b\n1,2\n3,4\n", Options{}, []string{"2:1|2", "3:3|4"}},
		"no last line end":    {"a,b\n1,2", Options{}, []string{"2:1|2"}},
		"byte-order mark":     {"\ufeffa,b\n1,2\n", Options{}, []string{"2:1|2"}},
		"CRLF":                {"a,b\r\n1,2\r\n3,4\r\n", Options{}, []string{"2:1|2", "3:3|4"}},
		"blank lines":         {"a,b\n\n1,2\n\r\n\n3,4\n\n", Options{}, []string{"3:1|2", "6:3|4"}},
		"quoted newline":      {"a,b\n\"x\ny\",2\n3,4\n", Options{}, []string{"2:x\ny|2", "4:3|4"}},
		"doubled quote":       {"a,b\n\"x \"\"y\"\"\",2\n", Options{}, []string{`2:x "y"|2`}},
		"semicolon":           {"a;b\n1,5;2\n", Options{Delimiter: ';'}, []string{"2:1,5|2"}},
		"windows-1252":        {"a,b\nCaf\xe9,\x80\n", Options{Encoding: "windows-1252"}, []string{"2:Café|€"}},
		"not UTF-8":           {"a,b\nCaf\xe9,2\n3,4\n", Options{}, []string{"2:!bad_text Caf\xe9,2", "3:3|4"}},
		"short and long rows": {"a,b\n1\n1,2,3\n3,4\n", Options{}, []string{"2:!ragged_row 1", "3:!ragged_row 1,2,3", "4:3|4"}},
		"bare quote":          {"a,b\nx\"y,2\n3,4\n", Options{}, []string{`2:!bad_csv x"y,2`, "3:3|4"}},
		"quote never closed":  {"a,b\n1,\"x\n3,4\n5,6\n", Options{}, []string{`2:!bad_csv 1,"x`, "3:3|4", "4:5|6"}},
		"quote closed later":  {"a,b\n1,\"x\n3,\"4\"\n5,6\n", Options{}, []string{`2:!bad_csv 1,"x`, "3:3|4", "4:5|6"}},
		"ragged over lines":   {"a,b\n\"x\ny\",2,3\n5,6\n", Options{}, []string{`2:!ragged_row "x`, `3:!bad_csv y",2,3`, "4:5|6"}},
		"long line":           {"a,b\n" + long + ",2\n3,4\n", Options{}, []string{"2:" + long + "|2", "3:3|4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, records(t, c.text, c.o)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestUnclosedQuoteCostsOneLineOfALargeFile(t *testing.T) {
	t.Parallel()
	const lines = 300_000 // about 3 MB, three times what a record may hold
	text := "a,b\n1,\"x\n" + strings.Repeat("345678,90\n", lines)
	got := records(t, text, Options{})
	if len(got) != lines+1 || got[0] != `2:!bad_csv 1,"x` || got[lines] != fmt.Sprintf("%d:345678|90", lines+2) {
		t.Errorf("%d records, first %q, last %q", len(got), got[0], got[len(got)-1])
	}
}

func TestHeaderErrors(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "broken": "a,\"b\n1,2\n"} {
		if _, err := NewReader(strings.NewReader(text), Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := NewReader(strings.NewReader("a\n"), Options{Encoding: "ebcdic"}); err == nil {
		t.Error("unknown encoding: no error")
	}
}

// FuzzReader: every byte of the file is in exactly one record, whatever it holds.
func FuzzReader(f *testing.F) {
	f.Add("1,2\n")
	f.Add("1,\"x\n3,\"4\"\n\r\n5")
	f.Add("\"\n\"\n\"")
	f.Fuzz(func(t *testing.T, body string) {
		const header = "a,b\n"
		r, err := NewReader(strings.NewReader(header+body), Options{})
		if err != nil {
			t.Skip(err)
		}
		size, last := r.HeaderSize(), 1
		for {
			record, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if record.Line <= last {
				t.Fatalf("line %d after %d", record.Line, last)
			}
			size, last = size+record.Size, record.Line
		}
		if blank := int64(len(body)+len(header)) - size; blank < 0 || strings.Trim(body[int64(len(body))-blank:], "\r\n") != "" {
			t.Fatalf("%d bytes of %d were not in a record", blank, len(body))
		}
	})
}
