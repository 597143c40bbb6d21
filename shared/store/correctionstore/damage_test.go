package correctionstore_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/testkit"
)

// damages are the ways in which a row is damaged here, by a write of somebody else's; by is an amount.
var damages = []struct {
	name  string
	write func(b tenant.Book, d daybook.Day, by int64) *spanner.Mutation
}{
	{"a wrong sum", func(b tenant.Book, d daybook.Day, by int64) *spanner.Mutation {
		return foreign(b, d.Date, map[string]any{"CashReceivedMinor": d.Flows.CashReceivedMinor + by, "ClosingMinor": d.ClosingMinor + by})
	}},
	{"a missing row", func(b tenant.Book, d daybook.Day, _ int64) *spanner.Mutation {
		return spanner.Delete("DailyCashBalances", dayKey(b, d.Date))
	}},
	{"a wrong opening", func(b tenant.Book, d daybook.Day, by int64) *spanner.Mutation { // with its closing
		return foreign(b, d.Date, map[string]any{"OpeningMinor": d.OpeningMinor + by, "ClosingMinor": d.ClosingMinor + by})
	}},
	{"a stale chain", func(b tenant.Book, d daybook.Day, by int64) *spanner.Mutation { // as if the day before had not moved it
		return foreign(b, d.Date, map[string]any{"OpeningMinor": d.OpeningMinor - by, "ClosingMinor": d.ClosingMinor - by})
	}},
	{"a wrong closing that passes the CHECK", func(b tenant.Book, d daybook.Day, by int64) *spanner.Mutation {
		return foreign(b, d.Date, map[string]any{"OverShortMinor": d.Flows.OverShortMinor - by, "ClosingMinor": d.ClosingMinor - by})
	}},
	{"a wrong version and chain", func(b tenant.Book, d daybook.Day, by int64) *spanner.Mutation {
		chain := d.Chain
		chain[by%32]++
		return foreign(b, d.Date, map[string]any{"StreamVersion": d.Version - by%2, "ChainHash": chain[:]})
	}},
	{"a wrong status", func(b tenant.Book, d daybook.Day, _ int64) *spanner.Mutation {
		status := "CLOSED"
		if d.Closed {
			status = "OPEN"
		}
		return foreign(b, d.Date, map[string]any{"Status": status})
	}},
	{"a wrong number of entries", func(b tenant.Book, d daybook.Day, by int64) *spanner.Mutation {
		return foreign(b, d.Date, map[string]any{"EntryCount": d.Flows.EntryCount + by})
	}},
}

// damageAll damages every row of every property, each in one of the ways, by amounts of their own, so
// that no two rows agree by chance.
func (h *house) damageAll() (n int) {
	h.t.Helper()
	for p, d := range h.desks {
		rows, err := h.books.Days(h.ctx(), d.Book, goLive, today)
		if err != nil || len(rows) != daysEach {
			h.t.Fatal(len(rows), err)
		}
		var ms []*spanner.Mutation
		for i, row := range rows {
			way := damages[(3*p+i*5+p/8)%len(damages)]
			ms = append(ms, way.write(d.Book, row, int64(1_000+n*7)))
			n++
		}
		h.apply(ms...)
	}
	return n
}

// rowsEnv is how many rows the great damage has: 600 by default, 10,000 to prove it.
const rowsEnv = "INNKEEP_DAMAGED_ROWS"

func damagedRows(t *testing.T, standard int) int {
	t.Helper()
	s := os.Getenv(rowsEnv)
	if s == "" {
		return standard
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < daysEach {
		t.Fatal(rowsEnv, s, err)
	}
	return n
}

// TestGreatDamage: every row of many properties is damaged, in eight ways. All of them are found, the
// open days are repaired in batches, with one event each, the closed ones are proposed and untouched
// until an owner approves, and no count is touched.
func TestGreatDamage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), damagedRows(t, 600)/daysEach)
	counts, sound := h.counts(), h.dayRows()
	began := time.Now()
	damaged := h.damageAll()
	t.Logf("%d rows damaged in %v", damaged, time.Since(began))

	began = time.Now()
	h.sweepAll()
	if waiting := h.list(correctionstore.Queued); len(waiting) != damaged {
		t.Fatalf("%d of %d rows were found", len(waiting), damaged)
	}
	t.Logf("found in %v", time.Since(began))
	untouched := map[string]daybook.Balance{}
	for _, c := range h.list("") {
		if c.Before != nil && c.Date < goLive.AddDays(closed) {
			untouched[string(c.Book.Property)+c.Date.String()] = *c.Before
		}
	}

	began = time.Now()
	f := h.flush()
	t.Logf("%d settled, %d repaired in %d batches in %v", f.Settled, f.Repaired, f.Batches, time.Since(began))
	open := damaged * (daysEach - closed) / daysEach
	if f.Settled != damaged || f.Repaired != open || f.Batches != (damaged+correctionstore.Batch-1)/correctionstore.Batch {
		t.Errorf("%+v of %d, %d of them open", f, damaged, open)
	}
	proposals := h.list(correctionstore.Proposed)
	if len(proposals) != damaged-open || len(h.list(correctionstore.Done)) != open || h.counts() != counts {
		t.Errorf("%d proposals of %d; counts %s, were %s", len(proposals), damaged-open, h.counts(), counts)
	}
	for _, c := range proposals {
		if was, known := untouched[string(c.Book.Property)+c.Date.String()]; known != (c.Before != nil) || known && was.ClosingMinor != c.Before.ClosingMinor {
			t.Errorf("the closed %s was touched", c.Date)
		}
	}
	firstOpen := goLive.AddDays(closed)
	h.findings(func(_ tenant.Book, f invariants.Finding) bool { // the first open day opens with what the last DayClosed says
		return f.Date.IsZero() || f.Date < firstOpen || f.Date == firstOpen && f.Invariant == "I4" && f.Where == firstOpen.String()
	})
	h.once(open)

	if n := h.approveAll(); n != damaged-open {
		t.Errorf("%d approved", n)
	}
	h.findings(none)
	h.once(damaged)
	if h.counts() != counts || h.dayRows() == sound { // the rows know of one more event
		t.Error("counts were touched, or no evidence was written")
	}
	for _, d := range h.desks {
		if found, err := h.Detect(h.ctx(), d.Book, goLive, today); err != nil || len(found.Differences) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
	}
}

// once asks for one event about each of so many dates.
func (h *house) once(dates int) {
	h.t.Helper()
	all := h.evidence()
	for date, n := range all {
		if n != 1 {
			h.t.Errorf("%s was corrected %d times", date, n)
		}
	}
	if len(all) != dates {
		h.t.Errorf("%d dates have evidence, not %d", len(all), dates)
	}
}

// TestCauses: each way of damage, on the first open day, on a later one and on a closed one, has its
// cause, and what is not damaged is not told.
func TestCauses(t *testing.T) {
	t.Parallel()
	first, later, shut := goLive.AddDays(closed), goLive.AddDays(6), goLive.AddDays(1)
	causes := map[string][3]daybook.CorrectionCause{
		"a wrong sum":                           {daybook.WrongFlow, daybook.WrongFlow, daybook.WrongFlow},
		"a missing row":                         {daybook.MissingRow, daybook.MissingRow, daybook.MissingRow},
		"a wrong opening":                       {daybook.WrongOpening, daybook.StaleChain, daybook.WrongOpening},
		"a stale chain":                         {daybook.WrongOpening, daybook.StaleChain, daybook.WrongOpening},
		"a wrong status":                        {daybook.WrongStatus, daybook.WrongStatus, daybook.WrongStatus},
		"a wrong closing that passes the CHECK": {daybook.WrongFlow, daybook.WrongFlow, daybook.WrongFlow},
		"a wrong version and chain":             {daybook.WrongVersion, daybook.WrongVersion, daybook.WrongVersion},
		"a wrong number of entries":             {daybook.WrongFlow, daybook.WrongFlow, daybook.WrongFlow},
	}
	h := newHouse(t, testkit.Spanner(t), 3*len(damages))
	for w, way := range damages {
		for i, on := range []bizdate.Date{first, later, shut} {
			b := h.desks[3*w+i].Book
			h.apply(way.write(b, h.row(b, on), 1_001))
			found, err := h.Detect(h.ctx(), b, goLive, today)
			if err != nil || len(found.Differences) != 1 || found.Queued != 1 {
				t.Fatalf("%s on %s: %+v, %v", way.name, on, found, err)
			}
			if d := found.Differences[0]; d.Date != on || d.Cause != causes[way.name][i] || d.Closed != (on == shut) {
				t.Errorf("%s on %s: %+v", way.name, on, d)
			}
			if again, err := h.Detect(h.ctx(), b, goLive, today); err != nil || len(again.Differences) != 1 || again.Queued != 0 {
				t.Errorf("again: %+v, %v", again, err)
			}
		}
	}
	h.flush()
	h.approveAll()
	h.findings(none)
	h.once(len(h.desks))
}
