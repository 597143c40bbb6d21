package document_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/csvfile"
	"innkeep.internal/shared/platform/document/htmlpage"
	"innkeep.internal/shared/platform/document/pdffile"
	"innkeep.internal/shared/platform/document/xlsxfile"
)

var formats = map[string]func(io.Writer, document.Document) error{
	"csv":  func(w io.Writer, d document.Document) error { return csvfile.Write(w, d, csvfile.Options{}) },
	"xlsx": xlsxfile.Write, "pdf": pdffile.Write, "html": htmlpage.Write,
}

// Equal documents are equal bytes, and a document can be written again.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	d := month()
	for name, write := range formats {
		var one, other bytes.Buffer
		if err := errors.Join(write(&one, d), write(&other, d)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(one.Bytes(), other.Bytes()) {
			t.Errorf("%s differs from one time to the next", name)
		}
	}
}

type full struct{ left int }

var errFull = errors.New("full")

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// Who reads no further gets no more: the writer's error comes back before the rows are at their end.
func TestWriterFails(t *testing.T) {
	t.Parallel()
	for name, write := range formats {
		asked := 0
		d := document.Document{Title: "t", Sections: []document.Section{{Title: "s", Columns: postingColumns(), Rows: func(yield func(document.Row, error) bool) {
			for row, err := range entries(100_000) {
				if asked++; !yield(row, err) {
					return
				}
			}
		}}}}
		if err := write(&full{left: 1 << 18}, d); !errors.Is(err, errFull) || asked > 50_000 {
			t.Errorf("%s: %v after %d rows", name, err, asked)
		}
	}
}

// benchmarks: rows a second and bytes of each format.
func BenchmarkFormats(b *testing.B) {
	const rows = 10_000
	for name, write := range formats {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := counter(0)
				if err := write(&n, document.Document{Title: "t", Sections: []document.Section{{Title: "s", Columns: postingColumns(), Rows: entries(rows), Total: "Total"}}}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n)/rows, "B/row")
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }
