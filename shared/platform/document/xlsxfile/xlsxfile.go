// Package xlsxfile writes a document as a workbook (Office Open XML, ECMA-376): a first sheet with
// facts and key figures, then a sheet for each table with real dates and numbers, number formats by
// currency, a frozen heading and totals as formulas with their values.
//
// It writes the parts straight into the zip while the rows come, so memory does not grow with them
// and nothing is put on a disk. Numbers stand in the file as exact decimals; a program that keeps
// numbers as binary doubles shows 15 digits of them, which is every amount up to 10^15 minor units.
// The charts of a section are left out.
package xlsxfile

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"fmt"
	"io"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/document"
)

// MediaType of the file.
const MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// ErrSheetFull means that a table has more rows than a sheet may have.
var ErrSheetFull = fault.New(fault.TooLarge, "sheet_full", "a sheet holds 1,048,574 rows: ask for a shorter range, or for CSV")

// maxRows of a sheet, less the heading and the totals.
const maxRows = 1<<20 - 2

// Write writes the document to w.
func Write(w io.Writer, d document.Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	names := sheetNames(d)
	for _, f := range fixedParts(d, names) {
		if err := add(z, f.name, func(p *part) error { return p.raw(f.text) }); err != nil {
			return err
		}
	}
	if err := add(z, sheetPath(0), func(p *part) error { return p.summary(d, names) }); err != nil {
		return err
	}
	for i, s := range d.Sections {
		if err := add(z, sheetPath(i+1), func(p *part) error { return p.table(s) }); err != nil {
			return err
		}
	}
	return z.Close()
}

func sheetPath(i int) string { return fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1) }

// add writes one part of the package.
func add(z *zip.Writer, name string, write func(*part) error) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	p := &part{w: bufio.NewWriterSize(w, 1<<15)}
	if err := write(p); err != nil {
		return err
	}
	return p.w.Flush()
}

// part is an XML part that is being written; a row is gathered in b.
type part struct {
	w   *bufio.Writer
	b   []byte
	row int
}

func (p *part) raw(s string) error {
	_, err := p.w.WriteString(s)
	return err
}

// open begins the next row.
func (p *part) open() {
	p.row++
	p.b = append(p.b[:0], `<row r="`...)
	p.b = appendInt(p.b, p.row)
	p.b = append(p.b, `">`...)
}

// close ends the row and writes it.
func (p *part) close() error {
	p.b = append(p.b, `</row>`...)
	_, err := p.w.Write(p.b)
	return err
}
