package intake

import (
	"sync"

	"innkeep.internal/shared/core/money"
)

// tally counts judgements. It may be used concurrently.
type tally struct {
	kind     string
	rejects  *Rejects
	progress Progress

	mu       sync.Mutex
	lines    int64
	accepted int64
	replayed int64
	refused  map[string]int64 // by code
	months   map[monthKey]*Month
	dates    map[string]dateRange // of accepted lines, by property

	created []string // by the one goroutine that runs before and after the workers
	closed  []Closed
}

type monthKey struct{ property, month, currency string }

// dateRange is the first and the last business date, YYYY-MM-DD.
type dateRange struct{ first, last string }

func newTally(kind string, rejects *Rejects, progress Progress) *tally {
	return &tally{
		kind: kind, rejects: rejects, progress: progress,
		refused: map[string]int64{}, months: map[monthKey]*Month{}, dates: map[string]dateRange{},
	}
}

// read counts a record of the file.
func (t *tally) read() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines++
}

// refuse counts a refused line and writes it to the rejects; raw stands for cells that could not be split.
func (t *tally) refuse(it *item, code, reason, raw string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused[code]++
	t.month(it).refuse(code)
	t.progress.Add(1, it.size)
	if t.rejects == nil {
		return nil
	}
	return t.rejects.write(it, code, reason, raw)
}

// accept counts a line that stands in the books; an error means that a sum exceeds an int64.
func (t *tally) accept(it *item, replayed bool, status string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.accepted++
	if replayed {
		t.replayed++
	}
	line := &it.posting.Line
	dates, seen := t.dates[it.posting.PropertyCode]
	if !seen || line.BusinessDate < dates.first {
		dates.first = line.BusinessDate
	}
	dates.last = max(dates.last, line.BusinessDate)
	t.dates[it.posting.PropertyCode] = dates
	t.progress.Add(1, it.size)
	return t.month(it).accept(t.kind, it, replayed, status)
}

// month is the row that the item counts in; what was refused before its property or date was known
// counts in a row without them.
func (t *tally) month(it *item) *Month {
	line := &it.posting.Line
	key := monthKey{property: it.posting.PropertyCode, currency: line.Currency}
	if len(line.BusinessDate) >= len("2006-01") {
		key.month = line.BusinessDate[:len("2006-01")]
	}
	row := t.months[key]
	if row == nil {
		row = &Month{Property: key.property, Month: key.month, Currency: key.currency}
		t.months[key] = row
	}
	return row
}

func (m *Month) refuse(code string) {
	m.Refused++
	if m.RefusedByCode == nil {
		m.RefusedByCode = map[string]int64{}
	}
	m.RefusedByCode[code]++
}

func (m *Month) accept(kind string, it *item, replayed bool, status string) (err error) {
	line := &it.posting.Line
	m.Accepted++
	if replayed {
		m.Replayed++
	}
	if m.AmountMinor, err = money.AddMinor(m.AmountMinor, line.AmountMinor); err != nil {
		return err
	}
	type slice struct {
		by   *map[string]Sum
		name string
	}
	slices := []slice{{&m.ByPaymentMode, line.PaymentMode}, {&m.ByStatus, status}}
	switch kind {
	case "revenue":
		slices = append(slices, slice{&m.BySource, line.Source})
	case "expense":
		slices = append(slices, slice{&m.ByCategoryCode, line.CategoryCode})
	case "movement":
		slices = append(slices, slice{&m.ByKind, line.Kind})
	}
	for _, s := range slices {
		if s.name == "" {
			continue
		}
		if *s.by == nil {
			*s.by = map[string]Sum{}
		}
		sum := (*s.by)[s.name]
		sum.Count++
		if sum.AmountMinor, err = money.AddMinor(sum.AmountMinor, line.AmountMinor); err != nil {
			return err
		}
		(*s.by)[s.name] = sum
	}
	return nil
}
