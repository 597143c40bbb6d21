package document

import (
	"fmt"

	"innkeep.internal/shared/core/money"
)

// Totals are the running sums of a section's columns; those without Sum stay 0.
type Totals []int64

// Add adds a row; money.ErrOverflow beyond int64.
func (t Totals) Add(columns []Column, row Row) (err error) {
	for i, c := range columns {
		if !c.Sum {
			continue
		}
		if t[i], err = money.AddMinor(t[i], row[i].Number()); err != nil {
			return err
		}
	}
	return nil
}

// Row is the totals as a row: the label in the first column that is not added up, the others absent.
func (t Totals) Row(columns []Column, label string) Row {
	row := make(Row, len(columns))
	for i, c := range columns {
		switch {
		case c.Sum:
			row[i] = Number(t[i])
		case label != "":
			row[i], label = Word(label), ""
		}
	}
	return row
}

// Each calls visit with every row and the totals up to and including it, and gives the totals of all.
// It ends at the first error: of the rows, of visit, of a row that is not the columns', of a sum.
func (s Section) Each(visit func(row Row, sofar Totals) error) (Totals, error) {
	totals := make(Totals, len(s.Columns))
	if s.Rows == nil {
		return totals, nil
	}
	n := 0
	for row, err := range s.Rows {
		n++
		if err == nil {
			err = s.accept(row, totals)
		}
		if err == nil {
			err = visit(row, totals)
		}
		if err != nil {
			return totals, fmt.Errorf("%s, row %d: %w", s.Title, n, err)
		}
	}
	return totals, nil
}

func (s Section) accept(row Row, totals Totals) error {
	if len(row) != len(s.Columns) {
		return fmt.Errorf("%d values for %d columns", len(row), len(s.Columns))
	}
	for i, v := range row {
		if !v.fits(s.Columns[i].Type) {
			return fmt.Errorf("the value for %q is of another kind", s.Columns[i].Title)
		}
	}
	return totals.Add(s.Columns, row)
}

// List is rows that are there already.
func List(rows []Row) func(yield func(Row, error) bool) {
	return func(yield func(Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// ForPeople is the section without the columns that are for programs. A section of nothing else stays
// as it is.
func (s Section) ForPeople() Section {
	var kept []int
	for i, c := range s.Columns {
		if !c.Key {
			kept = append(kept, i)
		}
	}
	if len(kept) == 0 {
		return s
	}
	return s.Pick(kept)
}

// Pick is the section with some of its columns, by their places.
func (s Section) Pick(kept []int) Section {
	if len(kept) == len(s.Columns) {
		return s
	}
	all, rows := s, s.Rows
	s.Columns = make([]Column, len(kept))
	for to, from := range kept {
		s.Columns[to] = all.Columns[from]
	}
	if rows == nil {
		return s
	}
	s.Rows = func(yield func(Row, error) bool) {
		out := make(Row, len(kept))
		for row, err := range rows {
			if err == nil && len(row) != len(all.Columns) {
				err = fmt.Errorf("%d values for %d columns", len(row), len(all.Columns))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for to, from := range kept {
				out[to] = row[from]
			}
			if !yield(out, nil) {
				return
			}
		}
	}
	return s
}
