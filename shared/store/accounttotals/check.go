package accounttotals

import (
	"context"
	"fmt"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/spannerdb"
)

// maxShown is how many differences are kept to be shown; all are counted.
const maxShown = 100

// Difference is a row of the live generation that is not what the events say.
type Difference struct {
	Book    tenant.Book
	Account report.Account
	Row     report.Total // zero where there is none
	Events  report.Total // zero where they say nothing
}

// String names the row and both totals.
func (d Difference) String() string {
	return fmt.Sprintf("%s/%s %s %s %s: the row has %s, the events %s", d.Book.Org, d.Book.Property,
		d.Account.PostedDate, d.Account.Code, d.Account.Mode, show(d.Row), show(d.Events))
}

func show(t report.Total) string {
	if t.LegCount == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s debit %d, credit %d in %d legs", t.Currency, t.DebitMinor, t.CreditMinor, t.LegCount)
}

// Differences is what a comparison found.
type Differences struct {
	Count int64
	Shown []Difference // the first of them
}

func (d *Differences) add(x Difference) {
	if d.Count++; len(d.Shown) < maxShown {
		d.Shown = append(d.Shown, x)
	}
}

// compare adds the accounts of a book whose rows are not what they are due to be.
func (d *Differences) compare(p *page) {
	for k, due := range p.due {
		if p.rows[k] != due {
			d.add(Difference{p.book, k, p.rows[k], due})
		}
	}
	for k, have := range p.rows {
		if _, known := p.due[k]; !known {
			d.add(Difference{p.book, k, have, report.Total{}})
		}
	}
}

// Moment is a time of the database's own at which everything that was committed before the call is seen.
func Moment(ctx context.Context, db *spannerdb.DB) (time.Time, error) {
	s := db.Snapshot()
	_, err := ReadModel(ctx, s)
	return s.Timestamp(), err
}

// CheckBook proves the rows of one book, as Check does those of a shard; the cursor's checksum is that
// of the whole shard, and not looked at.
func CheckBook(ctx context.Context, db *spannerdb.DB, b tenant.Book, at time.Time) (d Differences, err error) {
	defer fault.Wrap(&err, "accounttotals.CheckBook")
	w, err := newWalk(ctx, db, b.Shard(), at)
	if err != nil {
		return d, err
	}
	w.only = b
	return d, w.run(ctx, func(p *page) error {
		d.compare(p)
		return nil
	})
}

// Checked is what Check found in a shard.
type Checked struct {
	Differences
	Events, Rows int64
	Checksum     Checksum // of the rows, added up anew
	Wrong        []string // what the cursor says and the tables do not
}

// Check proves the live generation of one shard from the events, at one moment (I12): every row is
// the fold of the events up to the cursor, no row is missing, and the cursor's checksum and counts
// are those of the rows. It reads the whole shard.
func Check(ctx context.Context, db *spannerdb.DB, shard int64, at time.Time) (c Checked, err error) {
	defer fault.Wrap(&err, "accounttotals.Check(%d)", shard)
	w, err := newWalk(ctx, db, shard, at)
	if err != nil {
		return c, err
	}
	events := int64(0)
	err = w.run(ctx, func(p *page) error {
		c.compare(p)
		c.Events += p.events
		events += p.behind
		for k, t := range p.rows {
			c.Rows++
			c.Checksum = c.Checksum.Add(row{Book: p.book, Account: k}.hash(t))
		}
		return nil
	})
	wrong := func(what string, says, have any) {
		if says != have {
			c.Wrong = append(c.Wrong, fmt.Sprintf("shard %d: the cursor's %s is %v, the tables have %v", shard, what, says, have))
		}
	}
	wrong("checksum", fmt.Sprintf("%x", w.live.Checksum), fmt.Sprintf("%x", c.Checksum))
	wrong("number of rows", w.live.Rows, c.Rows)
	wrong("number of events", w.live.Events, events)
	return c, err
}
