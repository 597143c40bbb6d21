package daybook

import (
	"slices"

	"innkeep.internal/shared/core/bizdate"
)

// Audit is day rows and events of a property at one moment, to be compared: I3 to I5, I10, I14. It
// believes the events, not the rows.
type Audit struct {
	Property Property
	// LastClosed is the last date that is closed by its events; zero when there is none.
	LastClosed bizdate.Date
	// Rows and Streams are those of a range of dates, oldest first. Where the range reaches beyond
	// LastClosed it has all from LastClosed on.
	Rows    []Row
	Streams []Stream
}

// Difference is a date whose row is not what its events say.
type Difference struct {
	Date   bizdate.Date
	Cause  CorrectionCause
	Before *Row  // nil: there is no row
	After  *Row  // nil: there should be none, or, with Damage, nobody knows
	Damage error // of EventsDamaged
	// Closed says that the date is closed by the events: nothing there is corrected without somebody's
	// approval.
	Closed bool
	// Count says that the count differs, Rest that something else does, too.
	Count, Rest bool
}

// Automatic reports whether the difference, or a part of it, is put right without anybody's approval.
func (d Difference) Automatic() bool { return d.Damage == nil && !d.Closed && d.Rest }

// Repaired is what the row becomes without anybody's approval: a count stays as it stands.
func (d Difference) Repaired() *Row {
	if d.After == nil || d.Before == nil || !d.Count {
		return d.After
	}
	r := *d.After
	r.Counted, r.CountedMinor, r.CountVersion, r.AfterCountMinor = d.Before.Counted, d.Before.CountedMinor, d.Before.CountVersion, d.Before.AfterCountMinor
	return &r
}

// Differences lists the dates whose rows are not what the events say, oldest first. An open day whose
// balance only follows the wrong one of a day before is not among them: it moves with that day's
// repair.
func (a Audit) Differences() []Difference {
	return a.judge().differences
}

// judgement is the outcome of a comparison.
type judgement struct {
	differences []Difference
	openings    map[bizdate.Date]int64 // of the open days, by the events
	after       int64                  // what the last day leaves
}

func (a Audit) judge() judgement {
	j := judgement{openings: map[bizdate.Date]int64{}}
	carried, known := a.anchor()
	for _, date := range a.dates() {
		row, stream := a.row(date), a.stream(date)
		var d *Difference
		if date <= a.LastClosed {
			d = a.closedDay(row, stream)
		} else {
			j.openings[date] = carried
			d, carried, known = a.openDay(row, stream, carried, known)
		}
		if d != nil {
			d.Date, d.Before = date, row
			j.differences = append(j.differences, *d)
		}
	}
	j.after = carried
	return j
}

// anchor is what the first open day opens with, if something says it: where no day is closed, that
// is for OpeningSet in the first stream to say.
func (a Audit) anchor() (minor int64, known bool) {
	if s := a.stream(a.LastClosed); s.Close != nil {
		return s.Close.ClosingMinor, true
	}
	return 0, false
}

// dates are those that have a row or events.
func (a Audit) dates() []bizdate.Date {
	var all []bizdate.Date
	for _, r := range a.Rows {
		all = append(all, r.Date)
	}
	for _, s := range a.Streams {
		all = append(all, s.Day.Date)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (a Audit) row(date bizdate.Date) *Row {
	i, found := slices.BinarySearchFunc(a.Rows, date, func(r Row, d bizdate.Date) int { return int(r.Date) - int(d) })
	if !found {
		return nil
	}
	r := a.Rows[i]
	return &r
}

func (a Audit) stream(date bizdate.Date) Stream {
	i, found := slices.BinarySearchFunc(a.Streams, date, func(s Stream, d bizdate.Date) int { return int(s.Day.Date) - int(d) })
	if !found {
		return NewStream(date)
	}
	return a.Streams[i]
}

// closedDay compares a date that is closed by the events: its row is what its DayClosed says.
func (a Audit) closedDay(row *Row, s Stream) *Difference {
	if damage := believe(row, s); damage != nil {
		return &Difference{Cause: EventsDamaged, Damage: damage, Closed: true}
	}
	if s.Day.Version == 0 {
		return &Difference{Cause: ExtraRow, Closed: true, Rest: true}
	}
	if s.Close == nil {
		return &Difference{Cause: EventsDamaged, Damage: ErrNotClosed, Closed: true}
	}
	d := compare(row, s.closedRow(a.Property.Currency), WrongOpening)
	if d != nil {
		d.Closed = true
	}
	return d
}

// openDay compares an open date whose opening is carried, and gives what it leaves for the next. Of a
// day that cannot be judged that is what its row says.
func (a Audit) openDay(row *Row, s Stream, carried int64, known bool) (*Difference, int64, bool) {
	damage := believe(row, s)
	if s.Opening != nil {
		carried, known = *s.Opening, true
	}
	if damage == nil && !known {
		damage = errNoOpening
	}
	want := Row{Day: s.Day, Currency: a.Property.Currency}
	want.OpeningMinor = carried
	if damage == nil {
		want.Day, damage = want.balanced()
	}
	switch {
	case damage != nil && row != nil:
		return &Difference{Cause: EventsDamaged, Damage: damage}, row.ClosingMinor, true
	case damage != nil:
		return &Difference{Cause: EventsDamaged, Damage: damage}, carried, known
	case s.Day.Version == 0:
		return &Difference{Cause: ExtraRow, Rest: true}, carried, known
	}
	opening := StaleChain
	if s.Opening != nil || a.firstOpen(s.Day.Date) {
		opening = WrongOpening
	} else if row != nil && a.follows(*row) {
		opening = ""
	}
	return compare(row, want, opening), want.ClosingMinor, true
}

// believe is nil where the events can be believed, and are not fewer than the row knows of.
func believe(row *Row, s Stream) error {
	if s.Damage == nil && row != nil && row.Version > s.Day.Version && row.Chain != s.Day.Chain {
		return ErrRowAhead
	}
	return s.Damage
}

// firstOpen reports whether no open date before has events.
func (a Audit) firstOpen(date bizdate.Date) bool {
	for _, s := range a.Streams {
		if s.Day.Date > a.LastClosed {
			return s.Day.Date == date
		}
	}
	return true
}

// follows reports whether a row opens with what the row before it closes with, right or wrong.
func (a Audit) follows(r Row) bool {
	last, found := a.rowBefore(r.Date)
	return found && last.ClosingMinor == r.OpeningMinor
}

func (a Audit) rowBefore(date bizdate.Date) (last Row, found bool) {
	for _, r := range a.Rows {
		if r.Date < date {
			last, found = r, true
		}
	}
	return last, found
}

// compare is nil when a row is as it should be. opening is the cause of another opening; where it is
// empty, the opening only follows another day's.
func compare(row *Row, want Row, opening CorrectionCause) *Difference {
	if row == nil {
		return &Difference{Cause: MissingRow, After: &want, Rest: true}
	}
	count := row.Counted != want.Counted || row.CountedMinor != want.CountedMinor || row.CountVersion != want.CountVersion
	whole, err := row.balanced()
	cause := CorrectionCause("")
	switch {
	case row.Closed != want.Closed:
		cause = WrongStatus
	case row.Version != want.Version || row.Chain != want.Chain:
		cause = WrongVersion
	case row.Currency != want.Currency:
		cause = WrongCurrency
	case row.Flows != want.Flows || !count && row.AfterCountMinor != want.AfterCountMinor:
		cause = WrongFlow
	case row.OpeningMinor != want.OpeningMinor && opening != "":
		cause = opening
	case err != nil || whole.ClosingMinor != row.ClosingMinor:
		cause = WrongClosing
	}
	if cause == "" && !count {
		return nil
	}
	d := &Difference{Cause: cause, After: &want, Count: count, Rest: cause != ""}
	if !d.Rest {
		d.Cause = WrongCount
	}
	return d
}
