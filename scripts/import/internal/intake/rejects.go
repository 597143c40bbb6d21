package intake

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"

	"innkeep.internal/scripts/import/internal/mapping"
)

// maxSorted is the most bytes of rejects that are put into the file's order at the end; more than
// that stay in the order in which they were judged, so that memory stays bounded.
const maxSorted = 64 << 20

// Rejects is the CSV file of refused lines: the file's own columns, then line, code and reason. It is
// written as the mapping says that the file is, in UTF-8, so that the mapping reads it once repaired.
type Rejects struct {
	path      string
	columns   int
	delimiter rune
	file      *os.File
	buffer    *bufio.Writer
	csv       *csv.Writer
}

// NewRejects creates or empties the file at path.
func NewRejects(path string, header []string, how mapping.CSV) (*Rejects, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // it may hold guests' data
	if err != nil {
		return nil, err
	}
	buffer := bufio.NewWriter(file)
	if how.Encoding != "" && how.Encoding != "utf-8" {
		_, _ = buffer.WriteString("\ufeff") // wins over the mapping's encoding
	}
	r := &Rejects{
		path: path, columns: len(header), delimiter: how.Comma(),
		file: file, buffer: buffer, csv: csv.NewWriter(buffer),
	}
	r.csv.Comma = r.delimiter
	row := slices.Clone(header)
	for _, own := range []string{"line", "code", "reason"} {
		for slices.Contains(row, own) {
			own = "import_" + own
		}
		row = append(row, own)
	}
	return r, r.csv.Write(row)
}

// write adds a refused line. raw is the text of one that could not be split into the columns; its
// cells stay empty and the text stands in the reason.
func (r *Rejects) write(it *item, code, reason, raw string) error {
	row := make([]string, r.columns, r.columns+3)
	if raw == "" {
		copy(row, it.cells)
	} else {
		reason += ": " + raw
	}
	return r.csv.Write(append(row, strconv.Itoa(it.line), code, reason))
}

// Close writes all that is left and puts the lines into the file's order.
func (r *Rejects) Close() error {
	r.csv.Flush()
	err := cmp.Or(r.csv.Error(), r.buffer.Flush(), r.file.Close())
	if err != nil {
		return fmt.Errorf("the rejects cannot be written: %w", err)
	}
	info, err := os.Stat(r.path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSorted {
		return err
	}
	return r.sort()
}

// sort rewrites the file in the order of lines, so that equal imports leave equal rejects.
func (r *Rejects) sort() error {
	file, err := os.Open(r.path)
	if err != nil {
		return err
	}
	reader := csv.NewReader(file)
	reader.Comma = r.delimiter
	rows, err := reader.ReadAll()
	file.Close()
	if err != nil {
		return err
	}
	line := func(row []string) int {
		n, _ := strconv.Atoi(row[r.columns]) // written by write
		return n
	}
	slices.SortStableFunc(rows[1:], func(a, b []string) int { return cmp.Compare(line(a), line(b)) })
	sorted, err := os.OpenFile(r.path+".sorted", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	writer := csv.NewWriter(sorted)
	writer.Comma = r.delimiter
	if err := cmp.Or(writer.WriteAll(rows), sorted.Close()); err != nil {
		return err
	}
	return os.Rename(sorted.Name(), r.path)
}
